"""What runs left behind when the service that ran them ended: found anywhere on the machine, and ended."""

import asyncio
import os
from collections.abc import Mapping

from schedrun.targets import procfs
from schedrun.targets.roundup import Roundup


async def marks() -> frozenset[str]:
    """Return the ids of all runs of which a process lives on this machine, whoever ran them.

    The mark that this very process bears, because it is part of a run itself, is left out.
    """

    def look() -> frozenset[str]:
        found = (procfs.run_named(procfs.environment(pid)) for pid in procfs.pids())
        return frozenset(run_id for run_id in found if run_id) - {os.environ.get(procfs.RUN_VARIABLE)}

    return await asyncio.to_thread(look)


async def end_leftovers(kill_after: Mapping[str, float], *, roundup: Roundup) -> Mapping[str, asyncio.Future[None]]:
    """Begin to end the processes of runs that nobody attends to any more.

    Returns at once, after one look at all processes in which each of them got its SIGTERM: for every run of which
    something lives, what is done when nothing of it does. SIGKILL follows after so many seconds, said for each run id.
    Runs that are left out have nothing to wait for.
    """
    found = await roundup.look_for(list(kill_after), kill_after=kill_after.__getitem__)
    return {run_id: quarry.gone for run_id, quarry in found.items()}
