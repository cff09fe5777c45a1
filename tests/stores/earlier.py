"""A state with something of everything in it, and its dump: what each version of schedrun left behind.

`python -m tests.stores.earlier > tests/stores/versions/NNNN.sql` writes down what this version leaves, NNNN being
its number. Do it before a migration changes what that is; a committed dump never changes.
"""

import asyncio
import sqlite3
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.ids import manual_run_id, scheduled_run_id
from schedrun.core.run.lateness import Lateness
from schedrun.core.run.notice import Delivery, Notice, NoticeKind, Told
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import BlockedRemoval, Event, Override, RecordedJob, Request, Session, SyncRecord
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.source import Position
from schedrun.core.spec.job import CodeJob, Job
from schedrun.core.status import Origin, RunKind, RunStatus, SpanStatus
from schedrun.protocols import Store, Transaction
from schedrun.stores import schema
from schedrun.stores.sqlite import SqliteStore

VERSIONS = Path(__file__).parent / "versions"
"""The dumps, one a version."""

DAY = datetime(2026, 3, 1, tzinfo=UTC)
UIDS = {name: f"00000000-0000-4000-8000-{number:012}" for number, name in enumerate("abcdefghi")}


def at(hours: float) -> datetime:
    """So many hours into the day that the state tells of."""
    return DAY + timedelta(hours=hours)


def spec(schedule: dict[str, str], **fields: Any) -> Job:
    return Job.model_validate({"schedule": schedule, "target": {"command": ["report", "--all"]}} | fields)


def job(name: str, key: str, described: Job, *, cursor: float, **fields: Any) -> RecordedJob:
    known: dict[str, Any] = {
        "origin": Origin.MANIFEST,
        "file": "manifests/jobs.yaml",
        "line": 4,
        "revision": "4f1c2d9a7b30+dirty",
    } | fields
    return RecordedJob(uid=UIDS[name], key=key, spec=described, cursor=at(cursor), **known)


JOBS = (
    job("a", "set/hourly", spec({"cron": "0 * * * *"}, timezone="Europe/Berlin", overlap="allow"), cursor=9),
    job(
        "b",
        "set/often",
        spec({"every": "30m"}, labels={"team": "data"}, timeout="90s"),
        cursor=3,
        override=Override("moving house", "ann", at(3), at(30)),
    ),
    job("c", "set/held", spec({"cron": "0 2 * * *"}), cursor=5, held="2 of 3 jobs of `set` would go", revision=None),
    job("d", "set/gone", spec({"cron": "0 * * * *"}), cursor=4, removed_at=at(4.5)),
    job("e", "set/once", spec({"at": "2026-03-01T01:00:00Z"}), cursor=2),
    job("f", "set/stepped", spec({"cron": "0 * * * *"}), cursor=2, covered_until=at(6)),
    job(
        "g",
        "tidy_up",
        CodeJob.model_validate({"schedule": {"cron": "*/5 * * * *"}, "target": {"code": "app.tasks:tidy_up"}}),
        cursor=8,
        origin=Origin.CODE,
        file=None,
        line=None,
        revision=None,
    ),
    job(
        "h",
        "set/paused",
        spec({"every": "1h"}, paused={"reason": "until the move", "until": "2026-04-01T00:00:00Z"}),
        cursor=1,
        override=Override(None, "bob", at(1)),
    ),
)

JOB_SINCE_2 = job(
    "i",
    "set/again",
    spec({"cron": "0 * * * *"}, retries={"max": 3, "backoff": "5m"}, group="db", idempotent=True),
    cursor=3,
)

ENDS = (
    ("a", 1, RunStatus.SUCCEEDED, Outcome(exit_code=0, output="naïve café\n")),
    ("a", 2, RunStatus.FAILED, Outcome(exit_code=3, error="exit code 3", output="no\n")),
    ("a", 3, RunStatus.TIMED_OUT, Outcome(exit_code=-15, error="timed out after 90s")),
    ("a", 4, RunStatus.CANCELLED, Outcome(exit_code=-15, error="cancelled")),
    ("a", 5, RunStatus.INTERRUPTED, Outcome(error="the service ended while this ran")),
    ("d", 4, RunStatus.SUCCEEDED, Outcome(exit_code=0)),
    ("f", 5, RunStatus.SUCCEEDED, Outcome(exit_code=0)),
    ("g", 8, RunStatus.SUCCEEDED, Outcome(output="None")),
)
"""Runs that were started and ended: job, fire time, status, outcome."""

