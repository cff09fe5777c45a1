"""systemd timers with their services, in one text as `systemctl cat` prints them.

Sources: `systemd.timer(5)`, `systemd.time(7)`, `systemd.service(5)`.
"""

import re
from datetime import UTC, datetime, timedelta

from schedrun.convert.exports.exported import (
    Exported,
    Loss,
    Program,
    comments,
    described,
    disagreement,
    policies,
    program,
    unused,
)
from schedrun.convert.proof import Proofs
from schedrun.convert.timetables import cron_fields, on_calendar
from schedrun.convert.timetables.days import ALL_MONTHS, Days
from schedrun.convert.timetables.timetable import Timetable
from schedrun.convert.timetables.union import Union
from schedrun.convert.timetables.wall import Wall
from schedrun.core.plan.desired import DeclaredJob
from schedrun.core.schedule.interval import EPOCH
from schedrun.core.spec.duration import text_of
from schedrun.core.spec.instant import resolve
from schedrun.core.spec.job import Job
from schedrun.core.spec.policy import CatchUp, Overlap
from schedrun.core.spec.schedule import CronSchedule, IntervalSchedule, OnceSchedule
from schedrun.core.spec.zone import zone_of
from schedrun.render.escape import for_terminal

_MARKS = tuple("@-:+!|")
"""What means something to systemd before the name of a program."""
_LETTERS = {"\\": "\\", '"': '"', "\n": "n", "\t": "t", "\r": "r"}
_ENV = ("/usr/bin/env", "--")
_DAY = timedelta(days=1)
_LONGEST_NAME = 240
_WEEKDAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_UNQUOTED = re.compile(r"[A-Za-z0-9_./:=,@+-]+")


def write(jobs: list[DeclaredJob], now: datetime) -> Exported:
    """Return all units; each begins with a comment that names its file."""
    losses: list[Loss] = []
    proofs = Proofs(now)
    parts: list[str] = []
    names: set[str] = set()
    for declared in jobs:
        lost: list[str] = []
        units = _units(declared, lost, name=_file_name(declared.key, names), proofs=proofs)
        losses += [Loss(declared, text) for text in lost]
        # A lone name with the ending of a unit would begin that unit.
        heading = comments([f"job {declared.key}", *described(declared.spec), *(f"not held: {text}" for text in lost)])
        parts.append("\n".join([*heading, *units]))
    return Exported("\n\n".join(parts) + "\n", tuple(losses))


def _file_name(key: str, taken: set[str]) -> str:
    """Return the name of a job's units, without their ending: set and id, and a number where another has that."""
    return unused(key.replace("/", "-"), taken, longest=_LONGEST_NAME)


def _units(declared: DeclaredJob, lost: list[str], *, name: str, proofs: Proofs) -> list[str]:
    job = declared.spec
    started = program(job)
    if isinstance(started, str):
        lost.append(started)
        return []
    if _needs_env(started) and "=" in started.words[0]:
        lost.append("the name of its program, which systemd or `env` would read otherwise")
        return []
    calendars = _calendars(job, lost)
    if not calendars:
        return []
    held = ("spread", "timeout", "overlap", "misfire", "paused")
    lost += [*started.losses, *policies(job, held=held), *_inexact(job)]
    lost += [f"the variable {name!r}: systemd takes no such name" for name in started.env if not _is_name(name)]
    if started.workdir and started.workdir.startswith("/") and not _is_folder(started.workdir):
        lost.append("its `workdir`, which no setting of systemd can hold")
    lost += disagreement(_timetable(calendars), job, proofs=proofs)
    return [*_timer(job, name, calendars=calendars), "", *_service(job, name, started=started)]


def _timer(job: Job, name: str, *, calendars: list[str]) -> list[str]:
    lines = [f"# {name}.timer", "[Unit]", f"Description={_one_line(job.description or name)}", "", "[Timer]"]
    lines += [f"OnCalendar={text}" for text in calendars]
    lines.append("AccuracySec=1s")
    if job.misfire.catch_up is not CatchUp.NONE:
        lines.append("Persistent=true")
    if job.schedule.spread:
        lines += [f"RandomizedDelaySec={text_of(job.schedule.spread)}", "FixedRandomDelay=true"]
    return [*lines, "", "[Install]", "WantedBy=timers.target"]


def _service(job: Job, name: str, *, started: Program) -> list[str]:
    lines = [f"# {name}.service", "[Unit]", f"Description={_one_line(job.description or name)}", "", "[Service]"]
    lines.append("Type=oneshot")
    lines += [f"Environment={_quoted(f'{key}={value}')}" for key, value in started.env.items() if _is_name(key)]
    if started.workdir and _is_folder(started.workdir):
        lines.append(f"WorkingDirectory={_closed(started.workdir, '/').replace('%', '%%')}")
    if job.timeout is not None:
        lines.append(f"TimeoutStartSec={text_of(job.timeout)}")
    words = [*_ENV, *started.words] if _needs_env(started) else started.words
    return [*lines, f"ExecStart={' '.join(_quoted(word.replace('$', '$$')) for word in words)}"]


def _is_folder(path: str) -> bool:
    """Return whether a setting, which knows no quotes, can hold the folder."""
    return path.startswith("/") and path.isprintable() and path.strip() == path


def _closed(text: str, end: str) -> str:
    """Return the value of a setting with something behind a last backslash, which would take the next line in."""
    return text + end if text.endswith("\\") else text


def _is_name(variable: str) -> bool:
    return variable.isascii() and variable.isidentifier()


