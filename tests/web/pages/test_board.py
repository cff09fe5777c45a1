"""How jobs stand, kept from page to page."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from schedrun.core.run.job_status import Standing
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import Override, RecordedJob
from schedrun.core.schedule import fires
from schedrun.core.schedule.fires import Fires
from schedrun.core.spec.job import Job
from schedrun.core.status import JobStatus, RunStatus
from schedrun.protocols import Reader, Transaction
from schedrun.scheduler import standings
from schedrun.stores.memory import MemoryStore
from schedrun.web.pages.board import Board, Row
from tests.contracts.ledger import a_job, a_run, at

pytestmark = pytest.mark.anyio

SPEC = Job.model_validate({"schedule": {"every": "1m"}, "target": {"command": ["true"]}})


class Counting:
    """Compiles schedules, and counts how often each job's is."""

    def __init__(self) -> None:
        self.times: Counter[str] = Counter()

    def __call__(self, job: RecordedJob) -> Fires:
        self.times[job.uid] += 1
        return fires.of(job.spec, key=job.key)


async def test_works_out_anew_only_what_may_have_changed() -> None:
    """Another page at the same time costs nothing; a job's own fire costs that job."""
    store, compiled = MemoryStore(), Counting()
    board = Board(compiled)
    await store.write(lambda tx: tx.put_job(a_job("u1", "a/often", spec=SPEC)))
    await store.write(lambda tx: tx.put_job(a_job("u2", "a/daily")))

    async def rows(seconds: float) -> dict[str, Row]:
        found = await store.read(lambda reader: board.rows(reader, now=at(seconds)))
        return {row.job.uid: row for row in found}

    first = await rows(10)
    assert at(60) == first["u1"].standing.next_fire
    assert first == await rows(50)
    assert {"u1": 1, "u2": 1} == compiled.times
    later = await rows(60.5)
    assert at(120) == later["u1"].standing.next_fire
    assert {"u1": 2, "u2": 1} == compiled.times


async def test_says_what_a_fresh_look_says_after_every_change() -> None:
    """Pauses that begin and end, runs that begin and end, edits, removals: nothing is remembered too long."""
    store, board = MemoryStore(), Board(lambda job: fires.of(job.spec, key=job.key))
    job = a_job("u1", "a/often", spec=SPEC)
    run = a_run("r1", 30, status=RunStatus.RUNNING, attempt=1, started_at=at(30))
    until = at(30) + timedelta(minutes=5)
    paused, again = Override("x", "ann", at(20), until), Override("y", "ben", at(60), at(70))
    end = partial(_end, outcome=Outcome(exit_code=1, error="no"))
    changes: tuple[tuple[float, Callable[[Transaction], object], JobStatus], ...] = (
        (5, lambda tx: tx.put_job(job), JobStatus.PENDING),
        (20, lambda tx: tx.put_job(replace(job, override=paused)), JobStatus.PAUSED),
        (29, lambda tx: tx.put_job(job), JobStatus.PENDING),
        (31, lambda tx: tx.insert_run(run), JobStatus.RUNNING),
        (40, end, JobStatus.FAILED),
        (50, lambda tx: tx.put_job(replace(job, held="2 of 3 would go")), JobStatus.DISABLED),
        (60, lambda tx: tx.put_job(replace(job, cursor=at(60), override=again)), JobStatus.PAUSED),
        (71, lambda _tx: None, JobStatus.FAILED),
    )
    for seconds, change, status in changes:
        await store.write(change)
        (row,) = await store.read(partial(board.rows, now=at(seconds)))
        assert status is row.standing.status, seconds
        assert [row.standing] == await store.read(partial(_fresh, now=at(seconds)))


def _end(tx: Transaction, *, outcome: Outcome) -> bool:
    return tx.finish_run("r1", attempt=1, status=RunStatus.FAILED, at=at(39), outcome=outcome)


def _fresh(reader: Reader, *, now: datetime) -> list[Standing]:
    return standings.of(reader, reader.jobs(), fires=lambda job: fires.of(job.spec, key=job.key), now=now)


async def test_forgets_jobs_that_are_gone() -> None:
    """A removed job is no row."""
    store, board = MemoryStore(), Board(lambda job: fires.of(job.spec, key=job.key))
    await store.write(lambda tx: tx.put_job(a_job()))
    assert 1 == len(await store.read(lambda reader: board.rows(reader, now=at(1))))
    await store.write(lambda tx: tx.put_job(a_job(removed_at=at(2))))
    assert [] == await store.read(lambda reader: board.rows(reader, now=at(3)))
