"""Times of day: two digits each, in quotes, and a hint that says what was meant."""

from datetime import time

import pytest
from pydantic import TypeAdapter, ValidationError

from schedrun.core.spec import time_of_day
from schedrun.core.spec.time_of_day import TimeOfDay

ADAPTER: TypeAdapter[str] = TypeAdapter(TimeOfDay)


@pytest.mark.parametrize(
    ("text", "expected"), [("00:00", time(0)), ("06:00", time(6)), ("19:59", time(19, 59)), ("23:59", time(23, 59))]
)
def test_reads_hours_and_minutes(text: str, expected: time) -> None:
    """It stays the text that was written, and `read` says which time that is."""
    assert text == ADAPTER.validate_python(text)
    assert expected == time_of_day.read(text)


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("6:00", 'write "06:00"'),
        ("6", 'write "06:00"'),
        ("0600", 'write "06:00"'),
        ("6.30", 'write "06:30"'),
        ("06:00:00", 'write "06:00"'),
        ("24:00", 'write "00:00"'),
        ("24:30", "write hours from 00 to 23"),
        ("12:60", "write hours from 00 to 23"),
        ("26h", "`must_succeed_within` takes durations"),
        ("six", "write hours from 00 to 23"),
        ("", "write hours from 00 to 23"),
        ("06:00 ", "write hours from 00 to 23"),
        ("06:00\n", "write hours from 00 to 23"),
        ("\u0660\u0666:\u0660\u0660", "write hours from 00 to 23"),
        (360, "write hours from 00 to 23"),
        (6.5, "write hours from 00 to 23"),
        (True, "write hours from 00 to 23"),
        ([], "write hours from 00 to 23"),
    ],
)
def test_refuses_everything_else(value: object, hint: str) -> None:
    """With the code of wrong values; the hint names the time where it can be told."""
    with pytest.raises(ValidationError) as caught:
        ADAPTER.validate_python(value)
    (error,) = caught.value.errors()
    assert "SR102" == error["type"]
    assert hint in error["ctx"]["hint"]
    with pytest.raises(ValueError, match="no time of day"):
        time_of_day.read(value if isinstance(value, str) else "x")
