"""A clock that was set back, live and at a start: what had not run ahead of it comes due again."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from schedrun import TaskScheduler
from schedrun.cli.jobs import views
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.span import Span
from schedrun.core.status import SpanStatus
from schedrun.scheduler.planning import Planner
from schedrun.stores import checking
from schedrun.stores.sqlite import SqliteStore
from tests.scheduler.rig import Rig, a_job
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio


async def test_a_year_ahead_and_back_leaves_the_future_open(
    rig: Rig, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """What only the wrong clock had judged comes due again; what ran then keeps its run, and gets no other."""
    rig.work.at_once = True
    await rig.begin(a_job(clock))
    begin = clock.now()
    clock.step(365 * 86_400)
    await clock.advance(1)
    wrong = begin + timedelta(days=365)
    assert [wrong] == rig.work.fires
    assert 525_599 == sum(span.count for span in await rig.spans())
    clock.step(-365 * 86_400)
    await clock.advance(1)
    assert [] == await rig.spans()
    (told,) = [record for record in caplog.records if getattr(record, "event", None) == "reopened"]
    assert (1, 525_599) == (told.jobs, told.occurrences)  # type: ignore[attr-defined]  # fields of ours
    assert 525_599 in [event.facts.get("reopened") for event in await rig.events()]
    await clock.advance(180)
    assert [wrong, *(begin + timedelta(minutes=minute) for minute in (1, 2, 3))] == rig.work.fires
    clock.step(365 * 86_400 - 120)
    await clock.advance(120)
    assert 1 == rig.work.fires.count(wrong)


async def test_what_came_while_the_clock_was_wrong_keeps_its_verdict(rig: Rig, clock: VirtualClock) -> None:
    """The span ends where the clock is again."""
    rig.work.at_once = True
    begin = clock.now()
    await rig.begin(a_job(clock))
    clock.step(30 * 86_400)
    await clock.advance(150)
    clock.step(-30 * 86_400)
    await clock.advance(1)
    (span,) = await rig.spans()
    assert (begin + timedelta(minutes=1), begin + timedelta(minutes=2), 2) == (span.first, span.last, span.count)


async def test_a_state_that_was_silenced_before_is_opened_at_the_start(rig: Rig, clock: VirtualClock) -> None:
    """The cursor is behind the clock already, and a span covers the year ahead."""
    far = clock.now() + timedelta(days=365)
    span = Span("a", clock.now() + timedelta(minutes=1), far, 525_600, SpanStatus.MISSED, "down")
    await rig.put(a_job(clock, row={"covered_until": far}))
    await rig.store.write(lambda tx: tx.insert_span(span))
    await rig.begin()
    assert ([], None) == (await rig.spans(), (await rig.row()).covered_until)


async def test_a_start_on_a_clock_that_was_set_back_opens_what_lies_ahead(rig: Rig, clock: VirtualClock) -> None:
    """Also when nobody ran while it was set."""
    far = clock.now() + timedelta(days=365)
    span = Span("a", clock.now() + timedelta(minutes=1), far, 525_600, SpanStatus.MISSED, "down")
    await rig.put(a_job(clock, row={"cursor": far}))
    await rig.store.write(lambda tx: tx.insert_span(span))
    await rig.begin()
    await clock.advance(60)
    assert [span.first] == rig.work.fires


async def waiting(rig: Rig, clock: VirtualClock) -> str:
    """Let a job fail whose next attempt comes 20 s later; return its run's id."""
    await rig.begin(a_job(clock, schedule={"every": "1h"}, retries={"max": 1, "backoff": "20s", "jitter": False}))
    await clock.advance((60 - clock.now().minute) * 60)
    (run,) = await rig.runs()
    rig.work.finish(run.id, Outcome(exit_code=1, error="exit code 1"))
    await settle()
    return run.id


@pytest.mark.parametrize("back", [5, 3600])
async def test_a_retry_waits_no_longer_because_the_clock_was_set_back(
    rig: Rig, clock: VirtualClock, back: float
) -> None:
    """Its whole wait at most, from the step on, whatever resyncs there are."""
    run_id = await waiting(rig, clock)
    await clock.advance(2)
    clock.step(-back)
    await clock.advance(1)
    (run,) = [run for run in await rig.runs() if run.id == run_id]
    assert run.retry_at is not None
    assert timedelta(seconds=17) <= run.retry_at - clock.now() <= timedelta(seconds=20)
    await clock.advance(20)
    assert [1, 2] == [context.attempt for context in rig.work.begun if context.run_id == run_id]


async def test_a_retry_on_a_clock_that_goes_on_waits_as_it_was_told(rig: Rig, clock: VirtualClock) -> None:
    """Neither a step ahead nor a start moves it."""
    run_id = await waiting(rig, clock)
    due = clock.now() + timedelta(seconds=20)
    clock.step(5)
    await clock.advance(1)
    await rig.end()
    await rig.another().take_over()
    await rig.engine.begin()
    assert [due] == [run.retry_at for run in await rig.runs() if run.id == run_id]


