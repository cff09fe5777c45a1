"""Traces of a live engine: what targets are told, which ends are told, in which order with their verdicts."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from schedrun.core.errors import StoreError
from schedrun.core.status import RunStatus
from schedrun.protocols import EndedAttempt
from schedrun.scheduler import control, transitions
from schedrun.scheduler.surroundings import Surroundings
from tests.scheduler.rig import Rig, a_job
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio


class Noted:
    """`Traces` that remember what they were told."""

    def __init__(self) -> None:
        self.attempts: list[EndedAttempt] = []
        self.runs: list[EndedAttempt] = []
        self.inside: list[str] = []
        self.closed = 0

    def parent(self, run_id: str, attempt: int) -> str:
        return f"{run_id}:{attempt}"

    @contextmanager
    def within(self, traceparent: str) -> Iterator[None]:
        self.inside.append(traceparent)
        yield
        self.inside.remove(traceparent)

    def ended(self, attempt: EndedAttempt) -> None:
        self.attempts.append(attempt)

    def dropped(self, ended: EndedAttempt) -> None:
        self.runs.append(ended)

    async def close(self) -> None:
        self.closed += 1

    @property
    def told(self) -> list[tuple[int, RunStatus, bool]]:
        return [(each.run.attempt, each.status, each.last) for each in self.attempts]


@pytest.fixture
def noted() -> Noted:
    """Return traces that nothing was told yet."""
    return Noted()


@pytest.fixture
async def rig(clock: VirtualClock, noted: Noted) -> AsyncIterator[Rig]:
    """Give an engine whose runs are traced."""
    rig = Rig(clock, around=Surroundings(traces=noted))
    yield rig
    await rig.end()


async def test_a_target_is_told_where_its_calls_belong(rig: Rig, clock: VirtualClock, noted: Noted) -> None:
    """In its context, and in that of the functions it calls."""
    await rig.begin(a_job(clock))
    await clock.advance(61)
    (context,) = rig.work.begun
    assert f"{context.run_id}:1" == context.traceparent
    assert [context.traceparent] == noted.inside
    rig.work.finish(context.run_id)
    await clock.advance(1)
    assert [] == noted.inside


async def test_an_end_is_told_once_its_verdict_is_durable(rig: Rig, clock: VirtualClock, noted: Noted) -> None:
    """Not before: what nobody recorded has not happened."""
    await rig.begin(a_job(clock))
    await clock.advance(60)
    rig.store.failing = True
    rig.work.finish(rig.work.begun[0].run_id)
    await clock.advance(5)
    assert [] == noted.attempts
    rig.store.failing = False
    await clock.advance(2)
    assert [(1, RunStatus.SUCCEEDED, True)] == noted.told
    assert "set/a" == noted.attempts[0].job.key


async def test_each_attempt_is_told_and_the_last_as_such(rig: Rig, clock: VirtualClock, noted: Noted) -> None:
    """They are attempts of one run."""
    await rig.begin(a_job(clock, retries={"max": 1, "backoff": "5s"}))
    await clock.advance(60)
    rig.work.fail(rig.work.begun[0].run_id)
    await clock.advance(8)
    rig.work.finish(rig.work.begun[1].run_id)
    await clock.advance(1)
    assert [(1, RunStatus.FAILED, False), (2, RunStatus.SUCCEEDED, True)] == noted.told
    assert 1 == len({each.run.id for each in noted.attempts})


async def wait_for_its_retry(rig: Rig, clock: VirtualClock, **spec: Any) -> str:
    """Let a run fail that has another attempt in an hour; return its id."""
    await rig.begin(a_job(clock, retries={"max": 1, "backoff": "1h", "jitter": False}, **spec))
    await clock.advance(60)
    run_id = rig.work.begun[0].run_id
    rig.work.fail(run_id)
    await clock.advance(5)
    return run_id


async def test_a_run_that_is_cancelled_between_its_attempts_is_told(
    rig: Rig, clock: VirtualClock, noted: Noted
) -> None:
    """Its attempt is told already, and the run would be missing."""
    run_id = await wait_for_its_retry(rig, clock)
    await control.cancel(rig.engine, run_id, by="ann", clock=clock)
    await settle()
    assert [(1, RunStatus.FAILED, False)] == noted.told
    (told,) = noted.runs
    assert (run_id, RunStatus.CANCELLED, clock.now()) == (told.run.id, told.status, told.at)


@pytest.mark.parametrize("how", ["removed", "replaced"])
async def test_so_is_one_that_makes_room(rig: Rig, clock: VirtualClock, noted: Noted, how: str) -> None:
    """With its job, or for a later run."""
    run_id = await wait_for_its_retry(rig, clock, overlap="replace", schedule={"every": "1m"})
    if how == "removed":
        row, now = await rig.row(), clock.now()
        await rig.store.write(lambda tx: transitions.remove(tx, row, planner=rig.engine.planner, now=now))
    else:
        await clock.advance(60)
    await settle()
    assert [(run_id, RunStatus.CANCELLED)] == [(told.run.id, told.status) for told in noted.runs]


async def test_what_was_not_written_is_not_told(rig: Rig, clock: VirtualClock, noted: Noted) -> None:
    """A run whose end the store did not take goes on waiting; and one that never began has no trace."""
    run_id = await wait_for_its_retry(rig, clock, overlap="queue")
    rig.store.failing = True
    with pytest.raises(StoreError):
        await control.cancel(rig.engine, run_id, by="ann", clock=clock)
    rig.store.failing = False
    await settle()
    waiting = await control.trigger(rig.engine, "set/a", request_id="q1", now=clock.now())
    await control.cancel(rig.engine, waiting.id, by="ann", clock=clock)
    await settle()
    assert [] == noted.runs


async def test_what_an_earlier_service_left_running_is_told_as_interrupted(
    rig: Rig, clock: VirtualClock, noted: Noted
) -> None:
    """By the one that recovers it, and as the last only where no retry follows."""
    retries = {"max": 1, "backoff": "5s"}
    await rig.put(a_job(clock), a_job(clock, "b", retries=retries, idempotent=True))
    planner, due = rig.engine.planner, clock.now() + timedelta(minutes=1)
    await rig.store.write(lambda tx: planner.plan_all(tx, {"a": True, "b": True}, now=due))
    clock.step(90)
    await rig.another().take_over()
    await settle()
    found = {each.job.key: (each.run.attempt, each.status, each.last, each.at) for each in noted.attempts}
    now = clock.now()
    assert {
        "set/a": (1, RunStatus.INTERRUPTED, True, now),
        "set/b": (1, RunStatus.INTERRUPTED, False, now),
    } == found


async def test_the_end_sends_what_is_left(rig: Rig, clock: VirtualClock, noted: Noted) -> None:
    """After the last verdict."""
    await rig.begin(a_job(clock))
    await clock.advance(60)
    await rig.end()
    assert ([(1, RunStatus.INTERRUPTED, True)], 1) == (noted.told, noted.closed)


async def test_without_traces_targets_are_told_nothing(clock: VirtualClock) -> None:
    """As before."""
    rig = Rig(clock)
    await rig.begin(a_job(clock))
    await clock.advance(61)
    assert rig.work.begun[0].traceparent is None
    await rig.end()
