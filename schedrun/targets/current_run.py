"""Which run the code that asks is part of. Light on purpose: isolated functions pay for its imports at each start."""

from contextvars import ContextVar
from datetime import datetime
from typing import NamedTuple

from schedrun.core.errors import SchedrunError


class NoCurrentRunError(SchedrunError, LookupError):
    """this code is not called by a run."""


class CurrentRun(NamedTuple):
    """The run that called this code.

    `run_id` is the idempotency key; `fire_time` is nominal (before spread), aware UTC.
    """

    job: str
    run_id: str
    attempt: int
    fire_time: datetime


executing: ContextVar[CurrentRun] = ContextVar("schedrun_executing")
"""The run whose function is being called, in its task and in its thread."""


def current_run() -> CurrentRun:
    """Return the run that called this code, in a coroutine, in its tasks and in the thread of a function.

    Raises NoCurrentRunError outside a run, and in threads that the function started without its context.
    """
    try:
        return executing.get()
    except LookupError:
        raise NoCurrentRunError(NoCurrentRunError.__doc__) from None
