"""What every ledger promises about attempts, runs that wait for the next one, and runs that never get one."""

from dataclasses import replace

import pytest

from schedrun.core.run.attempt import Attempt
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.run import Run
from schedrun.core.status import RunKind, RunStatus
from tests.contracts.ledger import Ledger, a_job, a_run, at, ended, finish, recording

FAILED = Outcome(exit_code=3, error="exit code 3", output="no\n")
FIRST = Attempt(1, RunStatus.FAILED, at(2), at(4), 3, "exit code 3", "no\n")
TRIED = a_run().started(at(2))
WAITING = TRIED._replace(status=RunStatus.QUEUED, exit_code=3, error="exit code 3", output="no\n", retry_at=at(14))
"""The run `r1` after its first attempt has failed."""


@pytest.fixture
def waiting(one_job: Ledger) -> Ledger:
    """Return a ledger whose run waits for its second attempt."""
    one_job.write(lambda tx: tx.insert_run(a_run().started(at(2))))
    assert one_job.write(lambda tx: finish(tx, "r1", 4, status=RunStatus.FAILED, outcome=FAILED, retry_at=at(14)))
    return one_job


def run(ledger: Ledger) -> Run | None:
    return ledger.read(lambda reader: reader.run("r1"))


def attempts(ledger: Ledger) -> list[Attempt]:
    return list(ledger.read(lambda reader: reader.attempts("r1")))


def test_a_retry_goes_back_to_queued(waiting: Ledger) -> None:
    """The run shows what its last attempt did, waits until retry_at, and has not ended."""
    assert WAITING == run(waiting)
    assert [FIRST] == attempts(waiting)
    assert {} == waiting.read(lambda reader: reader.last_finished())


def test_what_waits_for_a_retry_is_active(waiting: Ledger) -> None:
    """active_runs leaves out what earlier attempts did."""
    bare = WAITING._replace(exit_code=None, error=None, output=None)
    assert [bare] == list(waiting.read(lambda reader: reader.active_runs()))
    assert [bare] == list(waiting.read(lambda reader: reader.active_runs("u1")))


def test_an_attempt_ends_once(waiting: Ledger) -> None:
    """A late result of the attempt that has ended is rejected while the run waits, and later on."""
    assert not waiting.write(lambda tx: finish(tx, "r1", 9))
    assert WAITING == run(waiting)
    waiting.write(lambda tx: tx.start_run("r1", at=at(15)))
    assert not waiting.write(lambda tx: finish(tx, "r1", 16))
    assert [FIRST] == attempts(waiting)


def test_the_next_attempt_is_a_new_one_of_the_same_run(waiting: Ledger) -> None:
    """start_run counts on, forgets retry_at and shows nothing of the attempt before."""
    started = waiting.write(lambda tx: tx.start_run("r1", at=at(15)))
    assert a_run().started(at(15))._replace(attempt=2) == started
    assert started == run(waiting)
    assert waiting.write(lambda tx: finish(tx, "r1", 18, attempt=2))
    assert [FIRST, Attempt(2, RunStatus.SUCCEEDED, at(15), at(18), 0, None, "done")] == [
        replace(each, exit_code=each.exit_code or 0, output="done") if each.number == 2 else each
        for each in attempts(waiting)
    ]
    last = run(waiting)
    assert last is not None
    assert (RunStatus.SUCCEEDED, 2, at(18), None) == (last.status, last.attempt, last.finished_at, last.retry_at)
    assert {"u1": RunStatus.SUCCEEDED} == waiting.read(lambda reader: reader.last_finished())


def test_a_final_attempt_is_listed_too(one_job: Ledger) -> None:
    """attempts lists what has ended, the only one included, and nothing that still runs."""
    one_job.write(lambda tx: tx.insert_run(a_run().started(at(2))))
    assert [] == attempts(one_job)
    one_job.write(lambda tx: finish(tx, "r1", 4, status=RunStatus.FAILED, outcome=FAILED))
    assert [FIRST] == attempts(one_job)
    assert [] == list(one_job.read(lambda reader: reader.attempts("r9")))


def test_a_run_that_ended_elsewhere_brings_its_attempt(one_job: Ledger) -> None:
    """insert_run of an ended run records what its attempt did."""
    one_job.write(lambda tx: tx.insert_run(ended(a_run().started(at(3)), RunStatus.FAILED, at(4), error="no")))
    assert [Attempt(1, RunStatus.FAILED, at(3), at(4), None, "no")] == attempts(one_job)


def test_drop_ends_what_was_never_started(one_job: Ledger) -> None:
    """The run is cancelled for the reason given, and has no attempt."""
    one_job.write(lambda tx: tx.insert_run(a_run()))
    assert one_job.write(lambda tx: tx.drop_run("r1", at=at(9), reason="removed"))
    assert ended(a_run(), RunStatus.CANCELLED, at(9), error="removed") == run(one_job)
    assert [] == attempts(one_job)
    assert [] == list(one_job.read(lambda reader: reader.active_runs()))
    assert {"u1": RunStatus.CANCELLED} == one_job.read(lambda reader: reader.last_finished())


def test_a_retry_is_moved_to_another_time(waiting: Ledger) -> None:
    """In every answer, and nothing else of the run changes."""
    assert waiting.write(lambda tx: tx.move_retry("r1", at=at(9)))
    assert WAITING._replace(retry_at=at(9)) == waiting.read(lambda reader: reader.run("r1"))
    assert [at(9)] == [run.retry_at for run in waiting.read(lambda reader: reader.active_runs("u1"))]


