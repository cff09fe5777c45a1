"""Ending every process of a run, wherever it went: into another group, another session, to another parent."""

import asyncio
import logging
import signal
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from schedrun.blocking import on_thread
from schedrun.targets import search
from schedrun.targets.child import Child
from schedrun.targets.procfs import Standing, standing
from schedrun.targets.search import Wanted

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 5.0
"""How long after SIGKILL processes are waited for that do not go: they hang in the kernel, or are another user's."""

_FIRST_PAUSE_SECONDS = 0.01
_LONGEST_PAUSE_SECONDS = 0.5
_CLEAN_LOOKS = 2
"""How many looks in a row must find nothing: while a program is being loaded, its process bears no mark."""
_MOST_NAMES = 5

Found = Mapping[str, Sequence[Standing]]


class Quarry:
    """A run that is being ended. `gone` is done when nothing of it lives, `settled` also when waiting is no use."""

    def __init__(self, wanted: Wanted, child: Child | None = None) -> None:
        loop = asyncio.get_running_loop()
        self.wanted, self.child = wanted, child
        self.gone: asyncio.Future[None] = loop.create_future()
        self.settled: asyncio.Future[None] = loop.create_future()
        self.task: asyncio.Task[None] | None = None


class Roundup:
    """Ends the processes of runs: SIGTERM, later SIGKILL, until none of them lives.

    The kernel tells nobody when they are gone, so they are looked for again and again, at growing distances and not
    on the event loop; one look serves all that are being ended at that moment.
    """

    def __init__(self, *, on_look: Callable[[], None] = lambda: None) -> None:
        """Take what is called after each look: there may be something to reap."""
        self._on_look = on_look
        self._quarries: dict[str, Quarry] = {}
        self._asking: dict[Wanted, asyncio.Future[Found]] = {}
        self._looking: asyncio.Task[None] | None = None

    def of(self, run_id: str) -> Quarry | None:
        """Return the run if it is being ended right now."""
        return self._quarries.get(run_id)

    def stop(self, child: Child, run_id: str, *, kill_after: float, pipe: int | None = None) -> Quarry:
        """End a run whose leader is not reaped yet: it, its group, and everything else of the run.

        `pipe` is the inode of the pipe into which it prints.
        """
        leader = None if child.exited.done() else standing(child.pid)
        wanted = Wanted(run_id, session=child.pid, leader=leader, pipe=pipe)
        # The whole group in one call, from which nobody in it can run away.
        wanted.group_asked = child.signal_group(signal.SIGTERM)
        return self._begin(Quarry(wanted, child), after=0.0, kill_after=kill_after)

    def clear(self, run_id: str, *, kill_after: float, session: int | None = None, after: float = 0.0) -> Quarry:
        """End what is left of a run whose leader is gone, from `after` seconds on."""
        return self._begin(Quarry(Wanted(run_id, session=session)), after=after, kill_after=kill_after)

    async def look_for(self, wanted: Sequence[Wanted], *, kill_after: Callable[[str], float]) -> Mapping[str, Quarry]:
        """End what lives of these runs, and return those of which anything does."""
        run_ids = [one.run_id for one in wanted]
        wanted = [one for one in wanted if one.run_id not in self._quarries]
        found: dict[str, Sequence[Standing]] = {}
        for look in range(_CLEAN_LOOKS):
            unseen = [one for one in wanted if one.run_id not in found]
            if look and unseen:
                await asyncio.sleep(_FIRST_PAUSE_SECONDS)
            found |= await _search(unseen) if unseen else {}
        for one in wanted:
            if one.run_id in found:
                _tell(one, found[one.run_id])
                self._begin(Quarry(one), after=0.0, kill_after=kill_after(one.run_id))
        return {run_id: self._quarries[run_id] for run_id in run_ids if run_id in self._quarries}

    async def close(self) -> None:
        """Return when everything is gone, or waiting is no use."""
        if self._quarries:
            await asyncio.wait([quarry.settled for quarry in self._quarries.values()])
        tasks = [quarry.task for quarry in self._quarries.values() if quarry.task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _begin(self, quarry: Quarry, *, after: float, kill_after: float) -> Quarry:
        run_id = quarry.wanted.run_id
        known = self._quarries.get(run_id)
        if known is not None:
            known.wanted.kill = known.wanted.kill or kill_after <= 0
            return known
        self._quarries[run_id] = quarry
        quarry.task = asyncio.create_task(self._end(quarry, after, kill_after), name=f"end {run_id}")
        return quarry

    async def _end(self, quarry: Quarry, after: float, kill_after: float) -> None:
        wanted, run_id = quarry.wanted, quarry.wanted.run_id
        try:
            await asyncio.sleep(after)
            await self._end_all(quarry, kill_after)
        except asyncio.CancelledError:
            # The loop is closing, and nobody will look again.
            wanted.kill = True
            search.end([wanted])
            raise
        except Exception:
            log.exception("Processes of a run were not ended", extra={"event": "processes_not_ended", "run": run_id})
        finally:
            del self._quarries[run_id]
            for future in (quarry.settled, quarry.gone):
                if not future.done():
                    future.set_result(None)

    async def _end_all(self, quarry: Quarry, kill_after: float) -> None:
        clock, wanted = asyncio.get_running_loop().time, quarry.wanted
        kills, pause, clean = clock() + kill_after, _FIRST_PAUSE_SECONDS, 0
        while True:
            left = kills - clock()
            if left <= 0 and not wanted.kill:
                wanted.kill, pause = True, _FIRST_PAUSE_SECONDS
                if quarry.child is not None:
                    quarry.child.kill_group()
            untold = not wanted.asked
            try:
                living = await self._look(wanted)
            except OSError:
                # No descriptor is left to look with: nothing is known, and the next look may be luckier.
                living, clean = (), 0
            else:
                clean = 0 if living else clean + 1
            if clean == _CLEAN_LOOKS:
                return
            if living and untold and quarry.child is None:
                _tell(wanted, living)
            if left < -PATIENCE_SECONDS and not quarry.settled.done():
                quarry.settled.set_result(None)
                log.error("Processes of a run do not go", extra=_facts("processes_stay", wanted, living))
            if clean:
                pause = _FIRST_PAUSE_SECONDS
            await _wait(quarry.child, pause if wanted.kill else min(pause, max(left, 0.0)))
            pause = min(2 * pause, PATIENCE_SECONDS if quarry.settled.done() else _LONGEST_PAUSE_SECONDS)

    async def _look(self, wanted: Wanted) -> Sequence[Standing]:
        answer: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
        self._asking[wanted] = answer
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_for_all(), name="look for processes")
        return (await answer).get(wanted.run_id, ())

    async def _look_for_all(self) -> None:
        try:
            while self._asking:
                asking, self._asking = self._asking, {}
                try:
                    found = await _search(list(asking))
                except Exception as error:  # noqa: BLE001  each of those who wait for the answer deals with it
                    for answer in asking.values():
                        if not answer.done():
                            answer.set_exception(error)
                else:
                    for answer in asking.values():
                        if not answer.done():
                            answer.set_result(found)
                self._on_look()
        finally:
            self._looking = None


async def _search(wanted: Sequence[Wanted]) -> Found:
    return await on_thread(partial(search.end, wanted), name="look for processes")


async def _wait(child: Child | None, seconds: float) -> None:
    """Sleep, but no longer than until the leader has ended: then it is time to look."""
    if child is None or child.exited.done():
        await asyncio.sleep(seconds)
    else:
        await asyncio.wait((child.exited,), timeout=seconds)


def _tell(wanted: Wanted, living: Sequence[Standing]) -> None:
    log.warning("Ending what a run left behind", extra=_facts("leftovers", wanted, living))


def _facts(event: str, wanted: Wanted, living: Sequence[Standing]) -> dict[str, object]:
    names = [f"{one.program} ({one.pid})" for one in living[:_MOST_NAMES]]
    more = [f"{len(living) - _MOST_NAMES} more"] if len(living) > _MOST_NAMES else []
    return {"event": event, "run": wanted.run_id, "processes": ", ".join(names + more)}
