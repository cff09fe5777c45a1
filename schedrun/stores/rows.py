"""Rows to values and back. Instants are stored as microseconds since 1970 in UTC."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from schedrun.core.diagnostics import Diagnostic, Edit, Severity
from schedrun.core.run.attempt import Attempt
from schedrun.core.run.mark import Mark, Tally
from schedrun.core.run.recorded import (
    BlockedRemoval,
    Event,
    Override,
    RecordedJob,
    Request,
    Session,
    SyncRecord,
)
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.run.state import RunState
from schedrun.core.source import Position
from schedrun.core.spec.job import Job
from schedrun.core.status import Origin, RunKind, RunStatus, SpanStatus

Row = tuple[Any, ...]

T = TypeVar("T")


class GarbledRowError(sqlite3.DatabaseError):
    """A row holds what no version ever wrote: its page is damaged."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


class Words(dict[str, T]):
    """The words that a column may hold; another one means damage."""

    def __missing__(self, word: str) -> T:
        raise GarbledRowError(f"a row holds {word!r}, which no row can")


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Looking a member up by value through its class costs three times as much.
_ORIGINS: Mapping[str, Origin] = Words({origin.value: origin for origin in Origin})
_KINDS: Mapping[str, RunKind] = Words({kind.value: kind for kind in RunKind})
_STATUSES: Mapping[str, RunStatus] = Words({status.value: status for status in RunStatus})
_SPAN_STATUSES: Mapping[str, SpanStatus] = Words({status.value: status for status in SpanStatus})


def micros(instant: datetime) -> int:
    """Return an aware instant as stored; raises TypeError for a naive one."""
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def micros_or_none(instant: datetime | None) -> int | None:
    """Return `micros`, None for None."""
    return None if instant is None else micros(instant)


def instant(stored: int) -> datetime:
    """Return the aware UTC instant that `micros` stored."""
    return _EPOCH + timedelta(microseconds=stored)


def instant_or_none(stored: int | None) -> datetime | None:
    """Return `instant`, None for None."""
    return None if stored is None else _EPOCH + timedelta(microseconds=stored)


def job_row(job: RecordedJob, spec: str) -> Row:
    """Return the columns of a job whose spec has this text."""
    override = job.override
    return (
        job.uid,
        job.key,
        job.origin.value,
        spec,
        micros(job.cursor),
        job.file,
        job.line,
        job.revision,
        micros_or_none(job.covered_until),
        None if override is None else override.by,
        None if override is None else override.reason,
        None if override is None else micros(override.since),
        None if override is None else micros_or_none(override.until),
        job.held,
        micros_or_none(job.removed_at),
    )


def job_of(row: Row, spec: Job) -> RecordedJob:
    """Return the job of a row whose spec is parsed already."""
    (
        uid,
        key,
        origin,
        _,
        cursor,
        file,
        line,
        revision,
        covered_until,
        by,
        reason,
        since,
        until,
        held,
        removed,
    ) = row
    override = None if by is None else Override(reason, by, instant(since), instant_or_none(until))
    return RecordedJob(
        uid,
        key,
        _ORIGINS[origin],
        spec,
        instant(cursor),
        file,
        line,
        revision,
        instant_or_none(covered_until),
        override,
        held,
        instant_or_none(removed),
    )


def run_of(row: Row) -> Run:
    """Return the run of a row."""
    run_id, uid, fire_time, kind, status, queued_at, attempt, started_at, finished_at, code, error, output, retry = row
    return Run(
        run_id,
        uid,
        instant(fire_time),
        _KINDS[kind],
        _STATUSES[status],
        instant(queued_at),
        attempt,
        instant_or_none(started_at),
        instant_or_none(finished_at),
        code,
        error,
        output,
        instant_or_none(retry),
    )


def run_state_of(row: Sequence[Any]) -> RunState:
    """Return how far the run of a row is."""
    run_id, uid, status, attempt = row
    return RunState(run_id, uid, _STATUSES[status], attempt)


def mark_of(row: Row) -> Mark:
    """Return the mark of a row."""
    run_id, uid, fire_time, kind, status, attempt, started_at, finished_at = row
    begun, ended = instant_or_none(started_at), instant_or_none(finished_at)
    return Mark(run_id, uid, instant(fire_time), _KINDS[kind], _STATUSES[status], attempt, begun, ended)


def tally_of(row: Row, *, first: datetime, step: timedelta) -> Tally:
    """Return the tally of a row that counts steps from `first` on."""
    place, status, count = row
    return Tally(first + place * step, _STATUSES[status], count)


def attempt_of(row: Row) -> Attempt:
    """Return the attempt of a row."""
    number, status, started_at, finished_at, code, error, output = row
    return Attempt(number, _STATUSES[status], instant(started_at), instant(finished_at), code, error, output)


def span_of(row: Row) -> Span:
    """Return the span of a row."""
    uid, first, last, count, status, reason, decided_at, blocked_by = row
    decided = instant_or_none(decided_at)
    return Span(uid, instant(first), instant(last), count, _SPAN_STATUSES[status], reason, decided, blocked_by)


def sync_row(sync: SyncRecord) -> Row:
    """Return the columns of a sync record."""
    return (
        to_json(sync.paths),
        sync.revision_attempted,
        sync.revision_applied,
        micros(sync.at),
        to_json([asdict(diagnostic) for diagnostic in sync.broken]),
        to_json([asdict(removal) for removal in sync.blocked]),
    )


def sync_of(row: Row) -> SyncRecord:
    """Return the sync record of a row."""
    paths, attempted, applied, at, broken, blocked = row
    return SyncRecord(
        paths=tuple(json.loads(paths)),
        revision_attempted=attempted,
        revision_applied=applied,
        at=instant(at),
        broken=tuple(_diagnostic_of(facts) for facts in json.loads(broken)),
        blocked=tuple(BlockedRemoval(**facts) for facts in json.loads(blocked)),
    )


def session_of(row: Row) -> Session:
    """Return the session of a row."""
    session_id, pid, started_at, alive_at, ended_at = row
    return Session(session_id, pid, instant(started_at), instant(alive_at), instant_or_none(ended_at))


def event_of(row: Row) -> Event:
    """Return the event of a row."""
    at, name, facts = row
    return Event(instant(at), name, json.loads(facts))


def request_row(request: Request) -> Row:
    """Return the columns of a request."""
    return (
        request.id,
        request.verb,
        to_json(request.arguments),
        request.by,
        micros(request.at),
        None if request.result is None else to_json(request.result),
        micros_or_none(request.done_at),
    )


def request_of(row: Row) -> Request:
    """Return the request of a row."""
    request_id, verb, arguments, by, at, result, done_at = row
    return Request(
        id=request_id,
        verb=verb,
        arguments=json.loads(arguments),
        by=by,
        at=instant(at),
        result=None if result is None else json.loads(result),
        done_at=instant_or_none(done_at),
    )


def to_json(value: object) -> str:
    """Return compact JSON text; raises TypeError for what JSON cannot say."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _diagnostic_of(facts: dict[str, Any]) -> Diagnostic:
    related = facts.pop("related")
    return Diagnostic(
        code=facts.pop("code"),
        severity=Severity(facts.pop("severity")),
        position=Position(**facts.pop("position")),
        related=None if related is None else Position(**related),
        edits=tuple(Edit(Position(**edit["position"]), edit["text"]) for edit in facts.pop("edits", ())),
        **facts,
    )
