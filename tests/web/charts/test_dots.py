"""How long runs took, one mark a run."""

import re
from datetime import timedelta

import pytest

from schedrun.web.charts.dots import Dot, dots, label, typical


def test_draws_a_cross_for_what_did_not_succeed() -> None:
    """A dot for a success; a cancelled run is hollow."""
    chart = str(dots([Dot(1, "good", "a"), Dot(2, "bad", "b"), Dot(3, "void", "c")], what="Duration"))
    assert 1 == chart.count('<circle class="dot-good"')
    assert 1 == chart.count('<path class="dot-bad"')
    assert 1 == chart.count('<circle class="dot-void"')


def test_longer_is_higher() -> None:
    """The scale ends at a length that people count in."""
    chart = str(dots([Dot(30, "good", "a"), Dot(110, "good", "b")], what="Duration"))
    first, second = (float(y) for y in re.findall(r'cy="([\d.]+)"', chart))
    assert first > second
    assert ">2 min<" in chart
    assert ">1 min<" in chart


@pytest.mark.parametrize(
    ("longest", "scale"),
    [
        (0.004, ["0.2 s", "0.1 s"]),
        (0.3, ["0.4 s", "0.2 s"]),
        (4, ["5 s", "2.5 s"]),
        (200, ["4 min", "2 min"]),
        (700, ["20 min", "10 min"]),
        (9_000, ["3 h", "1 h 30 min"]),
        (400_000, ["5 d", "2 d 12 h"]),
    ],
)
def test_the_middle_of_the_scale_is_half_its_end(longest: float, scale: list[str]) -> None:
    """What is written there is so, not cut to fewer digits."""
    chart = str(dots([Dot(longest, "good", "a")], what="Duration"))
    assert scale == re.findall(r'class="chart-scale"[^>]*>([^<]*)<', chart)


def test_the_axis_says_from_when_to_when() -> None:
    """The first run's time stands at its beginning, the last's at its end; one run alone is said once."""
    times = ["Sat 28 Nov", "Sun 29 Nov", "Mon 30 Nov"]
    three = str(dots([Dot(1, "good", "", at) for at in times], what="Duration"))
    assert ["Sat 28 Nov"] == re.findall(r'class="chart-first"[^>]*>([^<]*)<', three)
    assert ["Mon 30 Nov"] == re.findall(r'class="chart-last"[^>]*>([^<]*)<', three)
    assert 1 == str(dots([Dot(1, "good", "", times[0])], what="Duration")).count("Sat 28 Nov")


def test_shows_the_limit_where_it_is_near() -> None:
    """A limit far above would press all runs to the ground."""
    near = str(dots([Dot(50, "good", "a")], what="Duration", limit=timedelta(seconds=55)))
    far = str(dots([Dot(50, "good", "a")], what="Duration", limit=timedelta(hours=2)))
    assert "time limit" in near
    assert "time limit" not in far


def test_escapes_the_words_of_a_run() -> None:
    """They come from a job."""
    assert "&lt;b&gt;" in dots([Dot(1, "good", "<b>")], what="Duration")


def test_says_in_words_what_it_shows() -> None:
    """Half and the longest."""
    some = [Dot(1, "good", ""), Dot(3, "good", ""), Dot(90, "bad", "")]
    assert 3 == typical(some)
    assert "Duration of the last 3 runs: half at most 3 s, the longest 1 min" == label(some, "Duration")
    assert "Lateness: no runs yet" == label([], "Lateness")
