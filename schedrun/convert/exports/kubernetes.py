"""Kubernetes CronJobs (batch/v1). Expressions are written for robfig/cron v3."""

import re
from datetime import datetime, timedelta
from typing import Any

from schedrun.convert.carry import field_text
from schedrun.convert.exports import periods
from schedrun.convert.exports.exported import Exported, Loss, comments, disagreement, policies, program, unused
from schedrun.convert.formats.kubernetes import NAMESPACE
from schedrun.convert.proof import Proofs
from schedrun.convert.timetables import cron_fields
from schedrun.convert.timetables.days import Days
from schedrun.convert.timetables.wall import Wall
from schedrun.core.ids import set_of
from schedrun.core.plan.desired import DeclaredJob
from schedrun.core.spec.duration import text_of
from schedrun.core.spec.job import Job
from schedrun.core.spec.policy import Overlap
from schedrun.core.spec.schedule import CronSchedule, IntervalSchedule
from schedrun.core.spec.zone import zone_of
from schedrun.render import yaml_text

_POLICIES = {Overlap.FORBID: "Forbid", Overlap.REPLACE: "Replace", Overlap.ALLOW: "Allow"}
_LONGEST_NAME = 52
_SECOND = timedelta(seconds=1)
_LABEL = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")
_LABEL_KEY = re.compile(r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_SPACE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_DOLLARS = re.compile(r"\$\$+|\$(?=\(|[^\x00-\x7f])")
"""Dollars that Kubernetes would not leave alone; before a letter beyond ASCII it breaks the letter."""
IMAGE = "IMAGE"
"""What stands for the image that a manifest does not know."""


def write(jobs: list[DeclaredJob], now: datetime) -> Exported:
    """Return one document a job; the image is to be filled in. A label that says a namespace is the object's own."""
    losses: list[Loss] = []
    proofs = Proofs(now)
    names: dict[str, set[str]] = {}
    parts: list[str] = []
    for declared in jobs:
        lost: list[str] = []
        document = _document(declared, _name(declared, names), lost=lost, proofs=proofs)
        losses += [Loss(declared, text) for text in lost]
        heading = comments([declared.key, *(f"not held: {text}" for text in lost)])
        body = [] if document is None else yaml_text.text([document]).split("\n")[1:-1]
        parts.append("\n".join(["---", *heading, *body]))
    remarks = (
        f"write the image that holds each command where {IMAGE} stands",
        "with Forbid a run that comes too early still starts when the one before ends within the deadline",
    )
    return Exported("\n".join([*comments(remarks), *parts]) + "\n", tuple(losses), remarks)


def _name(declared: DeclaredJob, taken: dict[str, set[str]]) -> str:
    """Return a name that is free in its namespace; imports write that before names where it alone tells them apart."""
    space = _namespace(declared.spec)
    job_id = declared.key.rpartition("/")[2].removeprefix(f"{space}." if space else "")
    base = re.sub(r"[^a-z0-9-]+", "-", job_id).strip("-")[:_LONGEST_NAME].strip("-") or "job"
    return unused(base, taken.setdefault(space, set()), longest=_LONGEST_NAME)


def _namespace(job: Job) -> str:
    """Return the namespace that the job's labels say, an empty one where they say none that can be."""
    said = job.labels.get(NAMESPACE, "")
    return said if _SPACE.fullmatch(said) else ""


def _document(declared: DeclaredJob, name: str, *, lost: list[str], proofs: Proofs) -> dict[str, Any] | None:
    job = declared.spec
    started = program(job)
    if isinstance(started, str):
        lost.append(started)
        return None
    timed = _fields(job, lost)
    if timed is None:
        return None
    zone, fields = timed
    held = ("paused", "overlap", "timeout", "misfire", "retries")
    lost += [*started.losses, *policies(job, held=held), *_inexact(job)]
    lost += disagreement(cron_fields.read(fields, zone_of(zone), dialect=cron_fields.KUBERNETES), job, proofs=proofs)
    container: dict[str, Any] = {"name": "job", "image": IMAGE, "command": list(map(_literal, started.words))}
    if started.env:
        container["env"] = [{"name": key, "value": _literal(value)} for key, value in started.env.items()]
    if started.workdir:
        container["workingDir"] = started.workdir
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": _metadata(declared, name),
        "spec": {"schedule": fields, "timeZone": zone, **_policies(job), "jobTemplate": _template(job, container)},
    }


def _literal(text: str) -> str:
    """Return what Kubernetes expands to `text`: it takes `$(` for a reference, and makes one dollar of two."""
    return _DOLLARS.sub(lambda found: found[0] * 2, text)


