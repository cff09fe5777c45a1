"""The order of the steps, who shares a pass, and what is said about it."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from schedrun.core.errors import StoreError
from schedrun.core.plan.desired import Desired
from schedrun.core.plan.guard import RemovalCountError
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import RecordedJob
from schedrun.protocols import RunContext
from schedrun.scheduler.engine import Engine
from schedrun.stores.memory import MemoryStore
from tests.core.plan.builders import desired, finding, job, row
from tests.reconcile.recording import Manifests, RecordingLive, SlowToAnswer, reconciler
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio


def facts(caplog: pytest.LogCaptureFixture, event: str) -> list[dict[str, Any]]:
    """Return the attributes of each log record of this event."""
    return [vars(record) for record in caplog.records if getattr(record, "event", None) == event]


@pytest.fixture(autouse=True)
def log_level(caplog: pytest.LogCaptureFixture) -> None:
    """Hear everything."""
    caplog.set_level(logging.INFO, logger="schedrun.reconcile")


class TestSteps:
    """Commit first, then whatever must follow it."""

    async def test_tells_the_live_side_what_follows_the_commit(self, clock: VirtualClock) -> None:
        """Claimed runs start before any timer is touched; removed jobs are forgotten."""
        live = RecordingLive()
        due = row("a/due", cursor=clock.now() - timedelta(minutes=16))
        await live.put(due, row("a/gone", cursor=clock.now()))
        manifests = Manifests(desired({"a/due": job(schedule={"every": "20m"}), "a/new": job()}))
        await reconciler(live, manifests, clock=clock).reconcile()
        expected = [("submit", ("a/due",)), ("disarm", ("uid of a/gone",)), ("arm", ("a/due", "a/new"))]
        assert expected == live.calls

    async def test_a_second_pass_calls_no_timer(self, clock: VirtualClock) -> None:
        """Also not through the real engine."""

        async def execute(_job: RecordedJob, _context: RunContext) -> Outcome:
            return Outcome()

        engine = Engine(store=MemoryStore(), clock=clock, timer=clock.timer, execute=execute)
        await engine.take_over()
        await engine.begin()
        manifests = Manifests(desired({f"a/{index}": job() for index in range(120)}))
        passes = reconciler(engine, manifests, clock=clock)
        await passes.reconcile()
        assert 120 == clock.timer.calls
        await passes.reconcile()
        assert 120 == clock.timer.calls
        await engine.shut_down(drain=timedelta(0))

    async def test_returns_plan_and_manifests(self, clock: VirtualClock) -> None:
        """Whoever asked can show what was done."""
        manifests = Manifests(desired({"a/one": job()}))
        reconciled = await reconciler(RecordingLive(), manifests, clock=clock).reconcile()
        assert (["a/one"], manifests.desired) == ([c.job for c in reconciled.plan.changes], reconciled.desired)

    async def test_a_wrong_number_of_removals_applies_nothing(self, clock: VirtualClock) -> None:
        """Not even what it would not have blocked."""
        live = RecordingLive()
        await live.put(row("a/gone"))
        passes = reconciler(live, Manifests(desired({"b/new": job()})), clock=clock)
        with pytest.raises(RemovalCountError):
            await passes.reconcile(allow_remove=2)
        assert ([row("a/gone")], []) == (await live.store.read(lambda reader: list(reader.jobs())), live.calls)

    async def test_the_right_number_of_removals_goes_through(self, clock: VirtualClock) -> None:
        """It is handed to the guard."""
        live = RecordingLive()
        await live.put(row("a/gone"))
        await reconciler(live, Manifests(desired()), clock=clock).reconcile(allow_remove=1)
        assert [("disarm", ("uid of a/gone",))] == live.calls


class TestSharing:
    """Passes run one after another; who waits at the same time shares one."""

    async def test_waiting_callers_share_one_pass(self, clock: VirtualClock) -> None:
        """It begins after they asked, so it sees what made them ask."""
        manifests = Manifests(desired())
        passes = reconciler(RecordingLive(), manifests, clock=clock)
        manifests.gate.clear()
        first = asyncio.create_task(passes.reconcile())
        await asyncio.to_thread(manifests.begun.acquire)
        manifests.desired = desired({"a/one": job()})
        waiting = [asyncio.create_task(passes.reconcile()) for _ in range(5)]
        await settle(threads=False)
        manifests.gate.set()
        assert {} == dict((await first).desired.jobs)
        assert {"a/one"} == {key for done in await asyncio.gather(*waiting) for key in done.desired.jobs}
        assert 2 == manifests.loads

    async def test_a_confirmation_has_its_own_pass(self, clock: VirtualClock) -> None:
        """It must meet the guard itself."""
        manifests = Manifests(desired())
        passes = reconciler(RecordingLive(), manifests, clock=clock)
        manifests.gate.clear()
        running, waiting = asyncio.create_task(passes.reconcile()), asyncio.create_task(passes.reconcile())
        confirming = asyncio.create_task(passes.reconcile(allow_remove=3))
        await settle(threads=False)
        manifests.gate.set()
        await asyncio.gather(running, waiting)
        with pytest.raises(RemovalCountError):
            await confirming

    async def test_a_failed_pass_is_nobody_elses(self, clock: VirtualClock) -> None:
        """Who waited behind it tries anew."""
        manifests = Manifests(desired())
        load, fails = manifests.load, iter([True])

        def load_or_fail() -> Desired:
            loaded = load()
            if next(fails, False):
                raise StoreError("disk full")
            return loaded

        manifests.load = load_or_fail  # type: ignore[method-assign]  # it fails once
        passes = reconciler(RecordingLive(), manifests, clock=clock)
        first, second = await asyncio.gather(passes.reconcile(), passes.reconcile(), return_exceptions=True)
        assert isinstance(first, StoreError)
        assert not isinstance(second, BaseException)

    async def test_a_cancelled_caller_does_not_lose_claimed_runs(self, clock: VirtualClock) -> None:
        """The ledger says that they run, so they must."""
        store = SlowToAnswer()
        store.answers.set()
        live = RecordingLive(store)
        await live.put(row("a/due", cursor=clock.now() - timedelta(minutes=16)))
        store.answers.clear()
        store.committed.clear()
        edit = Manifests(desired({"a/due": job(schedule={"every": "20m"})}))
        caller = asyncio.create_task(reconciler(live, edit, clock=clock).reconcile())
        await store.committed.wait()
        caller.cancel()
        await settle()
        assert not caller.done()
        store.answers.set()
        with pytest.raises(asyncio.CancelledError):
            await caller
        assert [("submit", ("a/due",)), ("arm", ("a/due",))] == live.calls


class TestReporting:
    """One line a fact, when it becomes one."""

    async def test_one_line_a_change(self, clock: VirtualClock, caplog: pytest.LogCaptureFixture) -> None:
        """A constant sentence and the facts beside it."""
        manifests = Manifests(desired({"a/one": job(), "a/two": job()}))
        passes = reconciler(RecordingLive(), manifests, clock=clock)
        await passes.reconcile()
        await passes.reconcile()
        told = facts(caplog, "change_applied")
        assert [("a/one", "create"), ("a/two", "create")] == [(fact["job"], fact["action"]) for fact in told]
        assert {"Change applied"} == {fact["message"] for fact in told}

    async def test_names_a_broken_file_once(self, clock: VirtualClock, caplog: pytest.LogCaptureFixture) -> None:
        """With file, line and column; again only when it breaks anew or otherwise."""
        manifests = Manifests(desired(broken=["x.yaml"]))
        passes = reconciler(RecordingLive(), manifests, clock=clock)
        await passes.reconcile()
        await passes.reconcile()
        assert ["x.yaml:2:1: not a mapping"] == [fact["message"] for fact in facts(caplog, "file_broken")]
        manifests.desired = replace(manifests.desired, broken={"x.yaml": (finding("x.yaml", "a tab"),)})
        await passes.reconcile()
        assert "x.yaml:2:1: a tab" == facts(caplog, "file_broken")[-1]["message"]
        assert [] == facts(caplog, "file_mended")
        manifests.desired = desired()
        await passes.reconcile()
        await passes.reconcile()
        assert ["x.yaml"] == [fact["file"] for fact in facts(caplog, "file_mended")]
        manifests.desired = desired(broken=["x.yaml"])
        await passes.reconcile()
        assert 3 == len(facts(caplog, "file_broken"))

    async def test_names_a_held_job_once(self, clock: VirtualClock, caplog: pytest.LogCaptureFixture) -> None:
        """With the reason; again once it was let go in between."""
        live, manifests = RecordingLive(), Manifests(desired())
        await live.put(row("a/one"))
        passes = reconciler(live, manifests, clock=clock)
        await passes.reconcile()
        await passes.reconcile()
        expected = [("a/one", "the manifests declare no job at all any more")]
        assert expected == [(fact["job"], fact["reason"]) for fact in facts(caplog, "change_blocked")]
        manifests.desired = desired({"a/one": job()})
        await passes.reconcile()
        manifests.desired = desired()
        await passes.reconcile()
        assert 2 == len(facts(caplog, "change_blocked"))
