"""Celery's beat: the schedule of an application, or a mapping like its `beat_schedule`.

Objects are told apart by their attributes, so Celery itself is never imported here. Source: `celery.schedules`.
"""

import contextlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from schedrun.convert import carry
from schedrun.convert.entry import Entry, Note, Reading, Zone
from schedrun.convert.formats import cron_entry, python_object
from schedrun.convert.formats.cron_entry import When
from schedrun.convert.formats.python_object import Loaded
from schedrun.convert.timetables.days import Days
from schedrun.convert.timetables.timetable import Periodic
from schedrun.convert.timetables.wall import Clock, Wall
from schedrun.core.source import Position
from schedrun.core.spec.duration import text_of
from schedrun.core.spec.zone import ZoneError, zone_of

_FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
_OPTIONS_LOST = ("link", "link_error")
_OWN_SCHEDULER = "celery.beat:PersistentScheduler"
"""The one that sends what the configuration says, and nothing else."""


class _Beat(NamedTuple):
    """What all entries share: where they stand, the application that sends (None: none), the zone and who says it."""

    position: Position
    app: str | None
    zone: Zone
    says_zone: bool
    deadline: Any
    """How many seconds late a crontab may still be sent; None for ever."""

    @property
    def assumed(self) -> Zone | None:
        """The zone where no configuration says one."""
        return None if self.says_zone else self.zone


def read(loaded: Loaded, zone: Zone) -> Reading:
    """Return the jobs of an application (`conf.beat_schedule`) or of a mapping of entries."""
    found, reference, _ = loaded
    at = Position(reference, 1, 1)
    conf = _configured(found, reference)
    schedule = getattr(conf, "beat_schedule", None) if conf is not None else found
    if not isinstance(schedule, Mapping):
        text = "this is neither a Celery application nor a mapping like `beat_schedule`"
        return Reading(notes=(Note(text, position=at),))
    app = reference if conf is not None and hasattr(found, "send_task") else None
    key = _zone_key(conf)
    beat = _Beat(
        at,
        app,
        Zone(key, "the application's `timezone`") if key else zone,
        says_zone=key is not None,
        deadline=getattr(conf, "beat_cron_starting_deadline", None),
    )
    return Reading(tuple(_entry((str(name), entry), beat) for name, entry in schedule.items()), _elsewhere(conf, at))


def _elsewhere(conf: Any, at: Position) -> tuple[Note, ...]:
    scheduler = str(getattr(conf, "beat_scheduler", None) or _OWN_SCHEDULER)
    if scheduler == _OWN_SCHEDULER:
        return ()
    return (Note(f"beat_scheduler {scheduler!r}: what it keeps elsewhere, as in a database, is not read", position=at),)


def _configured(found: Any, reference: str) -> Any:
    """Return the configuration of an application, or `found` when it is one itself; None for anything else.

    An application is completed as its beat does it: some add their periodic tasks only then. Raises ObjectError for
    what its code raises.
    """
    if isinstance(found, Mapping):
        return found if hasattr(found, "beat_schedule") else None
    try:
        with contextlib.redirect_stdout(sys.stderr):
            finalize = getattr(found, "finalize", None)
            if callable(finalize):
                finalize()
            conf = getattr(found, "conf", None)
            # Configuration is read when it is first asked for.
            getattr(conf, "beat_schedule", None)
    except (Exception, SystemExit) as error:
        raise python_object.ObjectError(reference, f"{type(error).__name__}: {error}") from error
    return conf


def _zone_key(conf: Any) -> str | None:
    if conf is None:
        return None
    timezone = getattr(conf, "timezone", None)
    if timezone:
        return str(timezone)
    # With neither it is the zone of the machine that beat runs on.
    return "UTC" if getattr(conf, "enable_utc", True) else None


def _entry(item: tuple[str, Any], beat: _Beat) -> Entry:
    name, entry = item
    at = beat.position
    notes: list[Note] = []
    if not isinstance(entry, Mapping):
        return Entry(name, at, f"{name!r}", {}, (Note("it is no mapping with `task` and `schedule`"),))
    schedule = entry.get("schedule")
    said, when = _when(schedule, beat)
    notes.extend(when.notes)
    notes.extend(_own_times(schedule, entry))
    timetable = None if any(note.lost for note in notes) else when.timetable
    fields: dict[str, Any] = {**when.fields}
    target = _target(entry, notes, app=beat.app)
    if target is not None:
        fields["target"] = target
    fields["overlap"] = "allow"
    if hasattr(schedule, "hour") and isinstance(beat.deadline, int | float):
        fields["misfire"] = {"grace": text_of(timedelta(seconds=round(beat.deadline)))}
    return Entry(name, at, f"{name!r}, {said}", fields, tuple(notes), timetable)


