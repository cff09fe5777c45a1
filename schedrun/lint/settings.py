"""What a team wants of its manifests: `[tool.schedrun]` of pyproject.toml, or schedrun.toml.

Only values are read: nothing here imports or runs what a tree holds.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from schedrun.core.errors import SchedrunError
from schedrun.core.spec import duration
from schedrun.core.spec.identity import is_name
from schedrun.core.spec.job import Job

FAIL_ON = ("error", "warning", "never")
"""From which severity on findings fail a check."""

_CODE = re.compile(r"SR[0-9]{0,3}")
_LABEL = "labels."
_LONGEST_GUESSED = 64
_TABLE = "schedrun"


@dataclass(frozen=True, slots=True)
class LintSettings:
    """Which rules hold, and their numbers.

    `select` and `ignore` are codes or beginnings of codes (`SR4`); an empty `select` is all rules. `required` names
    fields that every job must say (`owner`, `timeout`, `labels.team`); `minimal_interval` is the shortest gap that
    passes without SR217; `fleet_threshold` how many jobs may start in one minute before SR401 says so. `groups` and
    `max_running` are the limits that the service runs with (`--group`, `--max-running`), for SR403 and SR405.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    minimal_interval: timedelta = timedelta(seconds=10)
    fleet_threshold: int = 50
    fail_on: str = "error"
    groups: Mapping[str, int] = field(default_factory=dict)
    max_running: int | None = None

    def selects(self, code: str) -> bool:
        """Return whether findings of this code count; of `select` and `ignore` the longer beginning decides."""
        chosen = max((len(prefix) for prefix in self.select if code.startswith(prefix)), default=-1)
        if self.select and chosen < 0:
            return False
        return chosen >= max((len(prefix) for prefix in self.ignore if code.startswith(prefix)), default=-1)

    def with_options(
        self, *, select: tuple[str, ...] = (), ignore: tuple[str, ...] = (), fail_on: str | None = None
    ) -> "LintSettings":
        """Return these settings with what a command line says over them; its `select` replaces both lists of a file."""
        return replace(
            self,
            select=select or self.select,
            ignore=ignore if select else (*self.ignore, *ignore),
            fail_on=fail_on or self.fail_on,
        )


class LintSettingsError(SchedrunError):
    """Settings for checks that cannot be used: the message names the file, the line where it can, and the remedy."""


class _UnusableError(ValueError):
    """Says what a setting must be."""


def read(text: str, *, file: str, table: bool) -> LintSettings | None:
    """Return the settings that the TOML text of `file` says.

    With `table` they stand in `[tool.schedrun]`, and None is returned when there is none; else the whole text is
    settings. Raises LintSettingsError for text that is no TOML, unknown keys and values that mean nothing.
    """
    if table and _TABLE not in text:
        return None  # whatever else a project keeps there is not ours to read
    import tomllib  # noqa: PLC0415  most checks find no settings, and start-up time counts

    try:
        said: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LintSettingsError(f"{file}: this is no TOML: {error}") from error
    except RecursionError as error:
        raise LintSettingsError(f"{file}: this nests too deep") from error
    if table:
        tool = said.get("tool", {})
        said = tool.get(_TABLE) if isinstance(tool, dict) else None
        if said is None:
            return None
        if not isinstance(said, dict):
            raise LintSettingsError(f"{file}: `tool.schedrun` must be a table: write [tool.schedrun]")
    return _settings(said, text, file=file)


def _settings(said: Mapping[str, Any], text: str, *, file: str) -> LintSettings:
    values: dict[str, Any] = {}
    for key, value in said.items():
        place = _place(text, key, file=file)
        if key not in READERS:
            remedy = _near(key.replace("_", "-"), READERS) or f"known are {', '.join(READERS)}"
            raise LintSettingsError(f"{place}: unknown setting {key!r}: {remedy}")
        try:
            values[key.replace("-", "_")] = READERS[key](value)
        except _UnusableError as error:
            raise LintSettingsError(f"{place}: `{key}` {error}") from error
    return LintSettings(**values)


def codes(value: Any) -> tuple[str, ...]:
    """Return codes or beginnings of codes, from a list or a text with commas; raises ValueError for anything else."""
    items = [item.strip() for item in value.split(",")] if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not all(
        isinstance(item, str) and _CODE.fullmatch(item) for item in items
    ):
        raise _UnusableError('must list codes or their beginnings, such as ["SR4", "SR501"]')
    for item in items:
        if not any(code.startswith(item) for code in _known_codes()):
            raise _UnusableError(f"names {item}, and there is no such rule: `schedrun explain` lists them all")
    return tuple(items)


def _known_codes() -> Collection[str]:
    from schedrun.lint.catalog import RULES  # noqa: PLC0415  for settings that choose rules only

    return RULES


def _place(text: str, key: str, *, file: str) -> str:
    """Return `file:line` of the first line that sets the key, else the file alone: TOML is read without places."""
    pattern = re.compile(rf"""\s*(?:\[[\w.\s]*)?["']?{re.escape(key)}["']?\s*[=.\]]""")
    numbers = (number for number, line in enumerate(text.splitlines(), 1) if pattern.match(line))
    number = next(numbers, None)
    return file if number is None else f"{file}:{number}"


def _near(word: str, names: Iterable[str]) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415  for mistakes only

    close = get_close_matches(word[:_LONGEST_GUESSED], list(names), n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else None


def _required(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _UnusableError('must be a list of fields, such as ["owner", "timeout"]')
    for item in value:
        if item not in Job.model_fields and not (item.startswith(_LABEL) and item != _LABEL):
            remedy = _near(item, Job.model_fields) or "write a job's field, or `labels.NAME`"
            raise _UnusableError(f"names {item!r}, no field of a job: {remedy}")
    return tuple(value)


def _positive_duration(value: Any) -> timedelta:
    if isinstance(value, str):
        try:
            return duration.parse(value)
        except ValueError as error:
            raise _UnusableError('must be a duration such as "10s" or "5m"') from error
    raise _UnusableError('must be a duration in quotes, such as "10s" or "5m"')


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _UnusableError("must be a whole number from 1")
    return value


def _groups(value: Any) -> Mapping[str, int]:
    if not isinstance(value, dict) or not all(is_name(name) for name in value):
        raise _UnusableError("must be a table of group names and their limits, such as {db = 2}")
    limits = {}
    for name, limit in value.items():
        try:
            limits[name] = _count(limit)
        except _UnusableError as error:
            raise _UnusableError(f"gives {name} a limit that {error}") from error
    return limits


def _fail_on(value: Any) -> str:
    if value not in FAIL_ON:
        raise _UnusableError(f"must be one of {', '.join(FAIL_ON)}")
    return str(value)


READERS: Mapping[str, Callable[[Any], Any]] = {
    "select": codes,
    "ignore": codes,
    "required": _required,
    "minimal-interval": _positive_duration,
    "fleet-threshold": _count,
    "fail-on": _fail_on,
    "groups": _groups,
    "max-running": _count,
}
"""How each setting is read, by its name in TOML."""
