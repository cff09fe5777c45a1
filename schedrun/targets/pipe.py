"""The pipe into which the processes of a run print."""

import asyncio
import os
from collections.abc import Callable
from typing import Self

_READ_BYTES = 1 << 16
_LARGEST_PIPE_BYTES = 1 << 20


class Pipe:
    """Hands on what processes write, as they write it, without ever waiting for the last of them."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._sink: Callable[[bytes], None] | None = None
        self._end: asyncio.Future[None] = self._loop.create_future()
        self._read_end, self.write_end = os.pipe()
        self.inode = os.fstat(self._read_end).st_ino
        """What tells whether a process has it open."""
        self._reading = self._ignored = False

    def listen(self, sink: Callable[[bytes], None]) -> None:
        """Begin to read into `sink`."""
        os.set_blocking(self._read_end, False)
        self._sink = sink
        self.resume()

    async def finish(self, *, grace: float) -> None:
        """Wait for the end of what is written, at most `grace` seconds: a grandchild may hold the pipe."""
        if not self._end.done():
            await asyncio.wait((self._end,), timeout=grace)
        if not self._end.done():
            # What stands in the pipe now was written in time.
            self._read(_LARGEST_PIPE_BYTES)

    def pause(self) -> None:
        """Leave what is written in the pipe: who writes more than it holds waits."""
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._read_end)

    def resume(self) -> None:
        """Read on."""
        if not self._reading and not self._end.done():
            self._reading = True
            self._loop.add_reader(self._read_end, self._read, _READ_BYTES)

    def ignore_until(self, over: asyncio.Future[None]) -> None:
        """Read what still comes, to nobody, until `over` is done: SIGPIPE would cut off who is about to clean up."""
        self._sink = _ignore
        self.resume()
        self._ignored = True
        over.add_done_callback(lambda _: self._close())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Stop reading, unless it goes on for nobody; who still writes then gets SIGPIPE."""
        if not self._ignored:
            self._close()

    def _close(self) -> None:
        self.pause()
        if not self._end.done():
            self._end.set_result(None)  # nothing may resume it any more
        os.close(self._read_end)

    def _read(self, most: int) -> None:
        assert self._sink is not None  # `listen` comes before the first read
        try:
            data = os.read(self._read_end, most)
        except BlockingIOError:
            return
        if data:
            self._sink(data)
        else:
            self.pause()
            self._end.set_result(None)


def _ignore(_: bytes) -> None:
    """Take what a run prints after its verdict."""
