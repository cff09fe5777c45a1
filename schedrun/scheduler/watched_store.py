"""A store whose troubles are told once for everybody who works on it, and whose end is noticed."""

import logging
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from schedrun.core.errors import StoreError
from schedrun.protocols import Clock, Reader, Store, Transaction
from schedrun.stores import faults

log = logging.getLogger(__name__)

T = TypeVar("T")

TELL_AGAIN_SECONDS = 60.0
"""How often a trouble that lasts is told."""


class WatchedStore:
    """A `Store` in front of another; whoever is refused tries again and need not tell.

    While writing fails nothing can start: the log says so at once, then once a minute, and when writing works again.
    `on_final(error)` is called for each error that no waiting mends.
    """

    def __init__(self, store: Store, *, clock: Clock, on_final: Callable[[StoreError], None]) -> None:
        self._store, self._on_final = store, on_final
        self.writes = 0
        """How many units were written, `version` does not tell of these."""

        self._writing, self._reading = _Trouble(_WRITING, clock), _Trouble(_READING, clock)

    async def write(self, unit: Callable[[Transaction], T]) -> T:
        """See `Store.write`."""
        try:
            result = await self._store.write(unit)
        except StoreError as error:
            self._met(error, self._writing)
            raise
        self.writes += 1
        if self._writing.lasts:
            self._writing.end()
        return result

    async def read(self, query: Callable[[Reader], T]) -> T:
        """See `Store.read`."""
        try:
            result = await self._store.read(query)
        except StoreError as error:
            self._met(error, self._reading)
            raise
        if self._reading.lasts:
            self._reading.end()
        return result

    async def verify(self) -> None:
        """See `Store.verify`."""
        try:
            await self._store.verify()
        except StoreError as error:
            self._met(error, self._reading)
            raise

    def version(self) -> int:
        """See `Store.version`."""
        try:
            return self._store.version()
        except StoreError as error:
            self._met(error, self._reading)
            raise

    async def close(self) -> None:
        """See `Store.close`."""
        await self._store.close()

    def _met(self, error: StoreError, trouble: "_Trouble") -> None:
        if faults.is_final(error):
            self._on_final(error)
        elif faults.is_trouble(error):
            trouble.tell(error)


class _Kind(NamedTuple):
    """How one kind of trouble is told: event and sentence while it lasts, and once it is over."""

    event: str
    sentence: str
    event_over: str
    sentence_over: str


_WRITING = _Kind(
    "state_not_written",
    "Nothing starts while the state cannot be written",
    "state_written_again",
    "The state can be written again",
)
_READING = _Kind("state_not_read", "The state cannot be read", "state_read_again", "The state can be read again")


class _Trouble:
    """One kind of trouble: since when it lasts, and when it was told last."""

    def __init__(self, kind: _Kind, clock: Clock) -> None:
        self._kind, self._clock = kind, clock
        self._since: float | None = None
        self._told = 0.0

    @property
    def lasts(self) -> bool:
        """Whether it has begun and not ended."""
        return self._since is not None

    def tell(self, error: StoreError) -> None:
        """Log the error unless that was done within the last minute."""
        now = self._clock.monotonic()
        if self._since is None:
            self._since = now
        elif now - self._told < TELL_AGAIN_SECONDS:
            return
        self._told = now
        lasts = round(now - self._since)
        facts = {"event": self._kind.event, "error": str(error), "seconds": lasts or None}
        log.error(self._kind.sentence, extra=facts)

    def end(self) -> None:
        """Log that it works again, and how long it did not."""
        assert self._since is not None  # asked before
        seconds = round(self._clock.monotonic() - self._since, 1)
        self._since = None
        facts = {"event": self._kind.event_over, "seconds": seconds}
        log.warning(self._kind.sentence_over, extra=facts)
