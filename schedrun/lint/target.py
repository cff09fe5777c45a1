"""SR6: targets that do something else than they look."""

import re
from collections.abc import Iterator

from schedrun.core.pattern import Pattern
from schedrun.core.spec.job import Job
from schedrun.core.spec.target import CommandTarget, ShellTarget
from schedrun.lint import operators, secrets
from schedrun.lint.facts import Facts
from schedrun.lint.found import Found

_EXPANSION = Pattern(r"\$\{?[A-Z_][A-Z0-9_]*\}?|\$\(|^~/")
_SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh", "fish", "busybox"})
_OWN_SYNTAX = frozenset(
    {
        *("awk", "deno", "envsubst", "expect", "gawk", "jq", "make", "mawk", "mongo", "mongosh", "mysql", "node"),
        *("parallel", "perl", "php", "psql", "pwsh", "ruby", "sed", "ssh", "tclsh", "watch"),
    }
)
"""Programs whose arguments are a language of their own, in which `$` means something."""
_TAKE_SCRIPTS = frozenset({"flock", "runuser", "script", "su"})
"""Programs that hand what follows `-c` to a shell."""
_PYTHON = Pattern(r"(?:python|pypy)[\d.]*")
_HERE_DOCUMENT = Pattern(r"<<-?[ \t]*['\"\\]?(?P<end>\w{1,64})")
_QUOTED = Pattern(r"""\\.|'[^']*'|"(?:\\.|[^"\\])*"|(?:^|(?<=\s))\#[^\n]*""", re.DOTALL)
# Repeats are bounded, for a script may be written to take time.
_NO_PIPELINE = Pattern(
    r"\$\(\([^\n]{0,200}?\)\)|\$\{[^}\n]{0,200}\}|\[\[[^\n]{0,200}?\]\]"  # arithmetic, parameters, tests
    r"|(?:\b(?:if|elif|while|until)\b|(?:^|(?<=[\s;&(]))!(?=\s))[^\n;]*"  # whose failure is an answer
)
_CASE_PATTERN = Pattern(r"(?:\bin\b|;;&?|;&)\s{0,80}\(?[^()]{0,200}?\)")
_SURE = Pattern(r"(?:^|[\n;&({]|\b(?:do|then|else)\b)[ \t]*(?:echo|printf|yes)\b[^\n;&|]{0,200}\|(?!\|)")
"""The beginning of a pipeline that does not fail, or by no fault of its own."""
_FORGIVEN = Pattern(r"[^\n;]{0,200}?\|\|[ \t]*(?:true\b|:(?!\S))")
"""A line whose failure somebody accepts."""
_PIPEFAIL = Pattern(r"(?<!\S)-\w*o[ \t]*pipefail")
_PIPE = Pattern(r"(?<![|>&])\|&?(?![|)])")


def check(job: Job, _facts: Facts) -> Iterator[Found]:
    """Yield what is unwise about what `job` does."""
    match job.target:
        case CommandTarget(command=command):
            yield from _shell_syntax(command)
        case ShellTarget(shell=text, interpreter=interpreter):
            yield from _hidden_failure(text, interpreter)
        case _:
            pass
    yield from secrets.check(job)


def _shell_syntax(command: list[str]) -> Iterator[Found]:
    name = _name(command[0])
    if _is_line(command):
        message = "no shell reads a command list: this is the name of one program, blanks and all"
        yield Found("SR606", message, "write each word as an item of its own, or `shell`", ("target", "command", 0))
        return
    has_own_syntax = name in _OWN_SYNTAX or _PYTHON.fullmatch(name) is not None
    for place, argument in enumerate(command):
        if _name(argument) in _SHELLS:
            return  # `docker run image sh -c ...`: what follows is for that shell
        if place == 0 or (command[place - 1] in {"-c", "--command"} and name in _TAKE_SCRIPTS):
            continue
        is_operator = operators.is_operator(argument) and not operators.is_taken(command, place)
        if is_operator or (not has_own_syntax and _EXPANSION.search(argument)):
            what = "is passed on as it is" if is_operator else "is not expanded"
            message = f"no shell reads a command list: this argument {what}"
            hint = "write `shell` with the whole text, or `env` for values"
            yield Found("SR606", message, hint, ("target", "command", place))
            return


def _is_line(command: list[str]) -> bool:
    """Return whether a whole line stands where only the program's name may: `[./report -v]`."""
    words = command[0].split()
    is_path = bool(words) and "/" in words[0]  # in which blanks may stand
    beginnings = ("-", "/", *operators.OPERATORS)
    return len(words) > 1 and (not is_path or any(word.startswith(beginnings) for word in words[1:]))


def _hidden_failure(text: str, interpreter: list[str]) -> Iterator[Found]:
    if _interpreter(interpreter) not in _SHELLS or _PIPEFAIL.search(" ".join(interpreter)):
        return
    commands = _commands(text)
    if _PIPE.search(commands) and not _PIPEFAIL.search(commands):
        message = "without `pipefail` this pipeline succeeds whenever its last command does"
        hint = "write `interpreter: [bash, -o, pipefail, -ec]` beside `shell`"
        yield Found("SR607", message, hint, ("target", "shell"))


def _interpreter(interpreter: list[str]) -> str:
    """Return the name of the program that reads the script, which `env` may start."""
    words = (word for word in " ".join(interpreter).split() if not word.startswith("-") and "=" not in word)
    return next((name for name in map(_name, words) if name != "env"), "")


def _commands(text: str) -> str:
    """Return a script without what holds no pipeline whose failure counts: texts, comments, patterns, conditions."""
    bare = _QUOTED.sub("", _without_here_documents(text))
    bare = _CASE_PATTERN.sub("", bare) if "esac" in bare else bare
    bare = _NO_PIPELINE.sub("", bare)
    return _SURE.sub("\n", _FORGIVEN.sub("", bare) if "||" in bare else bare)


def _without_here_documents(text: str) -> str:
    if "<<" not in text:
        return text
    kept, end = [], None
    for line in text.split("\n"):
        if end is not None:
            end = None if line.strip() == end else end
            continue
        kept.append(line)
        begun = _HERE_DOCUMENT.search(line)
        end = begun["end"] if begun else None
    return "\n".join(kept)


def _name(program: str) -> str:
    return program.rpartition("/")[2]
