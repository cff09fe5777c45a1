"""What the kernel tells of processes: files below /proc, which may be gone by the time they are read."""

import os
from collections.abc import Iterator
from typing import NamedTuple

RUN_VARIABLE = "SCHEDRUN_RUN_ID"
"""What every process of a run inherits: the mark by which it is found again."""

_CHUNK_BYTES = 1 << 16


class Standing(NamedTuple):
    """A process among others. `started` is its birth in clock ticks since boot: with the pid it names one process."""

    pid: int
    program: str
    state: str
    parent: int
    session: int
    group: int
    started: int

    @property
    def alive(self) -> bool:
        """Whether it runs; a zombie does not, it only waits to be reaped."""
        return self.state not in {"Z", "X"}


def pids() -> Iterator[int]:
    """Return every process id there is, in no order."""
    names = os.listdir("/proc")  # noqa: PTH208  a Path for each of thousands is what costs here
    return (int(name) for name in names if name.isdigit())


def standing(pid: int) -> Standing | None:
    """Return where the process stands, None when it is gone."""
    text = content(f"/proc/{pid}/stat")
    if not text:
        return None
    # The program's name may hold anything, parentheses too: what follows the last one is in columns.
    head, _, columns = text.rpartition(b")")
    state, parent, group, session, *rest = columns.split()
    name = head.partition(b"(")[2].decode(errors="replace")
    return Standing(pid, name, state.decode(), int(parent), int(session), int(group), int(rest[15]))


def environment(pid: int) -> bytes | None:
    """Return the variables that the process was started with, each ended by a NUL.

    Empty for a zombie, and for a moment while a program is being loaded. None when the process is gone or its
    variables are not ours to read.
    """
    return content(f"/proc/{pid}/environ")


def run_named(variables: bytes | None) -> str | None:
    """Return the run whose mark the variables bear, None for none."""
    return value_of(RUN_VARIABLE, variables)


def value_of(name: str, variables: bytes | None) -> str | None:
    """Return the value of one of the variables, None where it is not among them."""
    if not variables:
        return None
    start = f"{name}=".encode()
    at = 0 if variables.startswith(start) else variables.find(b"\0" + start) + 1
    if at == 0 and not variables.startswith(start):
        return None
    value, _, _ = variables[at + len(start) :].partition(b"\0")
    return value.decode(errors="replace")


def pipes(pid: int) -> set[int]:
    """Return the inodes of the pipes into which the process prints; empty when it is gone or not ours to look at."""
    found = set()
    for descriptor in (1, 2):
        try:
            link = os.readlink(f"/proc/{pid}/fd/{descriptor}")  # noqa: PTH115  a Path for each of thousands costs
        except OSError:
            continue
        if link.startswith("pipe:["):
            found.add(int(link[6:-1]))
    return found


def content(path: str) -> bytes | None:
    """Return what the file says, None when it is gone or not ours to read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        content = os.read(descriptor, _CHUNK_BYTES)
        if len(content) < _CHUNK_BYTES:  # the usual case: all of it came at once
            return content
        while more := os.read(descriptor, _CHUNK_BYTES):
            content += more
    except OSError:
        return None
    else:
        return content
    finally:
        os.close(descriptor)
