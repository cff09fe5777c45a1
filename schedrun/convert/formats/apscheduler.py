"""APScheduler 3: a scheduler, or a list of jobs or of triggers.

Objects are told apart by their attributes, so APScheduler itself is never imported here. Its cron trigger numbers the
days of the week from Monday as 0, and all fields must match. Source: `apscheduler.triggers`.
"""

import contextlib
import copy
import inspect
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from schedrun.convert import carry
from schedrun.convert.entry import Entry, Note, Reading, Zone
from schedrun.convert.formats import python_object
from schedrun.convert.formats.cron_entry import When
from schedrun.convert.formats.python_object import Loaded, ObjectError
from schedrun.convert.timetables.days import Days
from schedrun.convert.timetables.timetable import Once, Periodic, Triggered
from schedrun.convert.timetables.wall import Clock, Wall
from schedrun.core.source import Position
from schedrun.core.spec.duration import text_of
from schedrun.core.spec.zone import ZoneError, zone_of

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ORDINALS = {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5}
_ITEM = re.compile(r"(?:\*|(?P<a>\w+)(?:-(?P<b>\w+))?)(?:/(?P<step>\d+))?")
_LIMITS = {
    "year": (1970, 2199),
    "month": (1, 12),
    "day": (1, 31),
    "day_of_week": (0, 6),
    "hour": (0, 23),
    "minute": (0, 59),
    "second": (0, 59),
}
_FOR_EVER = "365d"
_VERSION_4 = (
    "this is APScheduler 4, of which nothing is read: name jobs or triggers of APScheduler 3, or write `schedule` and"
    " `target` by hand (`schedrun init` shows how)"
)
_DEFAULTS = {"max_instances": 1, "misfire_grace_time": 1, "coalesce": True}
"""What APScheduler itself takes where neither job nor scheduler says."""


@dataclass(frozen=True, slots=True)
class _Context:
    """What holds for all jobs: zone, when their module began to be imported, their place, the scheduler's defaults."""

    zone: Zone
    since: datetime
    at: Position
    defaults: dict[str, Any]


def read(loaded: Loaded, zone: Zone) -> Reading:
    """Return the jobs of a scheduler or of a list; a trigger alone becomes a job that waits for its target.

    An interval that counts from a moment after its module began to be imported counts from that import. Raises
    ObjectError when the scheduler cannot tell its jobs.
    """
    found, reference, since = loaded
    at = Position(reference, 1, 1)
    if hasattr(found, "get_schedules"):
        return Reading(notes=(Note(_VERSION_4, position=at),))
    jobs = _jobs(found, reference)
    if any(hasattr(jobs, name) for name in ("get_next_fire_time", "trigger", "next")):
        jobs = [jobs]
    if not isinstance(jobs, Iterable) or isinstance(jobs, str):
        text = "this is neither a scheduler nor a list of jobs or triggers"
        return Reading(notes=(Note(text, position=at),))
    defaults = getattr(found, "_job_defaults", {})
    context = _Context(zone, since, at, defaults)
    return Reading(tuple(entry for job in jobs for entry in _entries(job, context)))


def _jobs(found: Any, reference: str) -> Any:
    """Return what holds the jobs; whatever a store of them raises is an ObjectError."""
    if not hasattr(found, "get_jobs"):
        return found
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return found.get_jobs()
    except (Exception, SystemExit) as error:
        raise ObjectError(reference, f"its jobs cannot be read: {type(error).__name__}: {error}") from error


def _entries(job: Any, context: _Context) -> Iterable[Entry]:
    trigger, at = getattr(job, "trigger", job), context.at
    name = str(getattr(job, "id", None) or getattr(job, "name", None) or "job")
    if hasattr(trigger, "next") and not hasattr(trigger, "get_next_fire_time"):
        yield Entry(name, at, f"{name}: {trigger}", {}, (Note(_VERSION_4),))
        return
    if re.fullmatch("[0-9a-f]{32}", name):
        name = str(getattr(job, "name", name))
    notes: list[Note] = []
    fields = _fields(job, context.defaults, notes=notes) if job is not trigger else {}
    executor = getattr(job, "executor", "default")
    if job is not trigger and executor != "default":
        notes.append(Note(f"its executor {executor!r}: `isolation: process` runs a function in a process of its own"))
    if job is trigger:
        notes.append(Note("a trigger alone says nothing to run: write `target`"))
    either = type(trigger).__name__ == "OrTrigger"
    triggers = list(trigger.triggers) if either else [trigger]
    if either:
        notes.append(Note("a trigger of several became several jobs: each knows of its own runs alone"))
    # Each part of such a trigger is given the last fire of any of them, from which an interval counts on.
    provable = not (either and any(hasattr(each, "interval") for each in triggers))
    if not provable:
        notes.append(Note("an interval among them, which began anew with each fire of the others"))
    for each in triggers:
        when = _when(_on_from(each, getattr(job, "next_run_time", None), since=context.since), context)
        schedule = dict(when.fields.get("schedule", {}))
        jitter = getattr(each, "jitter", None) or getattr(trigger, "jitter", None)
        if schedule and jitter:
            schedule["spread"] = text_of(timedelta(seconds=jitter))
        made = {
            **({"schedule": schedule} if schedule else {}),
            **{k: v for k, v in when.fields.items() if k != "schedule"},
        }
        yield Entry(
            name, at, f"{name}: {each}", made | fields, (*notes, *when.notes), when.timetable if provable else None
        )


