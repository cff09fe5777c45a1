"""The beat: what the clocks did since the last, told apart by which of them went on."""

import asyncio
from typing import Any

import pytest

from schedrun.clock import SystemClock
from schedrun.core.run.recorded import Event
from schedrun.scheduler.pulse import Beat, Pulse
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio


async def beat_after(clock: VirtualClock, *, step: float = 0, sleep: float = 0, stall: float = 0) -> Beat:
    """Return the second beat, between which and the first the clocks did as is said."""
    pulse = Pulse(clock)
    beating = asyncio.create_task(pulse.beat())
    await clock.advance(1)
    assert Beat(1.0) == await beating
    beating = asyncio.create_task(pulse.beat())
    await settle()
    clock.step(step)
    await clock.suspend(sleep)
    clock.stall(stall)
    await clock.advance(0 if stall else 1)
    return await beating


@pytest.mark.parametrize(
    ("happened", "gaps"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param({"step": 1.0}, {}, id="slewed"),
        pytest.param({"step": 1.5}, {"clock_stepped": 1.5}, id="set-forward"),
        pytest.param({"step": -3600}, {"clock_stepped": -3600.0}, id="set-back"),
        pytest.param({"sleep": 1.0}, {}, id="dozed"),
        pytest.param({"sleep": 28_800}, {"suspended": 28_800.0}, id="a-night"),
        pytest.param({"stall": 10.9}, {}, id="busy"),
        pytest.param({"stall": 11}, {"stalled": 10.0}, id="stopped"),
        pytest.param(
            {"sleep": 600, "step": -2}, {"suspended": 600.0, "clock_stepped": -2.0}, id="woke-on-a-wrong-clock"
        ),
        pytest.param({"sleep": 600, "stall": 60}, {"suspended": 600.0, "stalled": 59.0}, id="slept-while-stopped"),
        pytest.param(
            {"step": -60, "stall": 60}, {"clock_stepped": -60.0, "stalled": 59.0}, id="set-back-while-stopped"
        ),
    ],
)
async def test_tells_gaps_apart(
    clock: VirtualClock, caplog: pytest.LogCaptureFixture, happened: dict[str, Any], gaps: dict[str, float]
) -> None:
    """Each is an event at the beat that noticed it, and one warning with its name."""
    beat = await beat_after(clock, **happened)
    assert [Event(clock.now(), name, {"seconds": seconds}) for name, seconds in gaps.items()] == list(beat.gaps)
    assert gaps == {record.event: record.seconds for record in caplog.records}  # type: ignore[attr-defined]  # extra
    assert (gaps.get("clock_stepped", 0) < 0) == beat.stepped_back


async def test_what_the_caller_does_is_no_stall(clock: VirtualClock) -> None:
    """A store that is slow stops nobody: only the wait for a beat can be late."""
    pulse = Pulse(clock)
    await clock.advance(60)
    beating = asyncio.create_task(pulse.beat())
    await clock.advance(1)
    assert Beat(61.0) == await beating


def test_a_machine_that_runs_does_not_sleep() -> None:
    """The difference of two clocks of the kernel stands while this test runs."""
    clock = SystemClock()
    first, begin = _suspended(clock), clock.monotonic()
    while clock.monotonic() < begin + 0.01:
        pass
    assert pytest.approx(first, abs=0.005) == _suspended(clock)
    assert first > -0.005


def _suspended(clock: SystemClock) -> float:
    """Return the largest of some answers: one is too small where this process had to wait between both clocks."""
    return max(clock.suspended() for _ in range(20))
