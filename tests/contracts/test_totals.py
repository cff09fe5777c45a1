"""What every ledger promises about totals: they count each verdict once, with it, and never go down."""

from datetime import timedelta
from functools import partial

import pytest

from schedrun.core.errors import StoreError
from schedrun.core.run.span import Span
from schedrun.core.run.totals import WITHOUT_BOUND, Bucket, Measure, Total
from schedrun.core.status import Origin, RunKind, RunStatus, SpanStatus
from schedrun.protocols import Transaction
from tests.contracts.ledger import Ledger, a_job, a_run, a_span, at, finish, recording, run_through

SECOND = 1_000_000


def totals(ledger: Ledger) -> list[Total]:
    return list(ledger.read(lambda reader: reader.totals().totals))


def buckets(ledger: Ledger) -> list[Bucket]:
    return list(ledger.read(lambda reader: reader.totals().buckets))


def drop(tx: Transaction, *, run_id: str) -> bool:
    return tx.drop_run(run_id, at=at(5), reason="removed")


def start_late(tx: Transaction, *, lateness: timedelta) -> None:
    tx.observe_lateness("u1", lateness)


def test_an_empty_ledger_has_counted_nothing(ledger: Ledger) -> None:
    """Neither totals nor buckets."""
    assert ([], []) == (totals(ledger), buckets(ledger))


@pytest.mark.parametrize("status", [status for status in RunStatus if not status.active])
def test_a_run_counts_with_its_final_status(one_job: Ledger, status: RunStatus) -> None:
    """Once, and as an occurrence with that verdict."""
    one_job.write(lambda tx: run_through(tx, a_run(), end=9, status=status))
    assert [Total("set/one", status.value, 1, 1, at(9))] == totals(one_job)


def test_a_manual_run_is_no_occurrence(one_job: Ledger) -> None:
    """No fire asked for it."""
    one_job.write(lambda tx: run_through(tx, a_run(kind=RunKind.MANUAL), end=9))
    assert [Total("set/one", "succeeded", 1, 0, at(9))] == totals(one_job)


def test_a_run_counts_when_it_has_ended_for_good(one_job: Ledger) -> None:
    """Neither when it is queued or starts, nor when an attempt ends after which another comes."""
    one_job.write(recording(a_run()))
    one_job.write(lambda tx: tx.start_run("r1", at=at(1)))
    one_job.write(lambda tx: finish(tx, "r1", 2, status=RunStatus.FAILED, retry_at=at(3)))
    assert ([], []) == (totals(one_job), buckets(one_job))
    one_job.write(lambda tx: tx.start_run("r1", at=at(3)))
    one_job.write(lambda tx: finish(tx, "r1", 7, attempt=2))
    assert [Total("set/one", "succeeded", 1, 1, at(7))] == totals(one_job)


def test_an_end_that_is_refused_counts_nothing(one_job: Ledger) -> None:
    """The attempt was no longer the run's."""
    one_job.write(lambda tx: run_through(tx, a_run(), end=9))
    assert not one_job.write(lambda tx: finish(tx, "r1", 10, status=RunStatus.FAILED))
    assert not one_job.write(lambda tx: tx.drop_run("r1", at=at(10), reason="too late"))
    assert [Total("set/one", "succeeded", 1, 1, at(9))] == totals(one_job)


def test_a_dropped_run_counts_as_cancelled_and_has_no_duration(one_job: Ledger) -> None:
    """Before its first attempt and between two."""
    one_job.write(recording(a_run("r1", 1), a_run("r2", 2)))
    one_job.write(lambda tx: tx.start_run("r2", at=at(3)))
    one_job.write(lambda tx: finish(tx, "r2", 4, status=RunStatus.FAILED, retry_at=at(60)))
    for run_id in ("r1", "r2"):
        assert one_job.write(partial(drop, run_id=run_id))
    assert [Total("set/one", "cancelled", 2, 2, at(5))] == totals(one_job)
    assert [] == buckets(one_job)


def test_a_run_that_is_inserted_with_its_end_counts(one_job: Ledger) -> None:
    """As if it had been run through."""
    ended = a_run().started(at(2))._replace(status=RunStatus.FAILED, finished_at=at(6))
    one_job.write(recording(ended))
    assert [Total("set/one", "failed", 1, 1, at(6))] == totals(one_job)
    assert [Bucket(Measure.RUN_DURATION, "set", 5 * SECOND, 1, 4 * SECOND)] == buckets(one_job)


@pytest.mark.parametrize("status", SpanStatus)
def test_the_occurrences_of_a_span_count_when_it_is_inserted(one_job: Ledger, status: SpanStatus) -> None:
    """Also where it extends another; they are no runs."""
    one_job.write(recording(a_span(1, 3, count=3, status=status, decided_at=at(5))))
    one_job.write(recording(a_span(4, 5, count=2, status=status)))
    assert 1 == len(one_job.read(lambda reader: reader.spans()))
    assert [Total("set/one", status.value, 0, 5, at(5))] == totals(one_job)


