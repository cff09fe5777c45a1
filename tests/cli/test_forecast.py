"""`schedrun forecast`: all runs from one instant to another, in four formats."""

from pathlib import Path

import pytest

from tests.cli.conftest import GOOD, Call

DAY = ("--from", "2026-06-01T00:00:00Z", "--to", "2026-06-02T00:00:00Z")


def test_every_run_of_a_day(call: Call, manifests: Path) -> None:
    """The beginning is inside, the end outside: 96 quarters of an hour and one close of day, by time."""
    view = call("forecast", *DAY, "--format", "json").json
    assert {"schema_version", "window", "runs", "paused"} == set(view)
    instants = [run["utc"] for run in view["runs"]]
    assert (97, "2026-06-01T00:00:00Z", "2026-06-01T23:45:00Z") == (len(instants), instants[0], instants[-1])
    assert sorted(instants) == instants


@pytest.mark.parametrize(
    ("begin", "end", "runs"),
    [
        pytest.param("2026-06-01T00:00:00Z", "1h", 4, id="a-while"),
        pytest.param("2026-06-01T02:00:00+02:00", "2026-06-01T01:00:00Z", 4, id="another-offset"),
        pytest.param("2026-06-01T00:00:01Z", "2026-06-01T00:15:00Z", 0, id="between-two"),
    ],
)
def test_instants_and_durations(call: Call, manifests: Path, begin: str, end: str, runs: int) -> None:
    """A duration behind --to counts from the beginning."""
    assert runs == len(call("forecast", "--from", begin, "--to", end, "--format", "json").json["runs"])


def test_a_duration_counts_from_now(call: Call, manifests: Path) -> None:
    """By default the next 24 hours; --from 7d begins in a week."""
    assert 96 <= len(call("forecast", "--format", "json").json["runs"]) <= 98
    runs = call("forecast", "--from", "7d", "--to", "1h", "--format", "json").json["runs"]
    assert 4 == sum(run["job"] == "billing/fx-rates" for run in runs)


@pytest.mark.parametrize("output_format", ["table", "ical", "heat"])
def test_paused_jobs_are_left_out_and_said(call: Call, manifests: Path, output_format: str) -> None:
    """On stderr, so that the answer stands alone."""
    (manifests / "billing.yaml").write_text(GOOD.replace("every: 15m}", "every: 15m}\n    paused: {reason: outage}"))
    answer = call("forecast", *DAY, "--format", output_format)
    assert "billing/fx-rates is paused by its manifest: outage\n" == answer.stderr
    assert "fx-rates" not in answer.stdout


def test_paused_jobs_in_json(call: Call, manifests: Path) -> None:
    """With their reason, and until when."""
    (manifests / "billing.yaml").write_text(
        GOOD.replace("every: 15m}", 'every: 15m}\n    paused: {until: "2026-06-01T12:00:00Z"}')
    )
    view = call("forecast", *DAY, "--format", "json").json
    assert [{"job": "billing/fx-rates", "reason": None, "until": "2026-06-01T12:00:00Z"}] == view["paused"]
    assert 48 == len(view["runs"])


def test_icalendar_leaves_nothing_else_on_stdout(call: Call, manifests: Path) -> None:
    """What is redirected into a file is a calendar."""
    stdout = call("forecast", *DAY, "--format", "ical").stdout
    assert stdout.startswith("BEGIN:VCALENDAR")
    assert stdout.endswith("END:VCALENDAR\n")
    assert 97 == stdout.count("BEGIN:VEVENT")


def test_a_heat_map_on_any_clock(call: Call, manifests: Path) -> None:
    """The busiest minute is told on the clock that was asked for."""
    answer = call("forecast", *DAY, "--format", "heat", "--timezone", "Asia/Tokyo")
    assert "(Asia/Tokyo)" in answer.stdout.splitlines()[-1]


def test_broken_files_exit_1_after_printing(call: Call, broken: Path) -> None:
    """What the good files bring is still shown."""
    answer = call("forecast", *DAY)
    assert (1, True, True) == (answer.code, "SR101" in answer.stderr, "close-day" in answer.stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("--to", "2020-01-01T00:00:00Z"), id="backwards"),
        pytest.param(("--from", "2026-06-01T00:00:00"), id="no-offset"),
        pytest.param(("--from", "later"), id="no-instant"),
        pytest.param(("--to", "99999999999d"), id="too-far"),
        pytest.param(("--to", "9999d"), id="more-than-ten-years"),
        pytest.param(("--from", "9999-01-01T00:00:00Z"), id="end-of-calendar"),
        pytest.param(("--format", "heat", "--timezone", "Mars"), id="unknown-zone"),
        pytest.param(("--format", "heat", "--to", "999d"), id="too-large-a-map"),
        pytest.param(("nowhere",), id="missing-path"),
    ],
)
def test_usage_exits_2(call: Call, manifests: Path, arguments: tuple[str, ...]) -> None:
    """One line with what to write."""
    answer = call("forecast", *arguments)
    assert (2, "") == (answer.code, answer.stdout)
    assert "Error: " in answer.stderr


@pytest.mark.parametrize("text", ["later", "2026-06-01", "2026-06-01T00:00:00", "2026-13-01T00:00:00Z"])
def test_what_is_no_instant_says_which_option_and_what_to_write(call: Call, manifests: Path, text: str) -> None:
    """And speaks of no `timezone`, which only manifests have."""
    (line,) = [line for line in call("forecast", "--from", text).stderr.splitlines() if line.startswith("Error: ")]
    assert line.startswith(f"Error: Invalid value for '--from': '{text}' ")
    assert line.endswith("2026-12-01T01:00:00Z, or a duration such as 2h or 7d")
    assert "timezone" not in line


@pytest.mark.parametrize(
    ("end", "output_format", "words"),
    [
        pytest.param("0s", "json", "--to 0s is not after the beginning", id="nothing"),
        pytest.param("2026-06-01T00:00:00Z", "json", "is not after the beginning", id="the-beginning"),
        pytest.param("1ms", "json", "", id="the-shortest"),
        pytest.param("3660d", "json", "", id="the-longest"),
        pytest.param("3660d1ms", "json", "--to 3660d1ms is more than ten years after the beginning", id="longer"),
        pytest.param("366d", "heat", "", id="the-longest-map"),
        pytest.param("366d1ms", "heat", "a heat map shows a year at most: choose a nearer --to", id="a-longer-map"),
    ],
)
def test_how_long_a_forecast_may_be(call: Call, manifests: Path, end: str, output_format: str, words: str) -> None:
    """Both ends are inside."""
    (manifests / "billing.yaml").write_text(GOOD.replace("every: 15m", "every: 15d"))
    answer = call("forecast", "--from", "2026-06-01T00:00:00Z", "--to", end, "--format", output_format)
    assert (2 if words else 0) == answer.code
    assert words in answer.stderr


def test_too_many_runs_are_refused(call: Call, manifests: Path) -> None:
    """A job that fires by the millisecond fills no memory; the map of it is drawn all the same."""
    (manifests / "billing.yaml").write_text(GOOD.replace("every: 15m", "every: 1ms"))
    answer = call("forecast", *DAY)
    assert 2 == answer.code
    assert "86,400,001 runs" in answer.stderr
    assert 0 == call("forecast", *DAY, "--format", "heat").code
