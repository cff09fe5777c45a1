"""Which texts of a manifest are secrets that stand there literally, and where they stand in its lines.

A value is judged by the name that it has (`DB_PASSWORD`, `Authorization`), by its own form (the tokens of known
services, the password of a URL), or by what stands before it in a text (`--password x`, `TOKEN=x`). `parts` needs
neither sound YAML nor a sound job, so that nothing is shown of a file that is broken.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from schedrun.core.spec.job import Job

_LONGEST_LINE = 2_000
"""Of a longer line all is hidden where anything may be a secret: it could be written to take time."""
_WORD = (
    r"(?:(?<!com)(?<!by)(?<!tres)(?<!sur)pass(?:word|wd|phrase)?"
    r"|secret(?:[_-]?(?:access[_-]?)?key)?"
    r"|(?<!page)(?<!page[_-])(?<!next[_-])(?<!nextpage)(?<!continuation)(?<!continuation[_-])(?<!sync[_-])token"
    r"|(?:api|access|private|signing|encryption)[_-]?key|credentials?)"
)
_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token", "x-access-token"})
_NAME = re.compile(rf"{_WORD}$", re.IGNORECASE)
_FLAG = re.compile(rf"-[\w-]{{0,64}}{_WORD}", re.IGNORECASE)
_RESOURCE_FLAG = re.compile(r"-[\w-]*(?:secret|credentials?)", re.IGNORECASE)
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
_REFERENCE = re.compile(
    r"\$|`|%\(|^<.*>$|^\{\{.*\}\}$|^\*+$"
    r"|^(?:true|false|yes|no|on|off|none|null|enabled|disabled|default|auto|required|optional|\d{1,3})$"
    r"|^(?:/|\./|\.\./|~/)|^[\w.-]*\.(?:json|ya?ml|toml|ini|cfg|conf|env|txt|pem|key|crt|p12|jks|gpg)$"
    r"|^(?:arn:|op://|vault:|ssm:|ref\+|file:|env:|secrets?/|projects/)",
    re.IGNORECASE,
)
"""What stands for a secret, or is a switch, a path or the name of a resource: no secret itself."""
_NAME_OF_RESOURCE = re.compile(r"[a-z]+(?:[-_.][a-z]+)*|\w+=.*|[\w.-]+/[\w./-]+", re.IGNORECASE)
"""What flags such as `--secret` take more often than a secret: `--secret id=x`, `--secret prod/db`."""
_ASSIGNED = re.compile(rf"(?<!\$){_WORD}=(?P<value>'[^']*'|\"[^\"]*\"|[^\s;|&'\"]+)", re.IGNORECASE)
_AUTHORIZED = re.compile(r"\bauthorization:\s*(?:bearer|basic|token)\s+(?P<value>[^\s'\"]+)", re.IGNORECASE)
_OF_PROGRAM = re.compile(
    r"(?:\bmysql\w*\b[^\n;|]{0,200}?\s-p|\bsshpass\s+-p\s*|\bcurl\b[^\n;|]{0,200}?\s(?:-u|--user)[\s=]+[^\s:'\"]+:)"
    r"(?P<value>[^\s'\"]+)"
)
"""Options of well-known programs that take a password."""
_OF_URL = re.compile(r"://[^/\s:@'\"]*:(?P<value>[^@/\s'\"]+)@")

_IN_TEXT = (_ASSIGNED, _AUTHORIZED, _OF_PROGRAM, _OF_URL)

_SUSPECT = re.compile(rf"{_WORD}|authorization|cookie|://|mysql|sshpass|curl|{_KNOWN.pattern}", re.IGNORECASE)
_KEY = re.compile(
    rf"(?:{_WORD}s?|authorization|cookie)(?:[\"'][ \t]{{0,9}}:|[ \t]{{0,9}}:(?=\s|$))[ \t]*", re.IGNORECASE
)
_AFTER_FLAG = re.compile(
    rf"(?P<flag>{_WORD})[\"']?(?:[ \t]*,[ \t]*|[ \t]+)(?P<value>\"[^\"]*\"|'[^']*'|[^\s,\]}}\"']+)", re.IGNORECASE
)
_ENDS_IN_FLAG = re.compile(rf"[\s\"'](?P<flag>-[\w-]{{0,64}}{_WORD})[\"']?,?\s*$", re.IGNORECASE)
_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"?|'(?:''|[^'])*'?")
_ENTRY = re.compile(r"\s*(?:- +)?[\"']?(?P<name>[\w.-]+)[\"']?\s*:(?:\s+|$)")
_FIRST_ENTRY = re.compile(r"\{\s*[\"']?(?P<name>[\w.-]+)[\"']?\s*:\s*")
_IN_PLACE = re.compile(r"\{?\s*[\"']?from_(?:env|file)\b")

Parts = Mapping[int, Sequence[tuple[int, int]]]
"""By line (from 1): the index of the first character of each part, and of the one after its last."""


def is_secret(name: str, value: str) -> bool:
    """Return whether the value of a variable or field of this name is a secret."""
    return bool(value) and _NAME.search(name) is not None and not _REFERENCE.search(value)


def is_secret_header(name: str, value: str) -> bool:
    """Return whether the value of this HTTP header is a secret."""
    sensitive = name.lower() in _HEADERS or _NAME.search(name) is not None
    return bool(value) and sensitive and not _REFERENCE.search(value)


def is_known(text: str) -> bool:
    """Return whether the text holds a token of a known service, or a private key."""
    return _KNOWN.search(text) is not None


def is_argument(argument: str, *, before: str | None) -> bool:
    """Return whether an argument of a command is a secret; `before` is the one before it."""
    flag, equals, value = argument.partition("=")
    if before is not None and _FLAG.fullmatch(before) and not argument.startswith("-"):
        return _is_flag_secret(before, argument)
    if equals and _FLAG.fullmatch(flag):
        return _is_flag_secret(flag, value)
    return is_known(argument) or in_url(argument) or _is_any_secret(_AUTHORIZED, argument)


def in_text(text: str) -> bool:
    """Return whether a secret stands within a text such as a shell script."""
    return is_known(text) or any(_is_any_secret(pattern, text) for pattern in _IN_TEXT)


def in_url(text: str) -> bool:
    """Return whether the text is a URL that holds a password, or a secret in its query."""
    if "://" not in text:
        return False
    try:
        url = urlsplit(text)
        password = url.password
    except ValueError:  # no URL after all
        return False
    if password and not _REFERENCE.search(password):
        return True
    return any(is_secret(name, value) for name, value in parse_qsl(url.query))


def parts(lines: Sequence[str]) -> Parts:
    """Return what of a manifest's lines must not be shown, sound or not; more rather than less."""
    scan = _Scan()
    for number, line in enumerate(lines, 1):
        scan.take(number, line)
    return scan.found


