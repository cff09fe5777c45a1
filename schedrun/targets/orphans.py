"""Processes whose parents have ended: the kernel makes them children of this process, which sees to them.

What daemons do to get away, double fork and session of their own, ends here too: whoever loses its parent becomes a
child of the nearest subreaper above it. So one short list, that of this process's children, names whatever runs
left behind, and nothing has to be searched at the end of a run.
"""

import asyncio
import logging
import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from schedrun.targets import procfs
from schedrun.targets.child import awaited, starting_here
from schedrun.targets.subreaper import be_subreaper

log = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
"""How long an orphan that has ended waits at most until it is reaped."""

_LIST_BYTES = 1 << 16
_LIST_PIECE = 4_000
_BEGUN_WITHIN_SECONDS = 2.0
_FORSAKEN_SECONDS = 600.0
_BEGINNINGS = frozenset({"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn"})


@dataclass(slots=True)
class _Adopted:
    """A child that no run has for its leader.

    `ours` says that no other code of this process can be waiting for its exit code; `unsure` that its mark could not
    be read, because it was just loading its program.
    """

    run_id: str | None
    session: int
    ours: bool
    unsure: bool
    dead_since: float | None = None


class Orphans:
    """The children that were left to this process; those that have ended are reaped, one by one and by their pids.

    Code that runs in this process may have children too, and wants their exit codes: a child that appears while such
    code starts one, and that neither bears the mark of a run nor went off to another session, is left to it.
    """

    def __init__(self) -> None:
        """Find the list of children. Raises OSError where the kernel has none."""
        self._loop = asyncio.get_running_loop()
        self._session, self._mark = os.getsid(0), os.environ.get(procfs.RUN_VARIABLE)
        # Orphans are given to a process's first thread; its list holds those that this thread itself started too.
        self._list = os.open(f"/proc/self/task/{os.getpid()}/children", os.O_RDONLY | os.O_CLOEXEC)
        self._adopted: dict[int, _Adopted] = {}
        self._others_begun = -math.inf
        self._listed = self._looked = self._loop.time()
        self._sweeping: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to reap. There is no way to take an audit hook back: call it once a process."""
        sys.addaudithook(self._hear)
        self._sweeping = asyncio.create_task(self._sweep(), name="orphans")

    def stop(self) -> None:
        """Leave the orphans to whoever is next above."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        os.close(self._list)

    def left_by(self, run_id: str, *, session: int) -> bool:
        """Whether anything lives that a run has left behind; `session` is that of its leader, which is reaped.

        It costs a few microseconds as long as there are no orphans.
        """
        children = self._children()
        if not self._adopted and children.count(b" ") == len(awaited):
            return False
        fresh = self._look(children)
        return any(
            (one.run_id == run_id or one.session == session or (one.unsure and pid in fresh)) and _lives(pid)
            for pid, one in self._adopted.items()
        )

    def reap(self) -> None:
        """Take the exit codes of those that have ended, so that the kernel can forget them."""
        self._look(self._children())
        if not self._adopted:
            return
        if (multiprocessing := sys.modules.get("multiprocessing")) is not None:
            multiprocessing.active_children()  # its way to reap what is its own, which does not announce itself
        for pid, one in tuple(self._adopted.items()):
            if one.ours or self._is_forsaken(pid, one):
                try:
                    ended, _ = os.waitpid(pid, os.WNOHANG)
                except ChildProcessError:
                    ended = pid
                if ended:
                    del self._adopted[pid]

    def _look(self, children: bytes) -> set[int]:
        """Bring what is known up to date; return whom nobody knew yet."""
        there = {int(pid) for pid in children.split()} - awaited
        for pid in self._adopted.keys() - there:
            del self._adopted[pid]
        for pid, one in self._adopted.items():
            if one.unsure:
                # Whoever met it first may have asked for another run.
                self._read_mark(pid, one)
        fresh = there - self._adopted.keys()
        for pid in fresh:
            met = self._met(pid)
            if met is not None:
                self._adopted[pid] = met
        self._looked = self._listed
        return fresh

    def _met(self, pid: int) -> _Adopted | None:
        variables, standing = procfs.environment(pid), procfs.standing(pid)
        if standing is None:
            return None
        run_id = procfs.run_named(variables)
        ours = (
            (run_id is not None and run_id != self._mark)
            # Who was started here and not by a run is in our session, or leads one of its own.
            or standing.session not in {self._session, pid}
            # What others started by then the last look has met. The time now says nothing: the loop may have stood.
            or self._looked > self._others_begun + _BEGUN_WITHIN_SECONDS
        )
        return _Adopted(run_id, standing.session, ours, unsure=not variables and standing.alive)

    def _read_mark(self, pid: int, one: _Adopted) -> None:
        variables, standing = procfs.environment(pid), procfs.standing(pid)
        one.unsure = not variables and standing is not None and standing.alive
        one.run_id = procfs.run_named(variables)
        one.ours = one.ours or (one.run_id is not None and one.run_id != self._mark)

    def _is_forsaken(self, pid: int, one: _Adopted) -> bool:
        """Whether it has been a zombie for so long that nobody here can want its exit code any more."""
        if _lives(pid):
            return False
        one.dead_since = one.dead_since or self._loop.time()
        return self._loop.time() - one.dead_since > _FORSAKEN_SECONDS

    def _hear(self, event: str, _arguments: object) -> None:
        """Note that code of this process is about to start a process that is no run's. Called on any thread."""
        if event in _BEGINNINGS and self._sweeping is not None and not starting_here():
            self._others_begun = self._loop.time()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                self.reap()
            except Exception:
                log.exception("Orphans were not reaped", extra={"event": "orphans_not_reaped"})

    def _children(self) -> bytes:
        """Return the pids of the first thread's children, a blank behind each."""
        self._listed = self._loop.time()
        children = os.pread(self._list, _LIST_BYTES, 0)
        if len(children) > _LIST_PIECE:  # the kernel tells at most a page at once
            while more := os.pread(self._list, _LIST_BYTES, len(children)):
                children += more
        return children


@contextmanager
def adopting() -> Iterator[Orphans | None]:
    """Be the subreaper of everything below this process while the block runs, where the system allows it."""
    try:
        orphans = Orphans()
        be_subreaper(yes=True)
    except OSError as error:
        facts = {"event": "no_subreaper", "error": error.strerror or str(error)}
        log.warning(
            "The system does not let this process adopt orphans: what leaves a run's group may live on", extra=facts
        )
        yield None
        return
    orphans.start()
    try:
        yield orphans
    finally:
        orphans.stop()
        be_subreaper(yes=False)


def _lives(pid: int) -> bool:
    standing = procfs.standing(pid)
    return standing is not None and standing.alive
