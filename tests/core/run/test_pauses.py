"""The effective pause: what the manifest says, or an override that a person laid over it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from schedrun.core.run import pauses
from schedrun.core.run.pauses import EffectivePause
from tests.core.run.recorded_jobs import NOON, a_job, at, override


@pytest.mark.parametrize(
    ("paused", "expected"),
    [
        (False, None),
        (True, EffectivePause("paused by its manifest", None)),
        ({}, EffectivePause("paused by its manifest", None)),
        ({"reason": "moving"}, EffectivePause("paused by its manifest: moving", None)),
        ({"until": "2026-06-01T12:30:00Z"}, EffectivePause("paused by its manifest", at(30))),
        ({"until": "2026-06-01T14:30:00"}, EffectivePause("paused by its manifest", at(30))),
    ],
)
def test_what_the_manifest_declares(paused: Any, expected: EffectivePause | None) -> None:
    """A local `until` is read in the job's zone, and the words carry the reason."""
    assert expected == pauses.declared(a_job(paused=paused, timezone="Europe/Berlin"))


@pytest.mark.parametrize(
    ("reason", "until", "expected"),
    [
        (None, None, EffectivePause("paused by ada", None)),
        ("moving", at(5), EffectivePause("paused by ada: moving", at(5))),
    ],
)
def test_what_a_person_laid_over(reason: str | None, until: datetime | None, expected: EffectivePause) -> None:
    """The words say who and why."""
    job = a_job(row={"override": override(reason=reason, until=until)})
    assert expected == pauses.overriding(job)
    assert (expected,) == pauses.of(job)


def test_a_pause_ends_at_its_very_instant() -> None:
    """`until` is outside."""
    pause = EffectivePause("paused by ada", at(5))
    assert pause.holds(at(5) - timedelta(microseconds=1))
    assert not pause.holds(at(5))
    assert EffectivePause("paused by ada", None).holds(at(10_000))


@pytest.mark.parametrize(
    ("manifest", "person", "now", "expected"),
    [
        (False, None, 0, None),
        (True, at(5), 0, "paused by its manifest"),
        ({"until": "2026-06-01T12:10:00Z"}, at(5), 0, "paused by its manifest"),
        ({"until": "2026-06-01T12:03:00Z"}, at(5), 0, "paused by ada"),
        ({"until": "2026-06-01T12:03:00Z"}, at(5), 4, "paused by ada"),
        ({"until": "2026-06-01T12:03:00Z"}, at(5), 5, None),
        (True, at(5), 5, "paused by its manifest"),
    ],
)
def test_of_those_that_hold_the_longest_counts(
    manifest: Any, person: datetime | None, now: float, expected: str | None
) -> None:
    """One without an end is longer than any other."""
    row = {} if person is None else {"override": override(until=person)}
    pause = pauses.holding(a_job(paused=manifest, row=row), at(now))
    assert expected == (None if pause is None else pause.reason)


def test_there_is_no_longest_of_none() -> None:
    """None, not an error."""
    assert pauses.longest(()) is None
    assert () == pauses.of(a_job(NOON))
