"""Attempts that are made again: when, under which spec, and across restarts."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from schedrun.core.run.outcome import Outcome
from schedrun.core.status import RunStatus
from schedrun.scheduler import transitions
from schedrun.scheduler.surroundings import Surroundings
from tests.scheduler.rig import Rig, a_job
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio

FAILED = Outcome(exit_code=1, error="exit code 1")
STEADY: dict[str, Any] = {"max": 2, "backoff": "10s", "jitter": False}


async def fail(rig: Rig, run_id: str, outcome: Outcome = FAILED) -> None:
    rig.work.finish(run_id, outcome)
    await settle()


async def first(rig: Rig, clock: VirtualClock, **spec: Any) -> str:
    """Begin a job that fires every minute; return the id of its first run, which has begun."""
    await rig.begin(a_job(clock, **({"retries": STEADY} | spec)))
    await clock.advance(60)
    (run,) = await rig.runs()
    return run.id


def attempts(rig: Rig) -> list[int]:
    return [context.attempt for context in rig.work.begun]


async def test_a_failed_attempt_is_made_again_after_its_wait(rig: Rig, clock: VirtualClock) -> None:
    """The same run and id, the next attempt, doubled waits, and the last failure is final."""
    run_id = await first(rig, clock, overlap="allow", schedule={"every": "1h", "anchor": "2026-06-01T12:01:00Z"})
    for begun, wait in ((1, 10), (2, 20)):
        await fail(rig, run_id)
        (run,) = await rig.runs()
        assert (RunStatus.QUEUED, begun, clock.now() + timedelta(seconds=wait)) == (
            run.status,
            run.attempt,
            run.retry_at,
        )
        await clock.advance(wait - 1)
        assert begun == len(rig.work.begun)
        await clock.advance(1)
        assert begun + 1 == len(rig.work.begun)
    await fail(rig, run_id)
    await clock.advance(600)
    (run,) = await rig.runs()
    assert (RunStatus.FAILED, 3, "exit code 1") == (run.status, run.attempt, run.error)
    assert ([1, 2, 3], {run_id}) == (attempts(rig), {context.run_id for context in rig.work.begun})
    recorded = await rig.store.read(lambda reader: reader.attempts(run_id))
    assert [(1, "failed"), (2, "failed"), (3, "failed")] == [(each.number, each.status) for each in recorded]


async def test_a_success_ends_it(rig: Rig, clock: VirtualClock) -> None:
    """What came before is an attempt; the run succeeded."""
    run_id = await first(rig, clock)
    await fail(rig, run_id)
    await clock.advance(10)
    rig.work.finish(run_id)
    await settle()
    (run,) = await rig.runs()
    assert (RunStatus.SUCCEEDED, 2, None) == (run.status, run.attempt, run.error)
    assert 0 == rig.engine.runner.unsuccessful


async def test_the_dice_decide_how_much_of_the_wait_passes(rig: Rig, clock: VirtualClock) -> None:
    """Full jitter, thrown once for each retry."""
    rig.engine.planner.roll = lambda: 0.25
    run_id = await first(rig, clock, retries=STEADY | {"jitter": True})
    await fail(rig, run_id)
    (run,) = await rig.runs()
    assert clock.now() + timedelta(seconds=2.5) == run.retry_at


async def test_while_it_waits_it_is_in_the_way(rig: Rig, clock: VirtualClock) -> None:
    """A fire that comes between two attempts is judged as if the run went on, and says so."""
    run_id = await first(rig, clock, retries=STEADY | {"backoff": "90s"})
    await fail(rig, run_id)
    await clock.advance(60)
    (span,) = await rig.spans()
    assert (run_id, f"run {run_id} was still waiting for its retry") == (span.blocked_by, span.reason)
    await clock.advance(30)
    assert [1, 2] == attempts(rig)


async def test_a_retry_starts_at_the_instant_of_a_fire(rig: Rig, clock: VirtualClock) -> None:
    """The fire is skipped, the retry is not forgotten over it."""
    run_id = await first(rig, clock, retries=STEADY | {"backoff": "60s"})
    await fail(rig, run_id)
    await clock.advance(60)
    assert ([1, 2], 1) == (attempts(rig), len(await rig.spans()))


async def test_no_wait_at_all_is_an_attempt_at_once(rig: Rig, clock: VirtualClock) -> None:
    """The claim of the next attempt is in the unit that ends the one before."""
    run_id = await first(rig, clock, retries=STEADY | {"backoff": "0s"})
    await fail(rig, run_id)
    assert [1, 2] == attempts(rig)


async def test_a_timeout_is_retried(rig: Rig, clock: VirtualClock) -> None:
    """Its attempt is timed out whatever the run becomes."""
    run_id = await first(rig, clock)
    await fail(rig, run_id, Outcome(error="no answer within 5s", timed_out=True))
    await clock.advance(10)
    rig.work.finish(run_id)
    await settle()
    recorded = await rig.store.read(lambda reader: reader.attempts(run_id))
    assert ["timed_out", "succeeded"] == [str(each.status) for each in recorded]


async def test_a_cancel_is_not_retried(rig: Rig, clock: VirtualClock) -> None:
    """Somebody wanted it to end."""
    run_id = await first(rig, clock)
    assert rig.engine.runner.cancel(run_id)
    await settle()
    await clock.advance(30)
    assert (["cancelled"], [1]) == (await rig.statuses(), attempts(rig))


async def test_a_thread_that_goes_on_holds_its_retry_back(rig: Rig, clock: VirtualClock) -> None:
    """Two attempts of one run never work side by side."""
    run_id = await first(rig, clock)
    working = rig.lingering()
    await fail(rig, run_id, Outcome(error="too slow", timed_out=True, still_running=working))
    await clock.advance(30)
    assert [1] == attempts(rig)
    working.set_result(None)
    await settle()
    assert [1, 2] == attempts(rig)


class Remains:
    """`Leftovers` of which one run's go on until they are let go."""

    def __init__(self, run_id: str) -> None:
        self._run_id, self.gone = run_id, Rig.lingering()

    async def marks(self) -> tuple[str, ...]:
        return (self._run_id, "another ledger's")

    async def end(self, kill_after: Mapping[str, float]) -> dict[str, asyncio.Future[None]]:
        assert [self._run_id] == list(kill_after)
        return {self._run_id: self.gone}


