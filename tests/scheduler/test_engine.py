"""The engine: timers follow rows, clocks are watched, and what was queued starts first."""

import asyncio
from datetime import datetime, timedelta

import pytest

from schedrun.core.run.recorded import Override, RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.status import Origin, RunKind, RunStatus
from schedrun.scheduler.engine import Engine
from tests.scheduler.rig import Rig, a_job
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio


def queued(uid: str, fire: datetime, *, at: datetime | None = None) -> Run:
    return Run(f"{uid} {fire:%H:%M}", uid, fire, RunKind.SCHEDULED, RunStatus.QUEUED, at or fire)


async def alive_at(rig: Rig) -> datetime:
    session = await rig.store.read(lambda reader: reader.last_session())
    assert session is not None
    return session.alive_at


class TestArming:
    """Timers are a projection of the rows."""

    async def test_a_resync_fires_what_the_timer_lost(self, rig: Rig, clock: VirtualClock) -> None:
        """An alarm that never comes costs 15 seconds at most, and the occurrence keeps its instant."""
        await rig.begin(a_job(clock))
        begin = clock.now()
        clock.timer.disarm("a")
        await clock.advance(75)
        assert [begin + timedelta(minutes=1)] == rig.work.fires

    async def test_a_row_from_elsewhere_is_armed_with_the_next_resync(self, rig: Rig, clock: VirtualClock) -> None:
        """Memory never disagrees with the rows for longer."""
        await rig.begin()
        await rig.put(a_job(clock))
        await clock.advance(61)
        assert ["set/a"] == rig.work.jobs

    async def test_what_came_due_before_it_was_armed_fires_at_once(self, rig: Rig, clock: VirtualClock) -> None:
        """A one-time instant that passed between planning and arming is not lost."""
        await rig.begin()
        begin = clock.now()
        job = a_job(clock, schedule={"at": (begin + timedelta(seconds=5)).isoformat()})
        await rig.put(job)
        clock.step(0.9)
        await clock.advance(5)
        await rig.engine.arm([job])
        await settle()
        assert [begin + timedelta(seconds=5)] == rig.work.fires

    async def test_a_live_timer_is_touched_only_for_another_schedule(self, rig: Rig, clock: VirtualClock) -> None:
        """Resyncs, re-reads and edits of anything but the schedule leave it alone."""
        rig.work.at_once = True
        await rig.begin(a_job(clock), a_job(clock, "b"))
        assert 2 == clock.timer.calls
        await clock.advance(120)
        await rig.engine.arm([await rig.row(), a_job(clock), a_job(clock, timeout="5s")])
        assert 2 == clock.timer.calls
        await rig.engine.arm([a_job(clock, schedule={"every": "2m"})])
        assert 3 == clock.timer.calls

    async def test_a_pause_disarms_and_its_end_arms(self, rig: Rig, clock: VirtualClock) -> None:
        """A pause without an end leaves no alarm behind."""
        job = a_job(clock)
        await rig.begin(job)
        paused = a_job(clock, row={"override": Override(None, "ada", clock.now())})
        await rig.engine.arm([paused])
        assert clock.timer.next_alarm() is None
        await rig.engine.arm([job])
        assert clock.now() + timedelta(minutes=1) == clock.timer.next_alarm()

    async def test_a_pause_with_an_end_is_armed_for_after_it(self, rig: Rig, clock: VirtualClock) -> None:
        """The first alarm is the first fire after `until`."""
        begin = clock.now()
        until = begin + timedelta(seconds=150)
        await rig.begin(a_job(clock, row={"override": Override(None, "ada", begin, until)}))
        assert begin + timedelta(minutes=3) == clock.timer.next_alarm()
        await clock.advance(181)
        assert [begin + timedelta(minutes=3)] == rig.work.fires

    async def test_a_removed_row_is_disarmed(self, rig: Rig, clock: VirtualClock) -> None:
        """Also when nobody said so."""
        await rig.begin(a_job(clock))
        await rig.put(a_job(clock, row={"removed_at": clock.now()}))
        await clock.advance(15)
        assert clock.timer.next_alarm() is None

    async def test_a_foreign_origin_is_never_fired(self, clock: VirtualClock) -> None:
        """Neither when it is due nor when it is queued: another program knows its functions."""
        rig = Rig(clock, origins=frozenset({Origin.CODE}))
        code = {"origin": Origin.CODE, "key": "ours"}
        await rig.put(a_job(clock), a_job(clock, "b", row=code), queued("a", clock.now()))
        await rig.begin()
        await clock.advance(61)
        assert ["ours"] == rig.work.jobs
        assert RunStatus.QUEUED is (await rig.runs())[0].status
        await rig.end()

    async def test_thousands_are_armed_with_pauses_in_between(self, rig: Rig, clock: VirtualClock) -> None:
        """Others get their turn while timers are armed."""
        await rig.begin()
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        busy = asyncio.create_task(others())
        await rig.engine.arm([a_job(clock, f"{number:03}") for number in range(500)])
        busy.cancel()
        assert 10 <= turns


