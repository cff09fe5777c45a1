"""What a run has printed, piece by piece, while it runs, is tried again and ends."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from schedrun.cli.run_output import Piece, Snapshot, pieces
from schedrun.core.run.attempt import Attempt
from schedrun.core.run.run import Run
from schedrun.core.status import RunKind, RunStatus
from tests.cli.conftest import SEEN


@dataclass
class Printing:
    """A run whose ledger and files change at each look, as `steps` say."""

    status: RunStatus = RunStatus.RUNNING
    attempt: int = 1
    ended: dict[int, str | None] = field(default_factory=dict)
    files: dict[int, "File"] = field(default_factory=dict)
    looks: int = 0
    steps: list[dict[str, object]] = field(default_factory=list)

    def ask(self) -> Snapshot:
        run = Run("r", "u", SEEN, RunKind.SCHEDULED, self.status, SEEN, self.attempt)
        attempts = [Attempt(number, RunStatus.FAILED, SEEN, SEEN, output=text) for number, text in self.ended.items()]
        return Snapshot(run, attempts)

    def open_log(self, number: int) -> "File | None":
        return self.files.get(number)

    def wait(self) -> None:
        assert self.steps, "it waits for what never comes"
        for name, value in self.steps.pop(0).items():
            setattr(self, name, value)

    def follow(self, number: int = 1, *, later: bool = True) -> list[Piece]:
        found = list(pieces(number, ask=self.ask, open_log=self.open_log, wait=self.wait, later=later))
        assert [] == self.steps
        return found

    def now(self, number: int = 1) -> list[Piece]:
        return list(pieces(number, ask=self.ask, open_log=self.open_log, wait=None))


@dataclass
class File:
    """A file that has one more piece at each read."""

    parts: list[str]
    rest: str = ""
    closed: bool = False
    whole: bool = True

    def read(self) -> Iterator[str]:
        assert not self.closed
        if self.parts:
            yield self.parts.pop(0)

    def last(self) -> Iterator[str]:
        if self.rest:
            yield self.rest

    def close(self) -> None:
        self.closed = True


FAILED, RUNNING, QUEUED = RunStatus.FAILED, RunStatus.RUNNING, RunStatus.QUEUED


def test_without_following_what_there_is_now_is_all() -> None:
    """From the file while it runs, from the file when it stayed, else from the ledger."""
    file = File(["so far", "later"])
    assert [Piece(1, "so far")] == Printing(files={1: file}).now()
    assert file.closed
    assert [Piece(1, "\ufffd")] == Printing(files={1: File([], "\ufffd")}).now()
    assert [] == Printing().now()
    assert [Piece(1, "all")] == Printing(FAILED, ended={1: "cut"}, files={1: File(["all"])}).now()
    assert [Piece(1, "kept")] == Printing(FAILED, ended={1: "kept"}).now()
    assert [] == Printing(FAILED, ended={1: None}).now()
    assert [Piece(1, "one")] == Printing(QUEUED, ended={1: "one"}).now()
    assert [] == Printing(QUEUED, attempt=0).now()


@pytest.mark.parametrize(
    ("file", "printed"),
    [
        pytest.param(File(["one\n"], whole=False), ["one\ntwo\n"], id="lost-its-end"),
        pytest.param(File([], whole=False), ["one\ntwo\n"], id="lost-everything"),
        pytest.param(File(["one\n"]), ["one\n"], id="shorter-and-whole"),
        pytest.param(File(["one\ntwo\n", "thr"], whole=False), ["one\ntwo\n"], id="lost-what-only-it-had"),
    ],
)
def test_a_file_that_lost_its_end_gives_way_to_the_ledger(file: File, printed: list[str]) -> None:
    """What the ledger kept is printed where the file has less of it."""
    run = Printing(status=RunStatus.FAILED, ended={1: "one\ntwo\n"}, files={1: file})
    assert printed == [piece.text for piece in run.now()]
    assert file.closed


def test_following_goes_on_until_the_run_has_ended() -> None:
    """The file comes after a while, and what it held is not printed again from the ledger."""
    file = File(["a", "b", "c"], "d")
    run = Printing(steps=[{}, {"files": {1: file}}, {}, {"status": FAILED, "ended": {1: "abc"}, "files": {}}])
    assert [Piece(1, "a"), Piece(1, "b"), Piece(1, "c"), Piece(1, "d")] == run.follow()
    assert file.closed


def test_following_a_run_that_is_over_at_once() -> None:
    """It never had a file: the ledger has it all."""
    assert [Piece(1, "ab")] == Printing(steps=[{"status": FAILED, "ended": {1: "ab"}}]).follow()


def test_following_goes_through_later_attempts() -> None:
    """While the run waits for one, and on to its last."""
    run = Printing(
        steps=[
            {"status": QUEUED, "ended": {1: "one"}},
            {},
            {"status": RUNNING, "attempt": 2},
            {"status": FAILED, "ended": {1: "one", 2: "two"}},
        ]
    )
    assert [Piece(1, "one"), Piece(2, "two")] == run.follow()


def test_following_one_attempt_ends_with_it() -> None:
    """The run may go on; an attempt that is to come is waited for."""
    assert [Piece(1, "one")] == Printing(steps=[{"status": QUEUED, "ended": {1: "one"}}]).follow(later=False)
    run = Printing(
        steps=[
            {"status": QUEUED, "ended": {1: "one"}},
            {"status": RUNNING, "attempt": 2},
            {"status": FAILED, "ended": {1: "one", 2: "two"}},
        ]
    )
    assert [Piece(2, "two")] == run.follow(2, later=False)


@pytest.mark.parametrize("ended", [{}, {1: "one"}], ids=["never-started", "between-attempts"])
def test_following_a_run_that_is_cancelled_while_it_waits(ended: dict[int, str | None]) -> None:
    """There is nothing to come."""
    run = Printing(QUEUED, attempt=len(ended), ended=ended, steps=[{"status": RunStatus.CANCELLED}])
    assert [Piece(number, "one") for number in ended] == run.follow()
