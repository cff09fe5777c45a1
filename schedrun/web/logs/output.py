"""What one attempt of a run prints: from its file while it runs and where one is left, else from the ledger."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple, Self

from schedrun.core.errors import RunNotFoundError, StoreError
from schedrun.core.ids import log_name
from schedrun.core.run.attempt import Attempt
from schedrun.core.run.state import RunState
from schedrun.protocols import Reader
from schedrun.stores import logs
from schedrun.stores.logs import LogFile
from schedrun.web.backend import Backend
from schedrun.web.logs.access_points import LEAST, AccessPoint, AccessPoints
from schedrun.web.logs.text import encoded

_BYTES_A_CHARACTER = 4
"""Of UTF-8, at most."""

_points = AccessPoints()
"""What was learnt of the logs that were read last, by every reader of this process."""


class OutputUnreadableError(StoreError):
    """the file that holds this output cannot be read."""

    def __init__(self, run_id: str, *, reason: str | None) -> None:
        self.run_id, self.reason = run_id, reason
        super().__init__(f"{self.sentence[:-1]}: {reason or 'no reason is given'} (run {run_id})")


class Standing(NamedTuple):
    """How far an attempt of a run is; `ended` is what the ledger tells of it once it has ended."""

    run: RunState
    number: int
    ended: Attempt | None

    @property
    def over(self) -> bool:
        """Whether the attempt prints nothing any more."""
        return not self.run.may_come(self.number)

    @property
    def status(self) -> str:
        """How it ended: the run with it, or it alone where the run went on to another."""
        is_last = self.number >= self.run.attempt and not self.run.status.active
        return str(self.run.status if is_last or self.ended is None else self.ended.status)

    @property
    def next_attempt(self) -> int | None:
        """The attempt that has followed or will follow, None where none does."""
        return self.number + 1 if self.run.status.active or self.number < self.run.attempt else None


async def standing(backend: Backend, run_id: str, *, attempt: int | None) -> Standing:
    """Return how far the attempt is; None means the last one. Raises RunNotFoundError, StoreError."""
    return await backend.read(lambda reader: _standing(reader, run_id, attempt))


def _standing(reader: Reader, run_id: str, attempt: int | None) -> Standing:
    found = reader.run_states([run_id])
    if not found:
        raise RunNotFoundError(run_id)
    number = attempt or max(found[0].attempt, 1)
    return Standing(found[0], number, reader.attempt(run_id, number) if found[0].has_ended(number) else None)


class Output:
    """The text of one attempt as it comes. Everything here reads files and blocks: on threads, one call at a time.

    Who asks for the standing first and reads then, loses nothing: by the time that an attempt has ended, its file is
    complete or the ledger has all of it.
    """

    def __init__(self, folder: Path | None, run_id: str, *, attempt: int) -> None:
        self._path = None if folder is None else folder / log_name(run_id, attempt)
        self._run_id = run_id
        self._file: LogFile | None = None
        self._begun = False
        self._point: AccessPoint | None = None
        self._note_upto = 0

    @property
    def from_file(self) -> bool:
        """Whether a file was found."""
        return self._file is not None

    def new(self, standing: Standing) -> Iterator[str]:
        """Yield what has come since the last time. Raises OutputUnreadableError."""
        begun, self._begun = self._begun, True
        try:
            self._file = self._file or self._open()
            kept = None if standing.ended is None else standing.ended.output
            if self._file is None:
                if kept:
                    yield kept
                return
            read = self._noting(self._file) if self._note_upto >= LEAST else self._file.read()
            texts: Iterator[str] = chain(read, self._file.last() if standing.over else ())
            yield from logs.rather(self._file, texts, kept=kept) if kept and not begun else texts
        except OSError as error:
            raise OutputUnreadableError(self._run_id, reason=error.strerror) from error

    def skip(self, standing: Standing, *, upto: int, end: int) -> int:
        """Pass over text that another reader has read, up to a byte at most; return how many bytes that were.

        Before anything else is read, by a reader of a part that ends at the byte `end`. Raises OutputUnreadableError.
        """
        self._note_upto = end
        found = None if self._path is None else _points.before(self._path, upto)
        kept = "" if standing.ended is None else standing.ended.output or ""
        # Up to there the log is as good as what the ledger kept, so that nothing has to be compared.
        if found is None or found.position < _BYTES_A_CHARACTER * len(kept):
            return 0
        try:
            self._file = self._file or self._open()
            if self._file is None or not self._file.go_on_from(found.checkpoint):
                return 0
        except OSError as error:
            raise OutputUnreadableError(self._run_id, reason=error.strerror) from error
        self._begun, self._point = True, found
        return found.position

    def keep_point(self) -> None:
        """Let the readers of what follows the part skip what was read for it."""
        if self._path is not None and self._point is not None:
            _points.keep(self._path, self._point)

    def close(self) -> None:
        """Release the file; idempotent."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _noting(self, file: LogFile) -> Iterator[str]:
        """Yield what the file has, and note the last point before the end of the part at which reading can go on."""
        position = 0 if self._point is None else self._point.position
        for text in file.read():
            position += len(encoded(text))
            if LEAST <= position <= self._note_upto and (known := file.checkpoint()) is not None:
                self._point = AccessPoint(position, known)
            yield text

    def _open(self) -> LogFile | None:
        try:
            return None if self._path is None else LogFile(self._path)
        except FileNotFoundError:
            return None