def _needs_env(started: Program) -> bool:
    """Return whether systemd would refuse the program's name or take it for something else, in quotes too."""
    name = started.words[0]
    return name.startswith(_MARKS) or "$" in name or ("/" in name and not name.startswith("/"))


def _inexact(job: Job) -> list[str]:
    said = job.to_record()
    lost = []
    if job.overlap is not Overlap.FORBID:
        lost.append(f"`overlap: {job.overlap.value}`: a timer never starts a service that runs")
    lost += [f"`misfire.{name}`" for name in sorted(said.get("misfire", {}).keys() - {"catch_up"})]
    if job.misfire.catch_up is CatchUp.ALL:
        lost.append("`misfire.catch_up: all`: a timer makes up for one missed run")
    if job.paused:
        lost.append("`paused`: do not enable this timer")
    return lost


def _calendars(job: Job, lost: list[str]) -> list[str]:
    schedule, zone = job.schedule, job.timezone or "UTC"
    match schedule:
        case CronSchedule(cron=text):
            return _of_wall(cron_fields.read(text.strip(), zone_of(zone), dialect=cron_fields.OURS), zone, lost=lost)
        case IntervalSchedule(every=every, anchor=anchor):
            return _of_period(every, EPOCH if anchor is None else resolve(anchor, job.timezone), lost=lost)
        case OnceSchedule(at=at):
            moment = resolve(at, job.timezone).astimezone(UTC)
            if moment.microsecond:
                lost.append("parts of a second")
            return [f"{moment:%Y-%m-%d %H:%M:%S} UTC"]


def _of_wall(wall: Wall, zone: str, *, lost: list[str]) -> list[str]:
    days = wall.days
    if days.workdays:
        lost.append("`LW`: systemd has no working days")
        return []
    time = f"{_set(wall.hours, 24)}:{_set(wall.minutes, 60)}:00 {zone}"
    months = "*" if days.months == ALL_MONTHS else ",".join(f"{month:02}" for month in sorted(days.months))
    return [f"{weekdays}*-{months}{day} {time}" for weekdays, day in _days(days)]


def _days(days: Days) -> list[tuple[str, str]]:
    """Return pairs of weekdays and days of the month; each pair must match whole, and one of them is enough."""
    dates = [] if not days.days else ["-*" if days.any_day else f"-{_numbers(days.days)}"]
    dates += [f"~{_numbers(days.from_end)}"] if days.from_end else []
    weeks = []
    if days.weekdays:
        weeks.append("" if days.any_weekday else ",".join(_WEEKDAYS[day] for day in _from_monday(days.weekdays)) + " ")
    within = [(f"{_WEEKDAYS[day]} ", f"-{_week(number)}") for day, number in sorted(days.nth)]
    within += [(f"{_WEEKDAYS[day]} ", "~07/1") for day in sorted(days.last_weekdays)]
    if days.either:
        return [*(("", date) for date in dates), *((week, "-*") for week in weeks), *within]
    return [*((week, date) for week in weeks for date in dates), *within]


def _week(number: int) -> str:
    return f"{7 * number - 6:02}..{min(7 * number, 31):02}"


def _from_monday(weekdays: frozenset[int]) -> list[int]:
    return sorted(weekdays, key=lambda day: (day - 1) % 7)


def _numbers(values: frozenset[int]) -> str:
    return ",".join(f"{value:02}" for value in sorted(values))


def _set(values: frozenset[int], size: int) -> str:
    return "*" if len(values) == size else _numbers(values)


def _of_period(every: timedelta, anchor: datetime, *, lost: list[str]) -> list[str]:
    """Return calendars in UTC that draw the grid, when it repeats every day and its instants are few kinds."""
    phase = (anchor - EPOCH) % every
    if every == 7 * _DAY and not phase % timedelta(seconds=1):
        first = EPOCH + phase
        return [f"{_WEEKDAYS[first.isoweekday() % 7]} *-*-* {first:%H:%M:%S} UTC"]
    if _DAY % every or phase % timedelta(seconds=1) or every < timedelta(seconds=1):
        lost.append("its period, which does not fit into days of whole seconds")
        return []
    seconds = range(int(phase.total_seconds()), 86400, int(every.total_seconds()))
    hours, minutes, rest = {s // 3600 for s in seconds}, {s // 60 % 60 for s in seconds}, {s % 60 for s in seconds}
    if len(hours) * len(minutes) * len(rest) == len(seconds):
        made = (_set(frozenset(hours), 24), _set(frozenset(minutes), 60), _set(frozenset(rest), 60))
        return [f"*-*-* {':'.join(made)} UTC"]
    times = [f"*-*-* {s // 3600:02}:{s // 60 % 60:02}:{s % 60:02} UTC" for s in seconds]
    if len(times) > 96:
        lost.append("its period, which calendars of systemd cannot draw")
        return []
    return times


def _timetable(calendars: list[str]) -> Timetable:
    walls = [on_calendar.read(text, zone_of(on_calendar.zone_in(text) or "UTC")) for text in calendars]
    return Union(tuple(walls))


def _quoted(word: str) -> str:
    """Return a word of a command line, with everything that systemd would replace written out."""
    word = word.replace("%", "%%")
    if _UNQUOTED.fullmatch(word):
        return word
    return f'"{"".join(map(_escaped, word))}"'


def _escaped(character: str) -> str:
    if character in _LETTERS:
        return "\\" + _LETTERS[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _one_line(text: str) -> str:
    return _closed(for_terminal(" ".join(text.split())), ".").replace("%", "%%")
