"""What every ledger promises about forgetting: what goes, what stays, and that no occurrence comes back."""

from dataclasses import replace
from datetime import datetime

import pytest

from schedrun.core.errors import AlreadyRecordedError
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import Event, Request, Session
from schedrun.core.run.retention import Pruned
from schedrun.core.status import RunKind, RunStatus
from schedrun.protocols import Reader, Transaction
from tests.contracts.ledger import Ledger, a_job, a_run, a_span, at, finish, recording, run_through


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    """Return a ledger with the runs r1 to r6 of a job whose cursor is at 100, each of which ended at once."""
    ledger.write(lambda tx: tx.put_job(a_job(cursor=at(100))))
    for number in range(1, 7):
        ledger.write(lambda tx, number=number: run_through(tx, a_run(f"r{number}", number * 10), end=number * 10 + 1))  # type: ignore[misc]
    return ledger


def prune(ledger: Ledger, *, before: float | None = None, keep: int | None = None, limit: int = 100) -> Pruned:
    too_old = None if before is None else at(before)
    told = ledger.read(lambda reader: reader.prunable("u1", before=too_old, keep=keep))
    went = ledger.write(lambda tx: tx.prune("u1", before=too_old, keep=keep, limit=limit))
    assert (min(told.rows, limit), told.records) == (went.rows, 0)
    return went


def runs(ledger: Ledger) -> list[str]:
    return [run.id for run in reversed(ledger.read(lambda reader: reader.runs()))]


def verdicts(ledger: Ledger) -> list[tuple[datetime, datetime]]:
    return list(ledger.read(lambda reader: reader.verdicts("u1", after=at(-1_000), until=at(1_000))))


def test_what_ended_before_an_instant_goes(filled: Ledger) -> None:
    """The oldest runs, their attempts and every answer about them."""
    assert Pruned(2, 0) == prune(filled, before=21.5)
    assert ["r3", "r4", "r5", "r6"] == runs(filled)
    assert filled.read(lambda reader: reader.run("r1")) is None
    assert [] == list(filled.read(lambda reader: reader.attempts("r1")))
    assert {"r3"} == filled.read(lambda reader: reader.known_runs(["r1", "r3"]))
    assert [] == list(filled.read(lambda reader: reader.runs_between("u1", first=at(0), last=at(20))))
    assert Pruned() == prune(filled, before=21.5)


def test_a_run_that_ended_late_is_kept_by_its_end(filled: Ledger) -> None:
    """However old its occurrence is: somebody wants to see how it ended."""
    filled.write(lambda tx: run_through(tx, a_run("late", 5), end=90))
    assert Pruned(6, 0) == prune(filled, before=80)
    assert ["late"] == runs(filled)


def test_what_is_beyond_the_newest_goes(filled: Ledger) -> None:
    """By fire time, runs of both kinds together."""
    filled.write(lambda tx: run_through(tx, a_run("m", 55, kind=RunKind.MANUAL), end=56))
    assert Pruned(4, 0) == prune(filled, keep=3)
    assert ["r5", "m", "r6"] == runs(filled)


@pytest.mark.parametrize("keep", [6, 7, 10_000])
def test_fewer_than_are_kept_are_left_alone(filled: Ledger, keep: int) -> None:
    """Nothing goes."""
    assert Pruned() == prune(filled, keep=keep)


def test_no_bound_is_no_bound(filled: Ledger) -> None:
    """Without age and number nothing goes."""
    assert Pruned() == prune(filled)


def test_either_bound_is_enough(filled: Ledger) -> None:
    """What is too old goes although few are kept, what is too much although it is young."""
    assert Pruned(3, 0) == prune(filled, before=31.5, keep=5)
    assert Pruned(1, 0) == prune(filled, before=0, keep=2)
    assert ["r5", "r6"] == runs(filled)


def test_at_most_so_many_rows_go(filled: Ledger) -> None:
    """The oldest runs first, then spans."""
    filled.write(recording(a_span(2, 3), a_span(4, 5, reason="b")))
    assert Pruned(4, 0) == prune(filled, before=99, limit=4)
    assert ["r5", "r6"] == runs(filled)
    assert Pruned(2, 1) == prune(filled, before=99, limit=3)
    assert ["b"] == [span.reason for span in filled.read(lambda reader: reader.spans())]