def _own_times(schedule: Any, entry: Mapping[str, Any]) -> Iterator[Note]:
    """Yield what makes the times of an entry others than its schedule says: there is nothing to compare then."""
    if entry.get("relative") or getattr(schedule, "relative", False):
        yield Note("`relative`, which rounds its times to the unit of the period")
    if getattr(schedule, "nowfun", None) is not None:
        yield Note("`nowfun`, its own clock, which may be one of another time zone")


def _when(schedule: Any, beat: _Beat) -> tuple[str, When]:
    every = getattr(schedule, "run_every", schedule)
    if isinstance(every, int | float) and not isinstance(every, bool):
        every = timedelta(seconds=every)
    if all(hasattr(schedule, name) for name in _FIELDS):
        return _crontab(schedule, beat)
    if isinstance(every, timedelta):
        carried = carry.period(every)
        fields = {} if carried.schedule is None else {"schedule": carried.schedule}
        return f"every {every}", When(fields, Periodic(every) if every > timedelta() else None, carried.notes)
    if hasattr(schedule, "event") and hasattr(schedule, "lat"):
        return f"solar {schedule.event}", When({}, notes=(Note("times of the sun cannot be said in a manifest"),))
    kind = type(schedule).__name__
    return kind, When({}, notes=(Note(f"a schedule of the kind {kind} is not read: write crontab() or seconds"),))


def _crontab(schedule: Any, beat: _Beat) -> tuple[str, When]:
    texts = [str(getattr(schedule, f"_orig_{name}", "*")) for name in _FIELDS]
    said = f"crontab({', '.join(f'{name}={text!r}' for name, text in zip(_FIELDS, texts, strict=True))})"
    try:
        minutes, hours, days, months, weekdays = (_numbers(getattr(schedule, name)) for name in _FIELDS)
        zone = zone_of(beat.zone.key)
    except (TypeError, ValueError, ZoneError) as error:
        return said, When({}, notes=(Note(f"its fields cannot be read: {error}"),))
    wall = Wall(Days(days, months, frozenset(day % 7 for day in weekdays)), hours, minutes, zone, Clock.CELERY)
    text = " ".join(texts).lower() if not any(" " in text for text in texts) else None
    return said, cron_entry.of_wall(wall, assumed=beat.assumed, text=text)


def _numbers(values: Iterable[Any]) -> frozenset[int]:
    return frozenset(int(value) for value in values)


def _target(entry: Mapping[str, Any], notes: list[Note], *, app: str | None) -> dict[str, Any] | None:
    task = str(entry.get("task") or "")
    if not task:
        notes.append(Note("it names no task"))
        return None
    options = dict(entry.get("options") or {})
    notes.extend(Note(f"the option {name}") for name in _OPTIONS_LOST if options.pop(name, None))
    try:
        args = python_object.plain(list(entry.get("args") or []))
        kwargs = python_object.plain(dict(entry.get("kwargs") or {}))
        options = python_object.plain(options)
    except (TypeError, ValueError):
        notes.append(Note("its arguments or options are no plain values: write them by hand"))
        return None
    if app is not None:
        sent = {"args": args, "kwargs": kwargs}
        given = {key: value for key, value in sent.items() if value} | options
        return {"python": f"{app}.send_task", "args": [task], **({"kwargs": given} if given else {})}
    module, _, function = task.rpartition(".")
    if not module.replace(".", "_").isidentifier() or not function.isidentifier():
        notes.append(Note(f"the task {task!r} is no module.function: write `target`"))
        return None
    notes.append(Note(f"the task is taken for the function {function} of the module {module}", lost=False))
    if options:
        sent = {"args": args, "kwargs": kwargs}
        return {"python": f"{module}:{function}.apply_async", "kwargs": {k: v for k, v in sent.items() if v} | options}
    target: dict[str, Any] = {"python": f"{module}:{function}.delay"}
    return target | ({"args": args} if args else {}) | ({"kwargs": kwargs} if kwargs else {})
