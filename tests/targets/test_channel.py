"""The channel to a child, with a thread in the child's place."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from schedrun.targets.channel import Channel
from tests.targets.contexts import until

pytestmark = pytest.mark.anyio

MIB = 1 << 20


def descriptors() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def read(descriptor: int, most: int = 1 << 30) -> bytes:
    """Read to the end, at most so much."""
    read = bytearray()
    while len(read) < most and (piece := os.read(descriptor, 1 << 16)):
        read += piece
    return bytes(read)


def write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


async def answer(request: bytes, child: Callable[[int], object]) -> bytes:
    with Channel(request) as channel:
        await asyncio.to_thread(child, channel.childs_end)
        return channel.answer()


@pytest.mark.parametrize("size", [0, 1, 3 * MIB])
async def test_tells_and_hears_all_of_it(size: int) -> None:
    """However little a socket holds."""
    assert b"x" * size + b"!" == await answer(b"x" * size, lambda end: write(end, read(end) + b"!"))


async def test_a_child_that_reads_nothing_holds_nobody_up() -> None:
    """It may crash before it has heard all."""
    assert b"" == await answer(b"x" * MIB, lambda end: read(end, most=10))
    assert b"soon" == await answer(b"x" * MIB, lambda end: write(end, b"soon"))


async def test_hears_what_was_written_though_somebody_holds_the_other_end() -> None:
    """A child of the child may outlive it."""
    kept = []

    def child(end: int) -> None:
        kept.append(os.dup(end))
        write(end, b"answer")

    assert b"answer" == await answer(b"", child)
    os.close(kept[0])


async def test_stops_listening_to_who_never_ends() -> None:
    """Whoever writes that much is not who was asked; and what is heard is bounded."""
    with Channel(b"") as channel:
        end = channel.childs_end
        os.set_blocking(end, False)
        while len(channel.answer()) <= 16 * MIB:
            os.write(end, b"x" * MIB)
        for _ in range(100):
            with suppress(BlockingIOError):
                os.write(end, b"x" * MIB)
            await asyncio.sleep(0)
        assert 17 * MIB > len(channel.answer())


async def test_closes_both_ends() -> None:
    """No descriptor is left."""
    before = descriptors()
    await answer(b"x" * MIB, lambda end: read(end, most=10))
    await until(lambda: before >= descriptors())
