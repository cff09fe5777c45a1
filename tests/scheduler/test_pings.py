"""Pings to monitors: start and end of each run, in order, with one rid."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import Override
from schedrun.scheduler import control, pings
from schedrun.scheduler.surroundings import Surroundings
from tests.scheduler.notifiers import NotedNotifiers
from tests.scheduler.rig import Rig, a_job
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio

MONITOR: dict[str, Any] = {"monitor": {"url": "https://hc.example/check"}}


@pytest.fixture
def notifiers() -> NotedNotifiers:
    return NotedNotifiers()


@pytest.fixture
async def rig(clock: VirtualClock, notifiers: NotedNotifiers) -> AsyncIterator[Rig]:
    rig = Rig(clock, around=Surroundings(notifiers=notifiers))
    yield rig
    notifiers.hangs = False
    await rig.end()


@pytest.mark.parametrize(
    ("outcome", "signal", "body"),
    [
        (Outcome(exit_code=0, output="done"), "", ""),
        (Outcome(exit_code=3, error="exit code 3", output="a\nb\n"), "3", "failed: exit code 3\n\na\nb"),
        (Outcome(exit_code=-9, error="killed by signal 9"), "fail", "failed: killed by signal 9"),
        (Outcome(exit_code=0, error="timed out after 1m", timed_out=True), "fail", "timed_out: timed out after 1m"),
    ],
    ids=["success", "exit code", "signal", "timeout"],
)
async def test_a_run_pings_at_its_start_and_its_end(
    rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers, outcome: Outcome, signal: str, body: str
) -> None:
    """Both bear the rid of the run; a failure says its exit code, and the end of the output."""
    await rig.begin(a_job(clock, **MONITOR))
    await clock.advance(60)
    assert ["start"] == notifiers.signals
    rig.work.finish(rig.work.begun[0].run_id, outcome)
    await settle()
    (url, start), (_, end) = notifiers.pings
    assert ("https://hc.example/check", signal, body) == (url, end.path, end.body)
    assert start.rid == end.rid


async def test_each_run_has_its_own_rid(rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers) -> None:
    """So that overlapping runs can be told apart."""
    rig.work.at_once = True
    await rig.begin(a_job(clock, **MONITOR))
    await clock.advance(120)
    assert ["start", "", "start", ""] == notifiers.signals
    assert 2 == len({ping.rid for _, ping in notifiers.pings})


async def test_attempts_are_one_run(rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers) -> None:
    """One start and one end, however often it is attempted."""
    retries = {"max": 1, "backoff": "1m", "jitter": False}
    await rig.begin(a_job(clock, schedule={"every": "1h"}, retries=retries, **MONITOR))
    await clock.advance(3600)
    rig.work.fail(rig.work.begun[0].run_id)
    await clock.advance(60)
    assert ["start"] == notifiers.signals
    rig.work.finish(rig.work.begun[1].run_id)
    await settle()
    assert ["start", ""] == notifiers.signals


async def test_a_paused_job_pings_nothing(rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers) -> None:
    """Neither the end of a run that had begun nor a manual run; after the pause it does again."""
    await rig.begin(a_job(clock, **MONITOR))
    await clock.advance(60)
    paused = Override("holidays", "ann", clock.now(), clock.now() + timedelta(minutes=10))
    await control.pause(rig.engine, "set/a", override=paused)
    rig.work.finish(rig.work.begun[0].run_id)
    await settle()
    rig.work.at_once = True
    await control.trigger(rig.engine, "set/a", request_id="q1", now=clock.now())
    await settle()
    assert ["start"] == notifiers.signals
    await clock.advance(700)
    assert ["start", "start", ""] == notifiers.signals[:3]


async def test_a_cancelled_run_is_no_failure(rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers) -> None:
    """The monitor notes it, and goes on waiting."""
    await rig.begin(a_job(clock, **MONITOR))
    await clock.advance(60)
    rig.engine.cancel(rig.work.begun[0].run_id, by="ann")
    await settle()
    assert ["start", "log"] == notifiers.signals
    assert "cancelled: cancelled by ann" == notifiers.pings[-1][1].body


async def test_so_is_one_that_waits_for_its_retry(rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers) -> None:
    """Or the monitor would wait for an end that never comes."""
    await rig.begin(a_job(clock, schedule={"every": "1h"}, retries={"max": 1, "backoff": "30m"}, **MONITOR))
    await clock.advance(3600)
    run_id = rig.work.begun[0].run_id
    rig.work.fail(run_id)
    await settle()
    await control.cancel(rig.engine, run_id, by="ann", clock=clock)
    await settle()
    assert ["start", "log"] == notifiers.signals
    assert notifiers.pings[-1][1].body.startswith("cancelled: cancelled by ann before its next attempt")


async def test_a_run_cut_off_by_a_crash_fails(rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers) -> None:
    """Who takes over says so."""
    await rig.begin(a_job(clock, **MONITOR))
    await clock.advance(60)
    await rig.engine.dispatcher.stop()  # as if it were gone
    await rig.another().take_over()
    await settle()
    (_, start), (_, end) = notifiers.pings
    assert ("fail", start.rid) == (end.path, end.rid)


async def test_pings_are_tried_again_in_their_order(rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers) -> None:
    """The end waits until its start has been told, and runs wait for neither."""
    notifiers.refusals = 2
    rig.work.at_once = True
    await rig.begin(a_job(clock, schedule={"every": "1h"}, **MONITOR))
    await clock.advance(3600)
    assert ["succeeded"] == await rig.statuses()
    assert [] == notifiers.signals
    await clock.advance(sum(pings.WAITS))
    assert ["start", ""] == notifiers.signals


async def test_what_cannot_be_told_is_let_go(
    rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers, caplog: pytest.LogCaptureFixture
) -> None:
    """After the last try the log says so, without the address."""
    notifiers.refusals = 1 + len(pings.WAITS)
    rig.work.at_once = True
    await rig.begin(a_job(clock, schedule={"every": "1h"}, **MONITOR))
    await clock.advance(3600 + sum(pings.WAITS))
    assert [""] == notifiers.signals
    assert "Monitor not pinged" in caplog.messages
    assert "hc.example" not in caplog.text


async def test_the_row_says_whom_to_ping(rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers) -> None:
    """An edit holds for the next ping."""
    await rig.begin(a_job(clock, **MONITOR))
    await clock.advance(60)
    row = await rig.row()
    await rig.put(row._replace(spec=row.spec.model_copy(update={"monitor": None})))
    rig.work.finish(rig.work.begun[0].run_id)
    await settle()
    assert ["start"] == notifiers.signals


async def test_the_memory_of_the_service_counts_more(
    rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the monitor hangs only so many pings wait, and the rest is dropped."""
    monkeypatch.setattr(pings, "MOST_WAITING", 3)
    monkeypatch.setattr(pings, "STOP_SECONDS", 0.01)
    notifiers.hangs = True
    rig.work.at_once = True
    checks = [{"monitor": {"url": f"https://hc.example/{number}"}} for number in range(5)]
    await rig.begin(*(a_job(clock, f"j{number}", **check) for number, check in enumerate(checks)))
    await clock.advance(60)
    assert 5 == len(await rig.statuses())
    assert 3 == notifiers.going
    await rig.engine.shut_down(drain=timedelta(0))
    assert 0 == notifiers.going


async def test_a_monitor_that_hangs_keeps_no_other_from_its_pings(
    rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither one of its server nor, while a whole server hangs, one elsewhere; nor do its pings fill the queue."""
    monkeypatch.setattr(pings, "STOP_SECONDS", 0.01)
    monkeypatch.setattr(pings, "MOST_WAITING", 2 * pings.MOST_OF_ONE_JOB)
    notifiers.hangs_for = "/hangs"
    rig.work.at_once = True
    many = {"every": "1s"}
    dead = [{"monitor": {"url": f"https://dead.example/hangs/{number}"}} for number in range(12)]
    await rig.begin(
        a_job(clock, "bad", schedule=many, monitor={"url": "https://hc.example/hangs"}),
        *(a_job(clock, f"d{number}", **each) for number, each in enumerate(dead)),
        a_job(clock, "good", **MONITOR),
    )
    await clock.advance(3 * 60)
    assert ["start", ""] * 3 == notifiers.signals
    assert pings.OF_ONE_MONITOR + pings.OF_ONE_SERVER == notifiers.going
