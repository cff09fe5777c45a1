"""Executing runs: time limits, cancels, replacing, work that goes on after its end."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from schedrun.core.run.outcome import Outcome
from schedrun.core.status import RunStatus, SpanStatus
from schedrun.protocols import Transaction
from schedrun.scheduler.planning import Claim, Planner
from tests.scheduler.rig import Rig, a_job
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio


async def until_ended(rig: Rig) -> None:
    """Wait for the end of everything that runs: time limits are real ones."""
    await asyncio.wait_for(rig.engine.runner.wait_idle(), 20)


async def test_a_time_limit_ends_a_run_in_words(rig: Rig, clock: VirtualClock) -> None:
    """It is timed out after what the manifest says, and the target was told to stop."""
    await rig.begin(a_job(clock, timeout="10ms"))
    await clock.advance(60)
    await until_ended(rig)
    (run,) = await rig.runs()
    assert (RunStatus.TIMED_OUT, "timed out after 10ms") == (run.status, run.error)
    assert rig.work.begun[0].stop.is_set()
    assert 0.01 == rig.work.begun[0].timeout


async def test_the_end_before_the_limit_counts(rig: Rig, clock: VirtualClock) -> None:
    """A run that ended is not timed out afterwards."""
    await rig.begin(a_job(clock, timeout="30s"))
    await clock.advance(60)
    (run,) = await rig.runs()
    rig.work.finish(run.id, Outcome(exit_code=0, output="done"))
    await settle()
    (run,) = await rig.runs()
    assert (RunStatus.SUCCEEDED, 0, "done", clock.now()) == (run.status, run.exit_code, run.output, run.finished_at)


async def test_a_target_may_time_out_by_itself(rig: Rig, clock: VirtualClock) -> None:
    """Its own limit is a time limit too."""
    await rig.begin(a_job(clock))
    await clock.advance(60)
    (run,) = await rig.runs()
    rig.work.finish(run.id, Outcome(error="no answer within 5s", timed_out=True))
    await settle()
    assert [(RunStatus.TIMED_OUT, "no answer within 5s")] == [(run.status, run.error) for run in await rig.runs()]


async def test_a_cancel_says_so_and_keeps_what_is_known(rig: Rig, clock: VirtualClock) -> None:
    """The first reason for an end counts, and a run that is unknown here is not cancelled."""
    await rig.begin(a_job(clock))
    await clock.advance(60)
    (run,) = await rig.runs()
    assert rig.engine.runner.cancel(run.id)
    rig.engine.runner.cancel(run.id, status=RunStatus.INTERRUPTED)
    await settle()
    assert [(RunStatus.CANCELLED, "cancelled")] == [(run.status, run.error) for run in await rig.runs()]
    assert not rig.engine.runner.cancel(run.id)


async def test_output_that_the_ledger_has_is_discarded_once_the_verdict_stands(rig: Rig, clock: VirtualClock) -> None:
    """Not before, and not where the verdict was not taken: then the file is all there is."""
    discarded: list[str] = []
    await rig.begin(a_job(clock), a_job(clock, "b"))
    await clock.advance(60)
    first, second = sorted(await rig.runs(), key=lambda run: run.job_uid)
    ended: dict[str, Any] = {"attempt": 1, "status": RunStatus.INTERRUPTED, "at": clock.now(), "outcome": Outcome()}
    await rig.store.write(lambda tx: tx.finish_run(second.id, **ended))
    rig.store.failing = True
    for run in (first, second):
        rig.work.finish(run.id, Outcome(output="all", discard=partial(discarded.append, run.id)))
    await settle()
    assert [] == discarded
    rig.store.failing = False
    await clock.advance(5)
    assert [first.id] == discarded


async def test_a_target_that_raises_has_failed(rig: Rig, clock: VirtualClock, caplog: pytest.LogCaptureFixture) -> None:
    """A bug in a target costs one run and is told with its traceback."""
    rig.work.raises = ZeroDivisionError("a bug")
    await rig.begin(a_job(clock))
    await clock.advance(60)
    (run,) = await rig.runs()
    assert (RunStatus.FAILED, "ZeroDivisionError: a bug") == (run.status, run.error)
    assert "target_raised" in [getattr(record, "event", None) for record in caplog.records]


async def test_counts_what_did_not_succeed(rig: Rig, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure, a cancel, a verdict that is lost and one that comes too late; not a success."""
    await rig.begin(*(a_job(clock, uid) for uid in "abcde"))
    await clock.advance(60)
    right = Planner.finish

    def finish(self: Planner, tx: Transaction, claim: Claim, **end: Any) -> Any:
        if claim.job.uid == "c":
            raise ZeroDivisionError("a bug")
        return right(self, tx, claim, **end)

    monkeypatch.setattr(Planner, "finish", finish)
    cut = next(run for run in await rig.runs() if run.job_uid == "d")
    ended: dict[str, Any] = {"attempt": 1, "status": RunStatus.INTERRUPTED, "at": clock.now(), "outcome": Outcome()}
    await rig.store.write(lambda tx: tx.finish_run(cut.id, **ended))
    for run in await rig.runs():
        if run.job_uid == "e":
            rig.engine.runner.cancel(run.id)
        else:
            rig.work.finish(run.id, Outcome(error="no luck") if run.job_uid == "b" else None)
    await settle()
    assert 4 == rig.engine.runner.unsuccessful


