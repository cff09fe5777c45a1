"""What runs left behind when the service that ran them ended: found anywhere on the machine, and ended."""

import asyncio
from collections.abc import Collection, Mapping

from schedrun.targets.roundup import Roundup


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
