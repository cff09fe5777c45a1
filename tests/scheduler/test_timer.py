"""The real alarm clock in real seconds."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Self

import pytest

import schedrun
from schedrun import TaskScheduler
from schedrun.clock import SystemClock
from schedrun.core.schedule import fires
from schedrun.core.schedule.fires import Fires
from schedrun.core.spec.job import Job
from schedrun.scheduler import timer as timer_module
from schedrun.scheduler.timer import WAKES_A_RING, APSchedulerTimer

pytestmark = [pytest.mark.anyio, pytest.mark.real_time]

CLOCK = SystemClock()
DEADLINE = 120.0


def schedule(**spec: str) -> Fires:
    job = Job.model_validate({"schedule": spec, "target": {"command": ["true"]}})
    return fires.of(job, key="set/job")


class Wakes:
    """A started timer and what it woke: which job, and when."""

    def __init__(self) -> None:
        self.timer = APSchedulerTimer()
        self.seen: list[tuple[str, datetime]] = []
        self.timer.start(lambda uid: self.seen.append((uid, CLOCK.now())))

    def of(self, uid: str) -> list[datetime]:
        return [at for woken, at in self.seen if woken == uid]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE):
            while not condition():  # noqa: ASYNC110  a timer has nothing to wait on but what it wakes
                await asyncio.sleep(0.005)


def armed_in_time(arm: Callable[[Fires], None]) -> datetime:
    """Arm something for an instant that is about to come, and still is when that is done; return the instant."""
    for seconds in (0.3, 3, 30):
        instant = CLOCK.now() + timedelta(seconds=seconds)
        arm(schedule(at=instant.isoformat()))
        if CLOCK.now() < instant:
            return instant
    pytest.fail("arming takes half a minute")


@pytest.fixture
async def wakes() -> AsyncIterator[Wakes]:
    """Give a timer that runs, and stop it after the test."""
    wakes = Wakes()
    yield wakes
    wakes.timer.stop()


async def test_wakes_each_second_and_never_early(wakes: Wakes) -> None:
    """Each wake comes after an instant of its own, however late."""
    begin, each_second = CLOCK.now(), schedule(every="1s")
    first = fires.next_fire(each_second, after=begin)
    assert first is not None
    wakes.timer.arm("a", each_second, after=begin)
    await wakes.until(lambda: len(wakes.seen) >= 3)
    early = [at for number, at in enumerate(wakes.of("a")) if at < first + timedelta(seconds=number)]
    assert [] == early


async def test_a_one_time_job_wakes_once(wakes: Wakes) -> None:
    """Other jobs go on after it, also when it was the only one for a while."""
    soon = armed_in_time(lambda at: wakes.timer.arm("once", at, after=CLOCK.now()))
    await wakes.until(lambda: bool(wakes.seen))
    assert soon <= wakes.of("once")[0]
    wakes.timer.arm("a", schedule(every="100ms"), after=CLOCK.now())
    await wakes.until(lambda: len(wakes.of("a")) >= 3)
    assert 1 == len(wakes.of("once"))


async def test_what_is_disarmed_is_silent_until_it_is_armed_again(wakes: Wakes) -> None:
    """The others are not touched."""
    often = schedule(every="100ms")
    wakes.timer.arm("a", often, after=CLOCK.now())
    wakes.timer.arm("b", often, after=CLOCK.now())
    wakes.timer.disarm("a")
    wakes.timer.disarm("nobody")
    await wakes.until(lambda: len(wakes.of("b")) >= 3)
    assert [] == wakes.of("a")
    wakes.timer.arm("a", often, after=CLOCK.now())
    await wakes.until(lambda: len(wakes.of("a")) >= 1)


async def test_arming_again_replaces_the_schedule(wakes: Wakes) -> None:
    """Later and sooner: the last one said counts."""
    yearly, often = schedule(cron="0 0 1 1 *"), schedule(every="100ms")
    wakes.timer.arm("later", often, after=CLOCK.now())
    wakes.timer.arm("later", yearly, after=CLOCK.now())
    wakes.timer.arm("sooner", yearly, after=CLOCK.now())
    wakes.timer.arm("sooner", often, after=CLOCK.now())
    await wakes.until(lambda: len(wakes.of("sooner")) >= 3)
    assert [] == wakes.of("later")


async def test_the_loop_breathes_between_rings(wakes: Wakes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crowd that is due at one instant is woken in parts, and no job function is ever called."""
    called: list[Any] = []
    monkeypatch.setattr(timer_module, "_never_called", lambda: called.append(1))
    crowd = 2 * WAKES_A_RING + 50

    def arm(at_once: Fires) -> None:
        for number in range(crowd):
            wakes.timer.arm(f"{number}", at_once, after=CLOCK.now())

    armed_in_time(arm)
    parts: list[int] = []
    async with asyncio.timeout(DEADLINE):
        while sum(parts) < crowd:
            parts.append(len(wakes.seen) - sum(parts))
            await asyncio.sleep(0)
    assert [WAKES_A_RING, WAKES_A_RING, 50] == [part for part in parts if part]
    assert (crowd, []) == (len({uid for uid, _ in wakes.seen}), called)


