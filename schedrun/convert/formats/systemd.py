"""systemd: timers with their services. Sources: `systemd.timer(5)`, `systemd.service(5)`, `systemd.exec(5)`."""

import re
import shlex
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from schedrun.convert import carry
from schedrun.convert.entry import Entry, Note, Reading, Source, Zone
from schedrun.convert.formats import cron_entry, unit_file
from schedrun.convert.formats.cron_entry import When
from schedrun.convert.formats.unit_file import Unit
from schedrun.convert.timetables import on_calendar
from schedrun.convert.timetables.on_calendar import CalendarError
from schedrun.convert.timetables.timetable import Periodic
from schedrun.core.source import Position
from schedrun.core.spec.duration import text_of
from schedrun.core.spec.zone import zone_of

_BEGINNINGS = ("OnBootSec", "OnStartupSec", "OnActiveSec", "OnClockChange", "OnTimezoneChange")
_KNOWN_OF_TIMER = {*_BEGINNINGS, "OnCalendar", "OnUnitActiveSec", "OnUnitInactiveSec", "Unit", "Persistent",
                   "WakeSystem", "RandomizedDelaySec", "FixedRandomDelay", "AccuracySec",
                   "RemainAfterElapse"}  # fmt: skip
_KNOWN_OF_SERVICE = {"Type", "ExecStart", "Environment", "EnvironmentFile", "WorkingDirectory", "TimeoutStartSec",
                     "TimeoutSec", "RuntimeMaxSec", "RemainAfterExit", "SyslogIdentifier"}  # fmt: skip
_WITHOUT_EFFECT = {"no", "false", "journal", "inherit", "null"}
_YES = {"true", "yes", "on", "1"}
_OF_UNIT = re.compile(r"(?:Condition|Assert)\w+|On(?:Failure|Success)|Requi(?:res|site)|BindsTo|Wants|Conflicts")
_MILESTONES = re.compile(r"\S+\.target(?:\s+\S+\.target)*")
"""Units that start nothing themselves, such as network-online.target."""
_VARIABLE = re.compile(r"\$[A-Za-z_{]")
_FOR_EVER = "365d"
_SPECIFIERS = "specifiers such as %h are replaced by systemd; here they are text"
_DRAWN = Note("RandomizedDelaySec draws each delay anew; here `spread` gives a job the same one each time", lost=False)
_SECOND, _USUAL_ACCURACY = timedelta(seconds=1), timedelta(minutes=1)


def read(sources: list[Source], zone: Zone) -> Reading:
    """Return a job for each calendar and period of each timer; services are found by their names."""
    units = unit_file.read(sources)
    services = {unit.name: unit for unit in units if unit.name.endswith(".service")}
    timers = [_named(unit, unit.name) for unit in units if unit.name.endswith(".timer")]
    # A template says nothing beside its instances.
    instantiated = {each.name.partition("@")[0] for each in timers if "@" in each.name and not _is_template(each.name)}
    timers = [
        each for each in timers if not _is_template(each.name) or each.name[: -len("@.timer")] not in instantiated
    ]
    entries = [entry for timer in timers for entry in _entries(timer, services, zone=zone)]
    notes = [] if timers else [Note("there is no timer here: name files NAME.timer, and NAME.service beside them")]
    if any(_SECOND < _accuracy(timer) <= _USUAL_ACCURACY for timer in timers):
        text = "systemd may start a timer up to a minute late, unless AccuracySec says less; here it starts in time"
        notes.append(Note(text, lost=False))
    return Reading(tuple(entries), tuple(notes))


def _entries(timer: Unit, services: dict[str, Unit], *, zone: Zone) -> Iterator[Entry]:
    name = timer.name.removesuffix(".timer")
    service_name = timer.last("Timer", "Unit") or f"{name}.service"
    shared: list[Note] = []
    service = services.get(service_name) or services.get(re.sub("@.*[.]", "@.", service_name))
    if service is not None:
        service = _named(service, service_name)
    fields = _shared_fields(timer, service, service_name=service_name, notes=shared)
    if _is_template(timer.name):
        fields.pop("target", None)
        text = f"a template fires for its instances alone: name their files or links, such as {name}NAME.timer"
        shared.append(Note(text, position=timer.position))
    whens = list(_whens(timer, zone))
    if len(whens) > 1:
        shared.append(Note("one timer with several times became several jobs: each knows of its own runs alone"))
    for said, at, when in whens:
        ordered = _in_order(fields, when)
        yield Entry(name, at, f"{timer.name}: {said}", ordered, (*shared, *when.notes), when.timetable)