def _fields(job: Any, defaults: dict[str, Any], *, notes: list[Note]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    reference = getattr(job, "func_ref", None)
    if not isinstance(reference, str) or ":" not in reference or "<" in reference:
        notes.append(Note("its function has no name to import it by: write `target`"))
    elif _of_an_object(getattr(job, "func", None)):
        notes.append(Note("its function needs an object that only the running program has: write `target`"))
    else:
        fields["target"] = _target(job, reference, notes=notes)
        if fields["target"] is None:
            del fields["target"]
    # A job that waits for its scheduler to start has no attributes but those it was given.
    most, grace, coalesce = (getattr(job, name, {**_DEFAULTS, **defaults}[name]) for name in _DEFAULTS)
    if isinstance(most, int) and most > 1:
        fields["max_instances"] = most
    fields["misfire"] = {
        "grace": _FOR_EVER if grace is None else text_of(timedelta(seconds=grace)),
        "catch_up": "latest" if coalesce else "all",
    }
    if getattr(job, "next_run_time", "unknown") is None:
        fields["paused"] = True
    return fields


def _of_an_object(function: Any) -> bool:
    """Return whether this is called with an object that no import finds: a method of one, or the object itself."""
    if inspect.ismethod(function):
        return not inspect.isclass(function.__self__)
    return callable(function) and not inspect.isroutine(function) and not inspect.isclass(function)


def _target(job: Any, reference: str, *, notes: list[Note]) -> dict[str, Any] | None:
    try:
        args = python_object.plain(list(getattr(job, "args", ())))
        kwargs = python_object.plain(dict(getattr(job, "kwargs", {})))
    except (TypeError, ValueError):
        notes.append(Note("its arguments are no plain values: write them by hand"))
        return None
    return {"python": reference, **({"args": args} if args else {}), **({"kwargs": kwargs} if kwargs else {})}


def _when(trigger: Any, context: _Context) -> When:
    if hasattr(trigger, "fields"):
        return _cron(trigger, context.zone)
    if hasattr(trigger, "interval") and isinstance(trigger.interval, timedelta):
        return _interval(trigger, context.since)
    if hasattr(trigger, "run_date"):
        at = trigger.run_date
        counted = Note(
            "its time may have been counted from a start of its program: see whether `at` is meant", lost=False
        )
        return When({"schedule": {"at": _instant(at)}}, Once(at), (counted,) * _is_counted(at, context.since))
    kind = type(trigger).__name__
    return When({}, notes=(Note(f"a trigger of the kind {kind} cannot be said in a manifest"),))


def _is_counted(at: datetime, since: datetime) -> bool:
    """Return whether a moment was counted from the clock while the module was imported: nobody writes microseconds."""
    # What the machine's clock shows is read in the scheduler's zone, which may be that much ahead.
    return at.microsecond > 0 and at.tzinfo is not None and at > since - timedelta(hours=14)


def _interval(trigger: Any, since: datetime) -> When:
    start = getattr(trigger, "start_date", None)
    if start is not None and _is_counted(start, since):
        start = None
    carried = carry.period(trigger.interval, anchor=None if start is None else _instant(start))
    if carried.schedule is None:
        return When({}, notes=carried.notes)
    schedule = {**carried.schedule, **_window(trigger, start)}
    # The grid through `start_date` has the trigger's phase; before it nothing fires.
    bounded = start is not None and schedule.keys() & {"start", "end"}
    old = Triggered(_still(trigger)) if bounded else Periodic(trigger.interval, start)
    drift = Note("its jitter moved all later runs there; here `spread` moves each alone", lost=False)
    return When({"schedule": schedule}, old, (*carried.notes, *[drift] * bool(getattr(trigger, "jitter", None))))


def _cron(trigger: Any, zone: Zone) -> When:
    key = str(getattr(trigger, "timezone", None) or zone.key)
    texts = {field.name: str(field) for field in trigger.fields}
    try:
        known = zone_of(key)
        wall, note = _wall(texts, known)
    except (ValueError, ZoneError) as error:
        return When({}, notes=(Note(f"its fields cannot be carried: {error}"),))
    carried = carry.calendar(wall)
    if carried.schedule is None:
        return When({}, Triggered(_still(trigger)), carried.notes)
    schedule = {**carried.schedule, **_window(trigger, getattr(trigger, "start_date", None))}
    zoned = {} if "every" in schedule else {"timezone": key}
    return When({"schedule": schedule, **zoned}, Triggered(_still(trigger)), (*note, *carried.notes))


def _wall(texts: dict[str, str], zone: Any) -> tuple[Wall, tuple[Note, ...]]:
    if texts.get("week", "*") != "*":
        raise ValueError(f"week={texts['week']!r} has no place in a crontab")
    said = {name: texts.get(name, "*") for name in _LIMITS}
    days, from_end, nth, last = _month_days(said["day"])
    weekdays = frozenset((number + 1) % 7 for number in _numbers("day_of_week", said["day_of_week"]))
    if nth or last:
        if weekdays != frozenset(range(7)):
            raise ValueError("both the nth weekday of a month and days of the week")
        weekdays = frozenset()
        days = days or frozenset(range(1, 32))
    years = None if said["year"] == "*" else _numbers("year", said["year"])
    rule = Days(
        days, _numbers("month", said["month"]), weekdays, from_end=from_end, nth=nth, last_weekdays=last, years=years
    )
    hours, minutes, seconds = (_numbers(name, said[name]) for name in ("hour", "minute", "second"))
    renumbered = re.search(r"\d", said["day_of_week"]) is not None
    text = f"day_of_week={said['day_of_week']} counts from Monday as 0; a crontab counts from Sunday"
    return Wall(rule, hours, minutes, zone, Clock.FOLLOWS, seconds=seconds), (
        (Note(text, lost=False),) if renumbered else ()
    )


def _month_days(
    text: str,
) -> tuple[frozenset[int], frozenset[int], frozenset[tuple[int, int]], frozenset[int]]:
    days: set[int] = set()
    from_end, nth, last = set(), set(), set()
    for item in text.lower().split(","):
        words = item.split()
        if item == "last":
            from_end.add(1)
        elif len(words) == 2 and words[1] in _WEEKDAYS and words[0] in {*_ORDINALS, "last"}:
            weekday = (_WEEKDAYS.index(words[1]) + 1) % 7
            if words[0] == "last":
                last.add(weekday)
            else:
                nth.add((weekday, _ORDINALS[words[0]]))
        else:
            days |= _numbers("day", item)
    if (nth or last) and (days or from_end):
        raise ValueError(f"day={text!r} mixes dates with weekdays")
    return frozenset(days), frozenset(from_end), frozenset(nth), frozenset(last)


def _numbers(name: str, text: str) -> frozenset[int]:
    low, high = _LIMITS[name]
    found: set[int] = set()
    for item in text.lower().split(","):
        match = _ITEM.fullmatch(item.strip())
        if match is None:
            raise ValueError(f"{name}={item!r} is not read")
        first, last, step = low, high, int(match["step"] or 1)
        if match["a"] is not None:
            first = _number(name, match["a"])
            last = _number(name, match["b"]) if match["b"] else high if match["step"] else first
        found.update(range(first, last + 1, step))
    return frozenset(found)


def _number(name: str, word: str) -> int:
    if word.isdecimal():
        return int(word)
    names = _WEEKDAYS if name == "day_of_week" else _MONTHS
    if word[:3] not in names:
        raise ValueError(f"{name}={word!r} is not read")
    return names.index(word[:3]) + (0 if names is _WEEKDAYS else 1)


def _window(trigger: Any, start: datetime | None) -> dict[str, str]:
    end = getattr(trigger, "end_date", None)
    window = {}
    if start is not None and start.tzinfo is not None:
        window["start"] = _instant(start)
    if end is not None:
        # Their end is inside, ours is outside.
        window["end"] = _instant(end + timedelta(milliseconds=1))
    return window


def _instant(at: datetime) -> str:
    return at.isoformat()


def _on_from(trigger: Any, next_run: Any, *, since: datetime) -> Any:
    """Return an interval as it goes on from a next run that was set by hand: it counts from its last fire."""
    every, start = getattr(trigger, "interval", None), getattr(trigger, "start_date", None)
    if not isinstance(next_run, datetime) or not isinstance(every, timedelta):
        return trigger
    if start is not None and not (next_run - start) % every and next_run - every <= since:
        return trigger
    moved = copy.copy(trigger)
    moved.start_date = next_run
    return moved


def _still(trigger: Any) -> Any:
    """Return the trigger without its jitter, which is drawn anew each time."""
    if not getattr(trigger, "jitter", None):
        return trigger
    still = copy.copy(trigger)
    still.jitter = None
    return still
