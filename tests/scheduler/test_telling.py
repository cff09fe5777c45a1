"""What people are told of verdicts: queued with the verdict, one an hour, once for the same thing."""

from datetime import timedelta
from typing import Any

import pytest

from schedrun.core.run.notice import Notice, NoticeKind
from schedrun.core.run.outcome import Outcome
from schedrun.core.spec.job import Job
from tests.scheduler.rig import Rig, a_job
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio

HOOK = [{"webhook": "https://hooks.example/x"}]
ALL: dict[str, Any] = {"on_failure": HOOK, "on_recovery": HOOK, "on_missed": HOOK}


async def told(rig: Rig) -> list[Notice]:
    """Return what was told, oldest first."""
    return list(reversed(await rig.store.read(lambda reader: reader.notices(limit=1_000))))


async def kinds(rig: Rig) -> list[str]:
    return [str(notice.kind) for notice in await told(rig)]


async def run_through(rig: Rig, clock: VirtualClock, ends: str, *, every: float = 60) -> None:
    """Let a run begin at each `every` seconds, and end well (.) or not (x)."""
    for end in ends:
        await clock.advance(every)
        run_id = rig.work.begun[-1].run_id
        if end == "x":
            rig.work.fail(run_id)
        else:
            rig.work.finish(run_id)
        await settle()


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ("..", []),
        ("x", ["failure"]),
        ("xx", ["failure"]),
        ("xx..", ["failure", "recovery"]),
        ("x.x.", ["failure", "recovery"]),
    ],
    ids=["success", "failure", "held back", "the first success", "no recovery of what was held back"],
)
async def test_failures_and_recoveries(rig: Rig, clock: VirtualClock, ends: str, expected: list[str]) -> None:
    """A failure is told, one an hour; a recovery after a failure that was told."""
    await rig.begin(a_job(clock, **ALL))
    await run_through(rig, clock, ends)
    assert expected == await kinds(rig)


async def test_the_next_counts_those_held_back(rig: Rig, clock: VirtualClock) -> None:
    """After an hour the next failure is told, with how many were not; a recovery in between is told all the same."""
    await rig.begin(a_job(clock, schedule={"every": "20m"}, **ALL))
    await run_through(rig, clock, "x.xxx.x", every=1200)
    assert [("failure", 0), ("recovery", 0), ("failure", 1), ("recovery", 0), ("failure", 1)] == [
        (str(notice.kind), notice.held_back) for notice in await told(rig)
    ]


async def test_a_job_that_asks_for_nothing_is_not_told_of(rig: Rig, clock: VirtualClock) -> None:
    """Nothing is queued, and nothing noted."""
    await rig.begin(a_job(clock))
    await run_through(rig, clock, "x.")
    assert [] == await told(rig)
    assert await rig.store.read(lambda reader: reader.told("a", NoticeKind.FAILURE)) is None


async def test_only_the_last_attempt_is_told(rig: Rig, clock: VirtualClock) -> None:
    """An attempt that is made again is no failure yet; a run that succeeds in the end is none at all."""
    await rig.begin(a_job(clock, schedule={"every": "1h"}, retries={"max": 1, "backoff": "1m", "jitter": False}, **ALL))
    await clock.advance(3600)
    rig.work.fail(rig.work.begun[-1].run_id)
    await settle()
    assert [] == await kinds(rig)
    await clock.advance(60)
    rig.work.fail(rig.work.begun[-1].run_id)
    await settle()
    assert ["failure"] == await kinds(rig)


async def test_a_run_cut_off_by_a_crash_is_told(rig: Rig, clock: VirtualClock) -> None:
    """Who takes over tells of it, in the unit that makes it interrupted."""
    await rig.begin(a_job(clock, **ALL))
    await clock.advance(60)
    await rig.engine.dispatcher.stop()  # as if it were gone
    await rig.another().take_over()
    (notice,) = await told(rig)
    assert (NoticeKind.FAILURE, rig.work.begun[0].run_id) == (notice.kind, notice.run_id)


async def test_a_cancelled_run_is_not_told(rig: Rig, clock: VirtualClock) -> None:
    """Who cancelled it knows."""
    await rig.begin(a_job(clock, **ALL))
    await clock.advance(60)
    assert rig.engine.cancel(rig.work.begun[0].run_id, by="ann")
    await settle()
    assert ["cancelled"] == await rig.statuses()
    assert [] == await told(rig)


async def test_a_verdict_that_is_undone_tells_nothing(rig: Rig, clock: VirtualClock) -> None:
    """Notice and verdict are one unit: where it is not written, nothing is on its way; later both are, once."""
    await rig.begin(a_job(clock, **ALL))
    await clock.advance(60)
    rig.store.failing = True
    rig.work.fail(rig.work.begun[0].run_id)
    await settle()
    assert [] == await told(rig)
    rig.store.failing = False
    await clock.advance(2)
    assert ["failure"] == await kinds(rig)
    assert 1 == len(await rig.store.read(lambda reader: reader.deliveries(limit=9)))


async def test_missed_is_told_once_a_span(rig: Rig, clock: VirtualClock) -> None:
    """With first, last, count and reason; what is not missed is not told."""
    job = a_job(clock, misfire={"grace": "5m", "catch_up": "latest"}, **ALL)
    clock.stall(3600)
    await rig.begin(job)
    (notice,) = await told(rig)
    assert NoticeKind.MISSED is notice.kind
    assert notice.facts is not None
    first = clock.now() - timedelta(minutes=59)
    assert f"{first:%Y-%m-%dT%H:%M:%S}Z" == notice.facts["first"]
    assert 54 == notice.facts["count"]
    assert str(notice.facts["reason"]).startswith("nothing could start it before")


async def test_an_instant_in_the_past_is_missed(rig: Rig, clock: VirtualClock) -> None:
    """One-time jobs that come too late are told as well."""
    past = (clock.now() - timedelta(hours=1)).isoformat()
    row = a_job(clock, schedule={"at": past}, **ALL)
    await rig.begin()
    from schedrun.scheduler import transitions

    await rig.store.write(lambda tx: transitions.first_sight(tx, row, planner=rig.engine.planner, now=clock.now()))
    assert ["missed"] == await kinds(rig)


@pytest.mark.parametrize("edited", [{"on_failure": []}, {"on_failure": [*HOOK, {"email": ["a@b.example"]}]}])
async def test_whom_to_tell_is_said_by_the_row_of_the_moment(
    rig: Rig, clock: VirtualClock, edited: dict[str, Any]
) -> None:
    """An edit while the run goes on holds for its end."""
    job = a_job(clock, **ALL)
    await rig.begin(job)
    await clock.advance(60)
    row = await rig.row()
    spec = Job.model_validate(row.spec.to_record() | edited)
    await rig.put(row._replace(spec=spec))
    rig.work.finish(rig.work.begun[0].run_id, Outcome(error="no"))
    await settle()
    deliveries = await rig.store.read(lambda reader: reader.deliveries(limit=9))
    assert len(edited["on_failure"]) == len({each.channel for each in deliveries})
