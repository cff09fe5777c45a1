"""An event loop that knows whether anything goes on in it that waits for no time."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple

from schedrun.protocols import Transaction
from schedrun.stores.writer import Unit, Writer

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_ENDLESS = 3_000
"""Turns of the loop after which nothing comes to rest by itself."""


class WatchedLoop(asyncio.SelectorEventLoop):
    """An event loop that knows of the work of executors, and of stores' writers where `watched_submit` submits it."""

    def __init__(self) -> None:
        super().__init__()
        self._on_threads: set[asyncio.Future[Any]] = set()

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        """Do it, and know of it until it is done."""
        work = super().run_in_executor(executor, func, *args)
        self.know_of(work)
        return work

    def know_of(self, work: asyncio.Future[Any]) -> None:
        """Know of work on a thread until it is done."""
        self._on_threads.add(work)
        work.add_done_callback(self._on_threads.discard)

    async def settle(self, *, threads: bool = True) -> None:
        """Let everything that waits for nothing but its turn, or for a thread, go on until nothing does.

        Without `threads` nobody waits for them: one that the test itself holds up ends later.
        """
        await asyncio.sleep(0)  # what sockets and processes have said by now is heard
        for _ in range(_ENDLESS):
            if self._someone_is_next:
                await asyncio.sleep(0)
            elif threads and self._on_threads:
                await asyncio.wait(self._on_threads)
            else:
                return
        raise AssertionError("something goes on and on without time")

    @property
    def _someone_is_next(self) -> bool:
        return bool(self._ready)  # type: ignore[attr-defined]  # no public name says it


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run it on a watched loop of its own, as `asyncio.run` does on another."""
    with asyncio.Runner(loop_factory=WatchedLoop) as runner:
        return runner.run(main)


def watched_submit(writer: Writer, work: Callable[[Transaction], Any]) -> Unit:
    """Submit a unit of work, in place of `Writer.submit`, so that a watched loop knows of it."""
    unit = _submit(writer, work)
    loop = unit.done.get_loop()
    if isinstance(loop, WatchedLoop):
        loop.know_of(unit.done)
    return unit


_submit = Writer.submit
