"""Desired against recorded: one change a job, pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from schedrun.core.ids import JobKey, job_key, set_of
from schedrun.core.plan import fields
from schedrun.core.plan.change import Action, Change, FieldChange, Plan, stands_at
from schedrun.core.plan.desired import DeclaredJob, Desired
from schedrun.core.run.recorded import Override, RecordedJob
from schedrun.core.schedule import fires
from schedrun.core.spec import duration
from schedrun.core.spec.job import Job
from schedrun.core.spec.policy import Pause
from schedrun.core.status import Origin

_NAMED_FIELDS = 3


def make_plan(
    desired: Desired, recorded: Sequence[RecordedJob], *, now: datetime, uids: Callable[[JobKey], str]
) -> Plan:
    """Return what must change so that the rows say what the manifests say.

    `recorded` are the live rows and the tombstones. `uids` is asked once for each job at first sight, for the
    uid its row will have. Whether removals may go ahead is not judged here: see `guard.check`.
    """
    rows = _index(recorded)
    renames = dict(_renames(desired, rows))
    changes = [_declared_change(job, rows, renamed=renames.get(key), uids=uids) for key, job in desired.jobs.items()]
    changes.extend(_removal(row) for row in _undeclared(desired, rows, renames=renames))
    changes.sort(key=lambda change: change.job)
    return Plan(
        changes=tuple(changes),
        revision=desired.revision,
        findings=tuple(finding for findings in desired.broken.values() for finding in findings),
        overrides=tuple(sorted(_overrides(rows, renames, now=now), key=lambda pair: pair[0])),
        code_jobs=rows.code_jobs,
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """The manifests' rows by key; of several tombstones of one key the newest."""

    live: Mapping[JobKey, RecordedJob]
    tombstones: Mapping[JobKey, RecordedJob]
    code_jobs: int


def _index(recorded: Sequence[RecordedJob]) -> _Rows:
    live: dict[JobKey, RecordedJob] = {}
    tombstones: dict[JobKey, RecordedJob] = {}
    code_jobs = 0
    for row in recorded:
        if row.origin is not Origin.MANIFEST:
            code_jobs += row.removed_at is None
        elif row.removed_at is None:
            live[row.key] = row
        else:
            known = tombstones.get(row.key)
            if known is None or known.removed_at is None or known.removed_at <= row.removed_at:
                tombstones[row.key] = row
    return _Rows(live, tombstones, code_jobs)


def _renames(desired: Desired, rows: _Rows) -> Iterator[tuple[JobKey, RecordedJob]]:
    """Yield (new key, the row under the old key) of each `moved_from` that acts.

    A live row under the old key always moves. Its tombstone comes back only where the new key has none.
    """
    claimed: set[JobKey] = set()
    for key, job in desired.jobs.items():
        if job.spec.moved_from is None or key in rows.live:
            continue
        old = _old_key(key, job.spec.moved_from)
        if old in desired.jobs or old in claimed:
            continue
        row = rows.live.get(old)
        if row is None and key not in rows.tombstones:
            row = rows.tombstones.get(old)
        if row is not None:
            claimed.add(old)
            yield key, row


def _old_key(key: JobKey, moved_from: str) -> JobKey:
    own_set = set_of(key)
    return moved_from if "/" in moved_from or own_set is None else job_key(own_set, moved_from)


def _undeclared(desired: Desired, rows: _Rows, *, renames: Mapping[JobKey, RecordedJob]) -> Iterator[RecordedJob]:
    renamed = {row.uid for row in renames.values()}
    for key, row in rows.live.items():
        if key not in desired.jobs and row.uid not in renamed and not in_broken_file(row, desired):
            yield row


def in_broken_file(row: RecordedJob, desired: Desired) -> bool:
    """Return whether the row names a file that is broken, or that lies below a broken folder."""
    if not desired.broken or row.file is None:
        return False
    file = row.file
    return file in desired.broken or any(file.startswith(f"{name.rstrip('/')}/") for name in desired.broken)


