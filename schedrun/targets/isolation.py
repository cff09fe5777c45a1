"""Python functions in a process of their own: it can be killed, its memory can be limited, and it may crash."""

import json
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from schedrun.core.run.outcome import Outcome
from schedrun.core.spec import size
from schedrun.core.spec.target import PythonTarget
from schedrun.protocols import RunContext
from schedrun.secret import Masker
from schedrun.targets.channel import Channel
from schedrun.targets.environment import Inheritable, LaunchError, inherited
from schedrun.targets.process import Program
from schedrun.targets.processes import Processes

_NEVER_FOR_MEMORY = (-signal.SIGTERM, -signal.SIGKILL)
_PROGRAM = str(Path(__file__).with_name("isolated.py"))
_ROOT = str(Path(__file__).parents[2])


class Answer(NamedTuple):
    """How the function ended, as its process says it: what it returned as text, or why it failed."""

    returned: str | None = None
    error: str | None = None
    exceptions: tuple[str, ...] = ()
    memory: bool = False


class IsolatedFunctions:
    """Calls functions of the application, each in a process that starts for it, in `app_dir`.

    The processes inherit `environ` without the service's own variables. What is private stays so: arguments and
    results go through a channel that no other process sees.
    """

    def __init__(self, *, app_dir: Path, environ: Mapping[str, str], processes: Processes) -> None:
        self._app_dir, self._service, self._processes = app_dir, Inheritable(environ), processes

    async def run(self, spec: PythonTarget, context: RunContext) -> Outcome:
        """Run the process to its end, or end it once `context.stop` is set, as a command is ended."""
        if context.stop.is_set():
            return Outcome()
        answers: list[Answer | None] = []
        try:
            with Channel(_request(spec, context, app_dir=self._app_dir)) as channel:

                def last_line() -> str | None:
                    answers.append(_answer(channel.answer()))
                    return None if answers[-1] is None else answers[-1].returned

                program = Program(
                    # The job's name is for people who list processes.
                    [sys.executable, "-P", _PROGRAM, str(channel.childs_end), context.job],
                    self._app_dir,
                    inherited(context, service=self._service),
                    pass_fds=(channel.childs_end,),
                )
                outcome = await self._processes.run(program, context, masker=Masker(()), last_line=last_line)
        except LaunchError as error:
            return Outcome(error=str(error))
        except OSError as error:
            return Outcome(error=f"no process for the function: {error.strerror}")
        return _judged(outcome, answers[0] if answers else None, context)


def _request(spec: PythonTarget, context: RunContext, *, app_dir: Path) -> bytes:
    paths = dict.fromkeys(str(Path(path).absolute()) for path in (*sys.path, _ROOT))
    paths.pop(str(app_dir), None)
    fire_time = context.fire_time.isoformat()
    request = {
        "function": spec.python,
        "args": spec.args,
        "kwargs": spec.kwargs,
        "run": [context.job, context.run_id, context.attempt, fire_time],
        "memory_limit": context.memory_limit,
        "retried": context.retried,
        "app_dir": str(app_dir),
        "path": list(paths),
    }
    return json.dumps(request).encode()


def _answer(data: bytes) -> Answer | None:
    """Return what the process answered, None when that is nothing, or not what `isolated` writes."""
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        return None
    match answer:
        case {"returned": str() as returned}:
            return Answer(returned=returned)
        case {"error": str() as error}:
            names = answer.get("exceptions")
            exceptions = tuple(map(str, names)) if isinstance(names, list) else ()
            return Answer(error=error, exceptions=exceptions, memory=answer.get("memory") is True)
        case _:
            return None


def _judged(outcome: Outcome, answer: Answer | None, context: RunContext) -> Outcome:
    """Return the outcome of the function, given that of its process."""
    limit = None if context.memory_limit is None else size.text_of(context.memory_limit)
    if answer is None:
        if outcome.error is None and context.stop.is_set():
            return outcome
        return replace(outcome, error=_crash_words(outcome, limit))
    if answer.error is not None:
        error = answer.error if not answer.memory else f"{answer.error} (its memory_limit is {limit})"
        return replace(outcome, exit_code=None, error=error, exceptions=answer.exceptions)
    if outcome.error is not None:
        return replace(outcome, error=f"{outcome.error}, after the function had returned")
    return replace(outcome, exit_code=None)


def _crash_words(outcome: Outcome, limit: str | None) -> str | None:
    code = outcome.exit_code
    if code is None:
        return outcome.error
    words = outcome.error if code < 0 else f"exit code {code}: the process ended without a result"
    # C code that gets no memory often ends the whole process, in one way or another.
    told = limit is not None and code not in _NEVER_FOR_MEMORY
    return f"{words} (its memory_limit is {limit})" if told else words
