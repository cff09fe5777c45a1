"""Expectations on time in a live scheduler: judged when their moment comes, told once, over, restarts and failures."""

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest

from schedrun import SchedulerConfig, TaskScheduler
from schedrun.core.run.lateness import Expectation, Late
from schedrun.core.run.notice import NoticeKind
from schedrun.core.run.recorded import Event, RecordedJob
from schedrun.core.status import Origin
from schedrun.protocols import Transaction
from schedrun.scheduler import control, transitions
from schedrun.scheduler.views import LateInfo
from tests.scheduler.lateness import FINISH, SUCCEED, breaches, end_all, late, minutes
from tests.scheduler.rig import Rig, a_job
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio


async def test_a_job_is_late_when_it_goes_without_a_success_for_too_long(rig: Rig, clock: VirtualClock) -> None:
    """At that very moment: one event row, and it is late since then."""
    begun = clock.now()
    await rig.begin(a_job(clock, **SUCCEED))
    await minutes(rig, clock, "xx")
    assert ([], None) == (await breaches(rig), await late(rig))
    await clock.advance(30)
    since = begun + timedelta(seconds=150)
    facts: dict[str, Any] = {"job": "set/a", "expectation": "must_succeed_within", "since": "2026-06-01T12:02:30Z"}
    assert [Event(since, "job_late", facts)] == await breaches(rig)
    assert Late(Expectation.MUST_SUCCEED_WITHIN, since) == await late(rig)


async def test_a_job_is_late_when_its_newest_fire_has_not_succeeded_by_the_deadline(
    rig: Rig, clock: VirtualClock
) -> None:
    """Also one that still runs."""
    await rig.begin(a_job(clock, **FINISH))
    await minutes(rig, clock, "...--")
    (event,) = await breaches(rig)
    assert {"job": "set/a", "expectation": "must_finish_by", "since": "2026-06-01T12:05:00Z"} == event.facts


async def test_a_job_that_does_its_work_is_never_late(rig: Rig, clock: VirtualClock) -> None:
    """Over deadlines and days without a success too many."""
    await rig.begin(a_job(clock, **FINISH | SUCCEED))
    await minutes(rig, clock, "." * 8)
    assert [] == await breaches(rig)


async def test_a_breach_ends_with_the_next_success_and_is_told_once(rig: Rig, clock: VirtualClock) -> None:
    """The next one is another."""
    await rig.begin(a_job(clock, **SUCCEED))
    await minutes(rig, clock, "xxxxxx")
    assert 1 == len(await breaches(rig))
    await minutes(rig, clock, ".")
    assert await late(rig) is None
    await minutes(rig, clock, "xxx")
    first, second = [event.facts["since"] for event in await breaches(rig)]
    assert ("2026-06-01T12:02:30Z", "2026-06-01T12:09:30Z") == (first, second)


async def test_on_late_tells_of_each_breach(rig: Rig, clock: VirtualClock) -> None:
    """With the expectation and since when; one an hour, as all notices."""
    await rig.begin(a_job(clock, on_late=[{"webhook": "https://hooks.example/x"}], **SUCCEED))
    await minutes(rig, clock, "xxx.xxx")
    assert 2 == len(await breaches(rig))
    (notice,) = await rig.store.read(lambda reader: reader.notices())
    assert (NoticeKind.LATE, {"expectation": "must_succeed_within", "since": "2026-06-01T12:02:30Z"}) == (
        *(notice.kind, notice.facts),
    )