def _named(unit: Unit, name: str) -> Unit:
    return unit if _is_template(name) else unit_file.named(unit, name)


def _is_template(name: str) -> bool:
    """Return whether a unit has no instance yet, of which it would take its specifiers."""
    return name.rpartition(".")[0].endswith("@")


def _in_order(fields: dict[str, Any], when: When) -> dict[str, Any]:
    schedule = when.fields.get("schedule")
    spread = fields.get("spread")
    rest = {key: value for key, value in fields.items() if key not in {"description", "spread"}}
    made: dict[str, Any] = {"description": fields["description"]} if "description" in fields else {}
    made |= when.fields
    if schedule is not None and spread:
        made["schedule"] = {**schedule, "spread": spread}
    return made | rest


def _whens(timer: Unit, zone: Zone) -> Iterator[tuple[str, Position, When]]:
    found = False
    for text, at in timer.all("Timer", "OnCalendar"):
        found = True
        yield f"OnCalendar={text}", at, _calendar(text, zone, at=at)
    for key in ("OnUnitActiveSec", "OnUnitInactiveSec"):
        for text, at in timer.all("Timer", key):
            found = True
            yield f"{key}={text}", at, _period(key, text=text, at=at)
    if found:
        return
    first = next(((key, *timer.all("Timer", key)[0]) for key in _BEGINNINGS if timer.all("Timer", key)), None)
    if first is None:
        yield "no time", timer.position, When({}, notes=(Note("the timer says no time"),))
    else:
        yield f"{first[0]}={first[1]}", first[2], When({})


def _calendar(text: str, zone: Zone, *, at: Position) -> When:
    said_zone = on_calendar.zone_in(text)
    try:
        wall = on_calendar.read(text, zone_of(said_zone or zone.key))
    except CalendarError as error:
        return When({}, notes=(Note(str(error), position=at),))
    return cron_entry.of_wall(wall, assumed=None if said_zone else zone)


def _period(key: str, *, text: str, at: Position) -> When:
    every = unit_file.duration(text)
    if not every:
        return When({}, notes=(Note(f"{text!r} is no span of time of systemd", position=at),))
    carried = carry.period(every)
    notes = list(carried.notes)
    if key == "OnUnitInactiveSec":
        notes.append(Note("it counted from the end of a run; here it counts from fire to fire"))
    else:
        text = "it counted from the start of each run, and shifted with it; here the grid is fixed"
        notes.append(Note(text, lost=False))
    if carried.schedule is None:
        return When({}, notes=tuple(notes))
    return When({"schedule": carried.schedule}, Periodic(every), tuple(notes))


