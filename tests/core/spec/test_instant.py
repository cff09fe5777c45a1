"""Instants as manifests write them, and what a zone makes of them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schedrun.core.spec.instant import InstantError, InstantText, resolve, utc_text
from schedrun.core.spec.zone import ZoneError, zone_of


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        pytest.param("2026-12-01T02:00:00+01:00", None, "2026-12-01T01:00:00", id="offset"),
        pytest.param("2026-12-01T02:00:00+01:00", "Europe/Berlin", "2026-12-01T01:00:00", id="offset of the zone"),
        pytest.param("2026-12-01T02:00:00Z", "Europe/Berlin", "2026-12-01T02:00:00", id="Z contradicts no zone"),
        pytest.param("2026-12-01t02:00:00z", None, "2026-12-01T02:00:00", id="lower case"),
        pytest.param("2026-12-01 02:00", "Europe/Berlin", "2026-12-01T01:00:00", id="local"),
        pytest.param("2026-07-01T02:00:00.25", "UTC", "2026-07-01T02:00:00.250000", id="fraction"),
        pytest.param("2026-10-25T02:30:00", "Europe/Berlin", "2026-10-25T00:30:00", id="ambiguous, first showing"),
        pytest.param("2026-10-25T02:30:00+01:00", "Europe/Berlin", "2026-10-25T01:30:00", id="second showing said"),
        pytest.param("2026-10-25T02:30:00+02:00", "Europe/Berlin", "2026-10-25T00:30:00", id="first showing said"),
        pytest.param("2026-03-29T03:00:00", "Europe/Berlin", "2026-03-29T01:00:00", id="the end of the gap"),
        pytest.param("9999-12-31T23:59:59Z", None, "9999-12-31T23:59:59", id="for ever"),
    ],
)
def test_resolves(text: str, zone: str | None, expected: str) -> None:
    """An offset decides, else the zone's local time at its first showing; the result is in UTC."""
    assert datetime.fromisoformat(expected).replace(tzinfo=UTC) == resolve(text, zone)


@pytest.mark.parametrize(
    ("text", "zone", "code", "hint"),
    [
        pytest.param("2026-12-01T02:00:00", None, "SR102", "say the `timezone`", id="neither offset nor zone"),
        pytest.param(
            "2026-12-01T02:00:00+02:00", "Europe/Berlin", "SR306", '"2026-12-01T01:00:00+01:00"', id="contradiction"
        ),
        pytest.param(
            "2026-12-01T02:00:00+00:00",
            "Europe/Berlin",
            "SR306",
            '"2026-12-01T03:00:00+01:00"',
            id="a zero offset is one",
        ),
        pytest.param(
            "2026-03-29T02:30:00+01:00",
            "Europe/Berlin",
            "SR306",
            '"2026-03-29T03:30:00+02:00"',
            id="offset inside the gap",
        ),
        pytest.param(
            "2026-03-29T02:30:00", "Europe/Berlin", "SR307", '"2026-03-29T03:30:00+02:00"', id="inside the gap"
        ),
        pytest.param(
            "2026-03-29T02:00:00", "Europe/Berlin", "SR307", '"2026-03-29T03:00:00+02:00"', id="the start of the gap"
        ),
        pytest.param(
            "2011-12-30T12:00:00", "Pacific/Apia", "SR307", '"2011-12-31T12:00:00+14:00"', id="a day that was skipped"
        ),
        pytest.param("0001-01-01T00:00:00+05:00", None, "SR102", "write it like", id="before the calendar"),
        pytest.param("1899-12-31T00:00:00Z", None, "SR102", "a year from 1900", id="long ago"),
        pytest.param("tomorrow", None, "SR102", "write it like", id="no instant"),
    ],
)
def test_refuses(text: str, zone: str | None, code: str, hint: str) -> None:
    """What means no instant, or another one than it seems to, is an error that says what to write."""
    with pytest.raises(InstantError) as caught:
        resolve(text, zone)
    assert code == caught.value.code
    assert hint in caught.value.hint


def test_an_unknown_zone_is_an_error_of_its_own() -> None:
    """The zone is at fault, not the instant."""
    with pytest.raises(ZoneError):
        resolve("2026-12-01T02:00:00", "Europe/Berln")


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-01",
        "2026-12-01T25:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-12-01T02:00:00+0100",
        "20261201T020000Z",
        "",
        "1767225600",
    ],
)
def test_a_field_refuses_other_texts(text: str) -> None:
    """A manifest's field takes RFC 3339 only."""
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(InstantText).validate_python(text)
    assert "SR102" == caught.value.errors()[0]["type"]


@given(
    instant=st.datetimes(datetime(1971, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Chatham"]),
)
def test_what_the_zone_shows_is_read_back(instant: datetime, zone: str) -> None:
    """An instant written with its zone's offset is that instant; without it, at its first showing."""
    local = instant.replace(microsecond=0).astimezone(zone_of(zone))
    assert instant.replace(microsecond=0) == resolve(local.isoformat(), zone)
    first_showing = local.replace(fold=0).astimezone(UTC)
    assert first_showing == resolve(local.replace(tzinfo=None).isoformat(), zone)


def test_an_offset_of_days_is_named_in_words() -> None:
    """Not in those of Python's types."""
    with pytest.raises(InstantError) as caught:
        resolve("2026-12-01T02:00:00+99:00", None)
    assert "'2026-12-01T02:00:00+99:00' is no instant: its offset is a day or longer" == caught.value.message


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (datetime(2026, 3, 1, 4, 17, tzinfo=UTC), "2026-03-01T04:17:00Z"),
        (datetime(2026, 3, 1, 4, 17, tzinfo=timezone(timedelta(hours=-3))), "2026-03-01T07:17:00Z"),
        (datetime(2026, 3, 1, 4, 17, tzinfo=timezone(timedelta(hours=5, minutes=45))), "2026-02-28T22:32:00Z"),
        (datetime(2026, 3, 1, 4, 17, 0, 5000, tzinfo=UTC), "2026-03-01T04:17:00.005000Z"),
    ],
)
def test_the_same_instant_has_one_text(instant: datetime, expected: str) -> None:
    """In UTC with a Z from any offset, fractions only where there are any."""
    assert expected == utc_text(instant)
