"""Process groups: asking all of one to end, and ending it."""

import asyncio
import os
import signal
from asyncio.subprocess import Process
from pathlib import Path
from typing import Any

_FIRST_LOOK_SECONDS = 0.01
_RAREST_LOOK_SECONDS = 0.5
_ZOMBIE = "Z"


async def end_group(leader: Process, exited: asyncio.Future[Any], *, kill_after: float) -> None:
    """Ask the leader's whole group to end, and kill what is left of it after `kill_after` seconds."""
    _signal(leader.pid, signal.SIGTERM)
    try:
        async with asyncio.timeout(kill_after):
            await asyncio.wait((exited,))
            await _gone(leader.pid)
    except TimeoutError:
        kill_group(leader.pid)
        await asyncio.wait((exited,))


def kill_group(group: int) -> None:
    """Kill every process of the group at once."""
    _signal(group, signal.SIGKILL)


async def _gone(group: int) -> None:
    """Return once nothing of the group lives. The kernel tells nobody, so look, less and less often."""
    pause = _FIRST_LOOK_SECONDS
    while _lives(group):
        await asyncio.sleep(pause)
        pause = min(2 * pause, _RAREST_LOOK_SECONDS)


def _lives(group: int) -> bool:
    """Whether the group has a member that is no zombie: an init that reaps late must not keep a run from ending."""
    if not _signal(group, 0):
        return False
    return any(_is_living_member(process, group) for process in Path("/proc").glob("[0-9]*"))


def _is_living_member(process: Path, group: int) -> bool:
    try:
        stat = (process / "stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        # It ended while we looked.
        return False
    # The program's name may hold anything, parentheses too; behind the last one come state, parent and group.
    state, _, its_group, *_ = stat.rpartition(")")[2].split()
    return int(its_group) == group and state != _ZOMBIE


def _signal(group: int, number: int) -> bool:
    """Send a signal (0: only look) and return whether the group has any process, a zombie included."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        # All of them ended first, which is what was wanted.
        return False
    except PermissionError:
        # All that is left changed its user (sudo): out of our reach, and the run goes on until it ends.
        return True
    return True
