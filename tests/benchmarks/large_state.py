"""A state of 10,000 jobs and 1,000,000 runs, written in seconds: what the web's benchmarks ask."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from schedrun.core.run.recorded import RecordedJob, SyncRecord
from schedrun.core.spec.job import Job
from schedrun.core.status import Origin
from schedrun.protocols import Transaction
from schedrun.stores.rows import micros
from schedrun.stores.sqlite import SqliteStore

JOBS = 10_000
RUNS_A_JOB = 100
NOW = datetime(2026, 6, 1, 12, 30, tzinfo=UTC)
"""When the benchmarks ask: every job has run each hour, a hundred times."""

_JOBS_A_MINUTE = 167

# Python would take ten times as long to make a million rows.
_NUMBERS = "WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < :runs - 1)"
_RUNS = f"""
INSERT INTO run (seq, id, job_uid, fire_time, kind, status, queued_at, attempt, started_at, finished_at)
{_NUMBERS}, planned(seq, number, at) AS (
    SELECT i + 1, i % :jobs, :first + (i / :jobs) * 3600000000 + (i % :jobs / :a_minute) * 60000000 FROM n
)
SELECT seq, printf('%020x', seq), printf('uid-%05d', number), at, 'scheduled',
       iif(seq % 97, 'succeeded', 'failed'), at, 1, at + 10000, at + 2000000
FROM planned
"""
_ATTEMPTS = """
INSERT INTO attempt (run, number, started_at, finished_at, exit_code, output, status)
SELECT seq, 1, started_at, finished_at, status = 'failed', printf('done %d, and more of what it printed', seq), status
FROM run ORDER BY seq
"""
_SPANS = """
INSERT INTO span (job_uid, first, last, count, status, reason, decided_at)
SELECT uid, :first - 7200000000, :first - 3600000000, 2, 'missed', 'the service was down', :first FROM job
"""
_ENDS = "INSERT INTO last_end SELECT job_uid, max(finished_at), max(fire_time), status FROM run GROUP BY job_uid"


def write(path: Path) -> None:
    """Write the state; it is then as a service leaves it that has run for four days."""
    asyncio.run(_write_jobs(path))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        # Sorted once, indexes are there in a third of the time that a million insertions take.
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE tbl_name = 'run' AND type = 'index' AND sql IS NOT NULL"
        )
        known = list(indexes)
        connection.execute("BEGIN")
        for name, _ in known:
            connection.execute(f"DROP INDEX {name}")
        first = NOW.replace(minute=0) - timedelta(hours=RUNS_A_JOB)
        bounds = {"runs": JOBS * RUNS_A_JOB, "jobs": JOBS, "first": micros(first), "a_minute": _JOBS_A_MINUTE}
        connection.execute(_RUNS, bounds)
        connection.execute(_ATTEMPTS)
        connection.execute(_ENDS)
        connection.execute(_SPANS, bounds)
        for _, statement in known:
            connection.execute(statement)
        connection.execute("COMMIT")


def job(number: int) -> RecordedJob:
    """Return one of the jobs; each set has a hundred."""
    spec = Job.model_validate(
        {
            "schedule": {"cron": f"{number // _JOBS_A_MINUTE} * * * *"},
            "target": {"command": ["./bin/job", str(number)]},
            "description": f"Job number {number}",
            "labels": {"team": f"team-{number % 7}"},
        }
    )
    key = f"set-{number // 100:03}/job-{number:05}"
    return RecordedJob(f"uid-{number:05}", key, Origin.MANIFEST, spec, NOW, "jobs.yaml", number, "9f2c1ab04d7e")


async def _write_jobs(path: Path) -> None:
    def unit(tx: Transaction) -> None:
        for number in range(JOBS):
            tx.put_job(job(number))
        tx.put_sync(SyncRecord(("manifests",), "9f2c1ab04d7e", "9f2c1ab04d7e", NOW))

    store = await SqliteStore.open(path)
    await store.write(unit)
    await store.close()
