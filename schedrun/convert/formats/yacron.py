"""yacron: YAML with defaults, crontab expressions or their fields by name.

Source: yacron's README and `config.py`; expressions are read by the `crontab` package.
"""

import posixpath
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from schedrun.convert.entry import Entry, Note, Reading, Source, Zone
from schedrun.convert.formats import cron_entry, yaml_documents
from schedrun.convert.formats.yaml_documents import items, mapping, position, texts
from schedrun.convert.timetables import cron_fields
from schedrun.core.spec.duration import text_of

_FIELDS = ("minute", "hour", "dayOfMonth", "month", "dayOfWeek")
_POLICIES = {"Allow": "allow", "Forbid": "forbid", "Replace": "replace"}
_YES, _NO = {"true", "yes", "on", "y", "1"}, {"false", "no", "off", "n", "0"}
_REPORTS = {
    "onSuccess": "schedrun tells of no success; `monitor` pings at the end of each run",
    "onPermanentFailure": "write `on_failure`",
    "statsd": "schedrun has metrics at /metrics",
}


def read(sources: list[Source], zone: Zone) -> Reading:
    """Return the jobs of the files, each with what it includes. yacron reads times in UTC unless it is told otherwise.

    A file that another one includes counts there and not by itself.
    """
    files = {source.name: source for source in sources}
    inner = {_beside(source, name) for source in sources for name in included(source)}
    notes: list[Note] = []
    jobs = [
        job
        for source in sources
        if source.name not in inner
        for job in _read(source, files=files, notes=notes, above=()).jobs
    ]
    if not jobs and not notes:
        notes.append(Note("there are no jobs here: name files with a list `jobs`"))
    return Reading(tuple(_entry(job, source, zone=zone) for job, source in jobs), tuple(notes))


def included(source: Source) -> list[str]:
    """Return the names of the files that a file includes, as they stand there: beside it."""
    documents = yaml_documents.load(source, as_text=True).values
    return [name for document in documents for name in texts(mapping(document).get("include"))]


@dataclass(frozen=True, slots=True)
class _File:
    """What a file says: the defaults for those that include it, and all jobs, defaults merged, with their source."""

    defaults: dict[Any, Any]
    jobs: list[tuple[dict[Any, Any], Source]]


def _read(source: Source, *, files: dict[str, Source], notes: list[Note], above: tuple[str, ...]) -> _File:
    documents = yaml_documents.load(source, as_text=True)
    if documents.fault is not None:
        notes.append(documents.fault)
    defaults: dict[Any, Any] = {}
    jobs: list[tuple[dict[Any, Any], Source]] = []
    for document in map(mapping, documents.values):
        for name in texts(document.get("include")):
            path = _beside(source, name)
            if path not in files or path in (*above, source.name):
                why = "it includes itself" if path in files else "name this file too"
                notes.append(Note(f"`include: {name}`: {why}", position=position(source, document)))
                continue
            inner = _read(files[path], files=files, notes=notes, above=(*above, source.name))
            defaults = _merged(defaults, inner.defaults)
            jobs += inner.jobs
        defaults = _merged(defaults, mapping(document.get("defaults")))
        jobs += [(_merged(defaults, mapping(job)), source) for job in items(document.get("jobs"))]
        notes.extend(
            Note(f"`{key}`", position=position(source, document)) for key in ("web", "logging") if key in document
        )
    return _File(defaults, jobs)


def _beside(source: Source, name: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(source.name), name))


def _merged(defaults: dict[Any, Any], said: dict[Any, Any]) -> dict[Any, Any]:
    """Return what is said over the defaults: mappings merge at every depth, lists go on."""
    made = {**defaults, **said}
    for key in defaults.keys() & said.keys():
        old, new = defaults[key], said[key]
        if isinstance(old, dict) and isinstance(new, dict):
            made[key] = _merged(old, new)
        elif isinstance(old, list) and isinstance(new, list):
            made[key] = old + new
    return made


def _entry(job: dict[Any, Any], source: Source, *, zone: Zone) -> Entry:
    name = str(job.get("name", "job"))
    notes: list[Note] = []
    said, when = _when(job, zone)
    notes.extend(when.notes)
    fields: dict[str, Any] = {**when.fields}
    target = _target(job, notes)
    if target is not None:
        fields["target"] = target
    fields["overlap"] = _POLICIES.get(str(job.get("concurrencyPolicy", "Allow")), "allow")
    timeout = _duration(job.get("executionTimeout"))
    if timeout:
        fields["timeout"] = timeout
    fields["kill_after"] = _duration(job.get("killTimeout", "30")) or "0s"
    retries = _retries(mapping(mapping(job.get("onFailure")).get("retry")))
    if retries:
        fields["retries"] = retries
    if _is(job.get("enabled"), yes=False):
        fields["paused"] = True
    _lost(job, notes)
    return Entry(name, position(source, job), f"{name}, {said}", fields, tuple(notes), when.timetable)


