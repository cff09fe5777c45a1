"""Awaiting a coroutine that is cancelled when its run must stop, at almost no cost when it never waits."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import suppress
from functools import partial
from typing import Any

from schedrun.protocols import RunContext

Step = Callable[[], Any]


class LeftBehind(Exception):  # noqa: N818  no error: the coroutine ignored its cancellation, `rest` is what it does
    """The coroutine goes on although it was cancelled."""

    def __init__(self, rest: Awaitable[None]) -> None:
        self.rest = rest
        super().__init__(self.__doc__)


class Stoppable:
    """Awaits `coroutine` in the current task and cancels it there once `context.stop` is set.

    The coroutine's result and exceptions are the awaiting one's. `CancelledError` means that it ended by the
    stop, if it is not the awaiting task that somebody else cancels. A coroutine that goes on for `kill_after`
    seconds after its cancellation moves to a task of its own, and LeftBehind is raised.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, Any], context: RunContext) -> None:
        self._coroutine, self._context = coroutine, context
        self._cancellations = 0
        self._out_of_patience = False

    def __await__(self) -> Generator[Any, Any, Any]:
        # Most functions that wait for nothing end in their first step: no task, no timer, nothing to stop.
        try:
            pending = self._coroutine.send(None)
        except StopIteration as returned:
            return returned.value
        task = asyncio.current_task()
        assert task is not None  # asyncio runs coroutines in tasks only
        watch = asyncio.ensure_future(self._watch(task))
        try:
            return (yield from _proceed(self._coroutine, pending, leave=self._leave))
        finally:
            watch.cancel()
            for _ in range(self._cancellations):
                task.uncancel()

    async def _watch(self, task: asyncio.Task[Any]) -> None:
        await self._context.stop.wait()
        self._cancel(task)
        await asyncio.sleep(self._context.kill_after)
        self._out_of_patience = True
        self._cancel(task)

    def _cancel(self, task: asyncio.Task[Any]) -> None:
        self._cancellations += 1
        task.cancel()

    def _leave(self, error: BaseException) -> None:
        """Raise LeftBehind when `error` is the cancellation that the coroutine does not get in this task."""
        if self._out_of_patience and isinstance(error, asyncio.CancelledError):
            raise LeftBehind(asyncio.ensure_future(_outlive(self._coroutine, error)))


class _Resumed:
    """Awaits a coroutine that was begun elsewhere, from `error` on."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], error: BaseException) -> None:
        self._coroutine, self._error = coroutine, error

    def __await__(self) -> Generator[Any, Any, Any]:
        try:
            pending = self._coroutine.throw(self._error)
        except StopIteration as returned:
            return returned.value
        return (yield from _proceed(self._coroutine, pending))


async def _outlive(coroutine: Coroutine[Any, Any, Any], error: BaseException) -> None:
    # Its run has ended and its verdict stands: whatever it still raises may not reach the loop.
    with suppress(BaseException):
        await _Resumed(coroutine, error)


def _proceed(
    coroutine: Coroutine[Any, Any, Any],
    pending: object,
    *,
    leave: Callable[[BaseException], None] | None = None,
) -> Generator[Any, Any, Any]:
    """Await `pending`, what the coroutine waits for, and so on until it returns.

    `leave` is asked before an exception is handed to the coroutine, and may raise instead.
    """
    while True:
        step: Step
        try:
            sent = yield pending
        except GeneratorExit:
            coroutine.close()
            raise
        except BaseException as error:  # noqa: BLE001  handed to the coroutine, as `await` does
            if leave is not None:
                leave(error)
            step = partial(coroutine.throw, error)
        else:
            step = partial(coroutine.send, sent)
        try:
            pending = step()
        except StopIteration as returned:
            return returned.value
