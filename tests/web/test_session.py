"""Cookies that name a token: signed, bounded, and gone with it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedrun.web import session
from schedrun.web.access import Scope
from schedrun.web.hosts import Origin
from schedrun.web.tokens import Token
from tests.web.gated import OPERATE, READ

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TOKEN, OTHER = Token(Scope.OPERATE, OPERATE, "ops"), Token(Scope.READ, READ, "guest")
NAME = session.name_of(Origin("http", "localhost", 8321))
SEALED = session.sealed(TOKEN, cookie=NAME, now=NOW)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (timedelta(0), TOKEN),
        (session.LIFETIME - timedelta(seconds=1), TOKEN),
        (session.LIFETIME, None),
        (-timedelta(seconds=2), None),
    ],
    ids=["at once", "just before its end", "at its end", "from the future"],
)
def test_is_good_for_twelve_hours(after: timedelta, expected: Token | None) -> None:
    """And not longer, even where the clock was set back."""
    assert timedelta(hours=12) == session.LIFETIME
    assert expected == session.opened(SEALED, (OTHER, TOKEN), cookie=NAME, now=NOW + after)


def test_ends_with_its_token() -> None:
    """A token that is gone, or that only has its name, opens nothing."""
    namesake = Token(Scope.OPERATE, READ, "ops")
    assert session.opened(SEALED, (), cookie=NAME, now=NOW) is None
    assert session.opened(SEALED, (OTHER, namesake), cookie=NAME, now=NOW) is None


def test_is_of_one_port() -> None:
    """Browsers send it to all ports of a host: the name says whose it is, and its signature too."""
    assert "schedrun_8321" == NAME
    assert session.opened(SEALED, (TOKEN,), cookie="schedrun_9000", now=NOW) is None


def test_never_holds_the_token() -> None:
    """Nor a part of it."""
    assert not any(OPERATE[begin : begin + 7] in SEALED for begin in range(len(OPERATE) - 7))


@given(st.text(max_size=200))
def test_opens_nothing_that_was_not_sealed(value: str) -> None:
    """Whatever it is."""
    if value != SEALED:
        assert session.opened(value, (TOKEN, OTHER), cookie=NAME, now=NOW) is None


@given(st.integers(0, len(SEALED) - 1), st.characters(min_codepoint=33, max_codepoint=126))
def test_opens_nothing_that_was_changed(place: int, character: str) -> None:
    """In any one of its characters."""
    changed = SEALED[:place] + character + SEALED[place + 1 :]
    if changed != SEALED:
        assert session.opened(changed, (TOKEN, OTHER), cookie=NAME, now=NOW) is None
