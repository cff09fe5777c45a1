"""What waits for a client, by what uvicorn's transport says."""

from collections.abc import Iterable
from typing import Any

import pytest

from schedrun.web.events import connection

pytestmark = pytest.mark.anyio


class Connection:
    """Receives as uvicorn does; `waits` is how many bytes wait at each look, the last number for ever."""

    def __init__(self, waits: Iterable[int]) -> None:
        self.transport = self
        self._waits = list(waits)

    def get_write_buffer_size(self) -> int:
        return self._waits.pop(0) if len(self._waits) > 1 else self._waits[0]

    async def receive(self) -> Any: ...


async def nothing_known() -> Any: ...


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at once."""
    monkeypatch.setattr(connection, "LOOK_SECONDS", 0.001)


@pytest.mark.parametrize(
    ("waits", "expected"),
    [
        ([0], True),
        ([9, 0], True),
        ([9, 9, 9, 0], True),
        ([9, 9, 9, 8, 8, 8, 0], True),
        ([9, 9, 9, 12, 12, 12, 0], True),
        ([9, 9, 9, 9, 0], False),
        ([9, 8, 7, 7, 7, 7, 0], False),
        ([9], False),
    ],
    ids=str,
)
async def test_a_client_is_there_as_long_as_it_takes_something(waits: list[int], expected: bool) -> None:
    """Three looks in vain are too many."""
    assert expected == await connection.taken(Connection(waits).receive, patience=0.003)


async def test_other_servers_say_nothing_of_it() -> None:
    """Then nothing waits, and nothing is aborted."""
    assert await connection.taken(nothing_known, patience=0.003)
    connection.abort(nothing_known)