def _declared_change(
    job: DeclaredJob, rows: _Rows, *, renamed: RecordedJob | None, uids: Callable[[JobKey], str]
) -> Change:
    if renamed is not None:
        return _move(renamed, job)
    row = rows.live.get(job.key)
    if row is not None:
        return _amendment(row, job)
    tombstone = rows.tombstones.get(job.key)
    if tombstone is None:
        reason = f"new in {job.position.file}:{job.position.line}"
        return Change(Action.CREATE, job.key, uids(job.key), reason, None, job, schedule_changed=True)
    reason = f"declared again in {job.position.file}:{job.position.line}: its row and history come back"
    return Change(Action.CREATE, job.key, tombstone.uid, reason, tombstone, job, revives=True, schedule_changed=True)


def _removal(row: RecordedJob) -> Change:
    place = f"{row.file}:{row.line}" if row.file is not None else "an unknown place"
    return Change(Action.REMOVE, row.key, row.uid, f"no manifest declares it any more (it stood in {place})", row, None)


def _move(row: RecordedJob, job: DeclaredJob) -> Change:
    revives = row.removed_at is not None
    differing = tuple(field for field in fields.differences(row.spec, job.spec) if field.path != "moved_from")
    moved_offset = _offset_change(row, job)
    reason = f"renamed from {row.key}" + (", which was removed" if revives else "")
    if differing:
        reason = f"{reason}; {_words(differing)}"
    if moved_offset:
        (delay,) = moved_offset
        reason = f"{reason}; its delay inside the spread moves from {delay.before} to {delay.after}"
    return Change(
        Action.MOVE,
        job.key,
        row.uid,
        reason,
        row,
        job,
        fields=(*differing, *moved_offset),
        revives=revives,
        schedule_changed=revives or fields.schedule_differs(row.spec, job.spec),
    )


def _offset_change(row: RecordedJob, job: DeclaredJob) -> tuple[FieldChange, ...]:
    """Show that a rename moves the job inside its window: the offset comes from the key."""
    before, after = _offset(row.spec, row.key), _offset(job.spec, job.key)
    return (FieldChange("schedule.spread.offset", before, after),) if before and after and before != after else ()


def _offset(spec: Job, key: JobKey) -> str | None:
    if spec.schedule.spread is None:
        return None
    return duration.text_of(fires.of(spec, key=key).offset)


def _amendment(row: RecordedJob, job: DeclaredJob) -> Change:
    differing = () if fields.same(row.spec, job.spec) else fields.differences(row.spec, job.spec)
    if not differing:
        return Change(Action.NOOP, job.key, row.uid, _noop_reason(row, job), row, job)
    action, reason = _amendment_words(job, differing)
    return Change(
        action,
        job.key,
        row.uid,
        reason,
        row,
        job,
        fields=differing,
        schedule_changed=fields.schedule_differs(row.spec, job.spec),
    )


def _noop_reason(row: RecordedJob, job: DeclaredJob) -> str:
    if row.held is not None:
        return "declared again while the removal guard held it"
    if stands_at(row, job.position):
        return "unchanged"
    return f"moved from {row.file}:{row.line} to {job.position.file}:{job.position.line}"


def _amendment_words(job: DeclaredJob, differing: tuple[FieldChange, ...]) -> tuple[Action, str]:
    match differing:
        case [FieldChange(path="paused", before=None)]:
            return Action.PAUSE, _pause_words(job.spec.paused)
        case [FieldChange(path="paused", after=None)]:
            return Action.RESUME, "no longer paused by its manifest"
        case _:
            return Action.UPDATE, _words(differing)


def _pause_words(paused: bool | Pause) -> str:
    if not isinstance(paused, Pause):
        return "paused by its manifest"
    until = f" until {paused.until}" if paused.until else ""
    because = f": {paused.reason}" if paused.reason else ""
    return f"paused by its manifest{until}{because}"


def _words(differing: Sequence[FieldChange]) -> str:
    named = ", ".join(field.path for field in differing[:_NAMED_FIELDS])
    rest = len(differing) - _NAMED_FIELDS
    return f"{named} and {rest} more changed" if rest > 0 else f"{named} changed"


def _overrides(
    rows: _Rows, renames: Mapping[JobKey, RecordedJob], *, now: datetime
) -> Iterator[tuple[JobKey, Override]]:
    new_keys = {row.uid: key for key, row in renames.items()}
    for row in rows.live.values():
        if row.override is not None and (row.override.until is None or row.override.until > now):
            yield new_keys.get(row.uid, row.key), row.override
