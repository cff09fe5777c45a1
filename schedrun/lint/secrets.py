"""SR603: secrets that stand in a manifest. What was found is never part of a message."""

from collections.abc import Iterator
from typing import Any

from schedrun.core.diagnostics import Severity
from schedrun.core.spec import literal_secret
from schedrun.core.spec.job import Job
from schedrun.core.spec.target import CommandTarget, HttpTarget, PythonTarget, ShellTarget
from schedrun.lint.found import Found, Path, leaves

_HINT = "write `{from_env: NAME}` or `{from_file: PATH}` in its place, and change the secret: it is in the history"
_TEXT_HINT = "read it from a variable that `env` takes with `{from_env: NAME}`, and change it: it is in the history"

# Arguments reach a function as they are written: a reference would be a mapping.
_FUNCTION_HINT = "let the function read it from its environment or a file, and change it: it is in the history"


def check(job: Job) -> Iterator[Found]:
    """Yield one finding for each value of the target that holds a secret."""
    match job.target:
        case CommandTarget(command=command):
            yield from _env(job.target.env)
            yield from _arguments(command)
        case ShellTarget(shell=text):
            yield from _env(job.target.env)
            if literal_secret.in_text(text):
                yield _found("this text holds a secret", ("target", "shell"), hint=_TEXT_HINT)
        case HttpTarget():
            yield from _request(job.target)
        case PythonTarget():
            yield from _data(job.target.kwargs, ("target", "kwargs"), hint=_FUNCTION_HINT)
            yield from _data(job.target.args, ("target", "args"), hint=_FUNCTION_HINT)


def _env(env: dict[str, Any]) -> Iterator[Found]:
    for name, value in env.items():
        if isinstance(value, str) and literal_secret.is_value(name, value):
            yield _found(f"the value of `{name}` is a secret", ("target", "env", name))


def _arguments(command: list[str]) -> Iterator[Found]:
    for place, argument in enumerate(command):
        before = command[place - 1] if place else None
        if (
            literal_secret.is_argument(argument, before=before)
            or literal_secret.in_text(argument)
            or literal_secret.is_of_program(argument, behind=command[:place])
        ):
            yield _found("this argument is a secret", ("target", "command", place), hint=_TEXT_HINT)


def _request(target: HttpTarget) -> Iterator[Found]:
    request = target.http
    path = ("target", "http")
    if isinstance(request.url, str) and literal_secret.in_url(request.url):
        yield _found("this URL holds a secret", (*path, "url"))
    for name, value in request.headers.items():
        if isinstance(value, str) and (literal_secret.is_secret_header(name, value) or literal_secret.is_known(value)):
            yield _found(f"the header `{name}` holds a secret", (*path, "headers", name))
    if isinstance(request.body, str) and literal_secret.is_known(request.body):
        yield _found("this body holds a secret", (*path, "body"))
    yield from _data(request.json_body, (*path, "json"))


def _data(data: Any, path: Path, *, hint: str = _HINT) -> Iterator[Found]:
    for where, value in leaves(data, path):
        name = str(where[-1]) if len(where) > len(path) else ""
        if isinstance(value, str) and literal_secret.is_value(name, value):
            yield _found("this value is a secret", where, hint=hint)


def _found(message: str, path: Path, *, hint: str = _HINT) -> Found:
    return Found("SR603", message, hint, path, severity=Severity.ERROR, masked=True)
