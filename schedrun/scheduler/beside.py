"""A ledger on which another process is active, as the processes that stand by ask it."""

import asyncio
from pathlib import Path

from schedrun.core.errors import StoreError
from schedrun.protocols import Store
from schedrun.stores import readonly
from schedrun.stores.identity import Identity
from schedrun.stores.sqlite import SqliteStore


class Beside:
    """The store of a state, opened when it is first asked for and kept, without the lock on it.

    It answers questions and takes requests; whatever else is written is written by the active process.
    """

    def __init__(self, state: Path) -> None:
        self._state = state
        self._open: tuple[SqliteStore, Identity] | None = None
        self._turn = asyncio.Lock()

    async def store(self) -> Store:
        """Return the open store. Raises StoreError when there is no state of this version, or a damaged one."""
        async with self._turn:
            if self._open is not None:
                store, files = self._open
                try:
                    files.check()
                except StoreError:  # another state is in its place now
                    await self._let_go()
                else:
                    return store
            # A newer version must not migrate a state under the older process that is active on it.
            await asyncio.to_thread(lambda: readonly.open_reader(self._state).close())
            store = await SqliteStore.open(self._state)
            self._open = store, Identity(self._state)
            return store

    async def close(self) -> None:
        """Close the store; the next question opens it again. Idempotent."""
        async with self._turn:
            await self._let_go()

    async def _let_go(self) -> None:
        opened, self._open = self._open, None
        if opened is not None:
            await opened[0].close()
