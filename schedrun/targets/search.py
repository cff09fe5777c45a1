"""One look at every process of the machine: which of them belong to runs that are being ended, and their signals.

A process belongs to a run when its variables bear the run's mark, unless another service that lives attends to it.
Programs may lose their variables; without a mark it belongs to a run when

- it is in the session of the run's leader, or
- it prints into the run's pipe, or
- it is the child of a process that belongs to the run, and has stayed in its session.

So who takes the mark away, begins a session and prints elsewhere is free. Everything here blocks for some
milliseconds: call it on a thread.
"""

import os
import signal
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from schedrun.targets import attendant, procfs
from schedrun.targets.procfs import Standing

_ROUNDS = 10
"""How often one search looks again, because what it killed had been faster and has children."""


@dataclass(slots=True, eq=False)
class Wanted:
    """A run whose processes are to end. Only one thread at a time touches it.

    `session` is its leader's pid. `leader` is who that was, if it is not reaped yet: else a process of that number is
    another's, and so is the session. `pipe` is the inode of the pipe into which the run prints. `group_asked` says
    that the leader's group has just got its SIGTERM.
    """

    run_id: str
    session: int | None = None
    leader: Standing | None = None
    pipe: int | None = None
    group_asked: bool = False
    kill: bool = False
    asked: set[tuple[int, int]] = field(default_factory=set)
    """Pid and birth of those that have got their SIGTERM, or are left to somebody who has."""
    kin: set[tuple[int, int]] = field(default_factory=set)
    """Pid and birth of those that belong to the run by nothing but their parent, who may be gone by now."""

    def has_session(self) -> bool:
        """Whether the number of the session is still that of this run's: survivors keep it from being used anew."""
        if self.session is None:
            return False
        now = procfs.standing(self.session)
        return now is None or (self.leader is not None and now.started == self.leader.started)


def end(wanted: Sequence[Wanted]) -> Mapping[str, Sequence[Standing]]:
    """Signal what lives of each run, and return it by run id; runs of which nothing lives are left out.

    Whoever is asked, is asked once; where `kill` is set all are killed, those too that are born meanwhile.
    """
    living = _look(wanted)
    for _ in range(_ROUNDS):
        known = {one.pid for those in living.values() for one in those}
        killing = [one for one in wanted if one.kill and one.run_id in living]
        if not killing:
            break
        again = _look(killing)
        if all(one.pid in known for those in again.values() for one in those):
            break
        living |= again
    return living


def _look(wanted: Iterable[Wanted]) -> dict[str, list[Standing]]:
    owners = _Owners(wanted)
    living = owners.members()
    for run_id, those in living.items():
        owner = owners.by_run[run_id]
        for one in those if owner.kill else _to_ask(owner, those):
            owners.send(one, signal.SIGKILL if owner.kill else signal.SIGTERM)
    return living


