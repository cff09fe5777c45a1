"""Processes: starting them in a group of their own, reading what they print, saying how they ended."""

import asyncio
import errno
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from schedrun.targets.environment import LaunchError

_READ_BYTES = 1 << 16


class Pipe:
    """Hands on what processes write, as they write it, without ever waiting for the last of them."""

    def __init__(self, sink: Callable[[bytes], None]) -> None:
        self._sink = sink
        self._loop = asyncio.get_running_loop()
        self._end = asyncio.Event()
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        self._loop.add_reader(self._read_end, self._read)

    async def finish(self, *, grace: float) -> None:
        """Wait for the end of what is written, at most `grace` seconds: a grandchild may hold the pipe."""
        try:
            async with asyncio.timeout(grace):
                await self._end.wait()
        except TimeoutError:
            # What stood in the pipe is read: the loop serves readers before it serves timers.
            return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Stop reading; who still writes gets SIGPIPE."""
        self._loop.remove_reader(self._read_end)
        os.close(self._read_end)

    def _read(self) -> None:
        try:
            data = os.read(self._read_end, _READ_BYTES)
        except BlockingIOError:
            return
        if data:
            self._sink(data)
        else:
            self._loop.remove_reader(self._read_end)
            self._end.set()


async def start(argv: Sequence[str], *, output: Pipe, folder: Path, environment: Mapping[str, str]) -> Process:
    """Start a program in its own session and group, with nothing to read, both outputs into one pipe.

    From then on nobody but the program and its children can write to the pipe. Raises LaunchError, which says
    in words why it does not start.
    """
    try:
        return await asyncio.create_subprocess_exec(
            *argv,
            stdin=DEVNULL,
            stdout=output.write_end,
            stderr=STDOUT,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise LaunchError(_launch_words(error, argv[0], folder)) from error
    except ValueError as error:
        # A NUL byte in an argument or variable, or a variable's name with "="; the exception names no value.
        raise LaunchError(f"program not started: {error}") from error
    finally:
        os.close(output.write_end)


def install_child_watcher() -> None:
    """Make asyncio on Python 3.11 wait for children without a thread for each; later versions do so."""
    if sys.version_info >= (3, 12):
        return
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        # An old kernel or a sandbox without pidfds: asyncio's default, one thread a child, still works.
        return
    asyncio.set_child_watcher(asyncio.PidfdChildWatcher())


def exit_words(exit_code: int) -> str | None:
    """Return why an exit code means failure, None for 0; a negative one is the signal that was the end."""
    if exit_code == 0:
        return None
    if exit_code > 0:
        return f"exit code {exit_code}"
    try:
        return f"killed by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"killed by signal {-exit_code}"


def _launch_words(error: OSError, program: str, folder: Path) -> str:
    match error.errno:
        case errno.ENOENT if _is_there(program, folder):
            return f"program's interpreter not found: see the #! line of {program}"
        case errno.ENOENT | errno.ENOTDIR:
            return f"program not found: {program}"
        case errno.EACCES:
            return f"program not executable: {program}"
        case errno.ENOEXEC:
            return f"program has no known format: {program} (a script begins with a #! line)"
        case errno.E2BIG:
            return f"arguments and environment are too long for {program}"
        case _:
            return f"program not started: {program}: {error.strerror}"


def _is_there(program: str, folder: Path) -> bool:
    return "/" in program and (folder / program).is_file()
