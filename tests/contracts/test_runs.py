"""What every ledger promises about runs."""

from typing import Any

import pytest

from schedrun.core.errors import AlreadyRecordedError, StoreError
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.run import Run
from schedrun.core.status import RunKind, RunStatus
from tests.contracts.ledger import DONE, Ledger, a_job, a_run, at, ended, finish, recording, run_through

FINAL = [status for status in RunStatus if not status.active]


@pytest.mark.parametrize(
    "run",
    [
        pytest.param(a_run(), id="queued"),
        pytest.param(a_run().started(at(3)), id="claimed"),
        pytest.param(a_run(kind=RunKind.MANUAL), id="manual"),
        pytest.param(ended(a_run().started(at(3)), RunStatus.FAILED, at(4), error="exit code 3"), id="ended"),
        pytest.param(ended(a_run(), RunStatus.CANCELLED, at(4), error="removed"), id="ended-before-it-started"),
        pytest.param(a_run()._replace(fire_time=at(0.123456)), id="microseconds"),
    ],
)
def test_a_run_comes_back_as_it_was_inserted(one_job: Ledger, run: Run) -> None:
    """insert_run keeps the run as it stands."""
    one_job.write(lambda tx: tx.insert_run(run))
    assert run == one_job.read(lambda reader: reader.run(run.id))
    assert [run] == list(one_job.read(lambda reader: reader.runs()))


def test_an_unknown_run_is_none(ledger: Ledger) -> None:
    """run returns None when it is unknown."""
    assert ledger.read(lambda reader: reader.run("r9")) is None


def test_a_run_id_is_recorded_once(one_job: Ledger) -> None:
    """The same id raises AlreadyRecordedError, and the unit may go on."""

    def unit(tx: Any) -> None:
        tx.insert_run(a_run())
        with pytest.raises(AlreadyRecordedError) as caught:
            tx.insert_run(a_run(fire=2, kind=RunKind.MANUAL))
        assert caught.value.run_id == "r1"
        tx.insert_run(a_run("r2", 3))

    one_job.write(unit)
    assert ["r2", "r1"] == [run.id for run in one_job.read(lambda reader: reader.runs())]


def test_an_occurrence_has_one_scheduled_run(one_job: Ledger) -> None:
    """A second scheduled run of (job_uid, fire_time) is refused, whatever became of the first."""
    one_job.write(lambda tx: run_through(tx, a_run(), end=2))
    with pytest.raises(AlreadyRecordedError):
        one_job.write(lambda tx: tx.insert_run(a_run("r2")))
    assert len(one_job.read(lambda reader: reader.runs())) == 1


def test_the_same_instant_may_hold_manual_runs_and_other_jobs(one_job: Ledger) -> None:
    """Uniqueness is that of scheduled runs of one job."""
    one_job.write(lambda tx: tx.put_job(a_job("u2", "set/two")))
    runs = [
        a_run("r1"),
        a_run("r2", kind=RunKind.MANUAL),
        a_run("r3", kind=RunKind.MANUAL),
        a_run("r4", job_uid="u2"),
    ]
    one_job.write(recording(*runs))
    assert {"r1", "r2", "r3", "r4"} == {run.id for run in one_job.read(lambda reader: reader.runs())}


def test_a_run_needs_its_job(ledger: Ledger) -> None:
    """A run of an unknown job raises StoreError, which is no AlreadyRecordedError."""
    with pytest.raises(StoreError, match="u1") as caught:
        ledger.write(lambda tx: tx.insert_run(a_run()))
    assert not isinstance(caught.value, AlreadyRecordedError)


def test_a_repeated_run_id_is_told_before_an_unknown_job(one_job: Ledger) -> None:
    """Every store names the same one of two faults."""
    one_job.write(lambda tx: tx.insert_run(a_run()))
    with pytest.raises(AlreadyRecordedError):
        one_job.write(lambda tx: tx.insert_run(a_run(job_uid="nobody")))


def test_start_moves_a_queued_run_to_its_next_attempt(one_job: Ledger) -> None:
    """start_run returns the run, running, with its attempt counted from 1."""
    one_job.write(lambda tx: tx.insert_run(a_run()))
    started = one_job.write(lambda tx: tx.start_run("r1", at=at(5)))
    assert a_run().started(at(5)) == started
    assert started == one_job.read(lambda reader: reader.run("r1"))


@pytest.mark.parametrize("status", [RunStatus.RUNNING, *FINAL])
def test_start_refuses_what_is_not_queued(one_job: Ledger, status: RunStatus) -> None:
    """start_run returns None and changes nothing when the run is not queued."""
    run = a_run().started(at(2))
    run = run if status.active else ended(run, status, at(3))
    one_job.write(lambda tx: tx.insert_run(run))
    assert one_job.write(lambda tx: tx.start_run("r1", at=at(5))) is None
    assert run == one_job.read(lambda reader: reader.run("r1"))


def test_start_refuses_the_unknown(one_job: Ledger) -> None:
    """start_run returns None for an unknown run."""
    assert one_job.write(lambda tx: tx.start_run("r9", at=at(5))) is None


@pytest.mark.parametrize("status", FINAL)
def test_finish_ends_the_attempt(one_job: Ledger, status: RunStatus) -> None:
    """finish_run records status, instant and outcome, and the run is no longer active."""
    outcome = Outcome(exit_code=-9, error="killed by SIGKILL", output="a\x00b\n")
    run = a_run().started(at(2))
    one_job.write(lambda tx: tx.insert_run(run))
    assert one_job.write(lambda tx: finish(tx, "r1", 9, status=status, outcome=outcome))
    expected = run._replace(
        status=status, finished_at=at(9), exit_code=-9, error="killed by SIGKILL", output="a\x00b\n"
    )
    assert expected == one_job.read(lambda reader: reader.run("r1"))
    assert list(one_job.read(lambda reader: reader.active_runs())) == []


