"""Durations as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schedrun.core.spec import duration
from schedrun.core.spec.duration import Duration

adapter: TypeAdapter[timedelta] = TypeAdapter(Duration)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", timedelta(seconds=90)),
        ("1h30m", timedelta(minutes=90)),
        ("2d", timedelta(days=2)),
        ("1w2d3h4m5s6ms", timedelta(weeks=1, days=2, hours=3, minutes=4, seconds=5, milliseconds=6)),
        ("250ms", timedelta(milliseconds=250)),
        ("0s", timedelta(0)),
    ],
)
def test_reads(text: str, expected: timedelta) -> None:
    """Numbers with units, largest first."""
    assert expected == duration.parse(text)
    assert expected == adapter.validate_python(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "m",
        "5 m",
        "-5m",
        "+5m",
        "1.5h",
        "30m1h",
        "5m5m",
        "1H",
        "1y",
        "\u0665m",
        "9999999999w",
        "5m\n",
        "9" * 5_000 + "s",
    ],
)
def test_refuses_other_texts(text: str) -> None:
    """A unit is never guessed, an order never mended."""
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(text)
    assert "SR102" == caught.value.errors()[0]["type"]


@pytest.mark.parametrize("value", [5, 1.5, None, True, ["5m"]])
def test_refuses_what_is_no_text(value: object) -> None:
    """A number has no unit."""
    with pytest.raises(ValidationError, match="text with a unit"):
        adapter.validate_python(value)


@pytest.mark.parametrize("value", [timedelta(seconds=-1), timedelta(microseconds=500)])
def test_refuses_what_its_text_could_not_say(value: timedelta) -> None:
    """A duration from code must survive being recorded."""
    with pytest.raises(ValidationError, match="no duration"):
        adapter.validate_python(value)


@given(milliseconds=st.integers(0, 10**12))
def test_text_and_duration_are_one(milliseconds: int) -> None:
    """What is written as text is read back the same."""
    value = timedelta(milliseconds=milliseconds)
    assert value == duration.parse(duration.text_of(value))
    assert value == adapter.validate_python(value)