def test_the_last_instant_stays_when_the_clock_is_set_back(one_job: Ledger) -> None:
    """A verdict that is given earlier than the last one counts all the same."""
    one_job.write(lambda tx: run_through(tx, a_run("r1", 5), end=9))
    one_job.write(lambda tx: run_through(tx, a_run("r2", 1), end=2))
    assert [Total("set/one", "succeeded", 2, 2, at(9))] == totals(one_job)


def test_they_come_by_key_then_verdict(ledger: Ledger) -> None:
    """Buckets come by measure, set and bound."""
    ledger.write(recording(a_job("u2", "b/two"), a_job("u1", "a/one"), a_job("u3", "c", origin=Origin.CODE)))
    for run, end, status in (
        (a_run("r1", 1, job_uid="u2"), 90, RunStatus.SUCCEEDED),
        (a_run("r2", 2, job_uid="u2"), 10, RunStatus.FAILED),
        (a_run("r3", 1, job_uid="u1"), 2, RunStatus.SUCCEEDED),
        (a_run("r4", 1, job_uid="u3"), 9, RunStatus.SUCCEEDED),
    ):
        ledger.write(partial(run_through, run=run, end=end, status=status))
    ledger.write(lambda tx: tx.observe_lateness("u3", timedelta(seconds=1)))
    assert [("a/one", "succeeded"), ("b/two", "failed"), ("b/two", "succeeded"), ("c", "succeeded")] == [
        (each.job, each.verdict) for each in totals(ledger)
    ]
    assert [
        Bucket(Measure.RUN_DURATION, "-", 10 * SECOND, 1, 8 * SECOND),
        Bucket(Measure.RUN_DURATION, "a", SECOND, 1, SECOND),
        Bucket(Measure.RUN_DURATION, "b", 10 * SECOND, 1, 8 * SECOND),
        Bucket(Measure.RUN_DURATION, "b", 120 * SECOND, 1, 89 * SECOND),
        Bucket(Measure.START_LATENESS, "-", SECOND, 1, SECOND),
    ] == buckets(ledger)


@pytest.mark.parametrize("status", [RunStatus.CANCELLED, RunStatus.INTERRUPTED])
def test_what_was_cut_short_is_not_measured(one_job: Ledger, status: RunStatus) -> None:
    """How long it would have taken nobody knows."""
    one_job.write(lambda tx: run_through(tx, a_run(), end=9, status=status))
    assert [] == buckets(one_job)


def test_a_duration_is_that_of_the_last_attempt(one_job: Ledger) -> None:
    """The waits between attempts are none of it."""
    one_job.write(recording(a_run().started(at(1))))
    one_job.write(lambda tx: finish(tx, "r1", 2, status=RunStatus.FAILED, retry_at=at(600)))
    one_job.write(lambda tx: tx.start_run("r1", at=at(600)))
    one_job.write(lambda tx: finish(tx, "r1", 603, attempt=2))
    assert [Bucket(Measure.RUN_DURATION, "set", 5 * SECOND, 1, 3 * SECOND)] == buckets(one_job)


