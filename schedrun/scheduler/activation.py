"""Who is active on a state: one process at a time, the others stand by."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from schedrun.core.errors import StateCopiedError, StateLockedError, StoreError
from schedrun.protocols import Clock, Store
from schedrun.scheduler import sessions
from schedrun.stores.identity import Identity
from schedrun.stores.lock import StateLock
from schedrun.stores.sqlite import SqliteStore

log = logging.getLogger(__name__)

TAKE_OVER_SECONDS = 0.5
"""How often a standby looks whether the lock fell free."""

UNNAMED_LOOKS = 10
UNNAMED_SECONDS = 0.1
"""How often, and at which distance, a lock is tried whose holder is no process that lives."""


class Activation:
    """The exclusive right to write one state file, from `acquire` to `release`."""

    def __init__(self, state: Path, clock: Clock) -> None:
        self._state, self._clock = state, clock
        self._lock = StateLock(state)
        self._waiting: asyncio.Task[None] | None = None
        self._files: Identity | None = None
        self.holder: StateLockedError | None = None
        """Who was active when this process last tried; None before it was refused."""

    async def acquire(self, *, patient: bool = False, for_a_moment: bool = False) -> Store:
        """Take the lock and open the store; when `patient`, try for a second where no living process holds it by name.

        Who takes it `for_a_moment` holds it without a name, so that a service that starts just then is not refused.

        Raises StateLockedError, naming the holder, when another process is active; StateCopiedError when another is
        active on the state that this one is a copy of, and this is not for a moment; StoreError when the state cannot
        be opened.
        """
        await self._acquire_lock(looks=UNNAMED_LOOKS if patient else 1, pid=None if for_a_moment else os.getpid())
        try:
            store = await SqliteStore.open(self._state, probe=True)
            if not for_a_moment:
                await self._refuse_copy(store)
        except BaseException:
            self._lock.release()
            raise
        self._files = Identity(self._state)
        return store

    def check(self) -> None:
        """Raise StateGoneError when lock or state were taken away or replaced since they were acquired."""
        self._lock.check()
        if self._files is not None:
            self._files.check()

    async def _refuse_copy(self, store: Store) -> None:
        """Close the store and raise StateCopiedError where the last session is of a process that works elsewhere."""
        copied: StateCopiedError | None = None
        try:
            last = await store.read(lambda reader: reader.last_session())
            if last is not None and sessions.is_elsewhere(last, state=self._state):
                copied = StateCopiedError(str(self._state), pid=last.pid, since=last.started_at)
        except BaseException:
            await store.close()
            raise
        if copied is not None:
            await store.close()
            raise copied

    async def _acquire_lock(self, *, looks: int, pid: int | None) -> None:
        while True:
            try:
                return self._lock.acquire(pid=pid, now=self._clock.now())
            except StateLockedError as locked:
                self.holder = locked
                looks -= 1
                # A holder that has just been killed may have left a child behind that is about to let go of the
                # lock, one that has just begun may be about to write its name, and a command is done in a moment.
                if locked.pid is not None or not looks:
                    raise
            await self._clock.sleep(UNNAMED_SECONDS)

    def stand_by(self, take_over: Callable[[Store], Awaitable[None]]) -> None:
        """Call `take_over` with the open store as soon as the lock falls free.

        When it raises, the store is closed, others may have the state, and waiting goes on.
        """
        self._waiting = asyncio.create_task(self._wait(take_over), name="standby")

    async def release(self) -> None:
        """Stop waiting, or let others have the state; idempotent."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.cancel()
            await asyncio.wait([waiting])
        self._lock.release()

    async def _wait(self, take_over: Callable[[Store], Awaitable[None]]) -> None:
        told: str | None = None
        while True:
            try:
                return await self._take_over(await self.acquire(), take_over)
            except StateLockedError:
                pass  # the usual case: the other one goes on
            except StoreError as error:
                if str(error) != told:
                    facts = {"event": "take_over_failed", "error": str(error)}
                    log.error("Take-over failed, trying again", extra=facts)  # noqa: TRY400  the error says it whole
                told = str(error)
            except Exception:
                log.exception("Take-over failed, trying again", extra={"event": "take_over_failed"})
            await self._clock.sleep(TAKE_OVER_SECONDS)

    async def _take_over(self, store: Store, take_over: Callable[[Store], Awaitable[None]]) -> None:
        try:
            await take_over(store)
        except BaseException:
            await store.close()
            self._lock.release()
            raise
