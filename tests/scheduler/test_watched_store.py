"""Troubles of the store: told at once, once a minute, and when they are over; what no waiting mends ends it all."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from schedrun.core.errors import AlreadyRecordedError, StoreError
from schedrun.core.status import RunStatus
from schedrun.protocols import Reader, Transaction
from schedrun.scheduler.engine import Engine
from schedrun.scheduler.pulse import HEARTBEAT_SECONDS
from schedrun.scheduler.surroundings import Surroundings
from schedrun.scheduler.watched_store import TELL_AGAIN_SECONDS, WatchedStore
from schedrun.stores.faults import StateDamagedError, StateFullError, StateGoneError, StoreClosedError
from tests.scheduler.rig import FlakyStore, Rig, a_job
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio

STATE = Path("/srv/state.db")
FULL = StateFullError(STATE, "database or disk is full")
DAMAGED = StateDamagedError(STATE, "database disk image is malformed")


class Failing(FlakyStore):
    """A ledger whose writes or reads raise what they are told to."""

    def __init__(self) -> None:
        super().__init__()
        self.write_error: StoreError | None = None
        self.read_error: StoreError | None = None

    async def write(self, unit: Callable[[Transaction], Any]) -> Any:
        if self.write_error is not None:
            raise self.write_error
        return await super().write(unit)

    async def read(self, query: Callable[[Reader], Any]) -> Any:
        if self.read_error is not None:
            raise self.read_error
        return await super().read(query)


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, object]]:
    """Return the events so far, each with its seconds."""
    return [(record.event, getattr(record, "seconds", None)) for record in caplog.records if hasattr(record, "event")]


@pytest.fixture
def failing() -> Failing:
    return Failing()


@pytest.fixture
def watched(failing: Failing, clock: VirtualClock) -> WatchedStore:
    return WatchedStore(failing, clock=clock, on_final=lambda error: None)


async def attempt(watched: WatchedStore) -> None:
    try:
        await watched.write(lambda tx: None)
    except StoreError:
        return


async def test_a_full_disk_is_told_at_once_and_once_a_minute(
    watched: WatchedStore, failing: Failing, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """However often it is tried; the line names the full disk, and the end says how long it lasted."""
    await attempt(watched)
    failing.write_error = FULL
    for _ in range(150):
        await attempt(watched)
        await clock.advance(1)
    assert [("state_not_written", seconds) for seconds in (None, 60, 120)] == told(caplog)
    assert {"Nothing starts while the state cannot be written"} == {record.getMessage() for record in caplog.records}
    assert {str(FULL)} == {getattr(record, "error", None) for record in caplog.records}
    failing.write_error = None
    await attempt(watched)
    await attempt(watched)
    assert ("state_written_again", 150.0) == told(caplog)[-1]
    assert "The state can be written again" == caplog.records[-1].getMessage()
    assert 4 == len(caplog.records)


async def test_a_second_outage_is_told_anew(
    watched: WatchedStore, failing: Failing, caplog: pytest.LogCaptureFixture
) -> None:
    """Also within a minute of the first."""
    for error in (FULL, None, FULL, None):
        failing.write_error = error
        await attempt(watched)
    assert ["state_not_written", "state_written_again"] * 2 == [event for event, _ in told(caplog)]


async def test_reading_is_told_apart(watched: WatchedStore, failing: Failing, caplog: pytest.LogCaptureFixture) -> None:
    """A read that works says nothing of writing."""
    failing.write_error = failing.read_error = FULL
    await attempt(watched)
    with pytest.raises(StateFullError):
        await watched.read(lambda reader: None)
    failing.read_error = None
    await watched.read(lambda reader: None)
    assert ["state_not_written", "state_not_read", "state_read_again"] == [event for event, _ in told(caplog)]


@pytest.mark.parametrize("error", [AlreadyRecordedError("r1"), StoreClosedError()])
async def test_what_a_unit_is_refused_for_is_no_trouble(
    watched: WatchedStore, failing: Failing, caplog: pytest.LogCaptureFixture, error: StoreError
) -> None:
    """The store works; who asked is told, and nobody else."""
    failing.write_error = error
    with pytest.raises(type(error)):
        await watched.write(lambda tx: None)
    assert [] == told(caplog)


@pytest.fixture
def engine(failing: Failing, clock: VirtualClock) -> Rig:
    return Rig(clock, failing)


async def test_every_fire_of_an_outage_has_its_verdict_afterwards(
    engine: Rig, failing: Failing, clock: VirtualClock
) -> None:
    """Nothing starts meanwhile; within a second of its end the latest runs, and a span has the others."""
    engine.work.at_once = True
    await engine.begin(a_job(clock, misfire={"grace": "1m"}))
    await clock.advance(60)
    failing.write_error = FULL
    await clock.advance(305)
    assert 1 == len(engine.work.begun)
    failing.write_error = None
    await clock.advance(1)
    first = clock.now() - timedelta(seconds=306)
    runs, spans = await engine.runs(), await engine.spans()
    assert [first, first + timedelta(minutes=5)] == [run.fire_time for run in runs]
    covered = [(span.first, span.last, span.count) for span in spans]
    assert [(first + timedelta(minutes=1), first + timedelta(minutes=4), 4)] == [
        (covered[0][0], covered[-1][1], sum(count for *_, count in covered))
    ]
    await engine.end()


async def test_an_end_during_an_outage_is_recorded_after_it(engine: Rig, failing: Failing, clock: VirtualClock) -> None:
    """The verdict waits as long as it must."""
    await engine.begin(a_job(clock))
    await clock.advance(60)
    failing.write_error = FULL
    engine.work.finish(engine.work.begun[0].run_id)
    await clock.advance(20)
    assert ["running"] == await engine.statuses()
    failing.write_error = None
    await clock.advance(1)
    assert ["succeeded"] == await engine.statuses()
    await engine.end()


async def test_damage_ends_the_work(
    engine: Rig, failing: Failing, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told once, nothing is tried again, and nothing starts, whatever works again."""
    await engine.begin(a_job(clock))
    failing.write_error = DAMAGED
    await clock.advance(60)
    assert DAMAGED is engine.engine.failure
    assert DAMAGED is await engine.engine.wait_failed()
    failing.write_error = None
    await clock.advance(600)
    assert [] == engine.work.begun
    assert ["state_unusable"] == [event for event, _ in told(caplog)]
    await engine.engine.dispatcher.wait_idle()
    await engine.end()


