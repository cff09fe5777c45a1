"""The id of a scheduled run: one for each instant."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from schedrun.core.ids import scheduled_run_id

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
TWICE_SHOWN = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))


def test_keeps_the_id_that_ledgers_hold() -> None:
    """What is recorded under an id must be found under it by every later version."""
    assert "910deb03f4e9a8694a18" == scheduled_run_id("uid", NOON)


@pytest.mark.parametrize(
    "same",
    [NOON.astimezone(ZoneInfo("Europe/Berlin")), NOON.astimezone(timezone(timedelta(hours=-3)))],
    ids=["berlin", "fixed offset"],
)
def test_an_instant_has_one_id_in_every_zone(same: datetime) -> None:
    """The zone that a fire time is written in says nothing about which occurrence it is."""
    assert scheduled_run_id("uid", NOON) == scheduled_run_id("uid", same)


def test_tells_the_two_showings_of_a_reading_apart() -> None:
    """They are equal as datetimes, and an hour lies between them."""
    later = TWICE_SHOWN.replace(fold=1)
    assert TWICE_SHOWN == later
    assert scheduled_run_id("uid", TWICE_SHOWN) != scheduled_run_id("uid", later)
