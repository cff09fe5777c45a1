"""What runs left behind when the service that ran them ended: found anywhere on the machine, and ended."""

import asyncio
import os
from collections.abc import Collection, Mapping

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


async def end_leftovers(
    run_ids: Collection[str], *, kill_after: Mapping[str, float] | float, roundup: Roundup | None = None
) -> Mapping[str, asyncio.Future[None]]:
    """Begin to end the processes of runs that nobody attends to any more.

    Returns at once, after one look at all processes in which each of them got its SIGTERM: for every run of which
    something lives, what is done when nothing of it does. SIGKILL follows after `kill_after` seconds, one figure for
    all or one for each run id. Runs that are left out have nothing to wait for.
    """
    seconds = kill_after.__getitem__ if isinstance(kill_after, Mapping) else lambda _: kill_after
    found = await (roundup or Roundup()).look_for(list(run_ids), kill_after=seconds)
    return {run_id: quarry.gone for run_id, quarry in found.items()}
