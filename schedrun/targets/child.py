"""A process that was started here, from its first moment until it is reaped."""

import asyncio
import os
import signal
import subprocess
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

awaited: set[int] = set()
"""The pids of this process's children that are reaped here, and by nobody else."""

_starting = threading.local()


class Child:
    """A program in its own session and group. Once it is watched, `exited` is done when it has ended and is reaped.

    The result is its exit code (negative: the signal that ended it), None when other code of this process has
    taken it.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        executable: str | None,
        output: int,
        folder: Path,
        environment: Mapping[str, str],
        pass_fds: Collection[int] = (),
    ) -> None:
        """Start it, both outputs into the descriptor `output`. Raises OSError, and ValueError for a NUL byte."""
        self._loop = asyncio.get_running_loop()
        _starting.here = True
        try:
            # Not asyncio's own: a transport, a protocol and two tasks a process cost more than all the rest of a run.
            self._process = subprocess.Popen(  # noqa: S603  running what the manifest says is the purpose
                argv,
                executable=executable,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=environment,
                start_new_session=True,
                pass_fds=pass_fds,
            )
        finally:
            _starting.here = False
        self.pid = self._process.pid
        self.exited: asyncio.Future[int | None] = self._loop.create_future()
        self._watched = False
        awaited.add(self.pid)

    def watch(self) -> None:
        """Begin to wait for its end; idempotent."""
        if self._watched:
            return
        self._watched = True
        try:
            self._pidfd = os.pidfd_open(self.pid)
        except OSError:
            # An old kernel, a sandbox without pidfds, or no descriptor left: a thread waits instead.
            threading.Thread(target=self._wait, name=f"wait for {self.pid}", daemon=True).start()
        else:
            self._loop.add_reader(self._pidfd, self._readable)

    def signal_group(self, number: int) -> bool:
        """Signal all of its group; False when nothing of that could be told.

        Once it is reaped its number may be another's: then nothing is sent.
        """
        if self.exited.done():
            return False
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            # Ended in this moment; or all of them changed their user (sudo) and are out of our reach.
            return False
        return True

    def kill_group(self) -> None:
        """Kill all of its group at once."""
        self.signal_group(signal.SIGKILL)

    def left_group(self) -> bool:
        """Whether its group has members after its own end: one call, and a zombie counts."""
        try:
            os.killpg(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    def _readable(self) -> None:
        if self._reap():
            self._loop.remove_reader(self._pidfd)
            os.close(self._pidfd)

    def _wait(self) -> None:
        with suppress(ChildProcessError):  # reaped elsewhere: `_reap` finds that out
            # Only look: it is reaped on the event loop, where signals are sent from.
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        with suppress(RuntimeError):  # the loop is closed: nobody is left who could want to know
            self._loop.call_soon_threadsafe(self._reap)

    def _reap(self) -> bool:
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:
            code = None
        else:
            if pid == 0:
                return False
            code = os.waitstatus_to_exitcode(status)
        self._process.returncode = 0 if code is None else code  # or it would be waited for once more
        awaited.discard(self.pid)
        if not self.exited.done():
            self.exited.set_result(code)
        return True


def starting_here() -> bool:
    """Whether this very thread is just starting a `Child`."""
    return getattr(_starting, "here", False)