async def test_the_log_names_a_breach_once(rig: Rig, clock: VirtualClock, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever found it."""
    caplog.set_level(logging.WARNING, "schedrun.scheduler.judge")
    await rig.begin(a_job(clock, **SUCCEED), a_job(clock, "b", **FINISH))
    await minutes(rig, clock, "x" * 7)
    told = [vars(record) for record in caplog.records if record.name == "schedrun.scheduler.judge"]
    assert [("Job is late", "set/a", "must_succeed_within"), ("Job is late", "set/b", "must_finish_by")] == [
        (each["message"], each["job"], each["expectation"]) for each in told
    ]


async def test_deadlines_that_passed_while_the_service_was_down_are_judged_at_start(
    rig: Rig, clock: VirtualClock
) -> None:
    """Several are one breach, since the first; the occurrence that is caught up ends it."""
    await rig.begin(a_job(clock, misfire={"grace": "30d"}, **FINISH))
    await clock.advance(1)
    await rig.engine.shut_down(drain=timedelta(0))
    clock.stall(3 * 86_400)
    engine = rig.another()
    await engine.take_over()
    await engine.begin()
    await settle()
    (event,) = await breaches(rig)
    assert ("2026-06-01T12:05:00Z", clock.now()) == (event.facts["since"], event.at)
    assert Late(Expectation.MUST_FINISH_BY, datetime.fromisoformat("2026-06-01T12:05:00Z")) == await late(rig)
    await end_all(rig, well=True)
    assert await late(rig) is None


async def test_a_run_that_goes_on_over_a_restart_counts(rig: Rig, clock: VirtualClock) -> None:
    """A service that is killed and begun again judges by what the one before it has recorded."""
    await rig.begin(a_job(clock, **SUCCEED))
    await minutes(rig, clock, "x.")
    await rig.engine.shut_down(drain=timedelta(0))
    engine = rig.another()
    await engine.take_over()
    await engine.begin()
    await minutes(rig, clock, "-x")
    assert [] == await breaches(rig)
    await clock.advance(30)
    assert ["2026-06-01T12:04:30Z"] == [event.facts["since"] for event in await breaches(rig)]


async def test_the_first_run_to_end_after_a_restart_is_noted(rig: Rig, clock: VirtualClock) -> None:
    """A queued run may end before any row was looked at."""
    await rig.begin(a_job(clock, **SUCCEED))
    await minutes(rig, clock, "xxx")
    assert await late(rig) is not None
    await rig.engine.shut_down(drain=timedelta(0))
    await rig.another().take_over()
    assert {"a"} == rig.engine.planner.judging.watched


@pytest.fixture
def looked(rig: Rig, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Return when jobs were looked at."""
    looks: list[datetime] = []
    judge = rig.engine._judge._judge

    async def noted(due: Any) -> None:
        looks.append(clock.now())
        await judge(due)

    monkeypatch.setattr(rig.engine._judge, "_judge", noted)
    return looks


async def test_looks_at_a_job_only_when_something_could_have_changed(
    rig: Rig, clock: VirtualClock, looked: list[datetime]
) -> None:
    """Not at every beat, not at every resync: at the start, and when its time is up."""
    begun = clock.now()
    await rig.begin(a_job(clock, schedule={"every": "1d"}, must_succeed_within="150s"), a_job(clock, "b"))
    await clock.advance(600)
    assert [begun, begun + timedelta(seconds=150)] == looked


@pytest.mark.parametrize("how", ["removed", "without the field"])
async def test_does_not_look_at_what_expects_nothing_any_more(
    rig: Rig, clock: VirtualClock, looked: list[datetime], how: str
) -> None:
    """Not even once more, when its time would have been up."""
    row = a_job(clock, schedule={"every": "1d"}, **SUCCEED)
    await rig.begin(row)
    looked.clear()
    if how == "removed":
        planner = rig.engine.planner
        await rig.store.write(lambda tx: transitions.remove(tx, row, planner=planner, now=clock.now()))
        await rig.engine.disarm(["a"])
    else:
        await rig.put(row._replace(spec=a_job(clock, schedule={"every": "1d"}).spec))
        await rig.engine.arm([await rig.row()])
    await clock.advance(300)
    assert [] == looked


async def test_a_job_that_succeeded_is_waited_for_again(rig: Rig, clock: VirtualClock) -> None:
    """Also where it fires so rarely that nothing else would find it late; a run that somebody asked for counts."""
    await rig.begin(a_job(clock, schedule={"every": "1d"}, **SUCCEED))
    await clock.advance(200)
    assert 1 == len(await breaches(rig))
    await control.trigger(rig.engine, "set/a", request_id="q", now=clock.now())
    await end_all(rig, well=True)
    assert await late(rig) is None
    await clock.advance(150)
    assert ["2026-06-01T12:02:30Z", "2026-06-01T12:05:50Z"] == [each.facts["since"] for each in await breaches(rig)]


async def test_a_run_that_succeeds_at_its_deadline_is_in_time(rig: Rig, clock: VirtualClock) -> None:
    """To the last instant."""
    await rig.begin(a_job(clock, **FINISH))
    await minutes(rig, clock, "...-")
    run, judging = (await rig.runs())[-1], rig.engine.planner.judging
    deadline = clock.now() + timedelta(minutes=1)
    await rig.store.write(lambda tx: judging.succeeded(tx, run, at=deadline))
    await clock.advance(60)
    assert [] == await breaches(rig)


async def test_a_run_that_ended_just_before_its_deadline_is_in_time(rig: Rig, clock: VirtualClock) -> None:
    """Its verdict may be on its way still: judging waits for it."""
    await rig.begin(a_job(clock, **FINISH))
    await minutes(rig, clock, "...-")
    await clock.advance(59.5)
    rig.store.failing = True
    await end_all(rig, well=True)
    while not rig.store.refused:
        await settle()
    rig.store.failing = False
    await clock.advance(5.5)
    assert [] == await breaches(rig)


async def test_a_breach_that_could_not_be_written_is_recorded_later(rig: Rig, clock: VirtualClock) -> None:
    """Since when it was, and once; nothing else comes that would find it."""
    await rig.begin(a_job(clock, schedule={"every": "1d"}, **SUCCEED))
    await clock.advance(120)
    rig.store.failing = True
    await clock.advance(45)
    assert [] == await breaches(rig)
    rig.store.failing = False
    await clock.advance(5)
    assert ["2026-06-01T12:02:30Z"] == [event.facts["since"] for event in await breaches(rig)]


async def test_forgotten_history_changes_no_judgement(rig: Rig, clock: VirtualClock) -> None:
    """What is needed is kept apart."""
    await rig.begin(a_job(clock, **FINISH))
    await minutes(rig, clock, "...x")
    await end_all(rig, well=False)
    await rig.store.write(lambda tx: tx.prune("a", before=clock.now() + timedelta(days=1), keep=None, limit=99))
    assert [] == await rig.runs()
    await clock.advance(60)
    assert 1 == len(await breaches(rig))


async def test_jobs_that_run_elsewhere_are_not_judged(rig: Rig, clock: VirtualClock) -> None:
    """A scheduler without manifests cannot run theirs, and calls none late for it."""
    rig.origins = frozenset({Origin.CODE})
    rig.another()
    await rig.begin(a_job(clock, **SUCCEED))
    await clock.advance(600)
    assert [] == await breaches(rig)


async def test_a_row_that_cannot_be_judged_holds_back_no_other(
    rig: Rig, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug with one job is said, and costs that one its judgement."""
    judging = rig.engine.planner.judging
    judge = type(judging).judge

    def broken(self: Any, tx: Transaction, job: RecordedJob, **moments: Any) -> Any:
        if job.uid == "a":
            raise ZeroDivisionError
        return judge(self, tx, job, **moments)

    monkeypatch.setattr(type(judging), "judge", broken)
    daily = {"every": "1d"}
    await rig.begin(a_job(clock, schedule=daily, **SUCCEED), a_job(clock, "b", schedule=daily, **SUCCEED))
    await clock.advance(150)
    assert ["set/b"] == [event.facts["job"] for event in await breaches(rig)]
    assert "judging_failed" in {vars(record).get("event") for record in caplog.records}


async def test_a_clock_that_jumps_is_followed(rig: Rig, clock: VirtualClock) -> None:
    """Set forward, what had to be done by then is late at once."""
    await rig.begin(a_job(clock, schedule={"every": "1d"}, **SUCCEED))
    clock.step(3600)
    await clock.advance(2)
    assert ["2026-06-01T12:02:30Z"] == [event.facts["since"] for event in await breaches(rig)]


async def test_a_clock_set_back_is_followed(rig: Rig, clock: VirtualClock) -> None:
    """Nothing is late by a false date, and the deadline is judged when it comes."""
    clock.step(86_400)
    await rig.begin(a_job(clock, **FINISH))
    await clock.advance(1)
    clock.step(-86_400)
    await minutes(rig, clock, "xxxxx")
    assert ["2026-06-01T12:05:00Z"] == [event.facts["since"] for event in await breaches(rig)]


async def test_what_passes_in_the_last_moment_is_judged_before_the_end(rig: Rig, clock: VirtualClock) -> None:
    """A service that ends leaves no deadline of its time to the next start."""
    await rig.begin(a_job(clock, schedule={"every": "1d"}, **SUCCEED))
    clock.stall(200)
    await rig.engine.shut_down(drain=timedelta(0))
    assert 1 == len(await breaches(rig))


async def test_what_has_passed_is_judged_before_the_end(rig: Rig, clock: VirtualClock) -> None:
    """A service that runs once and ends has judged."""
    await rig.put(a_job(clock, must_finish_by="12:05", **{k: v for k, v in FINISH.items() if k == "schedule"}))
    await rig.store.write(lambda tx: rig.engine.planner.judging.judge(tx, _row(tx), now=clock.now()))
    clock.stall(86_400)
    await rig.engine.take_over()
    await rig.engine.begin()
    await rig.engine.shut_down(drain=timedelta(0))
    assert 1 == len(await breaches(rig))


def _row(tx: Transaction) -> RecordedJob:
    row = tx.job("a")
    assert row is not None
    return row


async def test_code_jobs_declare_expectations(scheduler: TaskScheduler, clock: VirtualClock) -> None:
    """Seconds or a timedelta, and a time of day; what get_job says of it ends with a success."""
    broken = True

    @scheduler.interval(minutes=1, must_succeed_within=150, must_finish_by="12:10", timezone="UTC")
    async def work() -> None:
        if broken:
            raise ConnectionError("gone")

    await scheduler.start()
    await clock.advance(150)
    late = (await scheduler.get_job("work")).late
    since = datetime.fromisoformat("2026-06-01T12:02:30Z")
    assert LateInfo(expectation=Expectation.MUST_SUCCEED_WITHIN, since=since) == late
    assert {"expectation": "must_succeed_within", "since": "2026-06-01T12:02:30Z"} == late.model_dump(mode="json")
    broken = False
    await clock.advance(60)
    assert (await scheduler.get_job("work")).late is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"must_succeed_within": 0}, "must_succeed_within must be longer than nothing"),
        ({"must_succeed_within": "26h"}, "must_succeed_within is a number of seconds"),
        ({"must_finish_by": "6:00"}, 'write "06:00"'),
        ({"must_finish_by": 6}, "text in quotes"),
    ],
)
async def test_code_jobs_are_told_what_to_write(scheduler: TaskScheduler, options: dict[str, Any], words: str) -> None:
    """When they are declared."""
    with pytest.raises(ValueError, match=words):
        scheduler.interval(seconds=1, **options)(lambda: None)


async def test_a_standby_answers_who_is_late(tmp_path: Any, clock: VirtualClock) -> None:
    """From the state."""
    config = SchedulerConfig(state=tmp_path / "state.db")
    active = TaskScheduler(config, clock=clock, timer=clock.timer)
    other = TaskScheduler(config, clock=VirtualClock(clock.now()), timer=VirtualClock(clock.now()).timer)

    @active.interval(days=1, must_succeed_within=60)
    async def work() -> None: ...

    await active.start()
    await other.start()
    try:
        while (await other.get_job("work")).late is None:
            await clock.advance(20)
    finally:
        await other.shutdown(wait=False)
        await active.shutdown(wait=False)
