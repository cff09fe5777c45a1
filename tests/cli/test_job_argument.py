"""How a job is named on the command line."""

import pytest

from schedrun.cli import job_argument
from schedrun.cli.job_argument import AmbiguousJobError, UnknownJobError

KEYS = ("billing/close-day", "stock/close-day", "billing/fx-rates", "heartbeat")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        pytest.param("billing/close-day", "billing/close-day", id="key"),
        pytest.param("fx-rates", "billing/fx-rates", id="bare-id"),
        pytest.param("heartbeat", "heartbeat", id="code-job"),
    ],
)
def test_finds(name: str, key: str) -> None:
    """The key itself, or the id where it is unique."""
    assert key == job_argument.find(name, KEYS)


def test_a_key_wins_over_a_bare_id() -> None:
    """A code job is called by its whole name, also where a set has a job of that id."""
    assert job_argument.find("beat", ("beat", "billing/beat")) == "beat"


def test_ambiguous() -> None:
    """All candidates are named, in order."""
    with pytest.raises(AmbiguousJobError, match="'close-day' is one of billing/close-day, stock/close-day"):
        job_argument.find("close-day", KEYS[::-1])


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        pytest.param("fxrates", "did you mean 'billing/fx-rates'?", id="bare"),
        pytest.param("biling/fx-rates", "did you mean 'billing/fx-rates'?", id="key"),
    ],
)
def test_unknown_with_a_hint(name: str, hint: str) -> None:
    """The nearest name, as it must be written."""
    with pytest.raises(UnknownJobError) as caught:
        job_argument.find(name, KEYS)
    assert str(caught.value).endswith(hint)


def test_unknown_without_a_hint() -> None:
    """Nothing is near: no guess."""
    with pytest.raises(UnknownJobError) as caught:
        job_argument.find("zzz", KEYS)
    assert str(caught.value) == "no job has this id: 'zzz'"
