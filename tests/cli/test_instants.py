"""Instants that options say: which are refused, and with what remedy."""

import click
import pytest

from schedrun.cli import instants


@pytest.mark.parametrize("text", ["1970-01-01T00:00:00Z", "8999-12-31T23:59:59Z"])
def test_takes_the_years_that_its_remedy_names(text: str) -> None:
    """Both ends are inside."""
    moment = instants.aware(text, option="--now")
    assert moment == instants.within_reach(moment, option="--now", text=text)


@pytest.mark.parametrize("text", ["1969-12-31T23:59:59Z", "9000-01-01T00:00:00Z"])
def test_refuses_a_year_from_which_nobody_can_look_ahead(text: str) -> None:
    """The remedy names both ends of what can be written."""
    moment = instants.aware(text, option="--from")
    with pytest.raises(click.UsageError) as refused:
        instants.within_reach(moment, option="--from", text=text)
    assert f"--from {text} is out of range: write a year from 1970 to 8999" == refused.value.message
