"""SR6: targets that do something else than they look."""

import re
from collections.abc import Iterator

from schedrun.core.spec.job import Job
from schedrun.core.spec.target import CommandTarget, ShellTarget
from schedrun.lint import secrets
from schedrun.lint.facts import Facts
from schedrun.lint.found import Found

_OPERATORS = frozenset({"|", "||", "&&", "&", ";", ">", ">>", "<", "<<", "2>", "2>>", "2>&1", "&>", ">&2"})
_EXPANSION = re.compile(r"\$\{?[A-Z_][A-Z0-9_]*\}?|\$\(|^~/")
_SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh", "fish", "busybox"})
_OWN_SYNTAX = frozenset({"awk", "gawk", "mawk", "perl", "jq", "sed", "ssh", "envsubst", "expect", "psql", "make"})
"""Programs whose arguments are a language of their own, in which `$` means something."""
_QUOTED = re.compile(r"""\\.|'[^']*'|"(?:\\.|[^"\\])*"|(?:^|(?<=\s))\#[^\n]*""", re.DOTALL)
_PIPE = re.compile(r"(?<![|>&])\|&?(?![|)])")
_CASE_PATTERN = re.compile(r"^[ \t]*\(?[\w*?.\[\]/-]+(?:[ \t]*\|[ \t]*[\w*?.\[\]/-]+)+\)", re.MULTILINE)


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
    program, *arguments = command
    name = _name(program)
    if any(_name(word) in _SHELLS for word in command[:3]):
        return
    for place, argument in enumerate(arguments, 1):
        is_operator = argument in _OPERATORS and not (name in {"find", "xargs"} and argument == ";")
        expands = name not in _OWN_SYNTAX and _EXPANSION.search(argument) is not None
        if is_operator or expands:
            what = "is passed on as it is" if is_operator else "is not expanded"
            message = f"no shell reads a command list: this argument {what}"
            hint = "write `shell` with the whole text, or `env` for values"
            yield Found("SR606", message, hint, ("target", "command", place))
            return


def _hidden_failure(text: str, interpreter: list[str]) -> Iterator[Found]:
    if _name(interpreter[0]) not in _SHELLS | {"env"} or "pipefail" in text or "pipefail" in interpreter:
        return
    bare = _CASE_PATTERN.sub("", _QUOTED.sub("", text))
    if _PIPE.search(bare):
        message = "without `pipefail` this pipeline succeeds whenever its last command does"
        hint = "write `interpreter: [bash, -o, pipefail, -ec]` beside `shell`"
        yield Found("SR607", message, hint, ("target", "shell"))


def _name(program: str) -> str:
    return program.rpartition("/")[2]