SPANS = (
    Span(UIDS["a"], at(6), at(7), 2, SpanStatus.MISSED, "came due more than its grace of 5m before it could start"),
    Span(UIDS["b"], at(0.5), at(2), 4, SpanStatus.SUPERSEDED, "a later fire was caught up in its place"),
    Span(UIDS["b"], at(2.5), at(3), 2, SpanStatus.SKIPPED, "run 0123456789abcdef0123 was still active"),
    Span(UIDS["e"], at(1), at(1), 1, SpanStatus.MISSED, "2026-03-01T01:00:00Z had passed when the job was first seen"),
    Span(UIDS["f"], at(6), at(6), 1, SpanStatus.SKIPPED, "paused by ann: rain"),
)

SYNC = SyncRecord(
    paths=("manifests/", "more.yaml"),
    revision_attempted="5a5a5a5a5a5a",
    revision_applied="4f1c2d9a7b30+dirty",
    at=at(9),
    broken=(
        Diagnostic(
            code="SR105",
            severity=Severity.ERROR,
            position=Position("manifests/b.yaml", 3, 5, 3, 9),
            message="declared twice: ü",
            hint="rename one",
            related=Position("manifests/a.yaml", 1, 1),
            related_note="first here",
        ),
    ),
    blocked=(BlockedRemoval("set/held", "2 of 3 jobs of `set` would go"),),
)

SESSIONS = (
    Session("11111111111111111111111111111111", 101, at(0), at(2), at(2)),
    Session("22222222222222222222222222222222", 102, at(2.5), at(5.5)),
    Session("33333333333333333333333333333333", 103, at(7.5), at(9.1)),
)

EVENTS = (
    Event(at(2.6), "clock_stepped", {"seconds": -3600.5}),
    Event(at(6.5), "clock_stepped", {"job": "set/stepped", "cursor": "2026-03-01T06:00:00+00:00"}),
)

REQUESTS = (
    Request("q1", "apply", {"paths": ["/srv/manifests"], "allow_remove": 2}, "ann", at(3), {"text": "done"}, at(3.1)),
    Request("q2", "apply", {"paths": None, "allow_remove": None}, "bob", at(9.05)),
)


NOTICES = (
    Notice("44444444444444444444", UIDS["a"], NoticeKind.FAILURE, at(2.1), scheduled_run_id(UIDS["a"], at(2))),
    Notice(
        "55555555555555555555",
        UIDS["a"],
        NoticeKind.MISSED,
        at(7.5),
        facts={"first": "2026-03-01T06:00:00Z", "last": "2026-03-01T07:00:00Z", "count": 2, "reason": "down"},
        held_back=3,
    ),
)


def scheduled(name: str, hours: float) -> Run:
    uid, fire_time = UIDS[name], at(hours)
    return Run(
        scheduled_run_id(uid, fire_time), uid, fire_time, RunKind.SCHEDULED, RunStatus.QUEUED, at(hours + 1 / 3600)
    )


def fill(tx: Transaction, version: int) -> None:
    """Record something of everything that `version` knew, as a service left it that was killed at nine o'clock."""
    for row in JOBS:
        tx.put_job(row)
    for name, hours, status, outcome in ENDS:
        run = scheduled(name, hours)
        tx.insert_run(run.started(run.queued_at))
        assert tx.finish_run(run.id, attempt=1, status=status, at=at(hours + 0.1), outcome=outcome)
    replaced = scheduled("d", 3)
    tx.insert_run(replaced)
    assert tx.drop_run(replaced.id, at=at(4), reason="replaced by a later run before it started")
    running = scheduled("a", 8)
    tx.insert_run(running.started(running.queued_at))
    tx.insert_run(scheduled("a", 9))
    manual = Run(manual_run_id("q0"), UIDS["b"], at(2.2), RunKind.MANUAL, RunStatus.QUEUED, at(2.2))
    tx.insert_run(manual)
    assert tx.start_run(manual.id, at=at(2.3))
    assert tx.finish_run(manual.id, attempt=1, status=RunStatus.SUCCEEDED, at=at(2.4), outcome=Outcome(exit_code=0))
    for span in SPANS:
        tx.insert_span(span)
    tx.put_sync(SYNC)
    for session in SESSIONS:
        tx.put_session(session)
    for event in EVENTS:
        tx.add_event(event)
    for request in REQUESTS:
        tx.put_request(request)
    if version >= 2:
        _fill_since_2(tx)
    if version >= 4:
        _fill_since_4(tx)
    if version >= 5:
        _fill_since_5(tx)


