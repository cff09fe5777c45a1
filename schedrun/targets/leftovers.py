"""What runs left behind when the service that ran them ended: found anywhere on the machine, and ended."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from functools import partial

from schedrun.targets import attendant, procfs
from schedrun.targets.roll import Roll
from schedrun.targets.roundup import Roundup
from schedrun.targets.search import Wanted


async def marks() -> frozenset[str]:
    """Return the ids of all runs of which a process lives on this machine that no living service attends to.

    The mark that this very process bears, because it is part of a run itself, is left out.
    """
    return await asyncio.to_thread(lambda: frozenset(_unattended()) - {os.environ.get(procfs.RUN_VARIABLE)})


def _unattended() -> Iterator[str]:
    for pid in procfs.pids():
        variables = procfs.environment(pid)
        run_id = procfs.run_named(variables)
        if run_id and not attendant.is_anothers(variables):
            yield run_id


async def end_leftovers(
    kill_after: Mapping[str, float], *, roundup: Roundup, roll: Roll | None = None
) -> Mapping[str, asyncio.Future[None]]:
    """Begin to end the processes of runs that nobody attends to any more.

    Returns at once, after looks at all processes in which each of them got its SIGTERM: for every run of which
    something lives, what is done when nothing of it does. SIGKILL follows after so many seconds, said for each run id.
    Runs that are left out have nothing to wait for. `roll` is that of the service which attended to them.
    """
    wanted = [Wanted(run_id) if roll is None else roll.wanted(run_id) for run_id in kill_after]
    found = await roundup.look_for(wanted, kill_after=kill_after.__getitem__)
    if roll is not None:
        for run_id in roll.left():
            if run_id not in found:
                roll.forget(run_id)
            else:
                found[run_id].gone.add_done_callback(partial(_forget, roll, run_id))
    return {run_id: quarry.gone for run_id, quarry in found.items()}


def _forget(roll: Roll, run_id: str, _: object) -> None:
    roll.forget(run_id)
