"""A day back and a day ahead."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from schedrun.web.charts.timeline import STEP, STEPS, Step, label, timeline

FIRST = datetime(2026, 6, 1, 12, tzinfo=UTC)
NOW = FIRST + STEPS * STEP - timedelta(minutes=10)
BERLIN = ZoneInfo("Europe/Berlin")


def steps(**numbers: dict[int, int]) -> list[Step]:
    """Return the steps with some numbers at some places."""
    places = [{name: at[place] for name, at in numbers.items() if place in at} for place in range(2 * STEPS - 1)]
    return [Step(FIRST + place * STEP, **some) for place, some in enumerate(places)]


def drawn(made: list[Step], zone: ZoneInfo = BERLIN) -> str:
    return str(timeline(made, now=NOW, zone=zone))


def test_what_did_not_go_well_hangs_below_the_line() -> None:
    """Its place says it, not its colour alone."""
    (good,) = re.findall(r'class="bar-good" y="([\d.]+)" height="([\d.]+)"', drawn(steps(well={3: 8})))
    (bad,) = re.findall(r'class="bar-bad" y="([\d.]+)"', drawn(steps(unwell={3: 1})))
    line = float(re.findall(r'class="chart-axis" [^>]*y1="([\d.]+)"', drawn(steps()))[0])
    assert line >= float(good[0]) + float(good[1])
    assert float(bad) > line


def test_one_failure_shows_beside_hundreds() -> None:
    """No bar is lower than a person sees."""
    (tall,) = re.findall(r'class="bar-bad"[^>]*height="([\d.]+)"', drawn(steps(well={3: 900}, unwell={9: 1})))
    assert 7 == float(tall)
    few, many = re.findall(r'class="bar-bad"[^>]*height="([\d.]+)"', drawn(steps(unwell={3: 1, 9: 400})))
    assert (3, 28) == (float(few), float(many))


def test_what_comes_stands_on_what_ran_in_the_same_step() -> None:
    """The step of now has both."""
    chart = drawn(steps(well={STEPS - 1: 5}, ahead={STEPS - 1: 5}))
    (good,) = re.findall(r'class="bar-good" y="([\d.]+)"', chart)
    (ahead,) = re.findall(r'class="bar-ahead" y="([\d.]+)" height="([\d.]+)"', chart)
    assert abs(float(ahead[0]) + float(ahead[1]) - float(good)) < 0.1


def test_fires_that_never_ran_are_diamonds() -> None:
    """A shape of their own."""
    assert 'class="bar-never"' in drawn(steps(never={5: 2}))
    assert 'class="bar-never"' not in drawn(steps(well={5: 2}))


def test_hours_are_those_of_the_zone() -> None:
    """Midnight says the day."""
    words = re.findall(r'class="chart-hour[^"]*"[^>]*>([^<]+)<', drawn(steps()))
    assert ["15:00", "18:00", "21:00", "Tue 2", "03:00"] == words[:5]
    words = re.findall(r'class="chart-hour[^"]*"[^>]*>([^<]+)<', drawn(steps(), ZoneInfo("UTC")))
    assert ["12:00", "15:00", "18:00", "21:00", "Tue 2"] == words[:5]


def test_hours_stay_within_the_chart() -> None:
    """A word begins or ends at the edge where it would else hang over it."""
    utc, london = (
        re.findall(r'class="(chart-hour[^"]*)"', drawn(steps(), ZoneInfo(zone))) for zone in ("UTC", "Europe/London")
    )
    assert "chart-begin" in utc[0]
    assert "chart-end" in london[-1]
    assert not [kind for kind in utc[1:] + london[:-1] if "chart-begin" in kind or "chart-end" in kind]


def test_a_day_without_anything_has_no_scale() -> None:
    """There is nothing to count on it."""
    assert "in half an hour" not in drawn(steps(unwell={3: 1}))
    assert "1 in half an hour" in drawn(steps(ahead={60: 1}))


def test_tells_each_step_in_words() -> None:
    """The title says when, and what of each."""
    chart = drawn(steps(well={0: 1200}, unwell={0: 2}, never={0: 1}))
    assert "<title>Mon 14:00 to 14:30: 1,200 went well, 2 did not, 1 never ran</title>" in chart


def test_says_in_words_what_it_shows() -> None:
    """The label adds all steps up."""
    made = steps(well={1: 2, 2: 3}, unwell={2: 1}, never={4: 1}, ahead={60: 7})
    behind = "Last 24 hours: 5 runs went well, 1 did not; in 1 half hour fires never ran."
    assert f"{behind} Next 24 hours: 7 fires." == label(made)


def test_has_no_style_of_its_own() -> None:
    """The page's policy would drop it."""
    assert "style=" not in drawn(steps(well={1: 1}, unwell={1: 1}, never={1: 1}, ahead={1: 1}))
