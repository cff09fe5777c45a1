"""Crontabs. Sources: `crontab(5)` of Debian and of cronie, which alone has CRON_TZ."""

import re
import shlex
from datetime import datetime

from schedrun.convert.exports import periods
from schedrun.convert.exports.exported import (
    Exported,
    Loss,
    Program,
    comments,
    described,
    disagreement,
    policies,
    program,
)
from schedrun.convert.formats.crontab import percent
from schedrun.convert.proof import Proofs
from schedrun.convert.timetables import cron_fields
from schedrun.core.plan.desired import DeclaredJob
from schedrun.core.spec.job import Job
from schedrun.core.spec.schedule import CronSchedule, IntervalSchedule
from schedrun.core.spec.target import ShellTarget, Target
from schedrun.core.spec.zone import zone_of

_RESERVED = frozenset({
    "!", "{", "}", "case", "do", "done", "elif", "else", "esac", "fi", "for", "if", "in", "then", "until", "while",
})  # fmt: skip
"""Words that a shell takes for its grammar, unless they are quoted."""
_BUILTINS = frozenset({
    "alias", "bg", "cd", "command", "echo", "eval", "exec", "exit", "export", "false", "fc", "fg", "getopts",
    "hash", "jobs", "kill", "printf", "pwd", "read", "readonly", "return", "set", "shift", "test", "time", "times",
    "trap", "true", "type", "ulimit", "umask", "unalias", "unset", "wait", "[", ".", ":",
})  # fmt: skip
"""Commands that a shell has itself, which programs of that name may differ from, as `echo` does with backslashes."""
_HIGHEST = (59, 23, 31, 12, 7)
"""What the fields of a crontab hold at most."""
_OPEN_STEP = re.compile(r"(?<![^,])([0-9A-Za-z]+)/")
_LONGEST = 998
"""Bytes of a command that Debian's cron reads."""


def write(jobs: list[DeclaredJob], now: datetime) -> Exported:
    """Return a crontab for `crontab -`: each line in the zone that the CRON_TZ above it says."""
    losses: list[Loss] = []
    proofs = Proofs(now)
    lines = ["SHELL=/bin/sh"]
    zone = None
    for declared in jobs:
        lost: list[str] = []
        made = _line(declared.spec, lost, proofs=proofs)
        losses += [Loss(declared, text) for text in lost]
        said = [declared.spec.description] if declared.spec.description else []
        said += described(declared.spec)
        lines += ["", *comments([declared.key, *said, *(f"not held: {text}" for text in lost)])]
        if made is None:
            continue
        if made[0] != zone:
            zone = made[0]
            lines.append(f"CRON_TZ={zone}")
        lines += comments([made[1]]) if declared.spec.paused else [made[1]]
    remarks = (
        "CRON_TZ is read by cronie; Debian's cron reads every line in the zone of the machine",
        "cron starts a run while the one before goes on, and makes up for no downtime",
    )
    return Exported("\n".join([*comments(remarks), *lines]) + "\n", tuple(losses), remarks)


def _line(job: Job, lost: list[str], *, proofs: Proofs) -> tuple[str, str] | None:
    """Return the zone and the line, None when a crontab has no line for the job; `lost` gets the reasons."""
    started = program(job)
    if isinstance(started, str):
        lost.append(started)
        return None
    command = _command(started)
    if command is None:
        lost.append("its command holds what no crontab can hold")
        return None
    if len(command.encode()) > _LONGEST:
        lost.append(f"its command is longer than the {_LONGEST} bytes that Debian's cron reads")
        return None
    timed = _fields(job, lost)
    if timed is None:
        return None
    zone, fields = timed
    if _ends_lost(started, job.target):
        lost.append("line breaks at the end of a word")
    lost += [*started.losses, *policies(job, held=("paused",))]
    lost += disagreement(cron_fields.read(fields, zone_of(zone), dialect=cron_fields.CRONIE_TZ), job, proofs=proofs)
    return zone, f"{fields} {command}"


