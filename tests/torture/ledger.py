"""What the state file says, read by SQL of the test's own."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

FINAL = {"succeeded", "failed", "timed_out", "cancelled", "interrupted"}


@dataclass(frozen=True)
class Row:
    """A job's row: `version` is what its labels say, None for a tombstone."""

    uid: str
    key: str
    version: int | None
    cursor: int


@dataclass(frozen=True)
class Attempt:
    """An attempt that has ended."""

    number: int
    status: str
    started_at: int
    finished_at: int
    exit_code: int | None = None
    error: str | None = None


@dataclass(frozen=True)
class Run:
    """A run with its attempts, by number."""

    id: str
    uid: str
    fire_time: int
    kind: str
    status: str
    queued_at: int
    attempt: int
    finished_at: int | None = None
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True)
class Span:
    """Occurrences that never ran."""

    uid: str
    first: int
    last: int
    count: int
    status: str
    reason: str = ""
    decided_at: int | None = None
    blocked_by: str | None = None


@dataclass(frozen=True)
class Ledger:
    """The whole ledger at one moment, `read_at`: no earlier than the last commit it shows."""

    rows: dict[str, Row] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    spans: tuple[Span, ...] = ()
    read_at: int = 0


def exists(state: Path) -> bool:
    """Whether there is a ledger: a service that was killed early has made no file yet, or no tables in it."""
    if not state.exists():
        return False
    with closing(_connect(state)) as connection:
        return bool(connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'job'").fetchone()[0])


def read(state: Path) -> Ledger:
    """Return everything."""
    with closing(_connect(state)) as connection:
        connection.execute("BEGIN")
        rows = {row.uid: row for row in _rows(connection)}
        attempts: dict[int, list[Attempt]] = {}
        for seq, *told in connection.execute(
            "SELECT run, number, status, started_at, finished_at, exit_code, error FROM attempt ORDER BY run, number"
        ):
            attempts.setdefault(seq, []).append(Attempt(*told))
        runs = {
            told[0]: replace(Run(*told), attempts=tuple(attempts.get(seq, ())))
            for seq, *told in connection.execute(
                "SELECT seq, id, job_uid, fire_time, kind, status, queued_at, attempt, finished_at FROM run"
            )
        }
        spans = tuple(
            Span(*told)
            for told in connection.execute(
                "SELECT job_uid, first, last, count, status, reason, decided_at, blocked_by FROM span"
                " ORDER BY job_uid, first, last"
            )
        )
        return Ledger(rows, runs, spans, _now())


def jobs(state: Path) -> Ledger:
    """Return the rows of the jobs alone."""
    with closing(_connect(state)) as connection:
        return Ledger({row.uid: row for row in _rows(connection)}, read_at=_now())


def verdicts(state: Path) -> tuple[dict[str, str], dict[tuple[str, int], str]]:
    """Return the final status of each run that has one, and what (run, attempt) of those that run must become.

    A service that died leaves them interrupted, or cancelled where they had been asked to end.
    """
    with closing(_connect(state)) as connection:
        told = connection.execute("SELECT id, status, attempt, note FROM run").fetchall()
    final = {run: status for run, status, _, _ in told if status in FINAL}
    return final, {
        (run, attempt): "interrupted" if note is None else "cancelled"
        for run, status, attempt, note in told
        if status == "running"
    }


def faults(state: Path) -> str:
    """Return what SQLite itself finds wrong with the file, `ok` for nothing."""
    with closing(_connect(state)) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


def _rows(connection: sqlite3.Connection) -> Iterator[Row]:
    for uid, key, spec, cursor, removed_at in connection.execute("SELECT uid, key, spec, cursor, removed_at FROM job"):
        version = int(json.loads(spec)["labels"]["v"])
        yield Row(uid, key, version if removed_at is None else None, cursor)


def _connect(state: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{state.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=10)


def _now() -> int:
    return time.time_ns() // 1000  # noqa: TID251  the service reads the same clock
