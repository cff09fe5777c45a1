"""SR603: secrets that stand in a manifest. What was found is never part of a message."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from schedrun.core.diagnostics import Severity
from schedrun.core.spec.job import Job
from schedrun.core.spec.target import CommandTarget, HttpTarget, PythonTarget, ShellTarget
from schedrun.lint.found import Found, Path, leaves

_WORD = r"(?:pass(?:word|wd|phrase)|secret(?:_?key)?|(?:access_?|auth_?|api_?|refresh_?)?token|api_?key|access_?key"
_WORD += r"|private_?key|signing_?key|encryption_?key|credentials?)"
_NAME = re.compile(rf"{_WORD}$", re.IGNORECASE)
_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token", "x-access-token"})
_KNOWN = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"  # AWS
    r"|\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_\w{22,}"  # GitHub
    r"|\bglpat-[\w-]{20,}"  # GitLab
    r"|\bxox[abprs]-[\w-]{10,}"  # Slack
    r"|\b[sr]k_live_[A-Za-z0-9]{16,}"  # Stripe
    r"|\bAIza[\w-]{35}"  # Google
    r"|\bnpm_[A-Za-z0-9]{36}"
    r"|-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"
)
_ASSIGNED = re.compile(
    rf"(?:(?<![\w$-])[\w-]{{0,64}}){_WORD}=(?P<value>'[^']*'|\"[^\"]*\"|[^\s;|&'\"]+)", re.IGNORECASE
)
_FLAG = re.compile(rf"-[\w-]{{0,64}}{_WORD}", re.IGNORECASE)
_REFERENCE = re.compile(
    r"\$|^<.*>$|^\{\{.*\}\}$|^\*+$|^(?:true|false|yes|no|none|null|\d{1,3})$|^(?:/|\./|\.\./|~/)", re.IGNORECASE
)
"""What stands for a secret, or is a switch or a path: no secret itself."""
_HINT = "write `{from_env: NAME}` or `{from_file: PATH}` in its place, and change the secret: it is in the history"
_TEXT_HINT = "read it from a variable that `env` takes with `{from_env: NAME}`, and change it: it is in the history"


def check(job: Job) -> Iterator[Found]:
    """Yield one finding for each value of the target that holds a secret."""
    match job.target:
        case CommandTarget(command=command):
            yield from _env(job.target.env)
            yield from _arguments(command)
        case ShellTarget(shell=text):
            yield from _env(job.target.env)
            if _in_text(text):
                yield _found("this text holds a secret", ("target", "shell"), _TEXT_HINT)
        case HttpTarget():
            yield from _request(job.target)
        case PythonTarget():
            yield from _data(job.target.kwargs, ("target", "kwargs"))
            yield from _data(job.target.args, ("target", "args"))


def _env(env: dict[str, Any]) -> Iterator[Found]:
    for name, value in env.items():
        if isinstance(value, str) and (_is_secret(name, value) or _KNOWN.search(value)):
            yield _found(f"the value of `{name}` is a secret", ("target", "env", name))


def _arguments(command: list[str]) -> Iterator[Found]:
    for place, argument in enumerate(command):
        flag, equals, value = argument.partition("=")
        after_flag = place > 0 and _FLAG.fullmatch(command[place - 1]) is not None and not argument.startswith("-")
        if after_flag and not _REFERENCE.search(argument) and argument:
            value = argument
        elif not (equals and _FLAG.fullmatch(flag) and value and not _REFERENCE.search(value)):
            value = argument if _KNOWN.search(argument) or _url_secret(argument) else ""
        if value:
            yield _found("this argument is a secret", ("target", "command", place), _TEXT_HINT)


def _request(target: HttpTarget) -> Iterator[Found]:
    request = target.http
    path = ("target", "http")
    if isinstance(request.url, str) and _url_secret(request.url):
        yield _found("this URL holds a secret", (*path, "url"))
    for name, value in request.headers.items():
        known = isinstance(value, str) and (name.lower() in _HEADERS or _NAME.search(name.replace("-", "_")))
        if isinstance(value, str) and ((known and value and not _REFERENCE.search(value)) or _KNOWN.search(value)):
            yield _found(f"the header `{name}` holds a secret", (*path, "headers", name))
    if isinstance(request.body, str) and _KNOWN.search(request.body):
        yield _found("this body holds a secret", (*path, "body"))
    yield from _data(request.json_body, (*path, "json"))


def _data(data: Any, path: Path) -> Iterator[Found]:
    for where, value in leaves(data, path):
        name = str(where[-1]) if len(where) > len(path) else ""
        if isinstance(value, str) and (_is_secret(name, value) or _KNOWN.search(value) or _url_secret(value)):
            yield _found("this value is a secret", where)


def _is_secret(name: str, value: str) -> bool:
    return bool(value) and _NAME.search(name) is not None and not _REFERENCE.search(value)


def _in_text(text: str) -> bool:
    assigned = (match["value"].strip("'\"") for match in _ASSIGNED.finditer(text))
    return _KNOWN.search(text) is not None or any(value and not _REFERENCE.search(value) for value in assigned)


def _url_secret(text: str) -> bool:
    if "://" not in text:
        return False
    try:
        url = urlsplit(text)
        password = url.password
    except ValueError:  # no URL after all
        return False
    if password and not _REFERENCE.search(password):
        return True
    return any(_is_secret(name, value) for name, value in parse_qsl(url.query))


def _found(message: str, path: Path, hint: str = _HINT) -> Found:
    return Found("SR603", message, hint, path, severity=Severity.ERROR, masked=True)
