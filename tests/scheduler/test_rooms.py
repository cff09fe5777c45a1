"""Room by name: so many at once of each, and nothing kept of who has gone."""

import asyncio

import pytest

from schedrun.scheduler.rooms import Rooms
from tests.virtual import settle

pytestmark = pytest.mark.anyio


async def test_each_name_has_room_for_so_many() -> None:
    """Who waits for one room keeps nobody from another; who leaves lets the next one in."""
    rooms, inside, leave = Rooms(2), list[str](), asyncio.Event()

    async def visit(name: str) -> None:
        async with rooms.of(name):
            inside.append(name)
            await leave.wait()

    visits = [asyncio.create_task(visit(name)) for name in ("a", "a", "a", "b")]
    await settle()
    assert ["a", "a", "b"] == inside
    leave.set()
    await asyncio.gather(*visits)
    assert ["a", "a", "b", "a"] == inside
    assert 0 == len(rooms)


async def test_who_stops_waiting_is_forgotten() -> None:
    """The room of who holds it is still there."""
    rooms = Rooms(1)

    async def wait() -> None:
        async with rooms.of("a"):
            raise AssertionError

    async with rooms.of("a"):
        waiting = asyncio.create_task(wait())
        await settle()
        waiting.cancel()
        await asyncio.wait([waiting])
        assert 1 == len(rooms)
    assert 0 == len(rooms)