@pytest.mark.parametrize("attempt", [0, 2])
def test_finish_is_fenced_by_the_attempt(one_job: Ledger, attempt: int) -> None:
    """Another attempt's result is rejected and changes nothing."""
    run = a_run().started(at(2))
    one_job.write(lambda tx: tx.insert_run(run))
    assert not one_job.write(lambda tx: finish(tx, "r1", 9, attempt=attempt))
    assert run == one_job.read(lambda reader: reader.run("r1"))


def test_finish_happens_once(one_job: Ledger) -> None:
    """The first end stands."""
    one_job.write(lambda tx: run_through(tx, a_run(), end=2, status=RunStatus.CANCELLED))
    assert not one_job.write(lambda tx: finish(tx, "r1", 9))
    run = one_job.read(lambda reader: reader.run("r1"))
    assert run is not None
    assert (RunStatus.CANCELLED, at(2)) == (run.status, run.finished_at)


def test_finish_refuses_the_unknown(one_job: Ledger) -> None:
    """finish_run returns False for an unknown run."""
    assert not one_job.write(lambda tx: finish(tx, "r9", 9))


@pytest.mark.parametrize("attempt", [0, 1])
def test_finish_ends_nothing_that_waits(one_job: Ledger, attempt: int) -> None:
    """A queued run has no attempt that could end."""
    one_job.write(lambda tx: tx.insert_run(a_run()))
    assert not one_job.write(lambda tx: finish(tx, "r1", 9, attempt=attempt))
    assert a_run() == one_job.read(lambda reader: reader.run("r1"))


@pytest.mark.parametrize("status", [RunStatus.QUEUED, RunStatus.RUNNING])
def test_finish_wants_a_final_status(one_job: Ledger, status: RunStatus) -> None:
    """A status that is no end raises ValueError and changes nothing."""
    one_job.write(lambda tx: tx.insert_run(a_run().started(at(2))))
    with pytest.raises(ValueError, match=status.value):
        one_job.write(lambda tx: finish(tx, "r1", 9, status=status))
    assert len(one_job.read(lambda reader: reader.active_runs())) == 1


def test_active_runs_are_the_oldest_first(one_job: Ledger) -> None:
    """active_runs returns queued and running runs by queued_at, then fire_time, of one job or of all."""
    one_job.write(lambda tx: tx.put_job(a_job("u2", "set/two")))
    runs = [
        a_run("r1", 5, queued_at=at(9)),
        a_run("r2", 4, queued_at=at(9)).started(at(10)),
        a_run("r3", 6, queued_at=at(7), job_uid="u2"),
        a_run("r4", 7, queued_at=at(8)),
    ]
    one_job.write(recording(*runs))
    one_job.write(lambda tx: run_through(tx, a_run("r5", 1), end=2))
    assert ["r3", "r4", "r2", "r1"] == [run.id for run in one_job.read(lambda reader: reader.active_runs())]
    of_one = one_job.read(lambda reader: reader.active_runs("u1"))
    assert ["r4", "r2", "r1"] == [run.id for run in of_one]
    assert list(one_job.read(lambda reader: reader.active_runs("u9"))) == []


def test_runs_are_the_newest_first(one_job: Ledger) -> None:
    """runs returns the newest by fire_time, at most limit, active and ended, scheduled and manual."""
    one_job.write(lambda tx: tx.put_job(a_job("u2", "set/two")))
    for number, fire in enumerate([3, 1, 5, 2, 4]):
        kind = RunKind.MANUAL if number % 2 else RunKind.SCHEDULED
        uid = "u2" if fire == 4 else "u1"
        run = a_run(f"r{fire}", fire, kind=kind, job_uid=uid)
        one_job.write(lambda tx, run=run: run_through(tx, run, end=9))  # type: ignore[misc]  # bound early
    assert ["r5", "r4", "r3"] == [run.id for run in one_job.read(lambda reader: reader.runs(limit=3))]
    of_one = one_job.read(lambda reader: reader.runs(key="set/one", limit=3))
    assert ["r5", "r3", "r2"] == [run.id for run in of_one]
    assert {DONE.output} == {run.output for run in of_one}
    assert list(one_job.read(lambda reader: reader.runs(key="set/nine"))) == []


def test_runs_of_a_removed_job_are_found_by_its_key(one_job: Ledger) -> None:
    """A key means what job_by_key answers."""
    one_job.write(lambda tx: tx.insert_run(a_run()))
    one_job.write(lambda tx: tx.put_job(a_job(removed_at=at(5))))
    assert ["r1"] == [run.id for run in one_job.read(lambda reader: reader.runs(key="set/one"))]
    one_job.write(lambda tx: tx.put_job(a_job("u2")))
    assert list(one_job.read(lambda reader: reader.runs(key="set/one"))) == []


def test_last_finished_is_the_last_to_end(one_job: Ledger) -> None:
    """last_finished goes by the end of runs, not by their fire times, and leaves out jobs without one."""
    one_job.write(lambda tx: tx.put_job(a_job("u2", "set/two")))
    one_job.write(lambda tx: tx.insert_run(a_run("r9", 9, job_uid="u2")))
    one_job.write(lambda tx: run_through(tx, a_run("r1", 1), end=50, status=RunStatus.FAILED))
    one_job.write(lambda tx: run_through(tx, a_run("r2", 2), end=40))
    assert {"u1": RunStatus.FAILED} == one_job.read(lambda reader: reader.last_finished())
    one_job.write(lambda tx: run_through(tx, a_run("r3", 3), end=60))
    assert {"u1": RunStatus.SUCCEEDED} == one_job.read(lambda reader: reader.last_finished())
