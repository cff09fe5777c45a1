"""Expectations held against every fire, read one by one."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from schedrun.core.schedule import expectations, fires
from schedrun.core.schedule.expectations import Counted, CounterExample, Fired, Gap
from schedrun.core.schedule.fires import TICK, Fires
from schedrun.core.spec.job import Job
from tests.core.schedule.minute_walk import utc

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ZONES = ("Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "Asia/Kolkata", "UTC")
_MINUTES = st.sampled_from(["0", "30", "*/20", "15,45"])
_HOURS = st.sampled_from(["*", "2", "0", "8-17", "*/6", "23"])
_DAYS = st.sampled_from(["*", "mon-fri", "sun", "sat#1"])
_RULES = st.one_of(
    st.builds("{} {} * * {}".format, _MINUTES, _HOURS, _DAYS).map(lambda text: {"cron": text}),
    st.sampled_from(["7m", "1h", "5h", "1d", "9d"]).map(lambda text: {"every": text}),
)
_SPREADS = st.sampled_from([{}, {}, {"spread": "20m"}, {"spread": "2d"}])
_SCHEDULES = st.builds(lambda rule, spread: {**rule, **spread}, _RULES, _SPREADS)
_ENTRIES = st.one_of(
    st.lists(st.sampled_from(["mon", "wed", "sat", "sun"]), min_size=1, max_size=2).map(lambda on: {"never_on": on}),
    st.sampled_from([["00:00", "02:00"], ["22:00", "06:00"], ["02:15", "03:15"]]).map(lambda t: {"never_between": t}),
    st.sampled_from(["00:00", "02:00", "02:30", "03:00"]).map(lambda at: {"never_at": at}),
    st.builds(
        lambda kind, count, per: {kind: count, "per": per},
        st.sampled_from(["at_most", "at_least"]),
        st.integers(1, 30),
        st.sampled_from(["hour", "day", "week", "month"]),
    ),
    st.sampled_from(["20m", "2h", "1d", "25h", "3d", "8d"]).map(lambda gap: {"gap_at_most": gap}),
)


@settings(max_examples=150)
@given(schedule=_SCHEDULES, entry=_ENTRIES, zone=st.sampled_from(ZONES), day=st.integers(0, 400), long=st.booleans())
def test_agrees_with_a_list_of_all_fires(
    schedule: dict[str, Any], entry: dict[str, Any], zone: str, day: int, long: bool
) -> None:
    """What is found with few looks is the first thing that somebody finds who reads every fire."""
    # The hours of this one are not those that its clocks show, on the days on which they change.
    assume(zone != "Australia/Lord_Howe" or entry.get("per") != "hour")
    now = utc("2026-01-01T10:20Z") + day * DAY
    horizon = 62 * DAY if entry.get("per") == "month" else 20 * DAY if long or "at_least" in entry else 5 * DAY
    said = {"schedule": schedule, "timezone": zone, "target": {"command": ["true"]}, "expect": [entry]}
    job = Job.model_validate(said | {"expect": [{**entry, "horizon": f"{horizon // DAY}d"}]})
    compiled = fires.of(job, key="set/job")
    found = expectations.counter_example(job.expect[0], compiled, zone=zone, now=now)
    assert _read_out(entry, compiled, ZoneInfo(zone), now, now + horizon) == _in_short(found, ZoneInfo(zone), entry)


def _in_short(found: CounterExample | None, zone: ZoneInfo, entry: dict[str, Any]) -> object:
    match found:
        case Fired(at):
            return at
        case Gap(begin, end, from_fire=True, to_fire=True):
            return begin, end
        case Counted(window, count):
            return _span(window.begin.astimezone(zone), entry["per"]), count
        case other:
            return other


def _read_out(entry: dict[str, Any], job: Fires, zone: ZoneInfo, now: datetime, end: datetime) -> object:
    beside = 40 * DAY if "gap_at_most" in entry or entry.get("per") == "month" else 9 * DAY
    listed = _listed(job, now - beside, end + beside)
    local = [fire.astimezone(zone) for fire in listed if now <= fire < end]
    match entry:
        case {"never_on": days}:
            return next((fire.astimezone(UTC) for fire in local if f"{fire:%a}".lower() in days), None)
        case {"never_between": [first, last]}:
            clock = [(f"{fire:%H:%M}", fire) for fire in local]
            within = (t for t in clock if (first <= t[0] < last if first < last else t[0] >= first or t[0] < last))
            return next((fire.astimezone(UTC) for _, fire in within), None)
        case {"never_at": text}:
            return next((fire.astimezone(UTC) for fire in local if f"{fire:%H:%M}" == text), None)
        case {"gap_at_most": _}:
            gaps = [(a, b) for a, b in pairwise(listed) if b > now and a < end]
            longest = {"20m": HOUR / 3, "2h": 2 * HOUR, "1d": DAY, "25h": 25 * HOUR, "3d": 3 * DAY, "8d": 8 * DAY}
            return next(((a, b) for a, b in gaps if b - a > longest[entry["gap_at_most"]]), None)
        case {"per": per}:
            counts = Counter(_span(fire.astimezone(zone), per) for fire in listed)
            hours = (now + number * HOUR for number in range((end - now) // HOUR + 1))
            spans = list(dict.fromkeys(_span(min(hour, end - TICK).astimezone(zone), per) for hour in hours))
            if "at_most" in entry:
                return next(((span, counts[span]) for span in spans if counts[span] > entry["at_most"]), None)
            # The first and the last are cut: it is twenty past.
            return next(((span, counts[span]) for span in spans[1:-1] if counts[span] < entry["at_least"]), None)
    raise AssertionError(entry)


def _listed(job: Fires, after: datetime, until: datetime) -> list[datetime]:
    found = []
    fire = fires.next_fire(job, after=after - job.offset)
    while fire is not None and fire + job.offset < until:
        found.append(fire + job.offset)
        fire = fires.next_fire(job, after=fire)
    return found


def _span(local: datetime, per: str) -> tuple[object, ...]:
    day = local.date()
    year, week, _ = day.isocalendar()
    hour = (day, local.hour, local.utcoffset())
    return {"hour": hour, "day": (day,), "week": (year, week), "month": (day.year, day.month)}[per]
