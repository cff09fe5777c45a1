"""Being the process that the kernel gives orphans to (prctl(2)), to end those that a block of code leaves behind."""

import ctypes
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event

_PR_SET_CHILD_SUBREAPER = 36
_WITHIN_SECONDS = 5.0
_LOOK_SECONDS = 0.005


def be_subreaper(*, yes: bool) -> None:
    """Become the subreaper of everything below this process, or none again. Raises OSError where that cannot be."""
    libc = ctypes.CDLL(None, use_errno=True)
    prctl = getattr(libc, "prctl", None)
    if prctl is None:
        raise OSError("this system has no subreapers")
    if prctl(_PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(yes), 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


@contextmanager
def ending_orphans(*, monotonic: Callable[[], float]) -> Iterator[None]:
    """End whatever the block leaves behind, double forks and sessions of their own included, where the system can.

    For a block in which the process's first thread starts nothing that is to outlive it. Waits some seconds at most,
    of `monotonic`; what does not end by then, or is another user's, is left.
    """
    before = _adopting()
    try:
        yield
    finally:
        if before is not None:
            deadline = monotonic() + _WITHIN_SECONDS
            # Whose parent is ended becomes an orphan in its turn.
            while (left := _children() - before) and monotonic() < deadline:
                for pid in left:
                    _end(pid)
                Event().wait(_LOOK_SECONDS)
            be_subreaper(yes=False)


def _adopting() -> set[int] | None:
    """Become the subreaper; return the children so far, None where the system has none or does not let us."""
    try:
        before = _children()
        be_subreaper(yes=True)
    except OSError:
        return None
    return before


def _children() -> set[int]:
    """Return the children of the first thread, to which orphans are given. Raises OSError where nobody tells."""
    with open(f"/proc/self/task/{os.getpid()}/children", "rb") as listed:  # noqa: PTH123  as short as a Path, and no import
        return {int(pid) for pid in listed.read().split()}


def _end(pid: int) -> None:
    """Kill a child and reap it, if it has ended: until then its number is nobody else's."""
    with suppress(PermissionError, ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
