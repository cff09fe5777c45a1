"""Jobs that the embedding application declares in code: keywords become the same spec that manifests have."""

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypedDict

from pydantic import ValidationError

from schedrun.core.run.limits import Limits
from schedrun.core.spec import crontab, zone
from schedrun.core.spec.instant import utc_text
from schedrun.core.spec.job import CodeJob
from schedrun.core.spec.notify import ADDRESS_FIELDS, CHANNEL_KINDS
from schedrun.core.spec.policy import CatchUp
from schedrun.core.spec.schedule import CronSchedule
from schedrun.core.spec.target import CodeTarget

log = logging.getLogger(__name__)

UNLIMITED_GRACE = timedelta(days=36_500)
"""What `misfire_grace_time=None` means: no fire is ever too late."""

_REPLACED_KEYWORDS = {
    "second": "a crontab line has no seconds: use `interval(seconds=...)`",
    "week": "a crontab line has no weeks: use `interval(weeks=...)`, or `day_of_week`",
    "year": "a crontab line has no years: bound the job with `start` and `end`, or use `at`",
}
_WAITS = ("backoff", "max_backoff")
_KINDS = frozenset(CHANNEL_KINDS)
_JOB_DEFAULTS = ("coalesce", "max_instances", "misfire_grace_time")


class JobOptions(TypedDict, total=False):
    """What every decorator and `add_*_job` takes beside its schedule.

    `start` (inclusive) and `end` (exclusive) bound the fires; naive ones are read in the job's zone.
    `misfire_grace_time` and `timeout` are seconds (or a timedelta); a grace of None has no limit. `overlap` is what
    happens to a fire while `max_instances` runs are active: "forbid" (skip it), "queue", "replace" or "allow".
    `retries` is how many attempts may follow the first, or a mapping with the keys of a manifest's `retries`: `max`,
    `backoff`, `factor`, `max_backoff` (seconds or timedelta), `jitter`, `when`. `idempotent` says that running it again
    does no harm, `group` whose limit in `SchedulerConfig.groups` counts. `on_failure` and the like list whom to tell,
    `monitor` says what to ping, as manifests do: `[{"webhook": "https://..."}]`, `{"url": "https://..."}`.
    `must_finish_by` is a time of day in the job's zone, "06:00"; `must_succeed_within` seconds (or a timedelta).
    """

    timezone: str
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    start: datetime
    end: datetime
    max_instances: int
    misfire_grace_time: float | timedelta | None
    timeout: float | timedelta | None
    overlap: str
    retries: int | Mapping[str, Any]
    idempotent: bool
    group: str
    on_failure: Sequence[Mapping[str, Any]]
    on_recovery: Sequence[Mapping[str, Any]]
    on_missed: Sequence[Mapping[str, Any]]
    on_late: Sequence[Mapping[str, Any]]
    monitor: Mapping[str, Any]
    must_finish_by: str
    must_succeed_within: float | timedelta


@dataclass(frozen=True)
class SchedulerConfig:
    """How an embedded scheduler behaves.

    `timezone` is the IANA key for jobs that name none. `job_defaults` may hold `coalesce` (true: of several late
    fires only the latest runs; false: all), `max_instances` and `misfire_grace_time` (seconds, None: no limit).
    `state` is the SQLite file that keeps the ledger; None keeps it in memory and writes no file.
    `drain_timeout` is how many seconds `shutdown` waits for running jobs before it cuts them off. `max_running` bounds
    how many runs run at once, `groups` how many of the jobs of each group; more wait in the queue.

    Raises ValueError for an unknown zone, an unknown default or a value out of range.
    """

    timezone: str = "UTC"
    job_defaults: Mapping[str, Any] = field(default_factory=dict)
    state: str | Path | None = None
    drain_timeout: float = 30.0
    max_running: int | None = None
    groups: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.timezone, str):
            raise ValueError(f"timezone is an IANA key such as 'Europe/Berlin', not {self.timezone!r}")  # noqa: TRY004  one kind of error for a bad configuration
        zone.zone_of(self.timezone)
        if self.state == "" or not isinstance(self.state, str | Path | None):
            raise ValueError(f"state is the path of a file, not {self.state!r}")
        unknown = sorted(set(self.job_defaults) - set(_JOB_DEFAULTS))
        if unknown:
            raise ValueError(f"unknown job default {unknown[0]!r}: choose from {', '.join(_JOB_DEFAULTS)}")
        if not isinstance(self.job_defaults.get("coalesce", True), bool):
            raise ValueError(f"coalesce is true or false, not {self.job_defaults['coalesce']!r}")  # noqa: TRY004  as above
        if "max_instances" in self.job_defaults:
            _instances(self.job_defaults["max_instances"])
        _grace(self.job_defaults.get("misfire_grace_time"))
        _refuse_no_drain_timeout(self.drain_timeout)
        if not isinstance(self.groups, Mapping):
            raise ValueError(f"groups is a mapping such as {{'db': 2}}, not {self.groups!r}")  # noqa: TRY004  as above
        for name, limit in (("max_running", self.max_running), *self.groups.items()):
            if limit is not None:
                _at_least_one(limit, name)

    @property
    def limits(self) -> Limits:
        """How many runs may run at once."""
        return Limits(self.max_running, self.groups)