def _fill_since_2(tx: Transaction) -> None:
    tx.put_job(JOB_SINCE_2)
    retried = scheduled("i", 1)
    tx.insert_run(retried.started(retried.queued_at))
    failed = Outcome(exit_code=75, error="exit code 75", output="later\n")
    for attempt, minutes in ((1, 6), (2, 12)):
        when = at(1 + minutes / 60)
        assert tx.finish_run(
            retried.id, attempt=attempt, status=RunStatus.FAILED, at=when, outcome=failed, retry_at=when
        )
        assert tx.start_run(retried.id, at=when)
    assert tx.finish_run(retried.id, attempt=3, status=RunStatus.SUCCEEDED, at=at(1.5), outcome=Outcome(exit_code=0))
    waiting = scheduled("i", 3)
    tx.insert_run(waiting.started(waiting.queued_at))
    assert tx.finish_run(
        waiting.id, attempt=1, status=RunStatus.TIMED_OUT, at=at(3.1), outcome=failed, retry_at=at(3.2)
    )
    tx.insert_span(Span(UIDS["i"], at(2), at(2), 1, SpanStatus.SKIPPED, "run x was active", at(2.1), retried.id))


def _fill_since_4(tx: Transaction) -> None:
    failed, missed = NOTICES
    assert tx.put_notice(failed, channels=["0123456789abcdef", "fedcba9876543210"])
    assert tx.put_delivery(Delivery(failed.id, "0123456789abcdef", at(2.3), tries=2))
    assert tx.end_delivery(Delivery(failed.id, "fedcba9876543210", at(2.3)))
    assert tx.put_notice(missed, channels=[])
    tx.put_told(failed.job_uid, NoticeKind.FAILURE, Told(at(2.1), held_back=1, unrecovered=True))
    tx.put_told(missed.job_uid, NoticeKind.MISSED, Told(at(7.5)))


def _fill_since_5(tx: Transaction) -> None:
    tx.put_lateness(Lateness(UIDS["a"], "06:00 Europe/Berlin", None, at(5), at(0), at(8), unfinished_since=at(5)))
    tx.put_lateness(
        Lateness(UIDS["b"], None, timedelta(hours=26), at(0), at(2.4), at(2), True, unsucceeded_since=at(28.4))
    )


async def filled(state: Path, version: int | None = None) -> Store:
    """Return the store of a new state at `state` that tells all that `version` (None: today's) knew."""
    store = await SqliteStore.open(state)
    await store.write(partial(fill, version=version or schema.known_version()))
    return store


def dump(state: Path) -> str:
    """Return the state as SQL that makes another file the same: tables, rows, and what the header says."""
    with closing(sqlite3.connect(state)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (owner,) = connection.execute("PRAGMA application_id").fetchone()
        header = [f"PRAGMA application_id = {owner};", f"PRAGMA user_version = {version};"]
        return "\n".join([*header, *connection.iterdump(), ""])


def load(number: int, state: Path) -> None:
    """Make a state of an earlier version at `state` from its dump."""
    state.parent.mkdir(mode=0o700, exist_ok=True)
    with closing(sqlite3.connect(state, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript((VERSIONS / f"{number:04}.sql").read_text(encoding="utf-8"))
    state.chmod(0o600)


def main() -> None:
    """Print the dump of a state as this version makes it."""

    async def make(state: Path) -> None:
        await (await filled(state)).close()

    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state" / "state.db"
        asyncio.run(make(state))
        sys.stdout.write(dump(state))


if __name__ == "__main__":
    main()