def _metadata(declared: DeclaredJob, name: str) -> dict[str, Any]:
    space = _namespace(declared.spec)
    said_labels = {key: value for key, value in declared.spec.labels.items() if not (space and key == NAMESPACE)}
    labels = {key: value for key, value in said_labels.items() if _is_label(key, value)}
    metadata: dict[str, Any] = {
        "name": name,
        **({"namespace": space} if space else {}),
        "labels": {"app.kubernetes.io/part-of": set_of(declared.key) or "", **labels},
    }
    said = {"description": declared.spec.description, "owner": declared.spec.owner}
    annotations = {key: value for key, value in said.items() if value}
    if annotations:
        metadata["annotations"] = annotations
    return metadata


def _is_label(key: str, value: str) -> bool:
    return _LABEL_KEY.fullmatch(key) is not None and _LABEL.fullmatch(value) is not None


def _policies(job: Job) -> dict[str, Any]:
    made: dict[str, Any] = {
        "suspend": bool(job.paused),
        "concurrencyPolicy": _POLICIES.get(job.overlap, "Forbid"),
        "startingDeadlineSeconds": _deadline(job),
    }
    return made


def _deadline(job: Job) -> int:
    """Return the grace in whole seconds; Kubernetes looks every ten, so a shorter one would lose runs."""
    return max(10, job.misfire.grace // _SECOND)


def _limit(timeout: timedelta) -> int:
    return max(1, -(-timeout // _SECOND))


def _template(job: Job, container: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = {"backoffLimit": job.retries.max}
    if job.timeout is not None:
        spec["activeDeadlineSeconds"] = _limit(job.timeout)
    spec["template"] = {"spec": {"restartPolicy": "Never", "containers": [container]}}
    return {"spec": spec}


def _inexact(job: Job) -> list[str]:
    said = job.to_record()
    lost = []
    if job.overlap is Overlap.QUEUE:
        lost.append("`overlap: queue`: a run that comes too early is left out")
    catch_up = said.get("misfire", {}).keys() - {"grace"}
    lost += [f"`misfire.{name}`" for name in sorted(catch_up)]
    lost += [f"`retries.{name}`" for name in said.get("retries", {}).keys() - {"max"}]
    lost += [f"`labels.{key}`: {value!r} is no label" for key, value in job.labels.items() if not _is_label(key, value)]
    if job.timeout is not None and job.timeout % _SECOND:
        lost.append(f"`timeout: {text_of(job.timeout)}`: it becomes {_limit(job.timeout)}s")
    if _deadline(job) * _SECOND != job.misfire.grace:
        lost.append(f"`misfire.grace: {text_of(job.misfire.grace)}`: it becomes {_deadline(job)}s")
    if job.retries.max and job.timeout is not None:
        lost.append("`timeout` of each attempt: here all attempts share it")
    if isinstance(said.get("paused"), dict):
        lost.append("the reason and the end of `paused`")
    return lost


def _fields(job: Job, lost: list[str]) -> tuple[str, str] | None:
    schedule = job.schedule
    if isinstance(schedule, CronSchedule):
        zone = job.timezone or "UTC"
        text = _expression(cron_fields.read(schedule.cron.strip(), zone_of(zone), dialect=cron_fields.OURS))
        if text is None:
            lost.append(f"`cron: {schedule.cron}`: its choice of days")
            return None
        return zone, text
    if isinstance(schedule, IntervalSchedule):
        fields = periods.of_schedule(schedule, job.timezone, lost=lost)
        return None if fields is None else ("Etc/UTC", fields)
    lost.append("a time of one year: a CronJob has no years")
    return None


def _expression(wall: Wall) -> str | None:
    """Return the fields as robfig/cron reads them: numbers, and `*` where nothing is restricted."""
    days = wall.days
    day, weekday = _day_fields(days)
    if day is None or weekday is None:
        return None
    minute, hour = field_text(wall.minutes, low=0, high=59), field_text(wall.hours, low=0, high=23)
    return f"{minute} {hour} {day} {field_text(days.months, low=1, high=12)} {weekday}"


def _day_fields(days: Days) -> tuple[str | None, str | None]:
    if days.from_end or days.workdays or days.nth or days.last_weekdays:
        return None, None
    if days.either and (days.any_day or days.any_weekday):
        return "*", "*"
    if not days.either and not days.any_day and not days.any_weekday:
        return None, None
    return field_text(days.days, low=1, high=31), field_text(days.weekdays, low=0, high=6)