class TestRestart:
    """A retry is in the ledger, so it survives its process."""

    async def test_what_was_cut_off_is_attempted_again(self, rig: Rig, clock: VirtualClock) -> None:
        """Without `when` an interruption is retried, after its wait."""
        run_id = await first(rig, clock)
        cut = await rig.another().take_over()
        assert [run_id] == [run.id for run in cut]
        await rig.engine.begin()
        await clock.advance(9)
        assert ["queued"] == await rig.statuses()
        await clock.advance(1)
        assert [1, 2] == attempts(rig)
        recorded = await rig.store.read(lambda reader: reader.attempts(run_id))
        assert [(1, "interrupted")] == [(each.number, each.status) for each in recorded]

    async def test_what_was_left_alive_holds_its_retry_back(self, rig: Rig, clock: VirtualClock) -> None:
        """An attempt that only waited for it would spend its time limit doing nothing."""
        run_id = await first(rig, clock)
        rig.engine.planner.may_start = False  # the process before starts nothing any more
        remains = Remains(run_id)
        rig.around = Surroundings(leftovers=remains)
        await rig.another().take_over()
        await rig.engine.begin()
        await clock.advance(60)
        assert [1] == attempts(rig)
        remains.gone.set_result(None)
        await settle()
        assert [1, 2] == attempts(rig)

    async def test_a_cancel_that_was_acknowledged_survives_a_crash(self, rig: Rig, clock: VirtualClock) -> None:
        """The run was still ending: it is cancelled, and not made again."""
        run_id = await first(rig, clock)
        rig.engine.planner.may_start = False  # the process before starts nothing any more
        await rig.store.write(lambda tx: tx.ask_to_end(run_id, reason="cancelled by ann"))
        await rig.another().take_over()
        await rig.engine.begin()
        await clock.advance(50)
        (run,) = await rig.runs()
        assert (RunStatus.CANCELLED, [1]) == (run.status, attempts(rig))
        assert "cancelled by ann; the service ended while this ran" == run.error

    async def test_a_run_that_was_asked_to_end_is_not_made_again(self, rig: Rig, clock: VirtualClock) -> None:
        """Also when it failed by itself at that moment; the record says why no attempt follows."""
        run_id = await first(rig, clock)
        await rig.store.write(lambda tx: tx.ask_to_end(run_id, reason="cancelled by ann"))
        await fail(rig, run_id)
        (run,) = await rig.runs()
        assert RunStatus.FAILED is run.status
        assert str(run.error).endswith("no further attempt: cancelled by ann")

    async def test_attempts_count_across_restarts(self, rig: Rig, clock: VirtualClock) -> None:
        """The third interruption is the last."""
        await first(rig, clock, schedule={"every": "1h", "anchor": "2026-06-01T12:01:00Z"})
        for _ in range(4):
            await rig.another().take_over()
            await rig.engine.begin()
            await clock.advance(60)
        assert (["interrupted"], [1, 2, 3]) == (await rig.statuses(), attempts(rig))

    async def test_a_wait_goes_on_and_one_that_has_passed_is_over(self, rig: Rig, clock: VirtualClock) -> None:
        """At the start it looks for both."""
        now = clock.now()
        waits = {"a": now + timedelta(seconds=5), "b": now - timedelta(seconds=5)}
        for uid, retry_at in waits.items():
            await rig.put(a_job(clock, uid, retries=STEADY))
            await rig.store.write(
                lambda tx, uid=uid: rig.engine.planner.plan_manual(  # type: ignore[misc]  # bound early
                    tx, tx.job(uid), request_id=uid, now=now - timedelta(minutes=1)
                )
            )
            (run,) = await rig.store.read(lambda reader, uid=uid: reader.active_runs(uid))  # type: ignore[misc]  # bound early
            await rig.store.write(
                lambda tx, run=run, at=retry_at: tx.finish_run(  # type: ignore[misc]  # bound early
                    run.id, attempt=1, status=RunStatus.FAILED, at=now, outcome=FAILED, retry_at=at
                )
            )
        await rig.another().take_over()
        await rig.engine.begin()
        await settle()
        assert ["set/b"] == rig.work.jobs
        await clock.advance(5)
        assert ["set/b", "set/a"] == rig.work.jobs

    async def test_what_a_shutdown_cuts_is_attempted_at_the_next_start(self, rig: Rig, clock: VirtualClock) -> None:
        """Nothing starts while it shuts down."""
        await first(rig, clock, retries=STEADY | {"backoff": "0s"})
        await rig.engine.shut_down(drain=timedelta(0))
        assert (["queued"], [1]) == (await rig.statuses(), attempts(rig))
        await rig.another().take_over()
        await rig.engine.begin()
        await settle()
        assert [1, 2] == attempts(rig)

    async def test_a_run_of_a_removed_job_is_not_attempted_again(self, rig: Rig, clock: VirtualClock) -> None:
        """Its last end stands."""
        await first(rig, clock)
        row = await rig.row()
        await rig.put(row._replace(removed_at=clock.now()))
        await rig.another().take_over()
        await rig.engine.begin()
        await clock.advance(60)
        assert (["interrupted"], [1]) == (await rig.statuses(), attempts(rig))


