"""One look at the ledger for all clients of a process, while there are any."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from schedrun.core.errors import StoreError
from schedrun.web.backend import Backend
from schedrun.web.events import looks, wire
from schedrun.web.events.hints import Hint, Listener, Reset
from schedrun.web.events.looks import Seen

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25
BUSY_SECONDS = 0.75
"""How long after a look that found too much the next one follows: pages are asked for again meanwhile."""

LOOK_ANYWAY_SECONDS = 15.0
"""How long a version that stays the same is believed."""


class Hub:
    """Tells its listeners what changed in the ledger, whichever process changed it."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._listeners: set[Listener] = set()
        self._following: asyncio.Task[None] | None = None
        self._began = asyncio.Lock()
        self._seen: Seen | None = None
        self._version = 0

    async def events(self) -> AsyncGenerator[bytes, None]:
        """Yield what one client is told, beginning with `reset`. Raises StoreError before that."""
        async with self._listening() as listener:
            yield wire.BEGIN
            while hints := await listener.take():
                yield b"".join(hint.chunk() for hint in hints)

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[Listener]:
        listener = Listener()
        self._listeners.add(listener)
        try:
            # Before the client is told to ask for everything: what changes after that is told.
            await self._begin()
            listener.offer([Reset()])
            yield listener
        finally:
            self._listeners.discard(listener)
            if not self._listeners:
                await self._stop()

    async def _begin(self) -> None:
        async with self._began:
            if self._following is None or self._following.done():
                self._version = self._backend.version()
                self._seen = await self._backend.read(looks.first)
                self._following = asyncio.create_task(self._follow(), name="follow the ledger")

    async def _stop(self) -> None:
        following, self._following, self._seen = self._following, None, None
        if following is not None:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    async def _follow(self) -> None:
        try:
            await self._look_again_and_again()
        except Exception:
            log.exception("Streams of events end", extra={"event": "events_failed"})
            for listener in self._listeners:
                listener.close()

    async def _look_again_and_again(self) -> None:
        clock, pause = self._backend.clock, LOOK_SECONDS
        looked = clock.monotonic()
        while True:
            await clock.sleep(pause)
            pause = LOOK_SECONDS
            # Asked before the look: what is written meanwhile is looked for again.
            version = self._backend.version()
            if version == self._version and clock.monotonic() - looked < LOOK_ANYWAY_SECONDS:
                continue
            assert self._seen is not None  # it began with a look
            try:
                found = await self._backend.read(partial(looks.again, before=self._seen))
            except StoreError:
                continue  # nothing is known, so nothing is told; what is told later is since the last look
            self._version, self._seen, looked = version, found.seen, clock.monotonic()
            if found.hints is None:
                self._tell([Reset()])
                pause = BUSY_SECONDS
            else:
                self._tell(found.hints)

    def _tell(self, hints: Sequence[Hint]) -> None:
        for listener in self._listeners:
            listener.offer(hints)