async def test_replace_records_the_old_run_before_the_new_one_starts(rig: Rig, clock: VirtualClock) -> None:
    """When the new target begins, the ledger says that the old one was cancelled."""
    seen: list[list[str]] = []
    begin = rig.work.execute

    async def execute(job: object, context: object) -> Outcome:
        seen.append(await rig.statuses())
        return await begin(job, context)  # type: ignore[arg-type]  # passed on as it came

    rig.engine.runner._execute = execute
    await rig.begin(a_job(clock, overlap="replace"))
    await clock.advance(120)
    assert [["running"], ["cancelled", "running"]] == seen
    old, new = await rig.runs()
    assert old.finished_at is not None
    assert new.started_at is not None
    assert old.finished_at <= new.started_at
    assert ("replaced by a later run", None) == (old.error, new.error)


async def test_replace_cancels_what_waits_too(rig: Rig, clock: VirtualClock) -> None:
    """A queued run that is replaced never starts, and says why."""
    stubborn = asyncio.get_running_loop().create_future()
    rig.work.lingers = stubborn
    await rig.begin(a_job(clock, overlap="replace"))
    await clock.advance(180)
    assert ["cancelled", "cancelled", "queued"] == await rig.statuses()
    assert "replaced by a later run before it started" == (await rig.runs())[1].error
    stubborn.set_result(None)
    await settle()
    assert ["cancelled", "cancelled", "running"] == await rig.statuses()
    assert 2 == len(rig.work.begun)


class TestLingering:
    """Work that goes on after its run has ended: a thread cannot be stopped, processes take their time."""

    async def test_counts_as_active_until_it_returns(
        self, rig: Rig, clock: VirtualClock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The run ended on time; the next fires are skipped until the function has returned."""
        monkeypatch.setattr("schedrun.scheduler.runner.LINGERING_SECONDS", 0.0)
        stubborn = rig.work.lingers = asyncio.get_running_loop().create_future()
        await rig.begin(a_job(clock, timeout="10ms"))
        await clock.advance(60)
        await until_ended(rig)
        assert ["timed_out"] == await rig.statuses()
        assert "run_lingers" in [getattr(record, "event", None) for record in caplog.records]
        await clock.advance(120)
        (run,), (span,) = await rig.runs(), await rig.spans()
        assert (SpanStatus.SKIPPED, 2, f"run {run.id} was still active") == (span.status, span.count, span.reason)
        stubborn.set_result(None)
        await clock.advance(60)
        assert 2 == len(rig.work.begun)

    async def test_what_waited_follows_when_it_returns(self, rig: Rig, clock: VirtualClock) -> None:
        """A queued run starts at once then, not with the next fire."""
        stubborn = rig.work.lingers = asyncio.get_running_loop().create_future()
        await rig.begin(a_job(clock, timeout="10ms", overlap="queue"))
        await clock.advance(60)
        await until_ended(rig)
        await clock.advance(60)
        assert ["timed_out", "queued"] == await rig.statuses()
        ended, waited = await rig.runs()
        stubborn.set_result(None)
        await settle()
        # Not its status: its time limit is real time, and may be over on a busy machine.
        assert [ended.id, waited.id] == [context.run_id for context in rig.work.begun]


async def test_shutdown_drains_then_interrupts(rig: Rig, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ended in time succeeded, the rest is interrupted in words, and what waited stays queued."""
    await rig.begin(a_job(clock), a_job(clock, "b", overlap="queue"))
    await clock.advance(120)
    first, second, waiting = sorted(await rig.runs(), key=lambda run: (run.job_uid, run.fire_time))
    loop, alarms = asyncio.get_running_loop(), list[Callable[[], object]]()
    call_later = loop.call_later

    def noted(delay: float, callback: Callable[..., object], *arguments: Any, **named: Any) -> asyncio.TimerHandle:
        alarms.append(partial(callback, *arguments))
        return call_later(delay, callback, *arguments, **named)

    monkeypatch.setattr(loop, "call_later", noted)
    ending = asyncio.create_task(rig.engine.shut_down(drain=timedelta(hours=1)))
    await settle()
    rig.work.finish(first.id)
    await settle()
    (drain_is_over,) = alarms
    drain_is_over()
    assert [second.id] == [claim.run.id for claim in await ending]
    ended = {run.id: (str(run.status), run.error) for run in await rig.runs()}
    assert {
        first.id: ("succeeded", None),
        second.id: ("interrupted", "the service shut down while this ran"),
        waiting.id: ("queued", None),
    } == ended
