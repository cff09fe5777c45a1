"""Questions to the recorded state, answered from what is readable when it is damaged."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import click

from schedrun.core.run import gaps
from schedrun.protocols import Reader
from schedrun.render.escape import for_terminal
from schedrun.stores import lock, readonly
from schedrun.stores.faults import StateDamagedError

T = TypeVar("T")


def ask(state: Path, query: Callable[[Reader], T]) -> T:
    """Return what `query` answers on one snapshot of `state`.

    Of a damaged state it sees what can still be read, and a warning on stderr names the damage and the remedy; only
    when that is nothing StateDamagedError is raised. Otherwise raises as `readonly.ask` does.
    """
    try:
        return readonly.ask(state, query)
    except StateDamagedError as damage:
        from schedrun.stores.salvage import Salvage  # noqa: PLC0415  only a damaged state needs it

        with Salvage(state) as rest:
            answer = query(rest)
            if not rest.found:
                raise
        click.echo(f"Warning: {for_terminal(str(damage))}; what follows is what can still be read", err=True)
        return answer


def down_since(reader: Reader, state: Path, *, now: datetime) -> datetime | None:
    """Return when the service was last heard of that has ended, however; None while one goes on, or when none ever ran.

    Of one that was killed nobody holds the lock any more: that is known before its silence tells it.
    """
    session = reader.last_session()
    if session is None:
        return None
    ended = gaps.ended(session, now=now)
    if ended is None and lock.abandoned(state, pid=session.pid):
        return session.last_seen
    return ended
