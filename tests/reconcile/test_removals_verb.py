"""Confirming held removals, by name."""

import pytest

from schedrun.core.plan.guard import NotHeldBackError
from schedrun.core.run.recorded import Request
from schedrun.reconcile import removals_verb
from schedrun.reconcile.requests import Answer, BadRequestError
from tests.core.plan.builders import desired, job, row
from tests.reconcile.recording import Manifests, RecordingLive, reconciler
from tests.virtual import VirtualClock

pytestmark = pytest.mark.anyio


async def _settled() -> None:
    """Wait for nothing."""


async def ask(live: RecordingLive, clock: VirtualClock, **arguments: object) -> Answer:
    """Ask with a tree that keeps one job of four."""
    passes = reconciler(live, Manifests(desired({"a/0": job()})), clock=clock)
    answer = removals_verb.verb(passes, settled=_settled)
    return await answer(Request("r", removals_verb.CONFIRM_REMOVALS, arguments, "ops", clock.now()))


@pytest.fixture
async def live(clock: VirtualClock) -> RecordingLive:
    """Record four jobs."""
    live = RecordingLive()
    await live.put(*(row(f"a/{index}", cursor=clock.now()) for index in range(4)))
    return live


async def test_removes_those_that_are_named_and_holds_the_others(live: RecordingLive, clock: VirtualClock) -> None:
    """The answer is the plan that was applied."""
    answer = await ask(live, clock, jobs=["a/1", "a/2"])
    rows = await live.store.read(lambda reader: reader.jobs())
    assert [("a/0", None), ("a/3", "3 of 4 jobs of a would go at once")] == [(each.key, each.held) for each in rows]
    plan = answer["plan"]
    assert isinstance(plan, dict)
    assert {"remove": 3, "blocked": 1} == {name: plan["summary"][name] for name in ("remove", "blocked")}


async def test_applies_nothing_when_the_plan_has_changed(live: RecordingLive, clock: VirtualClock) -> None:
    """A job that is not held back was not what the person saw."""
    with pytest.raises(NotHeldBackError):
        await ask(live, clock, jobs=["a/0", "a/1"])
    assert 4 == len(await live.store.read(lambda reader: reader.jobs()))


@pytest.mark.parametrize("jobs", [None, [], "a/1", [1], {"a/1": True}])
async def test_refuses_what_names_no_jobs(live: RecordingLive, clock: VirtualClock, jobs: object) -> None:
    """An empty list confirms nothing, so it means something else."""
    with pytest.raises(BadRequestError, match="list of jobs"):
        await ask(live, clock, jobs=jobs)
