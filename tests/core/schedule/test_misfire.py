"""Which late fires run, and that each due instant gets exactly one verdict."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedrun.core.schedule import fires, misfire
from schedrun.core.schedule.fires import Stretch
from schedrun.core.schedule.misfire import Due
from schedrun.core.spec.policy import CatchUp, Misfire
from tests.core.schedule.minute_walk import utc
from tests.core.schedule.test_fires import compiled

HOURLY = compiled(cron="0 * * * *")
CURSOR = utc("2026-01-01T00:00Z")
LATEST, ALL, NONE = CatchUp.LATEST, CatchUp.ALL, CatchUp.NONE


def policy(catch_up: CatchUp = LATEST, *, grace: str = "1h", limit: int = 100) -> Misfire:
    return Misfire.model_validate({"catch_up": catch_up, "grace": grace, "catch_up_limit": limit})


def hours(*hours: int) -> tuple[datetime, ...]:
    return tuple(CURSOR + timedelta(hours=hour) for hour in hours)


def stretch(first: int, last: int) -> Stretch:
    return Stretch(CURSOR + timedelta(hours=first), CURSOR + timedelta(hours=last), last - first + 1)


@pytest.mark.parametrize(
    ("late", "rule", "expected"),
    [
        pytest.param("1h", policy(), Due(hours(1), None, None), id="on time"),
        pytest.param("5h1m", policy(), Due(hours(5), stretch(1, 4), None), id="latest, the others beyond grace"),
        pytest.param("5h", policy(), Due(hours(5), stretch(1, 3), stretch(4, 4)), id="exactly grace is in time"),
        pytest.param("5h1m", policy(grace="1d"), Due(hours(5), None, stretch(1, 4)), id="latest, the others in time"),
        pytest.param("5h1m", policy(grace="30s"), Due((), stretch(1, 5), None), id="all beyond grace"),
        pytest.param("5h1m", policy(ALL, grace="1d"), Due(hours(1, 2, 3, 4, 5), None, None), id="all, oldest first"),
        pytest.param("5h1m", policy(ALL, grace="1d", limit=2), Due(hours(4, 5), None, stretch(1, 3)), id="limited"),
        pytest.param("5h1m", policy(ALL, grace="3h30m", limit=2), Due(hours(4, 5), stretch(1, 1), stretch(2, 3)),
                     id="all, limited, some beyond grace"),
        pytest.param("5h9s999ms", policy(NONE, grace="1d"), Due(hours(5), stretch(1, 4), None), id="none, in time"),
        pytest.param("5h10s", policy(NONE, grace="1d"), Due((), stretch(1, 5), None), id="none, ten seconds are late"),
        pytest.param("5h3s", policy(NONE, grace="2s"), Due((), stretch(1, 5), None), id="none, beyond a short grace"),
        pytest.param("1h10s", policy(NONE), Due((), stretch(1, 1), None), id="none, one that is ten seconds late"),
        pytest.param("1h3s", policy(grace="2s"), Due((), stretch(1, 1), None), id="one beyond a short grace"),
        pytest.param("5h", policy(grace="0s"), Due(hours(5), stretch(1, 4), None), id="no grace, on time"),
        pytest.param("5h1s", policy(grace="0s"), Due((), stretch(1, 5), None), id="no grace, late"),
    ],
)  # fmt: skip
def test_verdicts(late: str, rule: Misfire, expected: Due) -> None:
    """Later than grace is missed; of the others the policy runs some, and the older ones are superseded."""
    now = CURSOR + misfire_delay(late)
    assert expected == misfire.due(HOURLY, cursor=CURSOR, now=now, misfire=rule)


def misfire_delay(text: str) -> timedelta:
    return policy(grace=text).grace


def test_none_runs_at_most_the_limit() -> None:
    """Even what is hardly late is bounded by `catch_up_limit`."""
    every_second = compiled(every="1s")
    now = CURSOR + timedelta(seconds=60)
    due = misfire.due(every_second, cursor=CURSOR, now=now, misfire=policy(NONE, limit=3))
    second = timedelta(seconds=1)
    expected = Due(
        run=(now - 2 * second, now - second, now),
        missed=Stretch(CURSOR + second, now - 10 * second, 50),
        superseded=Stretch(now - 9 * second, now - 3 * second, 7),
    )
    assert expected == due


@pytest.mark.parametrize("now", ["2026-01-01T00:59:59.999Z", "2026-01-01T00:00Z", "2025-12-31T00:00Z"])
def test_nothing_is_due(now: str) -> None:
    """Before the next fire, at the cursor and before it nothing is due."""
    assert misfire.due(HOURLY, cursor=CURSOR, now=utc(now), misfire=policy()) is None


def test_spread_delays_what_is_due() -> None:
    """An instant is due when its offset has passed, and its lateness counts from there."""
    spread = compiled(cron="0 * * * *", spread="10m")
    nominal = CURSOR + timedelta(hours=1)
    due_at = nominal + spread.offset
    tick = timedelta(microseconds=1)
    assert misfire.due(spread, cursor=CURSOR, now=due_at - tick, misfire=policy()) is None
    assert Due((nominal,), None, None) == misfire.due(spread, cursor=CURSOR, now=due_at, misfire=policy(grace="0s"))


@settings(max_examples=100)
@given(
    expression=st.sampled_from(["* * * * *", "*/7 1-5 * * *", "30 2 * * *", "0 0 1 * *"]),
    down=st.integers(0, 3 * 24 * 60),
    grace=st.integers(0, 24 * 60),
    catch_up=st.sampled_from(CatchUp),
    limit=st.integers(1, 50),
)
def test_each_due_instant_has_one_verdict(
    expression: str, down: int, grace: int, catch_up: CatchUp, limit: int
) -> None:
    """Missed, superseded and run are, in this order, exactly the instants in (cursor, now]."""
    schedule = compiled("Europe/Berlin", cron=expression)
    cursor = utc("2026-03-28T12:00Z")
    now = cursor + timedelta(minutes=down)
    rule = Misfire(grace=timedelta(minutes=grace), catch_up=catch_up, catch_up_limit=limit)
    due = misfire.due(schedule, cursor=cursor, now=now, misfire=rule) or Due((), None, None)
    everything = fires.latest(schedule, after=cursor, until=now, limit=10_000)
    stretches = [part for part in (due.missed, due.superseded) if part is not None]
    covered: list[object] = []
    for part in stretches:
        inside = [instant for instant in everything if part.first <= instant <= part.last]
        assert part.count == len(inside)
        assert part.first == inside[0]
        assert part.last == inside[-1]
        covered += inside
    assert everything == [*covered, *due.run]
    assert len(due.run) <= (1 if catch_up is LATEST else limit)
