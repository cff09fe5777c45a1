"""What a run prints, attempt by attempt: from its file where there is one, else from the ledger."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple, Protocol

from schedrun.core.run import state
from schedrun.core.run.attempt import Attempt
from schedrun.core.run.run import Run
from schedrun.stores import logs


class Snapshot(NamedTuple):
    """A run, and its attempts that have ended."""

    run: Run
    attempts: Sequence[Attempt]

    def ended(self, number: int) -> Attempt | None:
        """Return the attempt if it has ended."""
        return next((attempt for attempt in self.attempts if attempt.number == number), None)

    def may_come(self, number: int) -> bool:
        """Whether the attempt goes on or can still begin."""
        return state.of(self.run).may_come(number)


class Log(Protocol):
    """Output in a file that may still be written."""

    @property
    def whole(self) -> bool:
        """Whether its end was read."""

    def read(self) -> Iterator[str]:
        """Return what is new."""

    def last(self) -> Iterator[str]:
        """Return what is left when nothing more will be written."""

    def close(self) -> None:
        """Release the file."""


class Piece(NamedTuple):
    """Some output of an attempt."""

    attempt: int
    text: str


def pieces(
    number: int,
    *,
    ask: Callable[[], Snapshot],
    open_log: Callable[[int], Log | None],
    wait: Callable[[], None] | None,
    later: bool = False,
) -> Iterator[Piece]:
    """Yield the output of attempt `number` from its first line, and with `later` that of the attempts after it.

    `wait()` returns when it is time to look again; with None only what there is now is yielded.
    """
    while True:
        yield from _attempt(number, ask=ask, open_log=open_log, wait=wait)
        if not later or not _comes(number + 1, ask=ask, wait=wait):
            return
        number += 1


def _attempt(
    number: int,
    *,
    ask: Callable[[], Snapshot],
    open_log: Callable[[int], Log | None],
    wait: Callable[[], None] | None,
) -> Iterator[Piece]:
    log: Log | None = None
    first = True
    try:
        while True:
            # Asked first: an attempt that has ended by then has its file complete, or its whole output in the ledger.
            snapshot = ask()
            ended = snapshot.ended(number)
            log = log or open_log(number)
            over = ended is not None or wait is None or not snapshot.may_come(number)
            if log is not None:
                texts: Iterator[str] = chain(log.read(), log.last() if over else ())
                if first and ended is not None and ended.output:
                    texts = logs.rather(log, texts, kept=ended.output)
                yield from (Piece(number, text) for text in texts)
            elif ended is not None and ended.output:
                yield Piece(number, ended.output)
            if wait is None or over:
                return
            wait()
            first = False
    finally:
        if log is not None:
            log.close()


def _comes(number: int, *, ask: Callable[[], Snapshot], wait: Callable[[], None] | None) -> bool:
    """Return once attempt `number` has begun, True, or cannot begin any more, False."""
    while True:
        snapshot = ask()
        if snapshot.run.attempt >= number:
            return True
        if wait is None or not snapshot.may_come(number):
            return False
        wait()
