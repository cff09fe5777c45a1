"""What every ledger promises about lateness: what is kept of jobs that declare expectations on time."""

from dataclasses import replace
from datetime import timedelta
from operator import methodcaller

import pytest

from schedrun.core.errors import StoreError
from schedrun.core.run.lateness import Expectation, Late, Lateness, Newest
from schedrun.core.status import RunKind, RunStatus, SpanStatus
from schedrun.protocols import Transaction
from tests.contracts.ledger import Ledger, a_job, a_run, a_span, at, recording, run_through

KEPT = Lateness("u1", "06:00 Europe/Berlin", timedelta(hours=26), at(1), at(2), at(3), True, unfinished_since=at(4))
BARE = Lateness("u1", None, timedelta(milliseconds=1), at(1), at(2))
BY_DEADLINE = Late(Expectation.MUST_FINISH_BY, at(4))


def put(ledger: Ledger, *kept: Lateness) -> None:
    for each in kept:
        ledger.write(methodcaller("put_lateness", each))


@pytest.mark.parametrize("kept", [KEPT, BARE, replace(KEPT, unsucceeded_since=at(9))], ids=["whole", "bare", "both"])
def test_what_is_kept_comes_back(one_job: Ledger, kept: Lateness) -> None:
    """Every field, as it was put last."""
    assert one_job.read(lambda reader: reader.lateness("u1")) is None
    put(one_job, replace(KEPT, judged_until=at(7), unfinished_since=at(6)), kept)
    assert kept == one_job.read(lambda reader: reader.lateness("u1"))


def test_an_unknown_job_keeps_nothing(ledger: Ledger) -> None:
    """put_lateness raises StoreError."""
    with pytest.raises(StoreError):
        put(ledger, KEPT)
    assert [] == list(ledger.read(lambda reader: reader.expecting()))


def test_what_is_dropped_is_gone(one_job: Ledger) -> None:
    """drop_lateness is a no-op where nothing is kept."""
    put(one_job, KEPT)
    for _ in range(2):
        one_job.write(lambda tx: tx.drop_lateness("u1"))
        assert one_job.read(lambda reader: reader.lateness("u1")) is None
    assert {} == one_job.read(lambda reader: reader.late_jobs())


def test_expecting_names_the_jobs_of_which_something_is_kept(one_job: Ledger) -> None:
    """In the order of their uids, late or not."""
    one_job.write(recording(a_job("u0", "set/two"), a_job("u2", "set/three")))
    put(one_job, KEPT, replace(BARE, job_uid="u0"))
    assert ["u0", "u1"] == list(one_job.read(lambda reader: reader.expecting()))


def test_late_jobs_are_ordered_by_key(one_job: Ledger) -> None:
    """Each with what has not held for longest; those that meet everything are left out."""
    one_job.write(recording(a_job("u2", "a/first"), a_job("u3", "b/fine")))
    both = replace(KEPT, job_uid="u2", unsucceeded_since=at(3))
    put(one_job, KEPT, both, replace(BARE, job_uid="u3"))
    expected = [("u2", Late(Expectation.MUST_SUCCEED_WITHIN, at(3))), ("u1", BY_DEADLINE)]
    assert expected == list(one_job.read(lambda reader: reader.late_jobs()).items())


def test_a_removed_job_is_late_only_for_who_asks_for_it(one_job: Ledger) -> None:
    """late_jobs tells of live jobs, late_of of those it is asked for."""
    put(one_job, KEPT)
    one_job.write(recording(a_job(removed_at=at(9))))
    assert {} == one_job.read(lambda reader: reader.late_jobs())
    assert {"u1": BY_DEADLINE} == one_job.read(lambda reader: reader.late_of(["u1", "nobody"]))
    assert {} == one_job.read(lambda reader: reader.late_of([]))


def test_a_unit_that_raises_changes_nothing(one_job: Ledger) -> None:
    """What was put and what was dropped is undone with the unit."""
    one_job.write(recording(a_job("u2", "set/two")))
    put(one_job, KEPT)

    def unit(tx: Transaction) -> None:
        tx.drop_lateness("u1")
        tx.put_lateness(replace(BARE, job_uid="u2"))
        raise ValueError("undone")

    with pytest.raises(ValueError, match="undone"):
        one_job.write(unit)
    assert KEPT == one_job.read(lambda reader: reader.lateness("u1"))
    assert ["u1"] == list(one_job.read(lambda reader: reader.expecting()))


def newest(ledger: Ledger) -> Newest | None:
    return ledger.read(lambda reader: reader.newest_occurrence("u1"))


def test_nothing_recorded_has_no_newest_occurrence(one_job: Ledger) -> None:
    """Nor has an unknown job, nor one of which only a pause skipped fires, or people asked for runs."""
    paused = a_span(1, 2, status=SpanStatus.SKIPPED, reason="paused by ann")
    one_job.write(recording(paused, a_run("m", 5, kind=RunKind.MANUAL)))
    assert newest(one_job) is None
    assert one_job.read(lambda reader: reader.newest_occurrence("nobody")) is None


@pytest.mark.parametrize("status", [RunStatus.SUCCEEDED, RunStatus.FAILED])
def test_the_newest_run_succeeded_or_not(one_job: Ledger, status: RunStatus) -> None:
    """Of the runs the one with the latest fire time counts, whatever the others did."""
    one_job.write(lambda tx: run_through(tx, a_run("old", 1), end=9))
    one_job.write(lambda tx: run_through(tx, a_run("new", 5), end=6, status=status))
    assert Newest(at(5), status is RunStatus.SUCCEEDED) == newest(one_job)


@pytest.mark.parametrize(
    "span",
    [a_span(6, 7), a_span(6, 7, status=SpanStatus.SUPERSEDED), a_span(6, 7, status=SpanStatus.SKIPPED, blocked_by="r")],
    ids=["missed", "superseded", "made way for a run"],
)
def test_what_never_ran_counts_unless_a_pause_skipped_it(one_job: Ledger, span: object) -> None:
    """The last of such a span has not succeeded; a later pause changes nothing."""
    one_job.write(lambda tx: run_through(tx, a_run("old", 1), end=2))
    one_job.write(recording(span, a_span(8, 9, status=SpanStatus.SKIPPED, reason="paused by ann")))  # type: ignore[arg-type]  # spans of the table
    assert Newest(at(7), succeeded=False) == newest(one_job)


@pytest.mark.parametrize(("asked_at", "succeeded"), [(4, False), (5, True), (6, True)])
def test_a_run_that_was_asked_for_later_makes_up(one_job: Ledger, asked_at: float, succeeded: bool) -> None:
    """By its success, at the instant of the newest occurrence or after it."""
    one_job.write(lambda tx: run_through(tx, a_run("new", 5), end=6, status=RunStatus.FAILED))
    one_job.write(lambda tx: run_through(tx, a_run("by hand", asked_at, kind=RunKind.MANUAL), end=7))
    one_job.write(recording(a_run("waits", 8, kind=RunKind.MANUAL)))
    assert Newest(at(5), succeeded) == newest(one_job)