class _Owners:
    """Whose process is whose, among the runs that are wanted."""

    def __init__(self, wanted: Iterable[Wanted]) -> None:
        self.by_run = {one.run_id: one for one in wanted}
        self._by_session = {one.session: one for one in self.by_run.values() if one.has_session()}
        self._by_pipe = {one.pipe: one for one in self.by_run.values() if one.pipe is not None}
        self._by_kinship = dict(_known_kin(self.by_run.values()))
        self._spared = _ourselves()

    def members(self) -> dict[str, list[Standing]]:
        """Return, by run, the processes that live of it."""
        found: dict[int, tuple[Wanted, Standing]] = {}
        for pid in procfs.pids():
            owner = self.of(pid)
            if owner is not None and (one := procfs.standing(pid)) is not None and one.alive:
                found[pid] = owner, one
        self._add_kin(found)
        living: dict[str, list[Standing]] = {}
        for owner, one in found.values():
            living.setdefault(owner.run_id, []).append(one)
        return living

    def of(self, pid: int) -> Wanted | None:
        """Return the run that the process belongs to; None for a stranger."""
        session = self._session(pid)
        if session is None:
            return None
        variables = procfs.environment(pid)
        named = procfs.run_named(variables)
        if named is not None:
            owner = self.by_run.get(named)
            return None if owner is None or attendant.is_anothers(variables) else owner
        return self._by_session.get(session) or self._by_kinship.get((pid, session)) or self._printing(pid)

    def _session(self, pid: int) -> int | None:
        """Return the session of a process that may belong to a run, None for one that cannot."""
        try:
            session = os.getsid(pid)
        except OSError:
            return None
        # The kernel's own threads are in no session.
        return None if session == 0 or pid in self._spared else session

    def _printing(self, pid: int) -> Wanted | None:
        """Return the run into whose pipe the process prints."""
        if not self._by_pipe:
            return None
        return next((self._by_pipe[pipe] for pipe in procfs.pipes(pid) if pipe in self._by_pipe), None)

    def _add_kin(self, found: dict[int, tuple[Wanted, Standing]]) -> None:
        """Add the children of those that were found, as far as they have no mark and stayed in the same session."""
        sessions = {one.session for _, one in found.values()} - self._by_session.keys()
        waiting = [one for one in self._unmarked(sessions) if one.pid not in found] if sessions else []
        grows = True
        while grows:
            grows = False
            for one in waiting:
                owner, parent = found.get(one.parent, (None, None))
                if owner is None or parent is None or parent.session != one.session or one.pid in found:
                    continue
                found[one.pid] = owner, one
                owner.kin.add(_key(one))
                self._by_kinship[one.pid, one.session] = owner
                grows = True

    def _unmarked(self, sessions: Collection[int]) -> Iterator[Standing]:
        """Yield the processes of these sessions that live and bear no mark."""
        for pid in procfs.pids():
            if self._session(pid) in sessions and procfs.run_named(procfs.environment(pid)) is None:
                one = procfs.standing(pid)
                if one is not None and one.alive:
                    yield one

    def send(self, one: Standing, number: int) -> None:
        """Signal the process, and nobody who has got its pid since it was seen."""
        try:
            descriptor = os.pidfd_open(one.pid)
        except ProcessLookupError:
            return
        except OSError:
            # No pidfds here, or no descriptor left: the same look, and a moment in which it is not safe.
            descriptor = None
        try:
            now = procfs.standing(one.pid)
            if now is None or now.started != one.started or self.of(one.pid) is None:
                return
            if descriptor is None:
                os.kill(one.pid, number)
            else:
                signal.pidfd_send_signal(descriptor, number)
        except (ProcessLookupError, PermissionError):
            # It has ended, or has changed its user (sudo) and is out of our reach.
            return
        finally:
            if descriptor is not None:
                os.close(descriptor)


def _known_kin(wanted: Iterable[Wanted]) -> Iterator[tuple[tuple[int, int], Wanted]]:
    """Yield pid and session of those that an earlier look found by their parents, and that live on."""
    for owner in wanted:
        for pid, started in owner.kin:
            one = procfs.standing(pid)
            if one is not None and one.started == started:
                yield (pid, one.session), owner


def _to_ask(owner: Wanted, those: Sequence[Standing]) -> list[Standing]:
    """Return who gets a SIGTERM now.

    What an asked one has started since then is its way to clean up, and is left to it.
    """
    by_pid = {one.pid: one for one in those}
    asked_before = frozenset(owner.asked)
    to_ask = []
    for one in those:
        if _key(one) in asked_before:
            continue
        owner.asked.add(_key(one))
        told = owner.group_asked and one.group == owner.session
        if not told and not _has_asked_parent(one, by_pid, asked_before):
            to_ask.append(one)
    owner.group_asked = False
    return to_ask


def _has_asked_parent(one: Standing, by_pid: Mapping[int, Standing], asked: frozenset[tuple[int, int]]) -> bool:
    while (parent := by_pid.get(one.parent)) is not None:
        if _key(parent) in asked:
            return True
        one = parent
    return False


def _key(one: Standing) -> tuple[int, int]:
    return one.pid, one.started


def _ourselves() -> set[int]:
    """Return this process and all above it: a service that a run started must not end with what it recovers."""
    pid, above = os.getpid(), set[int]()
    while pid > 0 and pid not in above:
        above.add(pid)
        one = procfs.standing(pid)
        pid = 0 if one is None else one.parent
    return above
