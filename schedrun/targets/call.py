"""Calls a Python function: coroutine functions on the event loop, others each on a thread of its own."""

import asyncio
import inspect
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from schedrun.blocking import on_thread
from schedrun.core.run.outcome import Outcome
from schedrun.protocols import RunContext
from schedrun.targets import raised, returned
from schedrun.targets.current_run import CurrentRun, executing
from schedrun.targets.ending import ended
from schedrun.targets.stoppable import LeftBehind, Stoppable

log = logging.getLogger(__name__)


async def call(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], *, context: RunContext
) -> Outcome:
    """Call `function` and return how it ended: the repr of what it returned, or its exception in one line.

    A coroutine is cancelled when `context.stop` is set. A function on a thread cannot be: the outcome then
    comes at once, and `still_running` is done when it has returned. Whatever the function raises, SystemExit
    and KeyboardInterrupt included, is an outcome.
    """
    token = executing.set(CurrentRun(context.job, context.run_id, context.attempt, context.fire_time))
    try:
        if context.stop.is_set():
            return Outcome()
        if _is_coroutine_function(function):
            coroutine = function(*args, **kwargs)
        else:
            ended_as = await _call_on_thread(function, args, kwargs, context=context)
            if isinstance(ended_as, Outcome):
                return ended_as
            coroutine = ended_as
        return _returned(await Stoppable(coroutine, context))
    except LeftBehind as left:
        return Outcome(still_running=left.rest)
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        return Outcome() if context.stop.is_set() else _failed(error, context)
    except BaseException as error:  # noqa: BLE001  a job's SystemExit is its failure and not the service's end
        return _failed(error, context)
    finally:
        executing.reset(token)


def _is_coroutine_function(function: Callable[..., Any]) -> bool:
    code = getattr(function, "__code__", None)  # plain functions: asked for every run, so without inspect's detours
    if code is not None and code.co_flags & inspect.CO_COROUTINE:
        return True
    return inspect.iscoroutinefunction(function)


async def _call_on_thread(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], *, context: RunContext
) -> Outcome | Coroutine[Any, Any, Any]:
    """Return how the function ended, or the coroutine that a plain one returned: it still has to run."""

    def work() -> Outcome | Coroutine[Any, Any, Any]:
        try:
            value = function(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001  a job's SystemExit is its failure and not its thread's
            return _failed(error, context)
        return value if inspect.iscoroutine(value) else _returned(value)

    working = on_thread(work, name=_thread_name(context))
    if not await ended(working, stop=context.stop):
        return Outcome(still_running=working)
    return working.result()


def _thread_name(context: RunContext) -> str:
    return f"{context.job} {context.run_id}"


def run_of_thread(name: str) -> str:
    """Return the id of the run whose function a thread of this name calls; no run's id for any other thread."""
    return name.rpartition(" ")[2]


_RETURNED_NONE = Outcome(output="None")


def _returned(value: object) -> Outcome:
    if value is None:
        return _RETURNED_NONE
    if returned.never_ran(value):
        return Outcome(error=returned.NEVER_RAN)
    return Outcome(output=returned.text(value))


def _failed(error: BaseException, context: RunContext) -> Outcome:
    log.warning(
        "Function raised",
        exc_info=error,
        extra={"event": "function_raised", "job": context.job, "run": context.run_id},
    )
    return Outcome(error=raised.line(error), exceptions=raised.names(error, asked=context.retried))