def test_active_runs_stay(filled: Ledger) -> None:
    """Queued, running and waiting for a retry, however old and however many."""

    def unit(tx: Transaction) -> None:
        tx.insert_run(a_run("queued", 1))
        tx.insert_run(a_run("running", 2).started(at(2)))
        tx.insert_run(a_run("waiting", 3).started(at(3)))
        finish(tx, "waiting", 4, status=RunStatus.FAILED, outcome=Outcome(error="e"), retry_at=at(99))

    filled.write(unit)
    assert Pruned(6, 0) == prune(filled, before=1_000, keep=1)
    assert ["queued", "running", "waiting"] == runs(filled)
    assert [1] == [attempt.number for attempt in filled.read(lambda reader: reader.attempts("waiting"))]
    assert filled.write(lambda tx: tx.start_run("waiting", at=at(99)))
    assert filled.write(lambda tx: finish(tx, "running", 99))
    assert Pruned(1, 0) == prune(filled, before=1_000)


def test_all_attempts_of_a_run_go_with_it(filled: Ledger) -> None:
    """The earlier ones too."""

    def unit(tx: Transaction) -> None:
        tx.insert_run(a_run("twice", 5).started(at(5)))
        finish(tx, "twice", 6, status=RunStatus.FAILED, outcome=Outcome(error="e"), retry_at=at(7))
        tx.start_run("twice", at=at(7))
        finish(tx, "twice", 8, attempt=2)

    filled.write(unit)
    assert 2 == len(filled.read(lambda reader: reader.attempts("twice")))
    assert Pruned(1, 0) == prune(filled, before=9)
    assert [] == list(filled.read(lambda reader: reader.attempts("twice")))


def test_nothing_beyond_the_cursor_goes(filled: Ledger) -> None:
    """Scheduled runs and spans ahead of it are needed to know what is covered; manual runs cover nothing."""
    filled.write(recording(a_span(31, 33), a_span(35, 41, reason="b")))
    filled.write(lambda tx: run_through(tx, a_run("m", 59, kind=RunKind.MANUAL), end=59))
    filled.write(lambda tx: tx.move_cursor("u1", at(40)))
    assert Pruned(5, 1) == prune(filled, before=1_000)
    assert ["r5", "r6"] == runs(filled)
    assert ["b"] == [span.reason for span in filled.read(lambda reader: reader.spans())]


def test_nothing_goes_while_the_clock_is_behind(filled: Ledger) -> None:
    """What `covered_until` speaks of must be told exactly."""
    filled.write(lambda tx: tx.put_job(a_job(cursor=at(30), covered_until=at(100))))
    assert Pruned() == prune(filled, before=1_000, keep=1)


def test_an_unknown_job_has_nothing_to_forget(ledger: Ledger) -> None:
    """No error, no row."""
    assert Pruned() == prune(ledger, before=1_000, keep=1)
    assert ledger.read(lambda reader: reader.forgotten("u1")) is None


def test_a_removed_job_is_forgotten_too(filled: Ledger) -> None:
    """All but its row, which keeps its occurrences from coming back."""
    filled.write(lambda tx: tx.put_job(a_job(cursor=at(100), removed_at=at(100))))
    assert Pruned(6, 0) == prune(filled, before=1_000)
    assert ["u1"] == list(filled.read(lambda reader: reader.uids()))


def test_forgotten_occurrences_keep_their_verdict(filled: Ledger) -> None:
    """One stretch over all of them counts in verdicts, and grows."""
    filled.write(recording(a_span(12, 17, count=3)))
    assert filled.read(lambda reader: reader.forgotten("u1")) is None
    prune(filled, before=25)
    assert (at(10), at(20)) == filled.read(lambda reader: reader.forgotten("u1"))
    assert [(at(10), at(20)), *((at(n), at(n)) for n in (30, 40, 50, 60))] == verdicts(filled)
    prune(filled, before=45)
    assert [(at(10), at(40)), *((at(n), at(n)) for n in (50, 60))] == verdicts(filled)
    touching = filled.read(lambda reader: reader.verdicts("u1", after=at(39), until=at(45)))
    assert [(at(10), at(40))] == list(touching)


