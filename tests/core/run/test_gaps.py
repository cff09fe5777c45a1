"""When nothing could start a fire: between sessions, and while the machine, the clock or the service stood still."""

from datetime import timedelta

import pytest

from schedrun.core.run import gaps
from schedrun.core.run.gaps import Cause, Gap
from schedrun.core.run.recorded import Event, Session
from tests.core.run.recorded_jobs import at

NOW = at(1_000)


def session(start: float, alive: float, *, ended: bool = False) -> Session:
    """Return a session by minutes after noon: it was alive then, or ended."""
    return Session("s", 1, at(start), at(alive), at(alive) if ended else None)


def event(minute: float, seconds: float, *, name: str = "suspended") -> Event:
    return Event(at(minute), name, {"seconds": seconds})


@pytest.mark.parametrize(
    ("expected", "minute", "before", "after", "events"),
    [
        pytest.param(Gap(Cause.DOWN, None, None), 5, None, None, (), id="no service ever"),
        pytest.param(Gap(Cause.DOWN, None, at(9)), 5, None, session(9, 20), (), id="before the first"),
        pytest.param(Gap(Cause.DOWN, at(3), at(9)), 5, session(0, 3), session(9, 20), (), id="after a kill"),
        pytest.param(Gap(Cause.DOWN, at(3), at(9)), 5, session(0, 3, ended=True), session(9, 20), (), id="stopped"),
        pytest.param(Gap(Cause.DOWN, at(3), None), 5, session(0, 3), None, (), id="still down after a kill"),
        pytest.param(Gap(Cause.DOWN, at(3), None), 5, session(0, 3, ended=True), None, (), id="still down"),
        pytest.param(Gap(Cause.DOWN, at(5), at(9)), 5, session(0, 5, ended=True), session(9, 20), (), id="at the end"),
        pytest.param(None, 5, session(0, 8, ended=True), session(9, 20), (), id="a service was active"),
        pytest.param(None, 999.5, session(0, 999.2), None, (), id="a service is active"),
        pytest.param(
            Gap(Cause.SUSPENDED, at(4), at(7)), 5, session(0, 999.5), None, (event(7, 180),), id="the machine slept"
        ),
        pytest.param(
            *(Gap(Cause.STALLED, at(4), at(7)), 5, session(0, 999.5), None, (event(7, 180, name="stalled"),)),
            id="the service stood still",
        ),
        pytest.param(
            *(Gap(Cause.CLOCK_STEPPED, at(4), at(7)), 5, session(0, 999.5), None),
            (event(5.5, -600, name="clock_stepped"), event(7, 180, name="clock_stepped")),
            id="the clock was set forward, and back before that",
        ),
        pytest.param(None, 5, session(0, 999.5), None, (event(7, 60),), id="it slept later"),
        pytest.param(None, 5, session(0, 999.5), None, (event(7, 600, name="drained"),), id="another event"),
        pytest.param(
            None, 5, session(0, 999.5), None, (Event(at(7), "clock_stepped", {"job": "a/b"}),), id="without a length"
        ),
    ],
)
def test_the_gap_around_an_instant(
    expected: Gap | None, minute: float, before: Session | None, after: Session | None, events: tuple[Event, ...]
) -> None:
    """Sessions first, then what happened within one."""
    assert expected == gaps.around(
        at(minute), decided_at=at(minute), before=before, after=after, events=events, now=NOW
    )


def test_a_service_that_ends_fires_no_more() -> None:
    """It drained while this came due, and the next one decided."""
    before, after = session(0, 8, ended=True), session(9, 20)
    found = [
        gaps.around(at(5), decided_at=at(decided), before=before, after=after, events=(), now=NOW) for decided in (6, 9)
    ]
    assert [None, Gap(Cause.ENDING, at(8), at(9))] == found


@pytest.mark.parametrize(
    ("expected", "newest"),
    [
        pytest.param(at(3), session(0, 3, ended=True), id="stopped"),
        pytest.param(at(998), session(0, 998), id="killed"),
        pytest.param(None, session(0, 999.1), id="alive"),
    ],
)
def test_a_session_that_says_nothing_for_a_minute_has_ended(expected: object, newest: Session) -> None:
    """It says every 15 seconds that it is alive."""
    assert expected == gaps.ended(newest, now=NOW)
    assert timedelta(minutes=1) == gaps.PRESUMED_ALIVE