def _shared_fields(timer: Unit, service: Unit | None, *, service_name: str, notes: list[Note]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    description = timer.last("Unit", "Description") or (service.last("Unit", "Description") if service else "")
    if description:
        fields["description"] = description.replace("%%", "%")
    spread = unit_file.duration(timer.last("Timer", "RandomizedDelaySec"))
    if spread:
        fields["spread"] = text_of(spread)
        if timer.last("Timer", "FixedRandomDelay").lower() not in _YES:
            notes.append(_DRAWN)
    if service is None:
        notes.append(Note(f"{service_name} is not among the files: write `target`, or name that file too"))
    else:
        target = _target(service, notes)
        if target is not None:
            fields["target"] = target
        timeout = _timeout(service)
        if timeout and timeout >= timedelta(milliseconds=1):
            fields["timeout"] = text_of(timeout)
    if timer.last("Timer", "Persistent").lower() in _YES:
        fields["misfire"] = {"grace": _FOR_EVER, "catch_up": "latest"}
    else:
        fields["misfire"] = {"catch_up": "none"}
    notes.extend(_lost_of_timer(timer))
    return fields


def _lost_of_timer(timer: Unit) -> Iterator[Note]:
    for key in _BEGINNINGS:
        for text, at in timer.all("Timer", key):
            counts = f"{key}={text}: {key} counts from a start; a job of schedrun needs a time"
            yield Note(counts, position=at)
    if timer.last("Timer", "WakeSystem").lower() in _YES:
        yield Note("WakeSystem: schedrun wakes no machine")
    accuracy = _accuracy(timer)
    if accuracy > _USUAL_ACCURACY:
        yield Note(
            f"AccuracySec: systemd may start it up to {text_of(accuracy)} late; here it starts in time", lost=False
        )
    yield from _others(timer, "Timer", known=_KNOWN_OF_TIMER)
    yield from _conditions(timer)


def _accuracy(timer: Unit) -> timedelta:
    """Return how late systemd may start it, to wake up for several timers at once."""
    said = unit_file.duration(timer.last("Timer", "AccuracySec"))
    return _USUAL_ACCURACY if said is None else said


def _timeout(service: Unit) -> timedelta | None:
    """Return how long a run may take: of a oneshot its start is the run, of others it has no limit of its own."""
    if service.last("Service", "Type") == "oneshot":
        said = service.last("Service", "TimeoutStartSec") or service.last("Service", "TimeoutSec")
    else:
        said = service.last("Service", "RuntimeMaxSec")
    return unit_file.duration(said)


def _others(unit: Unit, section: str, *, known: set[str]) -> Iterator[Note]:
    """Yield what a section says beyond what is known."""
    for key in unit.keys(section):
        value = unit.last(section, key)
        if key not in known and value.lower() not in _WITHOUT_EFFECT:
            yield Note(f"{key}={value} of the {section.lower()}", position=unit.all(section, key)[-1][1])


def _conditions(unit: Unit) -> Iterator[Note]:
    for key in unit.keys("Unit"):
        if _OF_UNIT.fullmatch(key) and not _MILESTONES.fullmatch(unit.last("Unit", key)):
            yield Note(f"{key}={unit.last('Unit', key)}", position=unit.all("Unit", key)[-1][1])


def _target(service: Unit, notes: list[Note]) -> dict[str, Any] | None:
    notes.extend(_others(service, "Service", known=_KNOWN_OF_SERVICE))
    if service.last("Service", "RemainAfterExit").lower() in _YES:
        notes.append(
            Note("RemainAfterExit: there it stays active, and its timer starts it once only; here each fire runs")
        )
    notes.extend(_conditions(service))
    commands = [
        command for text, at in service.all("Service", "ExecStart") for command in _commands(text, at, notes=notes)
    ]
    if not commands:
        notes.append(Note(f"{service.name} starts nothing: write `target`"))
        return None
    target: dict[str, Any] = {"command": commands[0]}
    if len(commands) > 1:
        target = {"shell": "\n".join(shlex.join(command) for command in commands)}
    env = _env(service, notes)
    if env:
        target["env"] = env
    files = service.all("Service", "EnvironmentFile")
    if files:
        target["env_file"] = files[0][0].removeprefix("-")
        notes.extend(Note(f"EnvironmentFile={name} beside the first") for name, _ in files[1:])
        if files[0][0].startswith("-"):
            text = "EnvironmentFile might be missing there; here a run without its `env_file` fails"
            notes.append(Note(text, lost=False, position=files[0][1]))
        if env:
            text = "EnvironmentFile beats Environment there; here `env` beats `env_file`"
            notes.append(Note(text, lost=False, position=files[0][1]))
    workdir = service.last("Service", "WorkingDirectory").removeprefix("-")
    if workdir.startswith("/") and "%" not in workdir:
        target["workdir"] = workdir
    elif workdir:
        notes.append(Note(f"WorkingDirectory={workdir}: write the folder as `workdir`"))
    return target


def _commands(text: str, at: Position, *, notes: list[Note]) -> Iterator[list[str]]:
    try:
        commands = unit_file.commands(text)
    except ValueError as error:
        notes.append(Note(f"its command cannot be read: {error}", position=at))
        return
    for first, *arguments in commands:
        program = first.lstrip("-@:+!|")
        prefix = first[: len(first) - len(program)]
        if prefix.strip(":"):
            notes.append(Note(f"the {prefix!r} before the command", position=at))
        # Behind @ stands the name that the program is to see as its own, which is no argument.
        words = [program, *(arguments[1:] if "@" in prefix else arguments)]
        if any("%" in word.replace("%%", "") for word in words):
            notes.append(Note(_SPECIFIERS, position=at))
        if ":" not in prefix and any(_VARIABLE.search(word.replace("$$", "")) for word in words):
            notes.append(Note("variables in a command are replaced by systemd; here they are text", position=at))
        if program:
            yield [word.replace("%%", "%").replace("$$", "$") for word in words]


def _env(service: Unit, notes: list[Note]) -> dict[str, str]:
    env: dict[str, str] = {}
    for text, at in service.all("Service", "Environment"):
        try:
            pairs = [word.partition("=") for word in unit_file.words(text)]
        except ValueError as error:
            notes.append(Note(f"its environment cannot be read: {error}", position=at))
            continue
        if any("%" in value.replace("%%", "") for _, _, value in pairs):
            notes.append(Note(_SPECIFIERS, position=at))
        env |= {name: value.replace("%%", "%") for name, equals, value in pairs if name and equals}
    return env