@dataclass(frozen=True)
class Declaration:
    """A function and the job that it is for; `place` says where it was defined, for messages."""

    id: str
    function: Callable[..., Any]
    spec: CodeJob
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    place: str


def specify(schedule: Mapping[str, Any], *, config: SchedulerConfig, options: JobOptions) -> CodeJob:
    """Return what `schedule` and `options` say, for a function that is still to come.

    Raises ValueError for anything that cannot be scheduled.
    """
    if isinstance(args := options.get("args", ()), str) or not isinstance(args, Sequence):
        raise ValueError(f"args is a list or tuple of arguments, not {args!r}")  # noqa: TRY004  said when it is said, as ValueError
    if not isinstance(kwargs := options.get("kwargs", {}), Mapping):
        raise ValueError(f"kwargs is a mapping of arguments, not {kwargs!r}")  # noqa: TRY004  said when it is said, as ValueError
    window = {key: _wall_text(options[key]) for key in ("start", "end") if key in options}
    document: dict[str, Any] = {
        "schedule": {**schedule, **window},
        "timezone": options.get("timezone", config.timezone),
        "target": {"code": ""},
        "misfire": _misfire(config, options),
        "max_instances": _instances(options.get("max_instances", config.job_defaults.get("max_instances", 1))),
    }
    for name in ("timeout", "must_succeed_within"):
        if (length := options.get(name)) is not None:
            document[name] = _positive(length, name)
    if "retries" in options:
        document["retries"] = _retries(options["retries"])
    document |= {
        name: value for name, value in options.items() if name in {"overlap", "idempotent", "group", "must_finish_by"}
    }
    document |= {name: _told(options[name], name) for name in ADDRESS_FIELDS if name in options}  # type: ignore[literal-required]  # the fields are options
    if document.get("overlap") == "allow" and "max_instances" not in options:
        del document["max_instances"]
    try:
        return CodeJob.model_validate(document)
    except ValidationError as error:
        raise ValueError("; ".join(_sentences(error))) from error


def declare(function: Callable[..., Any], job_id: str | None, *, spec: CodeJob, options: JobOptions) -> Declaration:
    """Return the declaration of a code job; its id defaults to the function's name.

    Raises ValueError for an id that is empty, not printable or has a slash, TypeError for what is no function.
    """
    if not callable(function):
        raise TypeError(f"a job calls a function, not {function!r}")
    name = job_id if job_id is not None else getattr(function, "__name__", type(function).__name__)
    if not isinstance(name, str) or not name or not name.isprintable() or "/" in name:
        message = (
            f"a code job's id is printable text, not empty, without a slash (manifests own those), unlike {name!r}"
        )
        raise ValueError(message)
    place = _place(function)
    return Declaration(
        id=name,
        function=function,
        spec=spec.model_copy(update={"target": CodeTarget(code=place)}),
        args=tuple(options.get("args", ())),
        kwargs=dict(options.get("kwargs", {})),
        place=place,
    )


def interval_schedule(*, options: JobOptions, **units: float) -> dict[str, Any]:
    """Return the schedule of a period given in weeks, days, hours, minutes and seconds."""
    _refuse_unknown(options)
    try:
        every = timedelta(**units)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"the interval is out of range: {error}") from error
    if every < timedelta(milliseconds=1):
        raise ValueError("an interval must be at least a millisecond long: say weeks, days, hours, minutes or seconds")
    if every % timedelta(milliseconds=1):
        raise ValueError("an interval is a whole number of milliseconds")
    return {"every": every}


def cron_schedule(expression: str | None, *, options: JobOptions, **fields: str | int | None) -> dict[str, Any]:
    """Return the schedule of a crontab expression, or of its fields given as keywords."""
    # First of all: who says `second` alone shall read about seconds, and not that nothing was said.
    _refuse_unknown(options)
    given = {name: value for name, value in fields.items() if value is not None}
    if expression is not None:
        if given:
            raise ValueError(f"say the cron expression or the keywords {', '.join(given)}, not both")
        return {"cron": expression}
    if not given:
        raise ValueError("a cron job needs an expression such as '0 2 * * *', or keywords such as hour=2")
    return {"cron": crontab.from_keywords(**given)}


