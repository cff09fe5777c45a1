"""An undo log over plain dictionaries: what a unit of work wrote, so that it can be taken back."""

from typing import Any, Final, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_ABSENT: Final = object()


class Journal:
    """Every write to a table goes through here; `undo` restores what `settle` has not made final."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: list[tuple[dict[Any, Any], Any, Any]] = []

    def put(self, table: dict[K, V], key: K, value: V) -> None:
        """Write the entry and remember what was there."""
        self._entries.append((table, key, table.get(key, _ABSENT)))
        table[key] = value

    def drop(self, table: dict[K, V], key: K) -> None:
        """Delete the entry, which must be there, and remember it."""
        self._entries.append((table, key, table.pop(key)))

    def settle(self) -> None:
        """Make what was written final."""
        self._entries.clear()

    def undo(self) -> None:
        """Take back everything since the last `settle`, the newest write first."""
        for table, key, before in reversed(self._entries):
            if before is _ABSENT:
                del table[key]
            else:
                table[key] = before
        self._entries.clear()
