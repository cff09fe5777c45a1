"""What comes: listed, or only counted where there is much."""

from datetime import timedelta

import pytest

from schedrun.core.plan import agenda
from schedrun.core.plan.agenda import Agenda
from schedrun.core.plan.forecast import Window
from schedrun.core.run.recorded import Override, RecordedJob
from schedrun.core.schedule import fires
from schedrun.core.schedule.fires import TICK
from tests.core.plan.builders import NOON, job, row


def of(*rows: RecordedJob, hours: float = 24) -> Agenda:
    """Return what comes within so many hours of noon, noon itself inside."""
    window = Window(NOON - TICK, NOON + timedelta(hours=hours) - TICK)
    return agenda.of(((each, fires.of(each.spec, key=each.key)) for each in rows), window, now=NOON)


def a_row(key: str, every: str, **fields: object) -> RecordedJob:
    """Return the row of a job with an interval."""
    return row(key, job(schedule={"every": every, "anchor": "2026-01-01T00:00:00Z"}), **fields)


def test_lists_fires_by_time_then_by_job() -> None:
    """The beginning is inside, the end is not."""
    listed = of(a_row("a/two", "12h"), a_row("a/one", "12h"))
    later = NOON + timedelta(hours=12)
    assert (("a/one", NOON), ("a/two", NOON), ("a/one", later), ("a/two", later)) == listed.fires
    assert () == listed.dense


@pytest.mark.parametrize(("fires_", "dense"), [(1_000, False), (1_001, True)])
def test_counts_a_job_with_more_than_a_thousand_fires(fires_: int, dense: bool) -> None:
    """Beside others that are listed."""
    found = of(a_row("a/often", "1m"), a_row("a/once", "365d"), hours=fires_ / 60)
    assert ((("a/often", fires_),) if dense else ()) == found.dense
    assert (0 if dense else fires_) == len(found.fires)


@pytest.mark.parametrize(("most", "dense", "listed"), [(51, (("a/a", 24),), 28), (52, (), 52)])
def test_counts_the_densest_when_all_together_are_too_many(
    monkeypatch: pytest.MonkeyPatch, most: int, dense: tuple[tuple[str, int], ...], listed: int
) -> None:
    """Until the rest is few enough; of two as dense the first by key."""
    monkeypatch.setattr(agenda, "MOST", most)
    found = of(a_row("a/b", "1h"), a_row("a/a", "1h"), a_row("a/c", "6h"))
    assert (dense, listed) == (found.dense, len(found.fires))


def test_leaves_out_what_a_pause_skips() -> None:
    """One that a person laid over it until then, or for ever."""
    until = Override("why", "ana", NOON, NOON + timedelta(hours=2))
    found = of(
        a_row("a/some", "1h", override=until), a_row("a/none", "1h", override=Override(None, "ana", NOON)), hours=4
    )
    assert (("a/some", NOON + timedelta(hours=3)),) == found.fires[-1:]
    assert {"a/some"} == {key for key, _ in found.fires}
    assert found.fires[0][1] >= NOON + timedelta(hours=2)