async def test_wakes_the_earlier_first_whatever_was_armed_first(wakes: Wakes) -> None:
    """Jobs that share an instant are woken with it, but for those that have moved to another or were disarmed."""
    now = CLOCK.now()
    sooner, later = (schedule(at=(now + timedelta(milliseconds=ms)).isoformat()) for ms in (200, 300))
    for uid, at in {"late": later, "soon": sooner, "moved": sooner, "gone": sooner, "last": later}.items():
        wakes.timer.arm(uid, at, after=now)
    wakes.timer.arm("moved", later, after=now)
    wakes.timer.disarm("gone")
    await wakes.until(lambda: len(wakes.seen) >= 4)
    woken = [uid for uid, _ in wakes.seen]
    assert ("soon", {"late", "last", "moved"}) == (woken[0], set(woken[1:]))


async def test_looks_at_the_clock_again_when_it_is_told(wakes: Wakes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that was set forward makes alarms due that are hours away for the event loop."""
    ahead = timedelta(hours=2)

    class Stepped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().fromtimestamp((CLOCK.now() + ahead).timestamp(), tz)

    at = CLOCK.now() + timedelta(hours=1)
    wakes.timer.arm("a", schedule(at=at.isoformat()), after=CLOCK.now())
    monkeypatch.setattr("apscheduler.schedulers.base.datetime", Stepped)
    wakes.timer.wake_up()
    await wakes.until(lambda: bool(wakes.seen))
    assert ["a"] == [uid for uid, _ in wakes.seen]


async def test_stopped_it_is_silent(wakes: Wakes) -> None:
    """Twice is as good as once, and what was armed is forgotten."""
    wakes.timer.arm("a", schedule(every="10ms"), after=CLOCK.now())
    wakes.timer.stop()
    wakes.timer.stop()
    other = Wakes()
    other.timer.arm("b", schedule(every="50ms"), after=CLOCK.now())
    await other.until(lambda: len(other.seen) >= 2)
    other.timer.stop()
    assert [] == wakes.seen


async def test_a_scheduler_runs_each_second_once() -> None:
    """Everything real: in order, none twice, and each second has its verdict; a late one may be for several."""
    scheduler = TaskScheduler()
    fired: list[datetime] = []
    enough = asyncio.Event()

    @scheduler.interval(seconds=1)
    async def beat() -> None:
        fired.append(schedrun.current_run().fire_time)
        if len(fired) == 3:
            enough.set()

    await scheduler.start()
    await asyncio.wait_for(enough.wait(), DEADLINE)
    engine = scheduler._live.engine
    assert engine is not None
    spans = await engine.store.read(lambda reader: reader.spans(limit=100))
    await scheduler.shutdown()
    assert sorted(set(fired)) == fired
    passed = (fired[2] - fired[0]) // timedelta(seconds=1)
    assert passed == 2 + sum(span.count for span in spans if fired[0] < span.first <= span.last < fired[2])
    assert UTC is fired[0].tzinfo
