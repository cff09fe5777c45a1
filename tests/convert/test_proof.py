"""The proof: old and new compared for twelve months, by two computations that share no code."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from schedrun.convert import proof
from schedrun.convert.entry import Zone
from schedrun.convert.timetables import cron_fields
from schedrun.convert.timetables.cron_fields import KUBERNETES, OURS, VIXIE, Dialect
from schedrun.convert.timetables.timetable import Once, Periodic
from schedrun.convert.timetables.union import Union
from schedrun.core.spec.job import Job
from tests.convert.reading import NOW, imported
from tests.core.schedule.minute_walk import Line, lines

BERLIN = ZoneInfo("Europe/Berlin")
_BEFORE_CHANGES = (2026, 10, 23), (2027, 3, 26)


def job(schedule: dict[str, Any], zone: str = "Europe/Berlin") -> Job:
    return Job.model_validate({"schedule": schedule, "timezone": zone, "target": {"command": ["x"]}})


def compared(text: str, dialect: Dialect, cron: str | None = None, *, now: datetime = NOW) -> proof.Agreement:
    wall = cron_fields.read(text, BERLIN, dialect=dialect)
    return proof.compare(wall, job({"cron": cron or text}), now=now)


@pytest.mark.parametrize(("text", "fires"), [("17 4 * * 1-5", 261), ("*/5 * * * *", 105_120), ("0 0 13 * 5", 63)])
def test_debian_and_schedrun_agree(text: str, fires: int) -> None:
    """Through both clock changes of a year."""
    agreement = compared(text, VIXIE)
    assert (True, fires, NOW + timedelta(days=365)) == (agreement.holds, agreement.fires, agreement.until)


@settings(max_examples=40)
@given(line=lines(at_night=True))
def test_debian_and_schedrun_agree_on_lines_of_the_night(line: Line) -> None:
    """But for lines of several readings in one gap, which Debian's cron starts once each.

    They fire on every day, so a few days around each change of the clocks hold all that can happen.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(proof, "YEAR", timedelta(days=4))
        autumn, spring = (compared(line.text, OURS, now=datetime(*day, tzinfo=UTC)) for day in _BEFORE_CHANGES)
    assert autumn.fires + spring.fires
    assert () == autumn.differences
    for difference in spring.differences:
        assert (difference.new, True) == (1, difference.old > 1)
        assert datetime.fromisoformat("2027-03-28T01:00:00+00:00") == difference.at


def test_clock_changes_are_found_and_explained() -> None:
    """Kubernetes fires twice in autumn and not at all in spring."""
    agreement = compared("30 2 * * *", KUBERNETES)
    found = [(f"{each.at:%Y-%m-%dT%H:%M}", each.old, each.new) for each in agreement.differences]
    assert [("2026-10-25T01:30", 1, 0), ("2027-03-28T01:00", 0, 1)] == found
    (reason,) = agreement.reasons
    assert reason.startswith("clock changes: ")


def test_another_numbering_is_no_clock_change() -> None:
    """A Monday that became a Tuesday differs all year."""
    agreement = compared("0 12 * * 1", KUBERNETES, "0 12 * * 2")
    assert ("the fields are read in another way",) == agreement.reasons
    assert 105 == len(agreement.differences)


def test_another_zone_differs() -> None:
    """An hour or two away."""
    wall = cron_fields.read("0 12 * * *", BERLIN, dialect=KUBERNETES)
    assert not proof.compare(wall, job({"cron": "0 12 * * *"}, "UTC"), now=NOW).holds


def test_periods() -> None:
    """Without a phase the period is enough; with one the grids must meet."""
    hour = timedelta(hours=1)
    every = job({"every": "1h"})
    assert proof.compare(Periodic(hour), every, now=NOW).phase_free
    assert proof.compare(Periodic(hour, NOW), every, now=NOW).holds
    assert not proof.compare(Periodic(hour, NOW + hour / 2), every, now=NOW).holds
    assert not proof.compare(Periodic(2 * hour), every, now=NOW).holds


def test_one_instant() -> None:
    """It agrees, or it does not."""
    at = datetime.fromisoformat("2027-01-01T00:00:00+01:00")
    assert proof.compare(Once(at), job({"at": "2027-01-01T00:00:00"}), now=NOW).holds
    assert not proof.compare(Once(at), job({"at": "2027-01-01T00:00:01"}), now=NOW).holds


def test_what_fires_each_second_is_looked_at_in_part_and_says_so() -> None:
    """Fourteen days, and two around each change."""
    (proven,) = imported("supercronic", "*/20 * * * * * * a\n").proven
    assert proven.agreement is not None
    assert "the first 14 days and two around each of 2 clock changes" == proven.agreement.partly


@pytest.mark.usefixtures("_short_proof")
def test_many_fires_a_second_are_compared_whole_in_less_time() -> None:
    """None of them is cut off, so equal grids agree."""
    grid = {"every": "250ms", "anchor": "2026-01-01T00:00:00.100Z"}
    phase = datetime.fromisoformat("2026-01-01T00:00:00.100Z")
    timetable = Union((Periodic(timedelta(milliseconds=250), phase, most_a_day=100),))
    agreement = proof.compare(timetable, job(grid, "UTC"), now=NOW)
    assert (True, 86_400, "the first 6h") == (agreement.holds, agreement.fires, agreement.partly)


@pytest.mark.usefixtures("_short_proof")
@pytest.mark.parametrize("line", ["30 17 4 * * * *", "15 */5 * * * * *", "59 1-5 * * * * *"])
def test_seconds_are_named_as_the_reason(line: str) -> None:
    """A crontab fires at second 0, and the last of its fires has no counterpart within the twelve months."""
    made = imported("supercronic", f"{line} a\n", zone=Zone("UTC", "a test"))
    (proven,) = made.proven
    assert proven.agreement is not None
    assert ("seconds: crontabs of schedrun have none",) == proven.agreement.reasons
    assert not made.complete


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago"])
def test_finds_every_clock_change(zone: str) -> None:
    """Two a year, to the second."""
    found = proof.clock_changes(ZoneInfo(zone), after=NOW, until=NOW + proof.YEAR)
    assert 2 == len(found)
    for change in found:
        before, after = change - timedelta(seconds=1), change
        assert before.astimezone(ZoneInfo(zone)).utcoffset() != after.astimezone(ZoneInfo(zone)).utcoffset()


def test_calendars_alike_are_compared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a thousand jobs that fire each five minutes one is enough; another schedule or calendar is another."""
    agreement = proof.Agreement(NOW, NOW, 0)
    compare = Mock(return_value=agreement)
    monkeypatch.setattr(proof, "compare", compare)
    proofs = proof.Proofs(NOW)
    noon, night = (cron_fields.read(text, BERLIN, dialect=KUBERNETES) for text in ("0 12 * * *", "0 2 * * *"))
    for wall, cron, zone in [
        (noon, "0 12 * * *", "Europe/Berlin"),
        (noon, "0 12 * * *", "Europe/Berlin"),
        (noon, "0 12 * * *", "UTC"),
        (noon, "0 13 * * *", "Europe/Berlin"),
        (night, "0 12 * * *", "Europe/Berlin"),
    ]:
        assert agreement is proofs.of(wall, job({"cron": cron}, zone))
    assert 4 == compare.call_count
