"""Which run the code that asks is part of."""

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from schedrun.core.errors import SchedrunError
from schedrun.core.ids import JobKey
from schedrun.protocols import RunContext

executing: ContextVar[RunContext] = ContextVar("schedrun_executing")
"""The run whose function is being called, in its task and in its thread."""


class NoCurrentRunError(SchedrunError, LookupError):
    """this code is not called by a run."""


@dataclass(frozen=True, slots=True)
class CurrentRun:
    """The run that called this code.

    `run_id` is the idempotency key; `fire_time` is nominal (before spread), aware UTC.
    """

    job: JobKey
    run_id: str
    attempt: int
    fire_time: datetime


def current_run() -> CurrentRun:
    """Return the run that called this code, in a coroutine, in its tasks and in the thread of a function.

    Raises NoCurrentRunError outside a run, and in threads that the function started without its context.
    """
    try:
        context = executing.get()
    except LookupError:
        raise NoCurrentRunError(NoCurrentRunError.__doc__) from None
    return CurrentRun(context.job, context.run_id, context.attempt, context.fire_time)
