"""SR6: targets that do something else than they look."""

import re
from collections.abc import Iterator

from schedrun.core.pattern import Pattern
from schedrun.core.spec.job import Job
from schedrun.core.spec.target import CommandTarget, ShellTarget
from schedrun.lint import secrets
from schedrun.lint.facts import Facts
from schedrun.lint.found import Found

_OPERATORS = frozenset({"|", "||", "&&", "&", ";", ">", ">>", "<", "<<", "2>", "2>>", "2>&1", "&>", ">&2"})
_WITH_OPERATORS = frozenset({"find", "xargs", "expr", "test", "[", "jq"})
"""Programs to which these signs mean something."""
_EXPANSION = Pattern(r"\$\{?[A-Z_][A-Z0-9_]*\}?|\$\(|^~/")
_SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh", "fish", "busybox"})
_OWN_SYNTAX = frozenset(
    {
        *("awk", "deno", "envsubst", "expect", "gawk", "jq", "make", "mawk", "mongo", "mongosh", "mysql", "node"),
        *("perl", "php", "psql", "pwsh", "ruby", "sed", "ssh", "tclsh"),
    }
)
"""Programs whose arguments are a language of their own, in which `$` means something."""
_PYTHON = Pattern(r"(?:python|pypy)[\d.]*")
_HERE_DOCUMENT = Pattern(r"<<-?[ \t]*['\"\\]?(?P<end>\w{1,64})")
_QUOTED = Pattern(r"""\\.|'[^']*'|"(?:\\.|[^"\\])*"|(?:^|(?<=\s))\#[^\n]*""", re.DOTALL)
# Repeats are bounded, for a script may be written to take time.
_NO_PIPELINE = Pattern(
    r"\$\(\([^\n]{0,200}?\)\)|\$\{[^}\n]{0,200}\}|\[\[[^\n]{0,200}?\]\]"  # arithmetic, parameters, tests
    r"|(?:\b(?:if|elif|while|until)\b|(?:^|(?<=[\s;&(]))!(?=\s))[^\n;]*"  # whose failure is an answer
)
_CASE_PATTERN = Pattern(r"(?:\bin\b|;;&?|;&)\s{0,80}\(?[^()]{0,200}?\)")
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
    has_own_syntax = name in _OWN_SYNTAX or _PYTHON.fullmatch(name) is not None
    for place, argument in enumerate(command):
        if _name(argument) in _SHELLS:
            return  # `docker run image sh -c ...`: what follows is for that shell
        if place == 0:
            continue
        is_operator = argument in _OPERATORS and name not in _WITH_OPERATORS
        if is_operator or (not has_own_syntax and _EXPANSION.search(argument)):
            what = "is passed on as it is" if is_operator else "is not expanded"
            message = f"no shell reads a command list: this argument {what}"
            hint = "write `shell` with the whole text, or `env` for values"
            yield Found("SR606", message, hint, ("target", "command", place))
            return


def _hidden_failure(text: str, interpreter: list[str]) -> Iterator[Found]:
    if _name(interpreter[0]) not in _SHELLS | {"env"} or "pipefail" in text or "pipefail" in interpreter:
        return
    if _PIPE.search(_commands(text)):
        message = "without `pipefail` this pipeline succeeds whenever its last command does"
        hint = "write `interpreter: [bash, -o, pipefail, -ec]` beside `shell`"
        yield Found("SR607", message, hint, ("target", "shell"))


def _commands(text: str) -> str:
    """Return a script without what holds no pipeline whose failure counts: texts, comments, patterns, conditions."""
    bare = _QUOTED.sub("", _without_here_documents(text))
    return _NO_PIPELINE.sub("", _CASE_PATTERN.sub("", bare) if "esac" in bare else bare)


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