def test_only_a_retry_is_moved(waiting: Ledger) -> None:
    """Not a run that waits for its first attempt, one that runs, or one that nobody knows."""
    waiting.write(lambda tx: tx.insert_run(a_run("r2", 2)))
    waiting.write(lambda tx: tx.start_run("r1", at=at(15)))
    moved = waiting.write(lambda tx: [tx.move_retry(run_id, at=at(9)) for run_id in ("r1", "r2", "r9")])
    assert [False, False, False] == moved
    assert all(run.retry_at is None for run in waiting.read(lambda reader: reader.runs()))


def test_drop_ends_what_waits_for_a_retry(waiting: Ledger) -> None:
    """What the earlier attempts did stays."""
    assert waiting.write(lambda tx: tx.drop_run("r1", at=at(9), reason="removed"))
    expected = WAITING._replace(status=RunStatus.CANCELLED, finished_at=at(9), error="removed", retry_at=None)
    assert expected == run(waiting)
    assert [FIRST] == attempts(waiting)


@pytest.mark.parametrize("status", [status for status in RunStatus if status is not RunStatus.QUEUED])
def test_drop_refuses_what_is_not_queued(one_job: Ledger, status: RunStatus) -> None:
    """drop_run returns False and changes nothing."""
    started = a_run().started(at(2))
    held = started if status.active else ended(started, status, at(3))
    one_job.write(lambda tx: tx.insert_run(held))
    assert not one_job.write(lambda tx: tx.drop_run("r1", at=at(9), reason="removed"))
    assert not one_job.write(lambda tx: tx.drop_run("r9", at=at(9), reason="removed"))
    assert held == run(one_job)


def test_running_counts_what_runs_of_all_or_of_a_group(ledger: Ledger) -> None:
    """Queued and ended runs do not count; the group is the one that the row's spec names."""
    for uid, group in (("u1", "db"), ("u2", "db"), ("u3", None)):
        spec = a_job().spec.model_copy(update={"group": group})
        ledger.write(recording(a_job(uid, f"set/{uid}", spec=spec), a_run(f"r-{uid}", job_uid=uid).started(at(2))))
    ledger.write(recording(a_run("waits", 5)))
    assert (3, 2, 0) == ledger.read(lambda reader: (reader.running(), reader.running("db"), reader.running("api")))
    ledger.write(lambda tx: finish(tx, "r-u1", 9))
    assert (2, 1) == ledger.read(lambda reader: (reader.running(), reader.running("db")))
    moved = a_job("u2", "set/u2", spec=a_job().spec.model_copy(update={"group": "api"}))
    ledger.write(lambda tx: tx.put_job(moved))
    assert (0, 1) == ledger.read(lambda reader: (reader.running("db"), reader.running("api")))


def test_run_ids_are_found_by_how_they_begin(one_job: Ledger) -> None:
    """run_ids returns them in order, at most limit; wildcards of SQL mean nothing."""
    one_job.write(recording(*(a_run(name, n) for n, name in enumerate(["abc", "abd", "b", "a%", "a_"]))))
    found = one_job.read(lambda reader: [list(reader.run_ids(prefix)) for prefix in ("ab", "a%", "a_", "x")])
    assert [["abc", "abd"], ["a%"], ["a_"], []] == found
    assert ["a%", "a_"] == list(one_job.read(lambda reader: reader.run_ids("a", limit=2)))


def test_runs_between_are_those_of_the_stretch(one_job: Ledger) -> None:
    """Both kinds, by fire time, both ends inclusive, of one job."""
    one_job.write(lambda tx: tx.put_job(a_job("u2", "set/two")))
    one_job.write(recording(*(a_run(f"r{n}", n) for n in (4, 1, 2))))
    one_job.write(recording(a_run("m3", 3, kind=RunKind.MANUAL), a_run("other", 2, job_uid="u2")))
    found = one_job.read(lambda reader: reader.runs_between("u1", first=at(2), last=at(4)))
    assert ["r2", "m3", "r4"] == [each.id for each in found]
    assert [] == list(one_job.read(lambda reader: reader.runs_between("u9", first=at(2), last=at(4))))


def test_a_run_that_was_asked_to_end_says_so_until_it_has(one_job: Ledger) -> None:
    """The word is on record while the run goes on, and the end has words of its own."""
    started = a_run().started(at(2))
    one_job.write(lambda tx: tx.insert_run(started))
    assert one_job.write(lambda tx: tx.ask_to_end("r1", reason="cancelled by ann"))
    asked = started._replace(error="cancelled by ann")
    assert asked == run(one_job)
    assert [asked] == list(one_job.read(lambda reader: reader.active_runs()))
    one_job.write(lambda tx: finish(tx, "r1", 4, status=RunStatus.CANCELLED, outcome=FAILED))
    assert [replace(FIRST, status=RunStatus.CANCELLED)] == attempts(one_job)
    last = run(one_job)
    assert last is not None
    assert "exit code 3" == last.error


def test_only_what_runs_is_asked_to_end(waiting: Ledger) -> None:
    """ask_to_end returns False and changes nothing otherwise."""
    assert not waiting.write(lambda tx: tx.ask_to_end("r1", reason="cancelled by ann"))
    assert not waiting.write(lambda tx: tx.ask_to_end("r9", reason="cancelled by ann"))
    assert WAITING == run(waiting)
