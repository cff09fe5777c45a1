"""The one thread that writes: it takes every unit that waits and makes them durable with one COMMIT."""

import asyncio
from asyncio import AbstractEventLoop, Future
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from queue import SimpleQueue
from sqlite3 import Connection, Error
from threading import Lock, Thread
from typing import Any, Protocol

from schedrun.core.errors import StoreError
from schedrun.protocols import Transaction
from schedrun.stores import faults
from schedrun.stores.faults import StateGoneError

BATCH = 256
"""At most so many units share a COMMIT: the first of ten thousand shall not wait for the last."""


class Unit:
    """A unit of work on its way through the writer, and how it ended."""

    __slots__ = ("done", "error", "result", "work")

    def __init__(self, work: Callable[[Transaction], Any], done: "Future[None]") -> None:
        self.work = work
        self.done = done
        self.result: Any = None
        self.error: BaseException | None = None


class Undoable(Transaction, Protocol):
    """A transaction that remembers what it has read and written, as long as only it writes and nothing is undone.

    What its units count it adds up, to be written once for all of them.
    """

    def begin(self) -> None:
        """Drop what was counted for a transaction that failed."""

    def keep(self) -> None:
        """Let stand what was counted since the last unit."""

    def forget(self) -> None:
        """Remember nothing of rows, nor of what was counted since the last `keep`."""

    def write_counts(self) -> None:
        """Write what was counted; the COMMIT comes next."""


class Writer:
    """Runs units of work, each in a savepoint of its own, on a connection that no one else uses."""

    def __init__(
        self,
        connection: Connection,
        transaction: Undoable,
        path: Path,
        *,
        still_there: Callable[[], None] = lambda: None,
    ) -> None:
        """Take what writing needs; `still_there()` raises StoreError when the files are no longer those at `path`."""
        self._still_there = still_there
        self._connection = connection
        self._execute = connection.execute
        self._transaction = transaction
        self._path = path
        self._waiting: SimpleQueue[Unit | None] = SimpleQueue()
        self._idle = Lock()
        self._version = self._remembered = self._data_version()
        self.commits = 0
        # A daemon: a process that forgets to close its store shall still be able to end.
        self._thread = Thread(target=self._work, name="schedrun-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Transaction], Any]) -> Unit:
        """Queue the work; the unit's `done` is resolved on the running loop once it is durable or failed."""
        unit = Unit(work, asyncio.get_running_loop().create_future())
        self._waiting.put(unit)
        return unit

    def version(self) -> int:
        """Return SQLite's data version as this connection sees it: only the commits of others change it.

        While a batch is written the version from its beginning is returned, since the answer must not wait.
        """
        if self._idle.acquire(blocking=False):
            try:
                self._version = self._data_version()
            finally:
                self._idle.release()
        return self._version

    def finish(self) -> None:
        """Wait until everything that was submitted is done, then close the connection. Blocks."""
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while batch := self._next_batch():
            with self._idle:
                self._write(batch)
            _hand_out(batch)
        self._connection.close()

    def _next_batch(self) -> list[Unit]:
        """Wait for the first unit and take what came with it; nothing when it is time to end."""
        batch: list[Unit] = []
        unit = self._waiting.get()
        while unit is not None:
            batch.append(unit)
            if len(batch) == BATCH or self._waiting.empty():
                return batch
            unit = self._waiting.get()
        if batch:
            self._waiting.put(None)
        return batch

    def _write(self, batch: list[Unit]) -> None:
        try:
            # Before every batch: nothing is told to be recorded in a file that nobody can find any more.
            self._still_there()
            self._execute("BEGIN IMMEDIATE")
            self._version = self._data_version()
            if self._version != self._remembered:
                self._transaction.forget()
                self._remembered = self._version
            self._transaction.begin()
            for unit in batch:
                self._run(unit)
            self._transaction.write_counts()
            self._execute("COMMIT")
            self.commits += 1
        except BaseException as error:  # noqa: BLE001  every waiter hears of it; none must wait forever
            self._abandon()
            for unit in batch:
                unit.error = unit.error or self._failed(error)

    def _run(self, unit: Unit) -> None:
        self._execute("SAVEPOINT unit")
        try:
            unit.result = unit.work(self._transaction)
        except BaseException as error:
            unit.error = self._failed(error) if isinstance(error, Error) else error
            if not self._connection.in_transaction:
                # SQLite gave the whole transaction up (a full disk does that), so the batch is lost.
                raise
            self._execute("ROLLBACK TO unit")
            self._transaction.forget()
        else:
            self._transaction.keep()
        self._execute("RELEASE unit")

    def _abandon(self) -> None:
        self._transaction.forget()
        try:
            if self._connection.in_transaction:
                self._execute("ROLLBACK")
        except Error:
            # The next BEGIN fails then and tells its waiters; these hear of the first fault.
            return

    def _failed(self, error: BaseException) -> StoreError:
        if isinstance(error, Error):
            fault = faults.of_sqlite(self._path, error)
        elif isinstance(error, StateGoneError):
            fault = StateGoneError(error.path, error.file)
        else:
            fault = StoreError(f"{StoreError().sentence}: {self._path}: {error!r}")
        fault.__cause__ = error
        return fault

    def _data_version(self) -> int:
        return int(self._execute("PRAGMA data_version").fetchone()[0])


def _hand_out(batch: list[Unit]) -> None:
    for loop, units in groupby(batch, key=lambda unit: unit.done.get_loop()):
        _wake(loop, list(units))


def _wake(loop: AbstractEventLoop, units: list[Unit]) -> None:
    try:
        loop.call_soon_threadsafe(_resolve, units)
    except RuntimeError:
        # The loop was closed, so nobody waits any more.
        return


def _resolve(units: list[Unit]) -> None:
    for unit in units:
        if not unit.done.done():
            unit.done.set_result(None)
