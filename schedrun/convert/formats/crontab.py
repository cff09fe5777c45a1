"""Crontabs: those of a user, those of the system with a user in each line, and supercronic's.

Sources: `crontab(5)` of Debian and of cronie (CRON_TZ), aptible/supercronic `crontab/crontab.go`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from schedrun.convert import naming
from schedrun.convert.entry import Entry, Note, Reading, Source, Zone
from schedrun.convert.formats import cron_entry
from schedrun.convert.timetables import cron_fields
from schedrun.convert.timetables.cron_fields import Dialect
from schedrun.core.source import Position
from schedrun.core.spec.zone import ZoneError, zone_of

_NAME = re.compile(r"""\s*(?:"(?P<d>[^"]*)"|'(?P<s>[^']*)'|(?P<n>[A-Za-z_][A-Za-z0-9_]*))\s*=\s*(?P<value>.*)""")
_WORD = re.compile(r"[^ \t]+")
_MANY_COMMANDS = re.compile(r"[;&\n(){}`]")
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


@dataclass(slots=True)
class _Context:
    """What the lines so far have said for those that follow."""

    env: dict[str, str] = field(default_factory=dict)
    zone: str | None = None
    comment: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def read(sources: list[Source], zone: Zone, *, form: Form) -> Reading:
    """Return the jobs of the crontabs, in their order."""
    entries: list[Entry] = []
    notes: list[Note] = []
    for source in sources:
        context = _Context()
        entries.extend(_entries(source, zone, form, context))
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


def _entries(source: Source, zone: Zone, form: Form, context: _Context) -> Iterator[Entry]:
    for number, line in enumerate(source.text.split("\n"), 1):
        stripped = line.strip(" \t\r")
        position = Position(source.name, number, len(line) - len(line.lstrip(" \t")) + 1)
        if not stripped:
            context.comment.clear()
        elif stripped.startswith("#"):
            _take_comment(stripped, form, zone, context)
        elif (assignment := _assignment(stripped)) is not None:
            _take_assignment(*assignment, position, form, context)
            context.comment.clear()
        else:
            yield _entry(stripped, position, form, zone, context)
            context.comment.clear()


def _take_comment(line: str, form: Form, zone: Zone, context: _Context) -> None:
    said = line.lstrip("#").strip()
    fields, rest = _split(said, form)
    retired = bool(rest) and cron_entry.when(fields, form.dialect, zone).timetable is not None
    if said and not retired and any(character.isalnum() for character in said):
        context.comment.append(said)


def _assignment(line: str) -> tuple[str, str] | None:
    match = _NAME.fullmatch(line)
    if match is None:
        return None
    value = match["value"].strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return match["d"] or match["s"] or match["n"] or "", value


def _take_assignment(name: str, value: str, position: Position, form: Form, context: _Context) -> None:
    if name == "CRON_TZ" and form.percent:
        if not value:
            context.zone = None
            return
        try:
            zone_of(value)
        except ZoneError as error:
            context.notes.append(Note(str(error), position=position))
            return
        context.zone = value
        text = "CRON_TZ moves the lines below it in cronie; Debian's cron ignores it"
        context.notes.append(Note(text, lost=False, position=position))
    elif name == "MAILTO":
        if value:
            text = f"MAILTO={value}: schedrun sends no mail; output is kept with each run (`schedrun runs logs`)"
            context.notes.append(Note(text, position=position))
    elif name == "RANDOM_DELAY":
        context.notes.append(Note("RANDOM_DELAY: write `spread`", position=position))
    elif name:
        context.env[name] = value
        if name == "TZ":
            text = "TZ is only a variable of the commands; it does not move their times"
            context.notes.append(Note(text, lost=False, position=position))


def _entry(line: str, position: Position, form: Form, zone: Zone, context: _Context) -> Entry:
    fields, rest = _split(line, form)
    notes: list[Note] = []
    if form.has_user:
        words = re.split(r"[ \t]+", rest, maxsplit=1)
        user, rest = words[0], words[1] if len(words) > 1 else ""
        if user:
            notes.append(Note(f"it ran as user {user}; schedrun runs every job as its own user"))
    command, stdin = percent(rest) if form.percent else (rest, None)
    name = naming.of_command(command) if command else "job"
    if not command:
        notes.append(Note("there is no command: write the fields of time, then what to run", position=position))
    if fields == "@reboot":
        notes.append(Note("@reboot means the start of the machine; a job of schedrun needs a time (`schedule`)"))
        when = cron_entry.When({})
    else:
        when = cron_entry.when(fields, form.dialect, zone, said_zone=context.zone)
        notes.extend(_placed(note, position, line, when.field) for note in when.notes)
    description = {"description": " ".join(context.comment)} if context.comment else {}
    target = {"target": _target(command, stdin, context.env)} if command else {}
    overlap = {} if not form.percent else {"overlap": "allow"}
    job = {**description, **when.fields, **target, **overlap}
    return Entry(name, position, line, job, tuple(notes), when.timetable)


def _placed(note: Note, position: Position, line: str, place: int | None) -> Note:
    """Return the note with the column of the field that it is about."""
    if place is None:
        return note
    starts = [match.start() for match in _WORD.finditer(line)]
    column = position.column + starts[min(place, len(starts) - 1)]
    return Note(note.text, note.lost, Position(position.file, position.line, column))


def _split(line: str, form: Form) -> tuple[str, str]:
    """Return the fields of time and what follows them."""
    words = list(_WORD.finditer(line))
    if line.startswith("@"):
        count = 1
    elif len(form.dialect.counts) > 1:
        count = _fields_of(line, words, form)
    else:
        count = form.dialect.counts[0]
    fields = " ".join(word.group() for word in words[:count])
    return fields, line[words[count].start() :] if len(words) > count else ""


def _fields_of(line: str, words: list[re.Match[str]], form: Form) -> int:
    """Return how many words are fields: the most that the tool can read, with a command left."""
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


def percent(command: str) -> tuple[str, str | None]:
    """Return the command and its standard input: the first bare % ends the one, further ones are line breaks."""
    parts, escaped = [""], False
    for character in command:
        if character == "%" and not escaped:
            parts.append("")
        elif character == "%":
            parts[-1] = parts[-1][:-1] + character
        else:
            parts[-1] += character
        # Of two backslashes the second is escaped itself, so a % behind them is bare.
        escaped = character == "\\" and not escaped
    return parts[0].rstrip(), "\n".join(parts[1:]) if len(parts) > 1 else None


def _target(command: str, stdin: str | None, env: Mapping[str, str]) -> dict[str, Any]:
    # A job of ours reads nothing from its standard input, unless it is told what.
    text = command if not stdin else _fed(command, stdin)
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
    """Return a shell text that gives the command its standard input."""
    # Cron ends the last line where it has no end yet, and so does the shell here.
    stdin = stdin.removesuffix("\n")
    end = "STDIN"
    while end in stdin.split("\n"):
        end += "_"
    return f"{{\n{command}\n}} <<'{end}'\n{stdin}\n{end}\n"