async def test_a_start_on_a_clock_that_was_set_back_lets_no_retry_wait_longer(rig: Rig, clock: VirtualClock) -> None:
    """Twice changes nothing more."""
    run_id = await waiting(rig, clock)
    await rig.end()
    clock.step(-3600)
    due = clock.now() + timedelta(seconds=20)
    for _ in range(2):
        await rig.another().take_over()
        await rig.engine.begin()
        await settle()
        assert [due] == [run.retry_at for run in await rig.runs() if run.id == run_id]
        await rig.end()
        await clock.advance(3)


async def test_no_list_shows_a_fire_that_has_its_run(rig: Rig, clock: VirtualClock) -> None:
    """What ran ahead of the clock is passed over, what was only missed there is not."""
    begin = clock.now()
    rig.work.at_once = True
    await rig.begin(a_job(clock, misfire={"catch_up": "all", "catch_up_limit": 2}))
    clock.step(3 * 60)
    await clock.advance(1)
    assert [begin + timedelta(minutes=2), begin + timedelta(minutes=3)] == rig.work.fires
    clock.step(-2.5 * 60)
    expected = [begin + timedelta(minutes=1), begin + timedelta(minutes=4)]
    assert expected[:1] == await next_fires(rig, clock)
    await clock.advance(1)
    assert expected[:1] == await next_fires(rig, clock)
    await clock.advance(30)
    assert expected[1:] == await next_fires(rig, clock)


async def test_what_was_forgotten_ahead_silences_a_job_aloud(
    rig: Rig, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody knows what of it ran; the log says until when, and so do the lists."""
    begin = clock.now()
    rig.work.at_once = True
    await rig.begin(a_job(clock))
    await clock.advance(60)
    clock.step(86_400)
    await clock.advance(60)
    await rig.store.write(lambda tx: tx.prune("a", before=None, keep=1, limit=1_000))
    clock.step(-86_400)
    await clock.advance(1)
    (told,) = [record for record in caplog.records if getattr(record, "event", None) == "silent_until"]
    last = begin + timedelta(days=1, minutes=1)
    assert ("set/a", last) == (told.job, told.until)  # type: ignore[attr-defined]  # fields of ours
    assert [last + timedelta(minutes=2)] == await next_fires(rig, clock)


async def next_fires(rig: Rig, clock: VirtualClock) -> list[datetime | None]:
    return [job.next_fire for job in await rig.store.read(lambda reader: views(reader, now=clock.now()))]


async def test_an_application_is_shown_none_that_has_its_run(scheduler: TaskScheduler, clock: VirtualClock) -> None:
    """As the command line is."""

    @scheduler.interval(minutes=1)
    async def work() -> None:
        pass

    await scheduler.start()
    begin = clock.now()
    await clock.advance(60)
    clock.step(-60)
    assert [begin + timedelta(minutes=2)] == [job.next_run_time for job in await scheduler.get_jobs()]


async def test_a_clock_that_lost_its_time_rewrites_no_history(rig: Rig, clock: VirtualClock) -> None:
    """A boot in 1970, before the network tells the time: what is recorded has come, and is not judged again."""
    await rig.begin(a_job(clock))
    clock.step(600)
    await clock.advance(1)
    before = await rig.spans()
    assert [9] == [span.count for span in before]
    lost = (clock.now() - datetime.fromisoformat("1970-01-01T00:00:00Z")).total_seconds()
    clock.step(-lost)
    await clock.advance(1)
    clock.step(lost)
    await clock.advance(1)
    assert before == [span for span in await rig.spans() if span.first >= before[0].first]


async def test_the_ledger_on_disk_keeps_its_promises(clock: VirtualClock, tmp_path: Path) -> None:
    """Ahead, back, and ahead again: each occurrence has one verdict, and none lies beyond cursor and cover."""
    path, planner = tmp_path / "state.db", Planner()
    store = await SqliteStore.open(path)
    await store.write(lambda tx: tx.put_job(a_job(clock, misfire={"catch_up": "all", "catch_up_limit": 3})))
    reached = []
    for seconds in (90, 365 * 86_400, 60, -365 * 86_400, 120, -600, 3600, 400 * 86_400):
        clock.step(seconds)
        await store.write(lambda tx: planner.plan_all(tx, {"a": True}, now=clock.now()))
        row = await store.read(lambda reader: reader.job("a"))
        assert row is not None
        reached.append((row.cursor <= clock.now(), row.covered_until is not None))
        assert () == checking.check(path).flaws
    assert [(True, False)] * 3 + [(True, True)] * 4 + [(True, False)] == reached
    await store.close()
