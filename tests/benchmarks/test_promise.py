"""Promises of benchmarks: which are kept, and how they read."""

import pytest

from tests.benchmarks.promise import Promise, report


@pytest.mark.parametrize(
    ("kept", "promise"),
    [
        pytest.param(True, Promise("cost", 1.3, at_most=1.3), id="touches the ceiling"),
        pytest.param(False, Promise("cost", 1.31, at_most=1.3), id="above the ceiling"),
        pytest.param(True, Promise("speed", 5.0, at_least=5.0), id="touches the floor"),
        pytest.param(False, Promise("speed", 4.9, at_least=5.0), id="below the floor"),
        pytest.param(False, Promise("cost", float("nan"), at_most=1.3), id="no number"),
    ],
)
def test_is_kept_within_its_bounds(kept: bool, promise: Promise) -> None:
    """A figure that cannot be compared is no success."""
    assert kept is promise.kept


def test_reports_one_line_a_promise(capsys: pytest.CaptureFixture[str]) -> None:
    """Figure, bound and verdict."""
    report([Promise("cost", 1.25, at_most=1.3), Promise("speed", 4.0, at_least=5.0)])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    expected = [["cost", "1.250", "at", "most", "1.3", "ok"], ["speed", "4.000", "at", "least", "5", "MISSED"]]
    assert expected == lines
