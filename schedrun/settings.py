"""Settings: what the operator says, in the environment (SCHEDRUN_*) or by command-line flags, which win."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from schedrun.core.errors import SchedrunError
from schedrun.core.run.limits import Limits
from schedrun.core.run.retention import Retention
from schedrun.core.spec import duration, smtp
from schedrun.core.spec.identity import is_name
from schedrun.core.spec.notify import is_mailbox
from schedrun.core.spec.smtp import MailServer
from schedrun.core.spec.target import TARGET_KINDS


class SettingError(SchedrunError):
    """a setting cannot be used."""

    def __init__(self, name: str, value: object, *, remedy: str) -> None:
        self.name, self.value, self.remedy = name, value, remedy
        super().__init__(f"{self.sentence}: {name}={value!r}; {remedy}")


OFF = "off"
"""How a bound is written that shall not be."""


class Address(NamedTuple):
    """Where the API listens; an IPv6 literal stands without brackets, port 0 is any that is free."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


DEFAULT_ADDRESS = Address("127.0.0.1", 8321)
"""Where the API listens when nothing else is said."""


class LogFormat(StrEnum):
    """How log lines look when standard error is no terminal."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Settings:
    """What `schedrun run` and its companions start from.

    `allow_targets` None allows every kind; `secrets_from` None allows any environment variable but SCHEDRUN_*
    and the files below /run/secrets. `group` limits how many runs of each group may run at once, `max_running` how many
    of all jobs together. `keep_for` and `keep_runs` say how much history is kept, None (written `off`) without a bound.
    `listen` None is the default address, where a failure to listen is no reason not to run; `public_url` is where
    browsers reach the API through a proxy, without a slash at its end.
    `smtp_url` is the mail server that notices go through, `smtp_from` who sends them: both are variables only, since
    the arguments of a process can be seen by all. Relative paths are read from the current folder.
    """

    state: Path = Path(".schedrun/state.db")
    paths: tuple[Path, ...] = (Path("manifests"),)
    app_dir: Path = Path()
    allow_targets: frozenset[str] | None = None
    secrets_from: tuple[str, ...] | None = None
    drain_timeout: timedelta = timedelta(seconds=30)
    group: Mapping[str, int] = field(default_factory=dict)
    max_running: int | None = None
    keep_for: timedelta | None = Retention().keep_for
    keep_runs: int | None = Retention().keep_runs
    log_format: LogFormat = LogFormat.TEXT
    listen: Address | None = None
    no_web: bool = False
    public_url: str | None = None
    smtp_url: MailServer | None = None
    smtp_from: str | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], **flags: object) -> Self:
        """Return what `flags` say, else `environ` (SCHEDRUN_ and the field's name), else the defaults.

        A flag is a text as typed, a value of its field's type, or None when it was not given; an empty tuple
        and False count as not given, and so does an empty variable. Raises SettingError, which names the variable or
        flag and the remedy, and TypeError for a flag that does not exist.
        """
        known = {each.name for each in fields(cls)}
        if unknown := flags.keys() - known:
            raise TypeError(f"no such setting: {', '.join(sorted(unknown))}")
        said: dict[str, Any] = {}
        for name in sorted(known):
            variable, flag = f"SCHEDRUN_{name.upper()}", flags.get(name)
            if flag is not None and flag != () and flag is not False:
                said[name] = _read(name, flag, f"--{name.replace('_', '-')}")
            elif environ.get(variable):
                said[name] = _read(name, environ[variable], variable)
        return cls(**said)

    @property
    def state_dir(self) -> Path:
        """The folder that holds the state; no job may read it."""
        return self.state.parent

    @property
    def logs_dir(self) -> Path:
        """The folder beside the state that keeps output which the ledger cannot hold."""
        return self.state.with_name(f"{self.state.name}.logs")

    @property
    def token_file(self) -> Path:
        """The file beside the state that names who may ask and act over HTTP."""
        return self.state.with_name(f"{self.state.name}.token")

    @property
    def roll_file(self) -> Path:
        """The file beside the state that names the processes of the runs that are attended to now."""
        return self.state.with_name(f"{self.state.name}.running")

    @property
    def retention(self) -> Retention:
        """How long the ledger remembers."""
        return Retention(self.keep_for, self.keep_runs)

    @property
    def limits(self) -> Limits:
        """How many runs may run at once."""
        return Limits(self.max_running, self.group)


def _read(field: str, value: object, name: str) -> object:
    try:
        return _READERS[field](value)
    except _UnusableError as error:
        said = ",".join(map(str, value)) if isinstance(value, tuple) else value
        if field in _SECRET:
            said = "***"
        raise SettingError(name, said, remedy=error.remedy) from error


_SECRET = frozenset({"smtp_url"})
"""The settings whose values no message repeats."""


class _UnusableError(ValueError):
    """Says how a value should look; `_read` knows what the operator calls the setting."""

    def __init__(self, remedy: str) -> None:
        self.remedy = remedy
        super().__init__(remedy)


def _path(value: str | Path) -> Path:
    if not str(value) or "\0" in str(value):
        raise _UnusableError("give the path of a file or folder")
    return Path(value)


def _paths(value: str | tuple[str | Path, ...]) -> tuple[Path, ...]:
    parts = value.split(":") if isinstance(value, str) else value
    return tuple(_path(part) for part in parts)


def _folder(value: str | Path) -> Path:
    folder = _path(value)
    if not folder.is_dir():
        raise _UnusableError("name a folder that exists")
    return folder


def _kinds(value: str | frozenset[str]) -> frozenset[str]:
    kinds = frozenset(_items(value))
    if not kinds <= set(TARGET_KINDS):
        raise _UnusableError(f"list kinds of targets, separated by commas: {', '.join(TARGET_KINDS)}")
    return kinds


def _patterns(value: str | tuple[str, ...]) -> tuple[str, ...]:
    patterns = _items(value)
    for pattern in patterns:
        if "/" in pattern and (not pattern.startswith("/") or set(pattern) & set("*?[")):
            raise _UnusableError("list names such as FX_* and absolute paths without wildcards, separated by commas")
    return patterns


def _items(value: str | tuple[str, ...] | frozenset[str]) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    items = tuple(item for part in parts if (item := part.strip()))
    if not items:
        raise _UnusableError("list at least one, or leave the setting out")
    return items


def _duration(value: str | timedelta) -> timedelta:
    if isinstance(value, timedelta):
        return value
    try:
        return duration.parse(value)
    except ValueError as error:
        raise _UnusableError("write a duration with its unit, such as 30s or 2m") from error


def _groups(value: str | tuple[str, ...]) -> Mapping[str, int]:
    limits: dict[str, int] = {}
    for item in _items(value):
        name, equals, number = item.partition("=")
        if not equals or not is_name(name.strip()) or name.strip() in limits:
            raise _UnusableError("write NAME=N, such as db=2, each name once and as manifests write it")
        limits[name.strip()] = _at_least_one(number)
    return limits


def _unless_off(value: str | timedelta | int, read: Callable[[Any], Any], example: str) -> Any:
    if value == OFF:
        return None
    try:
        read_value = read(value)
    except _UnusableError as error:
        raise _UnusableError(f"{error.remedy}, or `{OFF}` to keep everything") from error
    if not read_value:
        raise _UnusableError(f"give more than nothing, such as {example}, or `{OFF}` to keep everything")
    return read_value


def _at_least_one(value: str | int) -> int:
    try:
        number = int(value)
    except ValueError:
        number = 0
    if number < 1:
        raise _UnusableError("give a whole number from 1")
    return number


def _address(value: str | Address) -> Address:
    host, colon, port = str(value).rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    host = host[1:-1] if bracketed else host
    good = colon and host and (":" in host) == bracketed and not set(host) & set("[]/@ ")
    if not good or not (port.isascii() and port.isdecimal()) or int(port) > 65_535:
        raise _UnusableError("write HOST:PORT, such as 127.0.0.1:8321 or [::1]:8321")
    return Address(host, int(port))


def _flag(value: str | bool) -> bool:
    said = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if isinstance(value, bool):
        return value
    if value.lower() not in said:
        raise _UnusableError("write true or false")
    return said[value.lower()]


def _public_url(value: str) -> str:
    remedy = "write the address that browsers use, such as https://jobs.example.com or https://example.com/schedrun"
    try:
        parts = urlsplit(value)
        known = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError as error:
        raise _UnusableError(remedy) from error
    if not known or "@" in parts.netloc or parts.query or parts.fragment or not value.isprintable() or " " in value:
        raise _UnusableError(remedy)
    if not parts.netloc.isascii():
        raise _UnusableError("write the host in ASCII, as browsers send it, such as https://xn--mnchen-3ya.example")
    return value.rstrip("/")


def _log_format(value: str) -> LogFormat:
    try:
        return LogFormat(value)
    except ValueError as error:
        raise _UnusableError(f"choose one of {', '.join(LogFormat)}") from error


def _mail_server(value: str) -> MailServer:
    try:
        return smtp.parse(value)
    except ValueError as error:
        raise _UnusableError(f"{error}: write {smtp.FORMS}") from error


def _mail_address(value: str) -> str:
    if not is_mailbox(value):
        raise _UnusableError("write a bare mail address, such as schedrun@example.com")
    return value


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "state": _path,
    "paths": _paths,
    "app_dir": _folder,
    "allow_targets": _kinds,
    "secrets_from": _patterns,
    "drain_timeout": _duration,
    "log_format": _log_format,
    "listen": _address,
    "no_web": _flag,
    "public_url": _public_url,
    "keep_for": lambda value: _unless_off(value, _duration, "90d"),
    "keep_runs": lambda value: _unless_off(value, _at_least_one, "10000"),
    "group": _groups,
    "max_running": _at_least_one,
    "smtp_url": _mail_server,
    "smtp_from": _mail_address,
}