def _when(job: dict[Any, Any], zone: Zone) -> tuple[str, cron_entry.When]:
    schedule = job.get("schedule")
    extra: tuple[Note, ...] = ()
    if isinstance(schedule, dict):
        if "year" in schedule:
            extra = (Note("yacron ignores `year` in a schedule, and so does this", lost=False),)
        schedule = " ".join(str(schedule.get(field, "*")) for field in _FIELDS)
    text = str(schedule or "")
    if text == "@reboot":
        note = Note("@reboot means the start of yacron; a job of schedrun needs a time (`schedule`)")
        return text, cron_entry.When({}, notes=(note,))
    said_zone = job.get("timezone") or (None if _is(job.get("utc"), yes=False) else "UTC")
    when = cron_entry.when(text, zone, dialect=cron_fields.YACRON, said_zone=str(said_zone) if said_zone else None)
    return text, cron_entry.When(when.fields, when.timetable, when.notes + extra)


def _target(job: dict[Any, Any], notes: list[Note]) -> dict[str, Any] | None:
    command = job.get("command")
    target: dict[str, Any]
    if isinstance(command, list) and command:
        target = {"command": [str(word) for word in command]}
    elif isinstance(command, str) and command:
        target = {"shell": command}
        target["interpreter"] = [str(job.get("shell") or "/bin/sh"), "-c"]
    else:
        notes.append(Note("it has no `command`"))
        return None
    variables = map(mapping, items(job.get("environment")))
    env = {str(item["key"]): str(item.get("value", "")) for item in variables if item.get("key")}
    if env:
        target["env"] = env
    if job.get("env_file"):
        target["env_file"] = str(job["env_file"])
    return target


def _retries(retry: dict[Any, Any]) -> dict[str, Any] | None:
    most, factor = _number(retry.get("maximumRetries", "0")), _number(retry.get("backoffMultiplier", "2"))
    if not most:
        return None
    return {
        # -1 is for ever there.
        "max": min(int(most), 1_000) if most > 0 else 100,
        "backoff": _duration(retry.get("initialDelay", "1")) or "1s",
        "factor": 2.0 if factor is None else min(max(factor, 1.0), 100.0),
        "max_backoff": _duration(retry.get("maximumDelay", "300")) or "5m",
        "jitter": False,
    }


def _lost(job: dict[Any, Any], notes: list[Note]) -> None:
    notes.extend(Note(f"`{key}`: {instead}") for key, instead in _REPORTS.items() if key in job)
    on_failure = mapping(job.get("onFailure"))
    if "report" in on_failure:
        notes.append(Note("`onFailure.report`: write `on_failure`, which tells of the last attempt alone"))
    if (_number(mapping(on_failure.get("retry")).get("maximumRetries")) or 0) < 0:
        notes.append(Note("retries without an end are not carried: 100 are"))
    notes.extend(
        Note(f"it ran as {key} {job[key]}; schedrun runs every job as its own user")
        for key in ("user", "group")
        if key in job
    )
    fails = mapping(job.get("failsWhen"))
    if _is(fails.get("nonzeroReturn"), yes=False):
        notes.append(Note("`failsWhen.nonzeroReturn`: here a command fails by its exit code"))
    if _is(fails.get("producesStdout"), yes=True) or _is(fails.get("always"), yes=True):
        notes.append(Note("`failsWhen`: a command fails by its exit code"))
    elif not _is(fails.get("producesStderr"), yes=False) and not _is(job.get("captureStderr"), yes=False):
        text = "yacron also counts output on stderr as a failure; here a command fails by its exit code alone"
        notes.append(Note(text, lost=False))


def _is(value: Any, *, yes: bool) -> bool:
    """Return whether a value says yes, or no; one that is not there says neither."""
    return str(value).lower() in (_YES if yes else _NO)


def _number(value: Any) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if abs(number) < 1e9 else None


def _duration(value: Any) -> str | None:
    number = _number(value)
    return text_of(timedelta(milliseconds=round(number * 1000))) if number is not None and number > 0 else None
