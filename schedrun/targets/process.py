"""Starting a program, and saying in words why it does not start or how it ended."""

import asyncio
import errno
import os
import signal
import sys
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from schedrun.targets.child import Child
from schedrun.targets.environment import LaunchError
from schedrun.targets.pipe import Pipe


class Program(NamedTuple):
    """What is started, where, and with which variables; `pass_fds` are the descriptors that it inherits."""

    argv: Sequence[str]
    folder: Path
    variables: Mapping[str, str]
    pass_fds: Collection[int] = ()


def start(program: Program, *, output: Pipe) -> Child:
    """Start a program in its own session and group, with nothing to read, both outputs into one pipe.

    From then on nobody but the program and its children can write to the pipe. Raises LaunchError, which says
    in words why it does not start.
    """
    argv, folder, variables, pass_fds = program
    executable = found(argv[0], variables.get("PATH", os.defpath))
    begin = partial(Child, argv, output=output.write_end, folder=folder, environment=variables, pass_fds=pass_fds)
    try:
        try:
            return begin(executable=executable)
        except OSError:
            if executable is None:
                raise
            # The system has the last word: it tries the other folders too.
            return begin(executable=None)
    except OSError as error:
        # Looked at only now: the folder is there nearly always, and asking costs more than it seems.
        words = _launch_words(error, argv[0], folder) if folder.is_dir() else f"working folder not found: {folder}"
        raise LaunchError(words) from error
    except ValueError as error:
        # A NUL byte in an argument or variable, or a variable's name with "="; the exception names no value.
        raise LaunchError(f"program not started: {error}") from error
    finally:
        os.close(output.write_end)


def found(program: str, path: str) -> str | None:
    """Return where the system probably finds the program; None to leave that to the system.

    Each folder that does not have it would cost a try in the new process, while this one stands still.
    """
    if "/" in program or "\0" in program:
        return None
    for folder in path.split(":"):
        if not folder.startswith("/"):
            return None  # relative to where the program starts
        candidate = f"{folder}/{program}"
        if os.access(candidate, os.X_OK):
            return candidate
    return None


def install_child_watcher() -> None:
    """Make asyncio on Python 3.11 wait for children without a thread for each; later versions do so.

    Runs do not need it, but functions that start processes do.
    """
    if sys.version_info >= (3, 12):
        return
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        # An old kernel or a sandbox without pidfds: asyncio's default, one thread a child, still works.
        return
    asyncio.set_child_watcher(asyncio.PidfdChildWatcher())


def exit_words(exit_code: int | None) -> str | None:
    """Return why an exit code means failure, None for 0; a negative one is the signal that was the end."""
    if exit_code is None:
        return "its exit code is lost: other code of the service waited for it"
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
