"""Files that hold the whole output of runs, and can be read while it grows: one gzip stream each.

Writing blocks, so it is done on threads; a disk that takes no more ends the file and not the run.
"""

import asyncio
import errno
import os
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

_LEVEL = 1
_GZIP = 31
_WRITE_BYTES = 1 << 18
_RESERVE_BYTES = 64 << 20
_RESERVE_SHARE = 20
_THREADS = 2


class LiveFile:
    """One file, which is made with the first write. Nothing here raises OSError: `fault` says what went wrong."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._gzip = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
        self._unsent = bytearray()
        self.fault: str | None = None
        """Why not all of it is in the file, None while it is."""
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
            self._descriptor = os.open(path, flags, 0o600)
        except OSError as error:
            self.fault = error.strerror

    def write(self, data: bytes) -> None:
        """Append `data`, which stays in memory until there is more of it or a flush."""
        if self.fault is None:
            self._unsent += self._gzip.compress(data)
            if len(self._unsent) >= _WRITE_BYTES:
                self._send()

    def flush(self) -> None:
        """Let readers see all that was written."""
        if self.fault is None:
            self._unsent += self._gzip.flush(zlib.Z_SYNC_FLUSH)
            self._send()

    def close(self) -> None:
        """End the stream, with a note where it is not whole."""
        descriptor = self._descriptor
        if descriptor is None:
            return
        if self.fault is not None:
            self._unsent += self._gzip.compress(
                f"\n[the rest of the output could not be written: {self.fault}]\n".encode()
            )
        self._unsent += self._gzip.flush(zlib.Z_FINISH)
        self._send(reserve=0)
        self._descriptor = None
        os.close(descriptor)

    def remove(self) -> None:
        """Delete the file: the ledger has all of it."""
        with suppress(OSError):
            self._path.unlink()

    def _send(self, *, reserve: int = _RESERVE_BYTES) -> None:
        assert self._descriptor is not None  # without a file there is a fault, and nothing is sent
        try:
            _check_room(self._descriptor, reserve)
            while self._unsent:
                # What was sent is taken out at once: the stream goes on after it, whatever the next write does.
                del self._unsent[: os.write(self._descriptor, self._unsent)]
        except OSError as error:
            self.fault = self.fault or error.strerror


class Logs:
    """The folder of live files, and the threads that write them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="output")

    def open(self, name: str) -> LiveFile:
        """Return a new file of that name."""
        return LiveFile(self._folder / name)

    def do(self, work: Callable[[], None]) -> asyncio.Future[None]:
        """Do `work` on one of the threads."""
        return asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Release the threads; what they were given is done."""
        self._threads.shutdown(wait=False)


def _check_room(descriptor: int, reserve: int) -> None:
    """Raise OSError when the disk is all but full: what is left on it belongs to the ledger."""
    if reserve == 0:
        return
    volume = os.fstatvfs(descriptor)
    if volume.f_bavail * volume.f_frsize < min(reserve, volume.f_blocks * volume.f_frsize // _RESERVE_SHARE):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