def at_schedule(at: datetime, *, options: JobOptions) -> dict[str, Any]:
    """Return the schedule of one instant; a naive one is read in the job's zone."""
    _refuse_unknown(options)
    return {"at": _wall_text(at)}


def _refuse_unknown(options: JobOptions) -> None:
    """Raise ValueError for a keyword that other schedulers have, TypeError for an option that does not exist."""
    for name in options:
        if name in _REPLACED_KEYWORDS:
            raise ValueError(f"unknown keyword `{name}`: {_REPLACED_KEYWORDS[name]}")
        if name not in JobOptions.__annotations__:
            raise TypeError(f"unknown option `{name}`: choose from {', '.join(JobOptions.__annotations__)}")


def _misfire(config: SchedulerConfig, options: JobOptions) -> dict[str, Any]:
    misfire: dict[str, Any] = {}
    if "coalesce" in config.job_defaults:
        misfire["catch_up"] = CatchUp.LATEST if config.job_defaults["coalesce"] else CatchUp.ALL
    if "misfire_grace_time" in options:
        misfire["grace"] = _grace(options["misfire_grace_time"])
    elif "misfire_grace_time" in config.job_defaults:
        misfire["grace"] = _grace(config.job_defaults["misfire_grace_time"])
    return misfire


def _grace(value: Any) -> timedelta:
    return UNLIMITED_GRACE if value is None else _positive(value, "misfire_grace_time")


def _positive(value: Any, name: str) -> timedelta:
    if isinstance(value, timedelta):
        duration = value
    elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        duration = timedelta(seconds=min(value, UNLIMITED_GRACE.total_seconds()))
    else:
        raise ValueError(f"{name} is a number of seconds, not {value!r}")
    if duration < timedelta(milliseconds=1):
        raise ValueError(f"{name} must be longer than nothing, unlike {value!r}")
    return duration


def _retries(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return {"max": value}
    if not isinstance(value, Mapping):
        raise ValueError(f"retries is a number of attempts or a mapping with `max`, not {value!r}")  # noqa: TRY004  said when it is said, as ValueError
    waits = {name: timedelta() if not value[name] else _positive(value[name], name) for name in _WAITS if name in value}
    return {**value, **waits}


def _told(value: Any, name: str) -> Any:
    """Return what a job says of whom to tell, in a manifest's shape; no message repeats an address."""
    if name == "monitor":
        if not isinstance(value, Mapping):
            raise ValueError('monitor is a mapping such as {"url": "https://..."}')
        return dict(value)
    entries: Sequence[Any] = value if isinstance(value, Sequence) and not isinstance(value, str) else [None]
    if any(not isinstance(entry, Mapping) or len(entry) != 1 or not entry.keys() <= _KINDS for entry in entries):
        raise ValueError(f"{name} is a list of mappings, each with one of {', '.join(CHANNEL_KINDS)}")
    return [dict(entry) for entry in entries]


def _instances(value: Any) -> int:
    return _at_least_one(value, "max_instances")


def _at_least_one(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} is a whole number from 1, not {value!r}")
    return value


def _refuse_no_drain_timeout(value: Any) -> None:
    if not isinstance(value, int | float) or not 0 <= value <= UNLIMITED_GRACE.total_seconds():  # also refuses NaN
        raise ValueError(f"drain_timeout is a number of seconds, 0 or more, not {value!r}")


def _wall_text(at: datetime) -> str:
    if not isinstance(at, datetime):
        raise ValueError(f"an instant is a datetime, not {at!r}")  # noqa: TRY004  said when it is said, as ValueError
    return at.isoformat() if at.tzinfo is None else utc_text(at)


def _sentences(error: ValidationError) -> list[str]:
    told: list[str] = []
    for fault in error.errors(include_url=False):
        context = fault.get("ctx", {})
        for part in context.get("faults", [context if "message" in context else {"message": fault["msg"]}]):
            hint = f" ({part['hint']})" if part.get("hint") else ""
            told.append(f"{part['message']}{hint}")
    return told


def _place(function: Callable[..., Any]) -> str:
    module = getattr(function, "__module__", type(function).__module__)
    return f"{module}:{getattr(function, '__qualname__', type(function).__qualname__)}"


def tell_weekdays(declared: Declaration) -> None:
    """Log one line that names the day when a code job numbers weekdays: crontab and others count differently."""
    if isinstance(declared.spec.schedule, CronSchedule):
        days = crontab.uses_weekday_numbers(declared.spec.schedule.cron)
        if days is not None:
            log.info(
                "Weekday numbers count from Sunday = 0",
                extra={"event": "weekday_numbers", "job": declared.id, "days": days},
            )
