"""Sessions and the processes that have them: whether a ledger is a copy of one that is in use.

A copy of a state has its own lock, which nobody holds. The last session in it is still that of the service on the
original, and its id says which process and which file that is.
"""

import hashlib
import logging
import os
import uuid
from datetime import datetime
from pathlib import Path

from schedrun.core.run.recorded import Session
from schedrun.targets import attendant

log = logging.getLogger(__name__)

_PROCESS_DIGITS, _FILE_DIGITS = 16, 8


def begin(now: datetime, *, state: Path | None = None) -> Session:
    """Return a new session of this process on the file `state`: its id names process, file, and itself."""
    drawn = uuid.uuid4().hex
    process = attendant.digest(os.getpid()) or drawn[:_PROCESS_DIGITS]
    file = None if state is None else _named(state)
    named = process + (file or drawn[_PROCESS_DIGITS : _PROCESS_DIGITS + _FILE_DIGITS])
    return Session(named + drawn[len(named) :], os.getpid(), now, now)


def is_elsewhere(last: Session, *, state: Path) -> bool:
    """Whether another process than this one still has the session, on another file than `state`.

    A number that another process, boot or container has given anew is not that process; one that lives on and has let
    go of this very file, without being able to record the end of its session, works on no other.
    """
    if last.ended_at is not None or last.pid == os.getpid():
        return False
    file = last.id[_PROCESS_DIGITS : _PROCESS_DIGITS + _FILE_DIGITS]
    return attendant.digest(last.pid) == last.id[:_PROCESS_DIGITS] and file != _named(state)


def tell_downtime(last: Session, *, now: datetime) -> None:
    """Log how long nobody was active since the session `last`."""
    killed = last.ended_at is None
    seconds = round((now - last.last_seen).total_seconds(), 1)
    log.log(
        logging.WARNING if killed else logging.INFO,
        "Service was down; what came due meanwhile is caught up or missed",
        extra={"event": "was_down", "last_seen": last.last_seen, "seconds": seconds, "killed": killed},
    )


def _named(state: Path) -> str | None:
    """Return digits that name the file and no copy of it, None where there is none."""
    try:
        found = state.stat()
    except OSError:
        return None
    return hashlib.blake2b(f"{found.st_dev}:{found.st_ino}".encode(), digest_size=_FILE_DIGITS // 2).hexdigest()