class TestEdits:
    """A later attempt takes the row's spec at that moment."""

    async def test_a_job_that_retries_no_more_ends_with_the_attempt(self, rig: Rig, clock: VirtualClock) -> None:
        """Whether it is made again is asked when it ends."""
        run_id = await first(rig, clock)
        await rig.put(a_job(clock, row={"cursor": clock.now()}))
        await fail(rig, run_id)
        assert ["failed"] == await rig.statuses()

    async def test_removal_cancels_what_waits_for_its_retry(self, rig: Rig, clock: VirtualClock) -> None:
        """It says why, and keeps what the attempts did."""
        run_id = await first(rig, clock)
        await fail(rig, run_id)
        row = await rig.row()
        now = clock.now()
        await rig.store.write(lambda tx: transitions.remove(tx, row, planner=rig.engine.planner, now=now))
        await clock.advance(60)
        (run,) = await rig.runs()
        assert (RunStatus.CANCELLED, "its job was removed before its next attempt") == (run.status, run.error)
        assert [1] == attempts(rig)
        assert 1 == len(await rig.store.read(lambda reader: reader.attempts(run_id)))

    async def test_a_pause_holds_fires_and_no_retries(self, rig: Rig, clock: VirtualClock) -> None:
        """The run had its fire before the pause."""
        run_id = await first(rig, clock)
        await fail(rig, run_id)
        row = await rig.row()
        await rig.put(row._replace(spec=row.spec.model_copy(update={"paused": True})))
        await clock.advance(10)
        assert [1, 2] == attempts(rig)

    async def test_replace_ends_what_waits_for_its_retry(self, rig: Rig, clock: VirtualClock) -> None:
        """The new run starts in its place."""
        run_id = await first(rig, clock, overlap="replace", retries=STEADY | {"backoff": "5m"})
        await fail(rig, run_id)
        await clock.advance(60)
        assert ["cancelled", "running"] == await rig.statuses()
        assert "replaced by a later run before its next attempt" == (await rig.runs())[0].error


async def test_a_clock_set_forward_starts_a_retry_soon(rig: Rig, clock: VirtualClock) -> None:
    """The wall clock counts; the heartbeat sees that it was set."""
    run_id = await first(rig, clock, retries=STEADY | {"backoff": "30m"}, overlap="allow")
    await fail(rig, run_id)
    clock.step(1800)
    await clock.advance(2)
    assert run_id in [context.run_id for context in rig.work.begun if context.attempt == 2]


async def test_a_clock_set_back_makes_no_retry_come_early(rig: Rig, clock: VirtualClock) -> None:
    """Its wait begins anew when the step is noticed, by the clock that the ledger is written in."""
    run_id = await first(rig, clock)
    await fail(rig, run_id)
    clock.step(-5)
    await clock.advance(10)
    assert [1] == attempts(rig)
    await clock.advance(1)
    assert [1, 2] == attempts(rig)
    assert run_id == rig.work.begun[1].run_id
