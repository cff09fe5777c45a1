"""Which texts of a manifest are secrets that stand there literally.

A value is judged by the name that it has (`DB_PASSWORD`, `Authorization`), by its own form (the tokens of known
services, the password of a URL), or by what stands before it in a text (`--password x`, `TOKEN=x`).
"""

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

from schedrun.core.pattern import Pattern

WORD = (
    r"(?:(?<!com)(?<!by)(?<!tres)(?<!sur)pass(?:word|wd|phrase)?"
    r"|(?<!existing)(?<!existing[_-])(?<!pull)(?<!pull[_-])secret(?:[_-]?(?:access[_-]?)?key)?"
    r"|(?<!page)(?<!page[_-])(?<!next[_-])(?<!nextpage)(?<!continuation)(?<!continuation[_-])(?<!sync[_-])token"
    r"|(?:api|access|private|signing|encryption)[_-]?key|credentials?)"
)
STEMS = "pass|secret|token|key|credential"
"""One of these stands in all that WORD matches: to look for them is much cheaper."""

_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token", "x-access-token"})
_NAME = Pattern(rf"{WORD}$", re.IGNORECASE)
_HEADER_FLAGS = frozenset({"-H", "--header"})
_PROGRAMS = ("mysql", "sshpass", "curl")
_NEAR = 16
"""How many arguments may stand between a program and its password."""
_FLAG = Pattern(rf"-[\w-]{{0,64}}{WORD}", re.IGNORECASE)
_RESOURCE_FLAG = Pattern(r"-[\w-]*(?:secret|credentials?)", re.IGNORECASE)
KNOWN = Pattern(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"  # AWS
    r"|\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_\w{22,}"  # GitHub
    r"|\bglpat-[\w-]{20,}"  # GitLab
    r"|\bxox[abprs]-[\w-]{10,}"  # Slack
    r"|\b[sr]k_live_[A-Za-z0-9]{16,}"  # Stripe
    r"|\bAIza[\w-]{35}"  # Google
    r"|\bnpm_[A-Za-z0-9]{36}"
    r"|-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"
)
REFERENCE = Pattern(
    r"\$|`|%\(|^(?:\?|%s|:\w+|[a-z_]\w*\(\S*\))$|^<.*>$|^\{\{.*\}\}$|^\*+$"
    r"|^(?:true|false|yes|no|on|off|none|null|enabled|disabled|default|auto|required|optional|\d{1,3})$"
    r"|^(?:/|\./|\.\./|~/)|^[\w.-]*\.(?:json|ya?ml|toml|ini|cfg|conf|env|txt|pem|key|crt|p12|jks|gpg)$"
    r"|^(?:arn:|op://|vault:|ssm:|ref\+|file:|env:|secrets?/|projects/)",
    re.IGNORECASE,
)
"""What stands for a secret (parameters and functions of SQL too), or is a switch, a path or the name of a resource."""
_NAME_OF_RESOURCE = Pattern(r"[a-z]+(?:[-_.][a-z]+)*|\w+=.*|[\w.-]+/[\w./-]+", re.IGNORECASE)
"""What flags such as `--secret` take more often than a secret: `--secret id=x`, `--secret prod/db`."""
_ASSIGNED = Pattern(rf"(?<!\$){WORD}=(?P<value>'[^']*'|\"[^\"]*\"|[^\s;|&'\"]+)", re.IGNORECASE)
_AUTHORIZED = Pattern(r"\bauthorization:\s*(?:bearer|basic|token)\s+(?P<value>[^\s'\"]+)", re.IGNORECASE)
_OF_PROGRAM = Pattern(
    r"(?:\bmysql\w*\b[^\n;|]{0,200}?[\s,'\"]-p|\bsshpass[\s,'\"]+-p[\s,'\"]*"
    r"|\bcurl\b[^\n;|]{0,200}?[\s,'\"](?:-u|--user)[\s=,'\"]+[^\s:'\"]+:)"
    r"(?P<value>(?!\d+:\d)[^\s'\"]+)"  # `docker run --name mysql -p3306:3306` is a port
)
"""Options of well-known programs that take a password."""
_OF_URL = Pattern(r"://[^/\s:@'\"]*:(?P<value>[^@/\s'\"]+)@")

IN_TEXT = (_ASSIGNED, _AUTHORIZED, _OF_PROGRAM, _OF_URL)


def is_secret(name: str, value: str) -> bool:
    """Return whether the value of a variable or field of this name is a secret."""
    return bool(value) and _NAME.search(name) is not None and not REFERENCE.search(value)


def is_value(name: str, value: str) -> bool:
    """Return whether a value of this name is a secret: by its name, by its own form, or as a URL that holds one."""
    return is_secret(name, value) or is_known(value) or in_url(value)


def is_secret_header(name: str, value: str) -> bool:
    """Return whether the value of this HTTP header is a secret."""
    sensitive = name.lower() in _HEADERS or _NAME.search(name) is not None
    return bool(value) and sensitive and not REFERENCE.search(value)


def is_known(text: str) -> bool:
    """Return whether the text holds a token of a known service, or a private key."""
    return KNOWN.search(text) is not None


def is_argument(argument: str, *, before: str | None) -> bool:
    """Return whether an argument of a command is a secret; `before` is the one before it."""
    flag, equals, value = argument.partition("=")
    if before is not None and before.startswith("-") and not argument.startswith("-") and _FLAG.fullmatch(before):
        return is_flag_secret(before, argument)
    if equals and flag.startswith("-") and _FLAG.fullmatch(flag):
        return is_flag_secret(flag, value)
    if before in _HEADER_FLAGS:
        name, _, said = argument.partition(":")
        if is_secret_header(name, said.strip()):
            return True
    return is_known(argument) or in_url(argument) or _is_any_secret(_AUTHORIZED, argument)


def is_of_program(argument: str, *, behind: Sequence[object]) -> bool:
    """Return whether the argument is a password that a well-known program takes; `behind` is what stands before it."""
    said = " ".join(each for each in behind[-_NEAR:] if isinstance(each, str)) + " "
    if not any(program in said for program in _PROGRAMS):
        return False
    values = (match for match in _OF_PROGRAM.finditer(said + argument) if match.end() > len(said))
    return any(not REFERENCE.search(match["value"]) for match in values)


def in_text(text: str) -> bool:
    """Return whether a secret stands within a text such as a shell script."""
    if is_known(text):
        return True
    # Most arguments of commands have none of these, and to look for patterns costs time.
    return any(sign in text for sign in "=: ") and any(_is_any_secret(pattern, text) for pattern in IN_TEXT)


def in_url(text: str) -> bool:
    """Return whether the text is a URL that holds a password, or a secret in its query."""
    if "://" not in text:
        return False
    try:
        url = urlsplit(text)
        password = url.password
    except ValueError:  # no URL after all
        return False
    if password and not REFERENCE.search(password):
        return True
    return any(is_secret(name, value) for name, value in parse_qsl(url.query))


def is_flag_secret(flag: str, value: str) -> bool:
    """Return whether the argument after a flag such as `--token` is a secret."""
    if not value or value.startswith("-") or REFERENCE.search(value):
        return False
    return _RESOURCE_FLAG.fullmatch(flag) is None or _NAME_OF_RESOURCE.fullmatch(value) is None


def _is_any_secret(pattern: Pattern, text: str) -> bool:
    values = (match["value"].rstrip(",").strip("'\"") for match in pattern.finditer(text))
    return any(value and not REFERENCE.search(value) for value in values)
