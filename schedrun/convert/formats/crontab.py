"""Crontabs: those of a user, those of the system with a user in each line, and supercronic's.

Sources: `crontab(5)` of Debian and of cronie (CRON_TZ, and HOME as the folder of commands), aptible/supercronic
`crontab/crontab.go`, busybox 1.35 (what its crond makes of fields, as its log shows them).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from schedrun.convert import naming
from schedrun.convert.entry import Entry, Note, Reading, Source, Zone
from schedrun.convert.formats import cron_entry
from schedrun.convert.timetables import cron_fields
from schedrun.convert.timetables.cron_fields import Dialect
from schedrun.core.source import Position
from schedrun.core.spec.zone import ZoneError, zone_of

_NAME = re.compile(r"""\s*(?:"(?P<d>[^"]*)"|'(?P<s>[^']*)'|(?P<n>[^\s"'=][^\s=]*))\s*=\s*(?P<value>.*)""")
_WORD = re.compile(r"[^ \t]+")
_MANY_COMMANDS = re.compile(r"[;&\n(){}`]")
_PAIR_OR_PERCENT = re.compile(r"\\.|%", re.DOTALL)
_OF_ROOT = re.compile(r"root[ \t]")
_LEGEND = re.compile(r"\.-|\||m(?:in\w*)?\s+h(?:ours?)?\s+d(?:om|ay)\b")
"""How lines of the template of every new crontab begin: what they and those above them say is about no job."""
_UNLOGGED = re.compile(r"-[0-9*@]")
_STAR = re.compile(r"(?<![^,])\*(?:/0*1)?(?![^,])")
_WHOLE_WEEK = re.compile(r"0*0-0*6|sun-sat", re.IGNORECASE)
_STEPS = re.compile(r"\*/0*(?!1\b|0)[0-9]+")
_DEFAULT_SHELL = "/bin/sh"


@dataclass(frozen=True, slots=True)
class Form:
    """Which crontab it is: with a user after the fields, and who reads it."""

    dialect: Dialect
    has_user: bool = False
    percent: bool = True


USER = Form(cron_fields.VIXIE)
SYSTEM = Form(cron_fields.VIXIE, has_user=True)
SUPERCRONIC = Form(cron_fields.SUPERCRONIC, percent=False)


class _Line(NamedTuple):
    """A line without the blanks around it, and where it begins."""

    text: str
    position: Position

    def word(self, place: int) -> Position:
        """Return where a word begins; `place` counts from 0, and beyond the last it is the last that is meant."""
        starts = [match.start() for match in _WORD.finditer(self.text)]
        file, line, column = self.position.file, self.position.line, self.position.column
        return Position(file, line, column + starts[min(place, len(starts) - 1)])


@dataclass(slots=True)
class _Context:
    """Who reads the lines, and what those so far have said for those that follow."""

    form: Form
    zone: Zone
    env: dict[str, str] = field(default_factory=dict)
    said_zone: str | None = None
    comment: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def read(sources: list[Source], zone: Zone, *, form: Form) -> Reading:
    """Return the jobs of the crontabs, in their order."""
    entries: list[Entry] = []
    notes: list[Note] = []
    for source in sources:
        context = _Context(form, zone)
        entries.extend(_entries(source, context))
        notes.extend(context.notes)
    if not entries:
        notes.append(Note("there are no jobs here", position=Position(sources[0].name, 1, 1) if sources else None))
    elif form.percent:
        notes.append(
            Note(
                "cron starts commands in the home folder of their user with PATH=/usr/bin:/bin; schedrun starts them in"
                " --app-dir with its own environment (`workdir` and `env` say otherwise)",
                lost=False,
            )
        )
    return Reading(tuple(entries), tuple(notes))


def _entries(source: Source, context: _Context) -> Iterator[Entry]:
    lines = [
        _Line(raw.strip(" \t\r"), Position(source.name, number, len(raw) - len(raw.lstrip(" \t")) + 1))
        for number, raw in enumerate(source.text.split("\n"), 1)
    ]
    ahead = not context.form.percent
    if ahead:
        # What supercronic is told holds for the whole file, also above the line that says it.
        for line in lines:
            if (assignment := _assignment(line.text)) is not None:
                _take_assignment(assignment, line.position, context=context)
    for line in lines:
        if line.text.startswith("#"):
            _take_comment(line, context)
            continue
        if (assignment := _assignment(line.text)) is not None:
            if not ahead:
                _take_assignment(assignment, line.position, context=context)
        elif line.text:
            yield _entry(line, context)
        context.comment.clear()