async def test_damage_met_while_reading_ends_the_work(engine: Rig, failing: Failing, clock: VirtualClock) -> None:
    """The resync finds it."""
    await engine.begin(a_job(clock))
    failing.read_error = DAMAGED
    await clock.advance(15)
    assert DAMAGED is engine.engine.failure
    await engine.end()


async def test_a_verdict_that_damage_refuses_is_lost_and_said_to_be(
    engine: Rig, failing: Failing, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody waits for it for ever: the next start finds the run interrupted."""
    await engine.begin(a_job(clock))
    await clock.advance(60)
    failing.write_error = DAMAGED
    engine.work.finish(engine.work.begun[0].run_id)
    await settle()
    await engine.engine.shut_down(drain=timedelta(hours=1))
    assert {"state_unusable", "verdicts_lost", "session_not_ended"} == {event for event, _ in told(caplog)}


async def test_a_ledger_that_is_not_ours_any_more_ends_the_work_within_a_second(
    clock: VirtualClock, failing: Failing
) -> None:
    """What runs is cut at once, however long the drain: another process may run the same jobs by now."""
    gone = False

    def still_ours() -> None:
        if gone:
            raise StateGoneError(STATE, STATE)

    rig = Rig(clock, failing)
    engine = Engine(
        store=failing,
        clock=clock,
        timer=clock.timer,
        execute=rig.work.execute,
        around=Surroundings(still_ours=still_ours),
    )
    rig.engine = engine
    await rig.begin(a_job(clock))
    await clock.advance(60)
    gone = True
    await clock.advance(HEARTBEAT_SECONDS)
    assert isinstance(engine.failure, StateGoneError)
    (cut,) = await engine.shut_down(drain=timedelta(hours=1))
    assert RunStatus.RUNNING is cut.run.status
    assert ["interrupted"] == await rig.statuses()


async def test_an_engine_that_failed_never_begins(engine: Rig, failing: Failing, clock: VirtualClock) -> None:
    """What the take-over met ends the start."""
    await engine.put(a_job(clock))
    failing.write_error = DAMAGED
    with pytest.raises(StateDamagedError):
        await engine.engine.take_over()
    failing.write_error = None
    with pytest.raises(StateDamagedError):
        await engine.engine.begin()


def test_a_minute_is_a_minute() -> None:
    """What the documentation says."""
    assert TELL_AGAIN_SECONDS == 60
