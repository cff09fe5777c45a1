"""The ledger in a SQLite file: one writer thread, readers beside it, everything durable before it is told."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue
from sqlite3 import Connection
from typing import TypeVar

from schedrun.protocols import Reader, Transaction
from schedrun.stores import integrity
from schedrun.stores.connection import faults_of, open_for_reading, open_for_writing, snapshot
from schedrun.stores.faults import StoreClosedError
from schedrun.stores.identity import Identity
from schedrun.stores.jobs import JobCache
from schedrun.stores.reading import SqlReader
from schedrun.stores.writer import Writer
from schedrun.stores.writing import SqlTransaction

T = TypeVar("T")

_READERS = 2
_INTERRUPT_SECONDS = 0.02


class SqliteStore:
    """A `Store` in one file; `open` makes it.

    A unit of work is durable (WAL, synchronous=FULL) when `write` returns. Reads run on threads and
    connections of their own, so neither the event loop nor the writer waits for them.
    """

    def __init__(self, path: Path, connection: Connection) -> None:
        self._path = path
        self._jobs = JobCache()
        self._writer = Writer(
            connection, SqlTransaction(connection, self._jobs), path, still_there=Identity(path).check
        )
        self._readers: SimpleQueue[Connection] = SimpleQueue()
        for _ in range(_READERS):
            self._readers.put(open_for_reading(path, "rw"))
        self._threads = ThreadPoolExecutor(_READERS, thread_name_prefix="schedrun-reader")
        self._closing: asyncio.Future[None] | None = None
        self._verifying: Connection | None = None
        self._verified = threading.Event()

    @classmethod
    async def open(cls, path: Path, *, probe: bool = False) -> "SqliteStore":
        """Return the store of the state at `path`; folder (0700), file (0600) and migrations are made.

        It takes no lock: `StateLock` says who is the active process, and that one should `probe` the state for
        damage first. Raises UnsafeFolderError when others can write the folder, StateVersionError when a newer
        schedrun wrote the state, StateDamagedError when it is damaged or no state at all, StateFullError,
        StateReadOnlyError and StateBusyError when it cannot be written; the file is then left as it was.
        """
        return await asyncio.to_thread(lambda: cls(path, open_for_writing(path, probe=probe)))

    @property
    def commits(self) -> int:
        """How many transactions were committed since `open`."""
        return self._writer.commits

    async def write(self, unit: Callable[[Transaction], T]) -> T:
        """Run `unit` on the writer's thread, with all others that wait, and return when it is durable."""
        self._refuse_when_closed()
        submitted = self._writer.submit(unit)
        await submitted.done
        if submitted.error is not None:
            raise submitted.error
        result: T = submitted.result
        return result

    async def read(self, query: Callable[[Reader], T]) -> T:
        """Run `query` on a reader's thread."""
        self._refuse_when_closed()
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, query)

    async def verify(self) -> None:
        """Look at every page, on a thread and a connection of its own: seconds for each GiB; `close` ends it."""
        self._refuse_when_closed()
        await asyncio.to_thread(self._verify)

    def version(self) -> int:
        """Return the writer's view of SQLite's data version: commits of this store leave it alone."""
        self._refuse_when_closed()
        with faults_of(self._path):
            return self._writer.version()

    async def close(self) -> None:
        """Write what waits, then close every connection; the last one folds the WAL into the file."""
        if self._closing is None:
            self._closing = asyncio.get_running_loop().run_in_executor(None, self._release)
        await asyncio.shield(self._closing)

    def _verify(self) -> None:
        with closing(open_for_reading(self._path, "rw")) as connection:
            self._verified.clear()
            self._verifying = connection
            try:
                with faults_of(self._path):
                    self._look_through(connection)
            finally:
                self._verified.set()
                self._verifying = None

    def _look_through(self, connection: Connection) -> None:
        try:
            integrity.verify(connection, self._path)
        except sqlite3.OperationalError as error:
            if self._closing is None or error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise

    def _ask(self, query: Callable[[Reader], T]) -> T:
        connection = self._readers.get()
        try:
            with snapshot(connection, self._path):
                return query(SqlReader(connection, self._jobs))
        finally:
            self._readers.put(connection)

    def _release(self) -> None:
        verifying = self._verifying
        while verifying is not None and not self._verified.wait(_INTERRUPT_SECONDS):
            verifying.interrupt()  # again: one that comes before the statement has begun ends nothing
        self._threads.shutdown()
        for _ in range(_READERS):
            with closing(self._readers.get()):
                pass
        self._writer.finish()

    def _refuse_when_closed(self) -> None:
        if self._closing is not None:
            raise StoreClosedError