@dataclass(frozen=True, slots=True)
class _Below:
    """A secret's key at this indentation, below which its value goes on; entries of a mapping, or text."""

    indent: int
    entries: bool


class _Scan:
    """Goes through lines, one after another."""

    def __init__(self) -> None:
        self.found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._below: _Below | None = None
        self._after_flag = ""

    def take(self, number: int, line: str) -> None:
        """Take the next line."""
        if self._below is not None:
            self._go_on(number, line, self._below)
        if self._after_flag and line.strip():
            self._item_after_flag(number, line)
        if _SUSPECT.search(line) is None:
            return
        if len(line) > _LONGEST_LINE:
            self.found[number].append((0, len(line)))
            return
        for start, end in (*self._values(line), *_within(line)):
            self.found[number].append((start, end))
        flag = _ENDS_IN_FLAG.search(line)
        self._after_flag = flag["flag"] if flag else ""

    def _values(self, line: str) -> Iterator[tuple[int, int]]:
        """Yield the values of keys that name secrets, and note where one goes on below."""
        for match in _KEY.finditer(line):
            start = match.end()
            first = _FIRST_ENTRY.match(line, start)
            if _IN_PLACE.match(line, start) or _is_job(first):
                continue
            if first is not None and first["name"].startswith("from_"):
                start = first.end()  # a reference that is misspelt
            value = line[start:]
            in_flow = _depth(line, match.start()) > 0
            end = start + _length(value, in_flow=in_flow)
            said = line[start:end].strip()
            if not in_flow:
                self._below = _Below(_indent(line), entries=not said)
            if said and not _REFERENCE.search(said.strip("'\"")) and said[0] not in "|>":
                yield start, start + len(line[start:end].rstrip())

    def _go_on(self, number: int, line: str, below: _Below) -> None:
        if not line.strip():
            return
        if _indent(line) <= below.indent:
            self._below = None
            return
        entry = _ENTRY.match(line) if below.entries else None
        if entry is None:
            self.found[number].append((len(line) - len(line.lstrip()), len(line)))
        elif _is_job(entry):
            self._below = None
        elif entry["name"] not in {"from_env", "from_file"} and line[entry.end() :].strip():
            self.found[number].append((entry.end(), len(line)))

    def _item_after_flag(self, number: int, line: str) -> None:
        start = len(line) - len(line.lstrip(" -\t"))
        value = line[start:].strip().strip("'\",")
        if not line.lstrip().startswith("- -") and _is_flag_secret(self._after_flag, value):
            self.found[number].append((start, len(line.rstrip())))
        self._after_flag = ""


def _within(line: str) -> Iterator[tuple[int, int]]:
    """Yield the secrets that stand within text."""
    for match in _KNOWN.finditer(line):
        yield match.span()
    for pattern in _IN_TEXT:
        for match in pattern.finditer(line):
            if not _REFERENCE.search(match["value"].strip("'\"")):
                yield match.span("value")
    for match in _AFTER_FLAG.finditer(line):
        word = line[max(match.start() - 64, 0) : match.end("flag")].rsplit(maxsplit=1)[-1].lstrip("[{'\"")
        if word.startswith("-") and _is_flag_secret(word, match["value"].strip("'\"")):
            yield match.span("value")


def _is_flag_secret(flag: str, value: str) -> bool:
    if not value or value.startswith("-") or _REFERENCE.search(value):
        return False
    return _RESOURCE_FLAG.fullmatch(flag) is None or _NAME_OF_RESOURCE.fullmatch(value) is None


def _is_any_secret(pattern: re.Pattern[str], text: str) -> bool:
    values = (match["value"].strip("'\"") for match in pattern.finditer(text))
    return any(value and not _REFERENCE.search(value) for value in values)


def _is_job(entry: re.Match[str] | None) -> bool:
    """Return whether a job stands here, whose id only sounds like a secret: `rotate-token`."""
    return entry is not None and entry["name"] in Job.model_fields


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" -"))


def _depth(line: str, end: int) -> int:
    """Return how many brackets are open before `end`, brackets in texts among them."""
    before = line[:end]
    return before.count("{") + before.count("[") - before.count("}") - before.count("]")


def _length(value: str, *, in_flow: bool) -> int:
    """Return how many characters of the rest of a line belong to the value that it begins with."""
    quoted = _QUOTED.match(value)
    if quoted is not None:
        return quoted.end()
    if value[:1] in {"{", "["}:
        return len(value)
    end = re.search(r"\s#|[,\]}]" if in_flow else r"\s#", value)
    return end.start() if end else len(value)
