"""One look at every process of the machine: which of them belong to runs that are being ended, and their signals.

A process belongs to a run when its variables bear the run's mark; without a mark, when it is in the session of the
run's leader. Everything here blocks for some milliseconds: call it on a thread.
"""

import os
import signal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from schedrun.targets import procfs
from schedrun.targets.procfs import Standing

_ROUNDS = 10
"""How often one search looks again, because what it killed had been faster and has children."""


@dataclass(slots=True, eq=False)
class Wanted:
    """A run whose processes are to end. Only one thread at a time touches it.

    `session` is its leader's pid. `leader` is who that was, if it is not reaped yet: else a process of that number is
    another's, and so is the session. `group_asked` says that the leader's group has just got its SIGTERM.
    """

    run_id: str
    session: int | None = None
    leader: Standing | None = None
    group_asked: bool = False
    kill: bool = False
    asked: set[tuple[int, int]] = field(default_factory=set)
    """Pid and birth of those that have got their SIGTERM, or are left to somebody who has."""

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
    living: dict[str, list[Standing]] = {}
    for pid in procfs.pids():
        owner = owners.of(pid)
        if owner is not None and (one := procfs.standing(pid)) is not None and one.alive:
            living.setdefault(owner.run_id, []).append(one)
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
        self._spared = _ourselves()

    def of(self, pid: int) -> Wanted | None:
        """Return the run that the process belongs to; None for a stranger."""
        try:
            session = os.getsid(pid)
        except OSError:
            return None
        if session == 0 or pid in self._spared:  # the kernel's own threads are in no session
            return None
        named = procfs.run_named(procfs.environment(pid))
        return self._by_session.get(session) if named is None else self.by_run.get(named)

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
