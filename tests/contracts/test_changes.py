"""What is new in a ledger: told at once, in order, and only when something is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from operator import methodcaller
from typing import Any

import pytest

from schedrun.core.run.lateness import Lateness
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.page import Ordered
from schedrun.core.run.recorded import Override, RecordedJob, SyncRecord
from schedrun.core.run.state import RunState
from schedrun.core.status import RunStatus
from schedrun.protocols import Reader, Transaction
from tests.contracts.ledger import SPEC, Ledger, a_job, a_run, at, finish, recording, run_through


def states(found: Any) -> list[tuple[str, str, int]]:
    return sorted((state.id, str(state.status), state.attempt) for state in found)


def changed_after(ledger: Ledger, ordinal: int) -> list[str]:
    return [each.record for each in ledger.read(lambda reader: reader.jobs_changed(after=ordinal, limit=10))]


def last_change(ledger: Ledger) -> int:
    return ledger.read(lambda reader: reader.last_job_change())


class TestRuns:
    """How far runs are."""

    def test_says_how_far_each_is(self, one_job: Ledger) -> None:
        """Queued, running, waiting for another attempt, ended; unknown ones are left out."""

        def fill(tx: Transaction) -> None:
            for number, name in enumerate(("queued", "running", "waits", "ended"), start=1):
                tx.insert_run(a_run(name, number))
            for name in ("running", "waits", "ended"):
                assert tx.start_run(name, at=at(10))
            assert finish(tx, "waits", 11, status=RunStatus.FAILED, retry_at=at(20))
            assert finish(tx, "ended", 11)

        one_job.write(fill)
        expected = [
            ("ended", "succeeded", 1),
            ("queued", "queued", 0),
            ("running", "running", 1),
            ("waits", "queued", 1),
        ]
        asked = ["waits", "queued", "nobody", "ended", "running", "ended"]
        assert expected == states(one_job.read(lambda reader: reader.run_states(asked)))
        assert expected[1:] == states(one_job.read(lambda reader: reader.active_states(limit=10)))
        assert 2 == len(one_job.read(lambda reader: reader.active_states(limit=2)))

    def test_tells_them_in_the_order_of_their_recording(self, one_job: Ledger) -> None:
        """Whatever their fire times are; from one on, so many at most."""
        assert one_job.read(lambda reader: reader.last_run_state()) is None
        one_job.write(recording(a_run("later", 9), a_run("first", 1), a_run("second", 2)))
        one_job.write(lambda tx: tx.drop_run("first", at=at(10), reason="not now"))
        every = one_job.read(lambda reader: reader.run_states_from(1, limit=10))
        assert ["later", "first", "second"] == [each.record.id for each in every]
        assert every[2] == one_job.read(lambda reader: reader.last_run_state())
        some = one_job.read(lambda reader: reader.run_states_from(every[1].ordinal, limit=1))
        assert [Ordered(every[1].ordinal, RunState("first", "u1", RunStatus.CANCELLED, 0))] == some
        assert [] == one_job.read(lambda reader: reader.run_states_from(every[2].ordinal + 1, limit=10))

    def test_a_unit_that_fails_tells_nothing(self, one_job: Ledger) -> None:
        """What it wrote never was."""
        one_job.write(recording(a_run("r1", 1)))
        before = one_job.read(lambda reader: reader.last_run_state())

        def fail(tx: Transaction) -> None:
            tx.insert_run(a_run("r2", 2))
            tx.put_job(a_job()._replace(held="gone from the files"))
            raise RuntimeError("no")

        changes = last_change(one_job)
        with pytest.raises(RuntimeError):
            one_job.write(fail)
        assert before == one_job.read(lambda reader: reader.last_run_state())
        assert changes == last_change(one_job)

    def test_an_attempt_is_told_once_it_has_ended(self, one_job: Ledger) -> None:
        """By its number, with what it printed."""

        def fill(tx: Transaction) -> None:
            tx.insert_run(a_run("r1", 1))
            tx.start_run("r1", at=at(2))
            finish(tx, "r1", 3, status=RunStatus.FAILED, outcome=Outcome(output="one"), retry_at=at(4))
            tx.start_run("r1", at=at(4))

        def outputs(reader: Reader) -> list[str | None]:
            found = [reader.attempt("r1", number) for number in range(4)]
            return [None if each is None else each.output for each in found]

        one_job.write(fill)
        assert [None, "one", None, None] == one_job.read(outputs)
        one_job.write(lambda tx: finish(tx, "r1", 5, attempt=2, outcome=Outcome(output="two")))
        assert [None, "one", "two", None] == one_job.read(outputs)
        assert one_job.read(lambda reader: reader.attempt("nobody", 1)) is None


CHANGES: dict[str, Callable[[RecordedJob], RecordedJob]] = {
    "spec": lambda job: job._replace(spec=SPEC.model_copy(update={"owner": "ops"})),
    "place": lambda job: job._replace(line=4),
    "file": lambda job: job._replace(file="other.yaml"),
    "revision": lambda job: job._replace(revision="abc"),
    "paused": lambda job: job._replace(override=Override(None, "ops", at(1))),
    "held": lambda job: job._replace(held="gone from the files"),
    "removed": lambda job: job._replace(removed_at=at(5)),
    "renamed": lambda job: job._replace(key="set/renamed"),
}


class TestJobs:
    """Which rows of jobs changed."""

    def test_new_rows_are_told_in_their_order(self, ledger: Ledger) -> None:
        """From behind an ordinal, so many at most."""
        assert 0 == last_change(ledger)
        ledger.write(recording(a_job("u2", "set/two"), a_job("u1", "set/one"), a_job("u3", "set/three")))
        every = ledger.read(lambda reader: reader.jobs_changed(after=0, limit=10))
        assert ["set/two", "set/one", "set/three"] == [each.record for each in every]
        assert every[-1].ordinal == last_change(ledger)
        some = ledger.read(lambda reader: reader.jobs_changed(after=every[0].ordinal, limit=1))
        assert [every[1]] == some

    @pytest.mark.parametrize("name", CHANGES)
    @pytest.mark.parametrize("newest", [True, False], ids=["newest", "older"])
    def test_a_row_that_changes_is_told_once(self, ledger: Ledger, name: str, newest: bool) -> None:
        """Also when it was the last that had changed; the same row again is none."""
        rows = [a_job("u1", "set/one"), a_job("u2", "set/two")]
        ledger.write(recording(*(rows if newest else reversed(rows))))
        before = last_change(ledger)
        changed = CHANGES[name](rows[1])
        ledger.write(recording(changed))
        assert [changed.key] == changed_after(ledger, before)
        after = last_change(ledger)
        assert after > before
        ledger.write(recording(changed))
        assert after == last_change(ledger)

    def test_what_a_fire_writes_changes_no_row(self, one_job: Ledger) -> None:
        """A cursor moves with each of them."""
        before = last_change(one_job)
        one_job.write(lambda tx: tx.move_cursor("u1", at(7)))
        one_job.write(recording(a_job(cursor=at(8))))
        one_job.write(recording(a_job(cursor=at(8), covered_until=at(9))))
        one_job.write(lambda tx: run_through(tx, a_run("r1", 1), end=5))
        assert before == last_change(one_job)

    def test_a_job_that_becomes_late_or_is_no_more_changes(self, one_job: Ledger) -> None:
        """Not one that meets its expectations again and again."""
        fine = Lateness("u1", None, timedelta(hours=1), at(1), at(2))
        late, later = replace(fine, unsucceeded_since=at(3)), replace(fine, unsucceeded_since=at(3), judged_until=at(9))
        steps = [
            *((fine, False), (replace(fine, counted_from=at(5)), False), (late, True), (later, False), (fine, True)),
            *((late, True), (None, True), (None, False), (late, True), (fine, True), (None, False)),
        ]
        for number, (each, changes) in enumerate(steps):
            before = last_change(one_job)
            one_job.write(methodcaller("drop_lateness", "u1") if each is None else methodcaller("put_lateness", each))
            assert (number, ["set/one"] if changes else []) == (number, changed_after(one_job, before))


def test_says_when_the_last_reconcile_was_recorded(ledger: Ledger) -> None:
    """And nothing before the first."""
    assert ledger.read(lambda reader: reader.synced_at()) is None
    for second in (1, 2):
        record = SyncRecord(("jobs",), "abc", "abc", at(second))
        ledger.write(partial(_put, record=record))
        assert at(second) == ledger.read(lambda reader: reader.synced_at())


def _put(tx: Transaction, *, record: SyncRecord) -> None:
    tx.put_sync(record)