def test_a_duration_over_a_clock_that_was_set_back_is_nothing(one_job: Ledger) -> None:
    """It is counted, so that the histogram counts as many as ended."""
    one_job.write(recording(a_run().started(at(100))))
    one_job.write(lambda tx: finish(tx, "r1", 2))
    assert [Bucket(Measure.RUN_DURATION, "set", SECOND // 10, 1, 0)] == buckets(one_job)


def test_bounds_are_inclusive(one_job: Ledger) -> None:
    """A value that is a bound lies below it; what is longer than all bounds has a bucket too."""
    for micros in (SECOND, SECOND + 1, 9_000_000 * SECOND):
        one_job.write(partial(start_late, lateness=timedelta(microseconds=micros)))
    assert [
        Bucket(Measure.START_LATENESS, "set", SECOND, 1, SECOND),
        Bucket(Measure.START_LATENESS, "set", 5 * SECOND // 2, 1, SECOND + 1),
        Bucket(Measure.START_LATENESS, "set", WITHOUT_BOUND, 1, 9_000_000 * SECOND),
    ] == buckets(one_job)


def test_who_starts_early_is_not_late(one_job: Ledger) -> None:
    """A clock was set back."""
    one_job.write(lambda tx: tx.observe_lateness("u1", timedelta(seconds=-5)))
    assert [Bucket(Measure.START_LATENESS, "set", SECOND // 100, 1, 0)] == buckets(one_job)


def test_the_lateness_of_an_unknown_job_is_refused(ledger: Ledger) -> None:
    """There is no set to measure it for."""
    with pytest.raises(StoreError):
        ledger.write(lambda tx: tx.observe_lateness("u9", timedelta(0)))
    assert [] == buckets(ledger)


def test_a_unit_that_is_undone_has_counted_nothing(one_job: Ledger) -> None:
    """And takes nothing of other units along."""

    def failing(tx: Transaction) -> None:
        run_through(tx, a_run("r2", 2), end=9)
        tx.insert_span(a_span(3, 4, count=2))
        tx.observe_lateness("u1", timedelta(seconds=1))
        raise RuntimeError

    one_job.write(lambda tx: run_through(tx, a_run("r1", 1), end=8))
    with pytest.raises(RuntimeError):
        one_job.write(failing)
    one_job.write(lambda tx: run_through(tx, a_run("r3", 3), end=9))
    assert [Total("set/one", "succeeded", 2, 2, at(9))] == totals(one_job)
    assert [(Measure.RUN_DURATION, 2)] == [(each.measure, each.values) for each in buckets(one_job)]


def test_a_unit_reads_what_it_has_counted(one_job: Ledger) -> None:
    """As all that it writes."""

    def unit(tx: Transaction) -> object:
        run_through(tx, a_run("r2", 2), end=9)
        return list(tx.totals().totals)

    one_job.write(lambda tx: run_through(tx, a_run("r1", 1), end=7))
    assert [Total("set/one", "succeeded", 2, 2, at(9))] == one_job.write(unit)
    assert [Total("set/one", "succeeded", 2, 2, at(9))] == totals(one_job)


def test_pruning_lowers_nothing(one_job: Ledger) -> None:
    """What is forgotten was counted."""
    one_job.write(lambda tx: run_through(tx, a_run("r1", 1), end=2))
    one_job.write(recording(a_span(3, 4, count=2)))
    one_job.write(lambda tx: tx.move_cursor("u1", at(100)))
    before = totals(one_job), buckets(one_job)
    pruned = one_job.write(lambda tx: tx.prune("u1", before=at(50), keep=None, limit=9))
    assert (1, 1) == (pruned.runs, pruned.spans)
    assert before == (totals(one_job), buckets(one_job))


@pytest.mark.parametrize("kept", [None, a_span(3, 4, count=2)])
def test_a_span_that_is_cut_lowers_nothing(one_job: Ledger, kept: Span | None) -> None:
    """What is judged anew after that counts anew, whatever the verdict is then."""
    span = a_span(3, 9, count=7)
    one_job.write(recording(span))
    assert one_job.write(lambda tx: tx.cut_span(span, kept=kept))
    assert [Total("set/one", "missed", 0, 7, at(9))] == totals(one_job)
    one_job.write(lambda tx: run_through(tx, a_run("r9", 9), end=10))
    assert [("missed", 7), ("succeeded", 1)] == [(each.verdict, each.occurrences) for each in totals(one_job)]


def test_a_removed_job_keeps_its_totals_and_goes_on_from_there(one_job: Ledger) -> None:
    """Under the same key; it does not begin anew."""
    one_job.write(lambda tx: run_through(tx, a_run("r1", 1), end=2))
    one_job.write(recording(a_job(removed_at=at(3))))
    assert [Total("set/one", "succeeded", 1, 1, at(2))] == totals(one_job)
    one_job.write(recording(a_job()))
    one_job.write(lambda tx: run_through(tx, a_run("r5", 5), end=6))
    assert [Total("set/one", "succeeded", 2, 2, at(6))] == totals(one_job)


def test_a_renamed_job_counts_under_its_new_key_from_then_on(one_job: Ledger) -> None:
    """The old key keeps what it has, also for another job that takes it; nothing is counted twice."""
    one_job.write(lambda tx: run_through(tx, a_run("r1", 1), end=2))
    one_job.write(recording(a_job(key="set/renamed"), a_job("u2", "set/one")))
    one_job.write(lambda tx: run_through(tx, a_run("r3", 3), end=4))
    one_job.write(lambda tx: run_through(tx, a_run("r5", 5, job_uid="u2"), end=6))
    assert [Total("set/one", "succeeded", 2, 2, at(6)), Total("set/renamed", "succeeded", 1, 1, at(4))] == totals(
        one_job
    )


def test_a_job_counts_under_the_key_of_the_moment(one_job: Ledger) -> None:
    """Also where one unit renames it between two ends."""

    def unit(tx: Transaction) -> None:
        run_through(tx, a_run("r1", 1), end=2)
        tx.put_job(a_job(key="set/renamed"))
        run_through(tx, a_run("r3", 3), end=4)

    one_job.write(unit)
    assert [("set/one", 1), ("set/renamed", 1)] == [(each.job, each.runs) for each in totals(one_job)]