class TestClocks:
    """Gaps are written down, and the alarms follow the clock."""

    @pytest.mark.parametrize("seconds", [3600.0, -3600.0, 1.5, -1.5])
    async def test_a_step_is_written_down(self, rig: Rig, clock: VirtualClock, seconds: float) -> None:
        """Within a second, with how far it went."""
        await rig.begin(a_job(clock, schedule={"cron": "0 0 1 1 *"}))
        await clock.advance(5)
        clock.step(seconds)
        await clock.advance(1)
        steps = [event.facts.get("seconds") for event in await rig.events() if event.name == "clock_stepped"]
        assert seconds in steps

    async def test_less_than_a_second_is_no_step(self, rig: Rig, clock: VirtualClock) -> None:
        """Clocks are slewed all the time."""
        await rig.begin(a_job(clock))
        clock.step(0.9)
        await clock.advance(30)
        assert [] == list(await rig.events())

    async def test_a_suspend_wakes_what_it_slept_through(self, rig: Rig, clock: VirtualClock) -> None:
        """Alarms stood still with the machine: a beat after it woke, the latest fire runs."""
        await rig.begin(a_job(clock))
        begin = clock.now()
        await clock.suspend(3600)
        await clock.advance(1)
        assert [begin + timedelta(hours=1)] == rig.work.fires
        (event,) = await rig.events()
        assert ("suspended", {"seconds": 3600.0}, clock.now()) == (event.name, event.facts, event.at)

    async def test_a_stopped_process_makes_up_for_what_it_missed(self, rig: Rig, clock: VirtualClock) -> None:
        """Both clocks went on and nothing ran: the late beat says for how long, and the latest fire runs."""
        await rig.begin(a_job(clock))
        begin = clock.now()
        clock.stall(3600)
        await clock.advance(0.5)
        assert [begin + timedelta(hours=1)] == rig.work.fires
        (event,) = await rig.events()
        assert ("stalled", {"seconds": 3599.0}) == (event.name, event.facts)

    async def test_a_gap_resyncs_until_it_works(self, rig: Rig, clock: VirtualClock) -> None:
        """A row that changed in the meantime is armed within a beat, also when the first try failed."""
        await rig.begin()
        await rig.put(a_job(clock))
        rig.store.failing = True
        await clock.suspend(600)
        await clock.advance(3)
        assert clock.timer.next_alarm() is None
        rig.store.failing = False
        await clock.advance(1)
        assert clock.timer.next_alarm() is not None

    async def test_alarms_follow_a_clock_that_was_set_back(self, rig: Rig, clock: VirtualClock) -> None:
        """The next fire comes at its time on the new clock, not an hour later, and no occurrence runs twice."""
        rig.work.at_once = True
        await rig.begin(a_job(clock))
        begin = clock.now()
        await clock.advance(130)
        clock.step(-3600)
        await clock.advance(1)
        alarm = clock.timer.next_alarm()
        assert alarm is not None
        assert alarm <= clock.now() + timedelta(minutes=1)
        await clock.advance(3 * 60)
        back = begin - timedelta(hours=1)
        expected = [begin + timedelta(minutes=1), begin + timedelta(minutes=2)]
        expected += [back + timedelta(minutes=minute) for minute in (3, 4, 5)]
        assert expected == rig.work.fires
        await clock.advance(3600)
        assert len(set(rig.work.fires)) == len(rig.work.fires)

    async def test_a_job_removed_after_a_step_back_is_disarmed(self, rig: Rig, clock: VirtualClock) -> None:
        """Also before the resync that arms everything anew."""
        await rig.begin(a_job(clock))
        rig.store.failing = True
        clock.step(-3600)
        await clock.advance(1)
        await rig.engine.disarm(["a"])
        assert clock.timer.next_alarm() is None

    async def test_a_step_that_could_not_be_written_is_written_later(self, rig: Rig, clock: VirtualClock) -> None:
        """The timers were woken all the same."""
        await rig.begin(a_job(clock))
        rig.store.failing = True
        clock.step(600)
        await clock.advance(3)
        rig.store.failing = False
        await clock.advance(2)
        assert [600.0] == [event.facts.get("seconds") for event in await rig.events()]
        assert 1 == len(rig.work.begun)

    async def test_says_that_it_is_alive(self, rig: Rig, clock: VirtualClock) -> None:
        """Every 15 seconds, and not less often."""
        await rig.begin()
        begin = clock.now()
        await clock.advance(14)
        assert begin == await alive_at(rig)
        await clock.advance(1)
        assert begin + timedelta(seconds=15) == await alive_at(rig)
        await clock.advance(300)
        assert timedelta(seconds=15) >= clock.now() - await alive_at(rig)

    async def test_a_bug_in_a_resync_stops_no_heart(
        self, rig: Rig, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """It is told, and the next resync is tried."""
        await rig.begin(a_job(clock))

        async def resync(self: Engine) -> None:
            raise ZeroDivisionError("a bug")

        with monkeypatch.context() as patch:
            patch.setattr(Engine, "resync", resync)
            await clock.advance(16)
        assert "resync_failed" in [getattr(record, "event", None) for record in caplog.records]
        await rig.put(a_job(clock, "b"))
        await clock.advance(60)
        assert ["set/a", "set/b"] == sorted(rig.work.jobs)


class TestBeginAndEnd:
    """What the last process left, and what this one leaves."""

    async def test_queued_runs_start_first_the_oldest_before_the_others(self, rig: Rig, clock: VirtualClock) -> None:
        """Before anything that is due, whatever job they belong to."""
        now = clock.now()
        jobs = [a_job(clock, uid, overlap="allow", row={"cursor": now - timedelta(minutes=1)}) for uid in "abc"]
        left = [queued("b", now - timedelta(minutes=9)), queued("a", now - timedelta(minutes=8))]
        await rig.begin(*jobs, *left)  # type: ignore[arg-type]  # rows first, then what was queued for them
        assert ["set/b", "set/a"] == rig.work.jobs[:2]
        assert [run.fire_time for run in left] == rig.work.fires[:2]
        assert {"set/a", "set/b", "set/c"} == set(rig.work.jobs[2:])

    async def test_running_runs_were_interrupted(self, rig: Rig, clock: VirtualClock) -> None:
        """They are not started again by themselves, and their occurrence does not run again."""
        await rig.put(a_job(clock))
        later = clock.now() + timedelta(minutes=1)
        await rig.store.write(lambda tx: rig.engine.planner.plan_all(tx, {"a": True}, now=later))
        await clock.advance(61)
        cut = await rig.another().take_over()
        await rig.engine.begin()
        await settle()
        (run,) = await rig.runs()
        assert [run.id] == [one.id for one in cut]
        assert (RunStatus.INTERRUPTED, "the service ended while this ran") == (run.status, run.error)
        assert [] == rig.work.begun

    async def test_a_session_has_a_beginning_and_an_end(self, rig: Rig, clock: VirtualClock) -> None:
        """Without its end it was killed."""
        await rig.begin()
        session = await rig.store.read(lambda reader: reader.last_session())
        assert session is not None
        assert (clock.now(), None) == (session.started_at, session.ended_at)
        await clock.advance(5)
        await rig.engine.shut_down(drain=timedelta(0))
        session = await rig.store.read(lambda reader: reader.last_session())
        assert session is not None
        assert clock.now() == session.ended_at

    async def test_ends_although_the_store_takes_nothing(
        self, rig: Rig, clock: VirtualClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Runs that ended, runs that go on and wakes that wait: none of them keeps the process."""
        await rig.begin(a_job(clock), a_job(clock, "b"))
        await clock.advance(60)
        rig.store.failing = True
        ended, goes_on = sorted(await rig.runs(), key=lambda run: run.job_uid)
        rig.work.finish(ended.id)
        await clock.advance(60)
        ending = asyncio.create_task(rig.engine.shut_down(drain=timedelta(0)))
        for _ in range(200):
            await clock.advance(0.5)
            if ending.done():
                break
        assert ending.done()
        assert goes_on.id in {claim.run.id for claim in await ending}
        assert "session_not_ended" in [getattr(record, "event", None) for record in caplog.records]

    async def test_what_comes_due_after_the_last_fire_waits_for_the_next_start(
        self, rig: Rig, clock: VirtualClock
    ) -> None:
        """What was due is run to its end; resyncs go on and plan nothing."""
        now = clock.now()
        await rig.begin(a_job(clock, row={"cursor": now - timedelta(minutes=1)}, overlap="allow"))
        rig.engine.fire_no_more()
        await clock.advance(130)
        assert [now] == rig.work.fires
        assert ["running"] == await rig.statuses()
        await rig.another().take_over()
        await rig.engine.begin()
        await settle()
        assert [now, now + timedelta(minutes=2)] == rig.work.fires

    async def test_an_end_in_the_middle_of_arming_leaves_nothing_armed(self, rig: Rig, clock: VirtualClock) -> None:
        """Arming lets others have their turn, the end among them."""
        await rig.begin()
        arming = asyncio.create_task(rig.engine.arm([a_job(clock, f"{number:03}") for number in range(500)]))
        await asyncio.sleep(0)
        assert clock.timer.next_alarm() is not None
        await rig.engine.shut_down(drain=timedelta(0))
        await arming
        assert clock.timer.next_alarm() is None

    async def test_after_the_end_nothing_is_armed(self, rig: Rig, clock: VirtualClock) -> None:
        """A change that comes too late finds no timer."""
        job: RecordedJob = a_job(clock)
        await rig.begin(job)
        await rig.engine.shut_down(drain=timedelta(0))
        await rig.engine.arm([job])
        await rig.engine.disarm(["a"])
        assert clock.timer.next_alarm() is None
        await clock.advance(120)
        assert [] == rig.work.begun


async def test_a_start_names_how_long_nobody_ran(
    rig: Rig, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Since the last sign of life of a process that was killed, since its end of one that was stopped."""
    caplog.set_level("INFO")
    began = clock.now()
    await rig.engine.take_over()
    await clock.advance(5)
    await rig.another().take_over()
    await clock.advance(100)
    await rig.engine.shut_down(drain=timedelta(0))
    stopped = clock.now()
    await clock.advance(20)
    await rig.another().take_over()
    told = [record for record in caplog.records if getattr(record, "event", None) == "was_down"]
    facts = [(each.last_seen, each.seconds, each.killed) for each in told]  # type: ignore[attr-defined]  # fields of ours
    assert [(began, 5.0, True), (stopped, 20.0, False)] == facts
