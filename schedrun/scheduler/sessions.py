"""Sessions and the processes that have them: whether a ledger is a copy of one that is in use.

A copy of a state has its own lock, which nobody holds. The last session in it is still that of the service on the
original, and its id says which process that is.
"""

import os
import uuid
from datetime import datetime

from schedrun.core.run.recorded import Session
from schedrun.targets import attendant, procfs

_DIGEST_DIGITS = 16


def begin(now: datetime) -> Session:
    """Return a new session of this process: the first half of its id names the process, the second the session."""
    drawn = uuid.uuid4().hex
    digest = attendant.digest(os.getpid()) or drawn[:_DIGEST_DIGITS]
    return Session(digest + drawn[_DIGEST_DIGITS:], os.getpid(), now, now)


def is_elsewhere(last: Session | None) -> bool:
    """Whether another process than this one still has the session, and so works on another file; we hold the lock.

    A number that another process, boot or container has given anew is not that process.
    """
    if last is None or last.ended_at is not None or last.pid == os.getpid():
        return False
    return attendant.digest(last.pid) == last.id[:_DIGEST_DIGITS] and _may_hold_a_lock(last.pid)


def _may_hold_a_lock(pid: int) -> bool:
    """Whether the process holds a lock as states have it, as far as the kernel tells.

    One that has let go of its state without being able to record the end of its session holds none.
    """
    locks = [line.split() for line in (procfs.content("/proc/locks") or b"").splitlines()]
    holders = {columns[4] for columns in locks if columns[1:4] == [b"FLOCK", b"ADVISORY", b"WRITE"]}
    return b"%d" % os.getpid() not in holders or b"%d" % pid in holders