@pytest.mark.parametrize("fire", [10, 15, 20])
def test_a_forgotten_occurrence_cannot_be_recorded_again(filled: Ledger, fire: float) -> None:
    """From the first to the last of them; a manual run may have any fire time."""
    prune(filled, before=25)
    with pytest.raises(AlreadyRecordedError):
        filled.write(lambda tx: tx.insert_run(a_run("again", fire)))
    filled.write(lambda tx: tx.insert_run(a_run("m", fire, kind=RunKind.MANUAL)))
    for free in (9, 21):
        filled.write(lambda tx, free=free: tx.insert_run(a_run(f"free{free}", free)))  # type: ignore[misc]  # bound early


def test_forgotten_manual_runs_cover_nothing(ledger: Ledger) -> None:
    """They were no occurrence."""
    ledger.write(lambda tx: tx.put_job(a_job(cursor=at(100))))
    ledger.write(lambda tx: run_through(tx, a_run("m", 10, kind=RunKind.MANUAL), end=11))
    assert Pruned(1, 0) == prune(ledger, before=20)
    assert ledger.read(lambda reader: reader.forgotten("u1")) is None
    ledger.write(lambda tx: tx.insert_run(a_run("r", 10)))


def test_how_the_last_run_ended_is_not_forgotten(filled: Ledger) -> None:
    """The standing of a job outlives its runs."""
    prune(filled, before=1_000)
    assert {"u1": RunStatus.SUCCEEDED} == filled.read(lambda reader: reader.last_finished())


def test_spans_go_by_their_last_and_their_verdict(ledger: Ledger) -> None:
    """A long one that reaches into the time that is kept stays, and so does one that was told lately."""
    ledger.write(lambda tx: tx.put_job(a_job(cursor=at(100))))
    spans = [
        a_span(1, 5, reason="old"),
        a_span(6, 60, reason="long"),
        a_span(61, 62, reason="told late", decided_at=at(99)),
        a_span(63, 64, reason="told at once", decided_at=at(64)),
    ]
    ledger.write(recording(*spans))
    assert Pruned(0, 1) == prune(ledger, before=60)
    assert Pruned(0, 2) == prune(ledger, before=70)
    assert ["told late"] == [span.reason for span in ledger.read(lambda reader: reader.spans())]
    assert [(at(1), at(64)), (at(61), at(62))] == verdicts(ledger)
    assert Pruned(0, 1) == prune(ledger, before=99.5)


def test_spans_beyond_the_newest_go(ledger: Ledger) -> None:
    """Counted for themselves."""
    ledger.write(lambda tx: tx.put_job(a_job(cursor=at(100))))
    ledger.write(recording(*(a_span(n, n, reason=str(n)) for n in range(1, 6))))
    assert Pruned(0, 3) == prune(ledger, keep=2)
    assert ["5", "4"] == [span.reason for span in ledger.read(lambda reader: reader.spans())]


def test_a_span_is_not_extended_over_what_was_forgotten(ledger: Ledger) -> None:
    """A run may have stood there."""
    ledger.write(lambda tx: tx.put_job(a_job(cursor=at(100))))
    ledger.write(recording(a_span(1, 5, decided_at=at(90))))
    ledger.write(lambda tx: run_through(tx, a_run("r", 7), end=8))
    assert Pruned(1, 0) == prune(ledger, before=50)
    ledger.write(recording(a_span(9, 10)))
    assert [(at(9), at(10)), (at(1), at(5))] == [
        (span.first, span.last) for span in ledger.read(lambda reader: reader.spans())
    ]


def test_other_jobs_are_left_alone(filled: Ledger) -> None:
    """One job is forgotten at a time."""
    filled.write(recording(a_job("u2", "set/two", cursor=at(100)), a_span(1, 2, job_uid="u2")))
    filled.write(lambda tx: run_through(tx, a_run("other", 5, job_uid="u2"), end=6))
    prune(filled, before=1_000)
    assert ["other"] == runs(filled)
    assert ["u1", "u2"] == list(filled.read(lambda reader: reader.uids()))
    assert 1 == len(filled.read(lambda reader: reader.spans()))


