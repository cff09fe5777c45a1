"""Room by name: so many at once of each."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Rooms:
    """A semaphore a name, each with the same size; names that nobody uses are forgotten."""

    def __init__(self, size: int) -> None:
        """Take how many may be in the room of one name at once."""
        self._size = size
        self._rooms: dict[str, asyncio.Semaphore] = {}
        self._users: Counter[str] = Counter()

    @asynccontextmanager
    async def of(self, name: str) -> AsyncIterator[None]:
        """Wait for a place in the room of that name, and hold it."""
        room = self._rooms.setdefault(name, asyncio.Semaphore(self._size))
        self._users[name] += 1
        try:
            async with room:
                yield
        finally:
            self._users[name] -= 1
            if not self._users[name]:
                del self._users[name], self._rooms[name]

    def __len__(self) -> int:
        """Return how many names are in use."""
        return len(self._rooms)
