"""Retry-After in every spelling that RFC 9110 allows, and in others."""

from datetime import UTC, datetime, timedelta

import pytest

from schedrun.targets.retry_after import LONGEST, parse

INSTANT = datetime(2027, 11, 6, 8, 49, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param("0", timedelta(0), id="now"),
        pytest.param("3600", timedelta(hours=1), id="seconds"),
        pytest.param(" 007 ", timedelta(seconds=7), id="padded"),
        pytest.param("31536001", LONGEST, id="more-than-a-year"),
        pytest.param("9" * 5000, LONGEST, id="more-digits-than-python-reads"),
        pytest.param("Sat, 06 Nov 2027 08:49:37 GMT", INSTANT, id="imf-fixdate"),
        pytest.param("Saturday, 06-Nov-27 08:49:37 GMT", INSTANT, id="rfc850"),
        pytest.param("Sat Nov  6 08:49:37 2027", INSTANT, id="asctime"),
        pytest.param("Sat, 06 Nov 2027 10:49:37 +0200", INSTANT, id="with-an-offset"),
        pytest.param("Sat, 06 Nov 2027 08:49:37 -0000", INSTANT, id="without-a-zone"),
        pytest.param("", None, id="empty"),
        pytest.param("-5", None, id="negative"),
        pytest.param("+5", None, id="signed"),
        pytest.param("1.5", None, id="fraction"),
        pytest.param("5s", None, id="unit"),
        pytest.param("5, 10", None, id="twice"),
        pytest.param("\u0665", None, id="another-script"),
        pytest.param("2027-11-06T08:49:37Z", None, id="iso"),
        pytest.param("Sat, 31 Feb 2027 08:49:37 GMT", None, id="no-such-day"),
        pytest.param("Fri, 31 Dec 9999 23:59:59 -2359", None, id="beyond-all-dates"),
        pytest.param("Sat, 06 Nov 2027 08:49:37 +99999999", None, id="beyond-all-offsets"),
        pytest.param("tomorrow", None, id="words"),
    ],
)
def test_reads_seconds_and_dates(header: str, expected: timedelta | datetime | None) -> None:
    """Anything else is as if nothing had been said."""
    assert expected == parse(header)
