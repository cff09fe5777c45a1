"""What overviews ask of the ledger."""

from datetime import timedelta

from schedrun.core.run.mark import Tally
from schedrun.core.status import RunKind, RunStatus
from tests.contracts.ledger import Ledger, a_job, a_run, a_span, at, ended, recording

MINUTE = timedelta(minutes=1)


def test_marks_are_each_jobs_newest_runs_of_both_kinds(one_job: Ledger) -> None:
    """Newest first, at most as many as asked for; a job without runs is left out."""
    one_job.write(
        recording(
            a_job("u2", "set/two"),
            a_run("r1", 10),
            a_run("r2", 30),
            a_run("r3", 20, kind=RunKind.MANUAL),
        )
    )
    marks = one_job.read(lambda reader: reader.marks(["u1", "u2", "unknown"], limit=2))
    assert {"u1": ["r2", "r3"]} == {uid: [mark.run_id for mark in some] for uid, some in marks.items()}


def test_a_mark_says_when_the_run_ran(one_job: Ledger) -> None:
    """Its instants, its kind and how it ended."""
    run = ended(a_run("r1", 10, attempt=2, started_at=at(11)), RunStatus.FAILED, at(14))
    one_job.write(recording(run))
    (mark,) = one_job.read(lambda reader: reader.marks(["u1"], limit=9))["u1"]
    assert ("r1", "u1", at(10), RunKind.SCHEDULED, RunStatus.FAILED, 2, at(11), at(14)) == mark


def test_tallies_count_by_step_and_status(one_job: Ledger) -> None:
    """A fire time on the border belongs to the step that begins there; outside of the stretch nothing counts."""
    runs = [a_run(f"r{fire}", fire) for fire in (0, 59, 60, 179, 180)]
    one_job.write(recording(*runs, ended(a_run("r61", 61), RunStatus.FAILED, at(62))))
    tallies = one_job.read(lambda reader: reader.tallies(first=at(0), steps=3, step=MINUTE))
    assert [
        Tally(at(0), RunStatus.QUEUED, 2),
        Tally(at(60), RunStatus.FAILED, 1),
        Tally(at(60), RunStatus.QUEUED, 1),
        Tally(at(120), RunStatus.QUEUED, 1),
    ] == tallies


def test_spans_within_are_those_that_end_there(one_job: Ledger) -> None:
    """Also those that began before, the newest first."""
    one_job.write(recording(a_span(0, 4), a_span(6, 12, reason="a"), a_span(14, 16, reason="b"), a_span(18, 30)))
    asked = {"first": at(5), "last": at(20)}
    assert [(at(14), at(16)), (at(6), at(12))] == one_job.read(lambda reader: reader.spans_within(**asked, limit=5))
    assert [(at(14), at(16))] == one_job.read(lambda reader: reader.spans_within(**asked, limit=1))


def test_sets_are_counted_by_their_live_rows(one_job: Ledger) -> None:
    """A job without a slash has no set; what was removed does not count."""
    gone = a_job("u5", "gone/x", removed_at=at(1))
    one_job.write(recording(a_job("u2", "set/two"), a_job("u3", "tidy"), a_job("u4", "other/x"), gone))
    assert {"set": 2, None: 1, "other": 1} == dict(one_job.read(lambda reader: reader.sets()))


def test_failing_are_jobs_whose_last_run_did_not_succeed(one_job: Ledger) -> None:
    """A later success takes a job off the list, and so does its removal."""
    one_job.write(recording(a_job("u2", "set/two"), a_job("u3", "set/three"), a_job("u4", "set/four")))
    one_job.write(
        recording(
            ended(a_run("r1", 10, attempt=1, started_at=at(10)), RunStatus.FAILED, at(11), error="boom"),
            ended(a_run("r2", 12, job_uid="u2", kind=RunKind.MANUAL), RunStatus.INTERRUPTED, at(13)),
            ended(a_run("r3", 14, job_uid="u3"), RunStatus.FAILED, at(15)),
            ended(a_run("r4", 16, job_uid="u3"), RunStatus.SUCCEEDED, at(17)),
            ended(a_run("r5", 18, job_uid="u4"), RunStatus.FAILED, at(19)),
            a_job("u4", "set/four", removed_at=at(20)),
        )
    )
    assert ["r2", "r1"] == [run.id for run in one_job.read(lambda reader: reader.failing(limit=9))]
    assert ["r2"] == [run.id for run in one_job.read(lambda reader: reader.failing(limit=1))]
