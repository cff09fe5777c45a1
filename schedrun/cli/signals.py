"""The signals that a command answers while it works, and none behind that."""

import asyncio
import signal
import socket
from collections.abc import Callable, Mapping
from types import FrameType

from schedrun.targets.forked import OwnSignals


class Answered:
    """Calls a function on each signal while the block runs; behind it the process ends, and hears them no more."""

    # asyncio's own way back passes through the default handler: a late signal that another thread takes in that
    # moment ends the process as if it had been killed. Here one handler follows the other.

    def __init__(self, handlers: Mapping[signal.Signals, Callable[[], None]]) -> None:
        """Take what to call on the event loop that the block is entered on."""
        self._handlers = dict(handlers)
        self._own = OwnSignals(self._handlers)
        self._woken, self._wake = socket.socketpair()

    def __enter__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._own.begin()
        for end in (self._woken, self._wake):
            end.setblocking(False)
        # Whichever thread takes a signal, the loop must wake up to run its handler.
        self._loop.add_reader(self._woken, self._drain)
        self._before = signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        for number in self._handlers:
            signal.signal(number, self._heard)

    def __exit__(self, *_: object) -> None:
        # Who asks twice to stop may come late: what has stopped in order shall not end as if it had been killed.
        for number in self._handlers:
            signal.signal(number, signal.SIG_IGN)
        self._own.end()
        signal.set_wakeup_fd(self._before)
        self._loop.remove_reader(self._woken)
        self._woken.close()
        self._wake.close()

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(self._handlers[signal.Signals(number)])

    def _drain(self) -> None:
        try:
            while self._woken.recv(4096):
                pass
        except BlockingIOError:
            return