def _take_comment(line: _Line, context: _Context) -> None:
    said = line.text.lstrip("#").strip()
    if _LEGEND.match(said):
        context.comment.clear()
        return
    fields, rest = _split(said, context.form)
    retired = bool(rest) and cron_entry.when(fields, context.zone, dialect=context.form.dialect).timetable is not None
    if said and not retired and any(character.isalnum() for character in said):
        context.comment.append(said)


def _assignment(line: str) -> tuple[str, str] | None:
    """Return the name and the value of an assignment, None for any other line."""
    match = _NAME.fullmatch(line)
    if match is None:
        return None
    value = match["value"].strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return match["d"] or match["s"] or match["n"] or "", value


def _take_assignment(assignment: tuple[str, str], position: Position, *, context: _Context) -> None:
    name, value = assignment
    if name == "CRON_TZ":
        _take_zone(value, position, context=context)
    if context.form.percent and name in {"CRON_TZ", "MAILTO", "RANDOM_DELAY"}:
        if name == "MAILTO" and value:
            text = f"MAILTO={value}: write `on_failure`; output is kept with each run (`schedrun runs logs`)"
            context.notes.append(Note(text, position=position))
        elif name == "RANDOM_DELAY":
            context.notes.append(Note("RANDOM_DELAY: write `spread`", position=position))
    elif name:
        context.env[name] = value
        if name == "TZ":
            text = "TZ is only a variable of the commands; it does not move their times"
            context.notes.append(Note(text, lost=False, position=position))


def _take_zone(value: str, position: Position, *, context: _Context) -> None:
    if not value:
        context.said_zone = None
        return
    try:
        zone_of(value)
    except ZoneError as error:
        context.notes.append(Note(str(error), position=position))
        return
    context.said_zone = value
    if context.form.percent:
        text = "CRON_TZ moves the lines below it in cronie; Debian's cron ignores it"
    else:
        text = "CRON_TZ moves all lines in supercronic; its early versions ignored it"
    context.notes.append(Note(text, lost=False, position=position))


def _entry(line: _Line, context: _Context) -> Entry:
    form, position = context.form, line.position
    notes: list[Note] = []
    said = line.text
    if form.percent and _UNLOGGED.match(line.text):
        notes.append(
            Note("a `-` before a line keeps cronie from logging it; Debian's cron refuses the line", lost=False)
        )
        line = _Line(line.text[1:], Position(position.file, position.line, position.column + 1))
    fields, rest = _split(line.text, form)
    rest = _without_user(rest, form, notes=notes)
    dialect = cron_fields.CRONIE_TZ if form.percent and context.said_zone else form.dialect
    command, stdin = _command(rest, dialect, notes=notes) if form.percent else (rest, None)
    name = naming.of_command(command) if command else "job"
    if not command:
        notes.append(Note("there is no command: write the fields of time, then what to run", position=position))
    if fields == "@reboot":
        notes.append(Note("@reboot means the start of the machine; a job of schedrun needs a time (`schedule`)"))
        when = cron_entry.When({})
    else:
        when = cron_entry.when(fields, context.zone, dialect=dialect, said_zone=context.said_zone)
        place = None if when.field is None else line.word(when.field)
        if form.percent and when.timetable is not None:
            notes.extend(_of_busybox(fields))
        notes.extend(note if place is None else replace(note, position=place) for note in when.notes)
    description = {"description": " ".join(context.comment)} if context.comment else {}
    target = {"target": _target(_fed(command, stdin) if stdin else command, context.env)} if command else {}
    home = context.env.get("HOME", "")
    if target and form.percent and home.startswith("/"):
        target["target"]["workdir"] = home
    overlap = {} if not form.percent else {"overlap": "allow"}
    job = {**description, **when.fields, **target, **overlap}
    return Entry(name, position, said, job, tuple(notes), when.timetable)


def _of_busybox(fields: str) -> Iterator[Note]:
    """Yield a remark on days that busybox, whose crontabs look the same, reads otherwise than all other crons."""
    if fields.startswith("@"):
        return
    _, _, day, _, weekday = fields.split()
    found = []
    free_day, free_week = _STAR.search(day), _STAR.search(weekday)
    if not free_day and (steps := _STEPS.search(day)):
        found.append(f"`{steps[0]}` counts days from 0")
    if not free_day and not free_week and "*" in {day[0], weekday[0]}:
        found.append("one of both day fields is enough")
    if not free_day and _WHOLE_WEEK.fullmatch(weekday) and day[0] != "*":
        found.append(f"`{weekday}` restricts nothing, so the day of month alone counts")
    if re.search(r"(?<![/0-9])0*7(?![0-9])", weekday):
        found.append("no day of week is 7")
    if found:
        yield Note(f"in busybox's crond, as of Alpine, {', and '.join(found)}", lost=False)


