"""Taking the lock of a state whose holder is no process that lives."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from schedrun.core.errors import StateLockedError
from schedrun.scheduler.activation import UNNAMED_LOOKS, Activation
from tests.virtual import VirtualClock

pytestmark = pytest.mark.anyio


@pytest.fixture
def held(tmp_path: Path) -> Iterator[int]:
    """Hold the lock as the child of a killed service does until it has looked around: nobody's name is in it."""
    (tmp_path / "state").mkdir(mode=0o700)
    descriptor = os.open(tmp_path / "state" / "state.db.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield descriptor
    os.close(descriptor)


class Releasing(VirtualClock):
    """A clock with which something happens while one sleeps; `sleeps` counts how often one did."""

    sleeps = 0
    lets_go: int | None = None

    async def sleep(self, seconds: float) -> None:
        self.sleeps += 1
        if self.lets_go is not None:
            fcntl.flock(self.lets_go, fcntl.LOCK_UN)


async def test_a_lock_that_no_living_process_holds_is_tried_again(
    tmp_path: Path, held: int, clock: VirtualClock
) -> None:
    """A restart right after a kill is not refused because of what the killed one has left behind."""
    waiting = Releasing(clock.now())
    waiting.lets_go = held
    activation = Activation(tmp_path / "state" / "state.db", waiting)
    store = await activation.acquire(patient=True)
    await store.close()
    await activation.release()
    assert 1 == waiting.sleeps


async def test_it_is_not_waited_for_without_end(tmp_path: Path, held: int, clock: VirtualClock) -> None:
    """Whoever it is, it holds the lock."""
    waiting = Releasing(clock.now())
    with pytest.raises(StateLockedError, match="an unnamed process"):
        await Activation(tmp_path / "state" / "state.db", waiting).acquire(patient=True)
    assert UNNAMED_LOOKS - 1 == waiting.sleeps


async def test_a_living_holder_is_named_at_once(tmp_path: Path, held: int, clock: VirtualClock) -> None:
    """There is nothing to wait for."""
    os.write(held, f"{os.getpid()} 2026-06-01T00:00:00+00:00\n".encode())
    waiting = Releasing(clock.now())
    with pytest.raises(StateLockedError, match=f"pid {os.getpid()}"):
        await Activation(tmp_path / "state" / "state.db", waiting).acquire(patient=True)
    assert 0 == waiting.sleeps


async def test_a_standby_waits_for_nothing(tmp_path: Path, held: int, clock: VirtualClock) -> None:
    """It looks again soon anyway."""
    waiting = Releasing(clock.now())
    with pytest.raises(StateLockedError):
        await Activation(tmp_path / "state" / "state.db", waiting).acquire()
    assert 0 == waiting.sleeps


async def test_who_holds_it_for_a_moment_is_waited_for(tmp_path: Path, clock: VirtualClock) -> None:
    """A service may start while a command acts on the state."""
    state = tmp_path / "state" / "state.db"
    command = Activation(state, clock)
    store = await command.acquire(for_a_moment=True)

    class Ending(VirtualClock):
        async def sleep(self, seconds: float) -> None:
            await store.close()
            await command.release()

    service = Activation(state, Ending(clock.now()))
    await (await service.acquire(patient=True)).close()
    await service.release()
