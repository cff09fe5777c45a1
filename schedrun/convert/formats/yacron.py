"""yacron: YAML with defaults, crontab expressions or their fields by name.

Source: yacron's README and `config.py`; expressions are read by the `crontab` package.
"""

from datetime import timedelta
from typing import Any

from schedrun.convert.entry import Entry, Note, Reading, Source, Zone
from schedrun.convert.formats import cron_entry, yaml_documents
from schedrun.convert.formats.yaml_documents import items, mapping, position
from schedrun.convert.timetables import cron_fields
from schedrun.core.spec.duration import text_of

_FIELDS = ("minute", "hour", "dayOfMonth", "month", "dayOfWeek")
_POLICIES = {"Allow": "allow", "Forbid": "forbid", "Replace": "replace"}
_REPORTS = ("onSuccess", "onPermanentFailure", "statsd")


def read(sources: list[Source], zone: Zone) -> Reading:
    """Return the jobs of the files. yacron reads times in UTC unless it is told otherwise."""
    entries: list[Entry] = []
    notes: list[Note] = []
    for source in sources:
        documents = yaml_documents.load(source)
        if documents.fault is not None:
            notes.append(documents.fault)
        for document in map(mapping, documents.values):
            defaults = mapping(document.get("defaults"))
            jobs = [mapping(job) for job in items(document.get("jobs"))]
            entries.extend(_entry(defaults | job, defaults, source, zone) for job in jobs)
            notes.extend(
                Note(f"`{key}`", position=position(source, document))
                for key in ("include", "web", "logging")
                if key in document
            )
    if not entries and not notes:
        notes.append(Note("there are no jobs here: name files with a list `jobs`"))
    return Reading(tuple(entries), tuple(notes))


def _entry(job: dict[Any, Any], defaults: dict[Any, Any], source: Source, zone: Zone) -> Entry:
    name = str(job.get("name", "job"))
    notes: list[Note] = []
    said, when = _when(job, zone)
    notes.extend(when.notes)
    fields: dict[str, Any] = {**when.fields}
    target = _target(job, defaults, notes)
    if target is not None:
        fields["target"] = target
    fields["overlap"] = _POLICIES.get(str(job.get("concurrencyPolicy", "Allow")), "allow")
    timeout = _duration(job.get("executionTimeout"))
    if timeout:
        fields["timeout"] = timeout
    fields["kill_after"] = _duration(job.get("killTimeout", 30)) or "0s"
    retries = _retries(mapping(mapping(job.get("onFailure")).get("retry")))
    if retries:
        fields["retries"] = retries
    if job.get("enabled") is False:
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
    said_zone = job.get("timezone") or (None if job.get("utc") is False else "UTC")
    when = cron_entry.when(text, cron_fields.YACRON, zone, said_zone=str(said_zone) if said_zone else None)
    return text, cron_entry.When(when.fields, when.timetable, when.notes + extra)


def _target(job: dict[Any, Any], defaults: dict[Any, Any], notes: list[Note]) -> dict[str, Any] | None:
    command = job.get("command")
    target: dict[str, Any]
    if isinstance(command, list) and command:
        target = {"command": [str(word) for word in command]}
    elif isinstance(command, str) and command:
        target = {"shell": command}
        shell = str(job.get("shell", "/bin/sh"))
        target["interpreter"] = [shell, "-c"]
    else:
        notes.append(Note("it has no `command`"))
        return None
    variables = [*items(defaults.get("environment")), *items(job.get("environment"))]
    env = {str(item["key"]): str(item.get("value", "")) for item in map(mapping, variables) if item.get("key")}
    if env:
        target["env"] = env
    if job.get("env_file"):
        target["env_file"] = str(job["env_file"])
    return target


def _retries(retry: dict[Any, Any]) -> dict[str, Any] | None:
    most, factor = retry.get("maximumRetries", 0), retry.get("backoffMultiplier", 2)
    if not isinstance(most, int) or most == 0:
        return None
    return {
        # -1 is for ever there.
        "max": min(most, 1_000) if most > 0 else 100,
        "backoff": _duration(retry.get("initialDelay", 1)) or "1s",
        "factor": min(max(float(factor), 1.0), 100.0) if isinstance(factor, int | float) else 2,
        "max_backoff": _duration(retry.get("maximumDelay", 300)) or "5m",
        "jitter": False,
    }


def _lost(job: dict[Any, Any], notes: list[Note]) -> None:
    notes.extend(Note(f"`{key}`: schedrun sends no reports") for key in _REPORTS if key in job)
    on_failure = mapping(job.get("onFailure"))
    if "report" in on_failure:
        notes.append(Note("`onFailure.report`: schedrun sends no reports"))
    if mapping(on_failure.get("retry")).get("maximumRetries") == -1:
        notes.append(Note("retries without an end are not carried: 100 are"))
    notes.extend(
        Note(f"it ran as {key} {job[key]}; schedrun runs every job as its own user")
        for key in ("user", "group")
        if key in job
    )
    fails = mapping(job.get("failsWhen"))
    if fails.get("producesStdout") is True or fails.get("always") is True:
        notes.append(Note("`failsWhen`: a command fails by its exit code"))
    elif fails.get("producesStderr", True) is not False and job.get("captureStderr", True) is not False:
        text = "yacron also counts output on stderr as a failure; here a command fails by its exit code alone"
        notes.append(Note(text, lost=False))


def _duration(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
        return None
    return text_of(timedelta(milliseconds=round(value * 1000)))