def _fields(job: Job, lost: list[str]) -> tuple[str, str] | None:
    schedule = job.schedule
    if isinstance(schedule, CronSchedule):
        zone = job.timezone or "UTC"
        text = _closed(schedule.cron.strip())
        try:
            cron_fields.read(text, zone_of(zone), dialect=cron_fields.VIXIE)
        except cron_fields.DialectError as error:
            lost.append(f"`cron: {schedule.cron}` ({error})")
            return None
        return zone, text
    if isinstance(schedule, IntervalSchedule):
        fields = periods.of_schedule(schedule, job.timezone, lost=lost)
        return None if fields is None else ("UTC", fields)
    lost.append("a time of one year: a crontab has no years")
    return None


def _closed(cron: str) -> str:
    """Return the fields with an end for each step that has none: cron refuses `5/15`, and reads `5-59/15`."""
    if cron.startswith("@"):
        return cron
    fields = zip(cron.split(), _HIGHEST, strict=True)
    return " ".join(_OPEN_STEP.sub(rf"\1-{high}/", field) for field, high in fields)


def _command(started: Program) -> str | None:
    words = started.words
    if words[:2] in (["/bin/sh", "-c"], ["/bin/sh", "-ec"]) and len(words) == 3 and _is_plain(words):
        text = words[2]
    else:
        text = _started(words)
    if started.env:
        if "=" in words[0]:
            return None
        assigned = " ".join(_word(f"{name}={value}") for name, value in started.env.items())
        text = f"env {assigned} {' '.join(map(_word, words))}"
    if started.workdir:
        option = "-- " * started.workdir.startswith("-")
        text = f"cd {option}{_word(started.workdir)} && {text}"
    escaped = text.replace("%", "\\%")
    read = {percent(escaped, halved=halved) for halved in (True, False)}
    unharmed = read == {(text, None)} and text.strip() == text and text
    return escaped if unharmed and "\r" not in text else None


def _started(words: list[str]) -> str:
    """Return the words for a shell that is to start a program of that name, and nothing that it has itself."""
    name = _word(words[0])
    # Where nothing else had to be quoted the word stands as it is: an assignment, an option or grammar.
    if name == words[0] and (name in _RESERVED or "=" in name or name.startswith(("-", "+"))):
        name = f"'{name}'"
    return " ".join(["exec"] * (words[0] in _BUILTINS) + [name, *map(_word, words[1:])])


def _is_plain(words: list[str]) -> bool:
    """Return whether cron's own shell runs the text as ours does: on one line, and with -e of no effect."""
    simple = words[1] == "-c" or not any(mark in words[2] for mark in ";&(){}`")
    return (
        simple
        and not _is_altered(words[2])
        and words[2].replace("\t", " ").isprintable()
        and words[2].strip() == words[2] != ""
    )


def _is_altered(text: str) -> bool:
    """Return whether cron would take away a backslash: one of two, or the one that is to save a `%`."""
    return "\\\\" in text or "\\%" in text


def _word(word: str) -> str:
    """Return the word for a shell, on one line and without anything invisible or that cron alters."""
    if word.isprintable() and not _is_altered(word):
        return shlex.quote(word)
    return f"\"$(printf '{''.join(map(_of_printf, word))}')\""


def _of_printf(character: str) -> str:
    """Return what `printf`, within single quotes, makes one character of; a `-` could begin an option."""
    if character in "'-\\%" or not character.isprintable():
        return "".join(f"\\{byte:03o}" for byte in character.encode())
    return character


def _ends_lost(started: Program, target: Target) -> bool:
    """Return whether a word ends with a line break, which `$(printf ...)` cannot keep; scripts need none."""
    words = started.words[:-1] if isinstance(target, ShellTarget) else started.words
    return any(word.endswith("\n") for word in (*words, *started.env.values(), started.workdir or ""))
