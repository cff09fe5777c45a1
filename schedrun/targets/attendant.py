"""Which service attends to a process: nobody else ends it as long as that service lives.

A copy of a state knows the very runs that the service on the original runs, and two services on copies give the same
run ids to the same fire times: the mark of a run alone does not say whose it is.
"""

import hashlib
import os
from functools import lru_cache
from pathlib import Path

from schedrun.targets import procfs

VARIABLE = "SCHEDRUN_SERVICE"
"""What every process of a run inherits beside the mark: the identity of the service that started it."""


def identity(pid: int) -> str | None:
    """Return what names this living process, and no other of this boot; None when it has ended.

    That is the pid namespace from which it is seen, its pid there, and its birth.
    """
    one = procfs.standing(pid)
    return None if one is None or not one.alive else f"{_namespace()}-{pid}-{one.started}"


def ours() -> str:
    """Return the identity of this process, empty where the system does not tell it."""
    return _ours(os.getpid())


def may_live(named: str) -> bool:
    """Whether the process of that identity lives, or is of another container, whose processes we may not know."""
    namespace, _, rest = named.partition("-")
    pid, _, _ = rest.partition("-")
    if not pid.isdecimal() or not namespace:
        return False
    return namespace != _namespace() or identity(int(pid)) == named


def is_anothers(variables: bytes | None) -> bool:
    """Whether a process with these variables is attended by another service than this process, one that lives."""
    named = procfs.value_of(VARIABLE, variables)
    return named is not None and named != ours() and may_live(named)


def digest(pid: int) -> str | None:
    """Return 16 hexadecimal digits that name this living process among those of all boots; None when it has ended."""
    named = identity(pid)
    return None if named is None else hashlib.blake2b(f"{boot()}-{named}".encode(), digest_size=8).hexdigest()


@lru_cache(maxsize=1)
def boot() -> str:
    """Return what names this boot of the machine, empty where the system does not tell it."""
    return (procfs.content("/proc/sys/kernel/random/boot_id") or b"").decode().strip()


@lru_cache(maxsize=1)
def _namespace() -> str:
    try:
        link = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return "0"
    return "".join(filter(str.isdecimal, link)) or "0"


@lru_cache(maxsize=1)
def _ours(pid: int) -> str:  # by the pid, for a fork is another process
    return identity(pid) or ""