def _without_user(rest: str, form: Form, *, notes: list[Note]) -> str:
    """Return what follows the user of a line, where it has one; a line of the other form is noticed."""
    if not form.has_user:
        if form.percent and _OF_ROOT.match(rest):
            notes.append(Note("its command begins with `root`: for a crontab of the system say --from crontab-system"))
        return rest
    words = re.split(r"[ \t]+", rest, maxsplit=1)
    user = words[0]
    if "/" in user:
        notes.append(Note(f"{user!r} is no user: for a crontab of a user say --from crontab"))
    elif user:
        notes.append(Note(f"it ran as user {user}; schedrun runs every job as its own user"))
    return words[1] if len(words) > 1 else ""


def _command(rest: str, dialect: Dialect, *, notes: list[Note]) -> tuple[str, str | None]:
    """Return command and standard input, with a note where Debian's cron and cronie read another command."""
    halved = dialect is not cron_fields.CRONIE_TZ
    found = percent(rest, halved=halved)
    if found[0] != percent(rest, halved=not halved)[0]:
        text = "Debian's cron takes one of two backslashes away, and cronie does not; here the command is as by"
        notes.append(Note(f"{text} {dialect.name}", lost=False))
    return found


def _split(line: str, form: Form) -> tuple[str, str]:
    """Return the fields of time and what follows them."""
    words = list(_WORD.finditer(line))
    if line.startswith("@"):
        count = 1
    elif len(form.dialect.counts) > 1:
        count = _count_fields(line, form)
    else:
        count = form.dialect.counts[0]
    fields = " ".join(word.group() for word in words[:count])
    return fields, line[words[count].start() :] if len(words) > count else ""


def _count_fields(line: str, form: Form) -> int:
    """Return how many words are fields: the most that the tool can read, with a command left."""
    words = list(_WORD.finditer(line))
    utc = zone_of("UTC")
    for count in sorted(form.dialect.counts, reverse=True):
        if len(words) <= count:
            continue
        try:
            cron_fields.read(line[: words[count - 1].end()], utc, dialect=form.dialect)
        except cron_fields.DialectError:
            continue
        return count
    return min(form.dialect.counts)


def percent(command: str, *, halved: bool = True) -> tuple[str, str | None]:
    """Return the command and its standard input: the first bare % ends the one, further ones are line breaks.

    `halved`: of two backslashes one is left, as by Debian's cron and not by cronie. Seen from both.
    """
    # Of two backslashes the second is escaped itself, so a % behind them is bare: in the command alone.
    found = _PAIR_OR_PERCENT.finditer(command)
    end = next((match.start() for match in found if match[0] == "%"), len(command))
    vanishing = {"\\%", "\\\\"} if halved else {"\\%"}
    text = _PAIR_OR_PERCENT.sub(lambda pair: pair[0][1] if pair[0] in vanishing else pair[0], command[:end])
    if end == len(command):
        return text.rstrip(), None
    return text.rstrip(), re.sub(r"\\?%", lambda match: "%" if match[0] == "\\%" else "\n", command[end + 1 :])


def _target(text: str, env: Mapping[str, str]) -> dict[str, Any]:
    target: dict[str, Any] = {"shell": text}
    shell = env.get("SHELL", _DEFAULT_SHELL)
    # Ours ends at the first command that fails, cron's goes on: it matters where there are several.
    if shell != _DEFAULT_SHELL or _MANY_COMMANDS.search(text):
        target["interpreter"] = [shell, "-c"]
    kept = {name: value for name, value in env.items() if name != "SHELL"}
    if kept:
        target["env"] = kept
    return target


def _fed(command: str, stdin: str) -> str:
    """Return a shell text that gives the command its standard input, of which a job of ours has none otherwise."""
    # Cron ends the last line where it has no end yet, and so does the shell here.
    stdin = stdin.removesuffix("\n")
    end = "STDIN"
    while end in stdin.split("\n"):
        end += "_"
    return f"{{\n{command}\n}} <<'{end}'\n{stdin}\n{end}\n"