def test_a_unit_that_raises_forgets_nothing(filled: Ledger) -> None:
    """Forgetting is undone as every write is."""

    def everything(reader: Reader) -> list[object]:
        return [list(reader.runs()), reader.forgotten("u1"), reader.last_finished(), list(reader.events())]

    filled.write(recording(Event(at(1), "old", {})))
    before = filled.read(everything)

    def unit(tx: Transaction) -> None:
        assert tx.prune("u1", before=at(1_000), keep=None, limit=100).runs == 6
        assert tx.prune_records(before=at(50), needed=at(50), limit=100) == 1
        assert tx.forgotten("u1") == (at(10), at(60))
        assert [] == list(tx.runs())
        raise LookupError

    with pytest.raises(LookupError):
        filled.write(unit)
    assert before == filled.read(everything)


def test_old_records_go(ledger: Ledger) -> None:
    """Events before what is needed, requests that were answered before what is too old; open ones stay."""
    events = [Event(at(when), str(when), {}) for when in (1, 5, 9)]
    asked = [Request(f"q{when}", "apply", {}, "ann", at(when)) for when in (1, 2, 3)]
    answered = [replace(request, result={}, done_at=at(request.at.second + 3)) for request in asked[:2]]
    ledger.write(recording(*events, *answered, asked[2]))
    told = ledger.read(lambda reader: reader.prunable_records(before=at(4.5), needed=at(5)))
    assert 2 == told == ledger.write(lambda tx: tx.prune_records(before=at(4.5), needed=at(5), limit=100))
    assert ["9", "5"] == [event.name for event in ledger.read(lambda reader: reader.events())]
    kept = [ledger.read(lambda reader, name=name: reader.request(name) is not None) for name in ("q1", "q2", "q3")]  # type: ignore[misc]
    assert [False, True, True] == kept


def test_sessions_that_explain_what_is_kept_stay(ledger: Ledger) -> None:
    """The last one that had started at the needed instant, and all after it."""
    sessions = [Session(f"s{when}", 1, at(when), at(when + 2), at(when + 2)) for when in (0, 10, 20, 30)]

    def unit(tx: Transaction) -> None:
        for session in sessions:
            tx.put_session(session)

    ledger.write(unit)
    assert 2 == ledger.read(lambda reader: reader.prunable_records(before=at(99), needed=at(25)))
    assert 2 == ledger.write(lambda tx: tx.prune_records(before=at(99), needed=at(25), limit=100))
    assert (sessions[2], sessions[3]) == ledger.read(lambda reader: reader.sessions_around(at(25)))
    assert (None, sessions[2]) == ledger.read(lambda reader: reader.sessions_around(at(15)))
    assert 0 == ledger.write(lambda tx: tx.prune_records(before=at(99), needed=at(19), limit=100))
    assert 1 == ledger.write(lambda tx: tx.prune_records(before=at(99), needed=at(1_000), limit=100))
    assert sessions[3] == ledger.read(lambda reader: reader.last_session())


def test_at_most_so_many_records_go(ledger: Ledger) -> None:
    """The oldest first."""
    ledger.write(recording(*(Event(at(when), str(when), {}) for when in range(5))))
    assert 3 == ledger.write(lambda tx: tx.prune_records(before=at(99), needed=at(99), limit=3))
    assert ["4", "3"] == [event.name for event in ledger.read(lambda reader: reader.events())]
    assert 2 == ledger.write(lambda tx: tx.prune_records(before=at(99), needed=at(99), limit=3))


def test_the_earliest_span_is_known(ledger: Ledger) -> None:
    """None before the first, then where the one begins that begins first."""
    assert ledger.read(lambda reader: reader.earliest_span()) is None
    ledger.write(recording(a_job(), a_span(5, 9), a_span(3, 99, reason="b")))
    assert at(3) == ledger.read(lambda reader: reader.earliest_span())
