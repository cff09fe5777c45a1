"""Calling the functions of `isolated_app` in processes of their own."""

import ast
import asyncio
from pathlib import Path
from typing import Any

from schedrun.core.run.outcome import Outcome
from schedrun.core.spec.policy import Isolation
from schedrun.core.spec.target import PythonTarget
from schedrun.targets.processes import Processes
from schedrun.targets.python import PythonFunctions
from tests.targets.contexts import run_context

RUN = run_context()
ENVIRON = {"PATH": "/usr/bin:/bin", "OURS_TOKEN": "s3cret", "SCHEDRUN_STATE": "state.db", "SCHEDRUN_JOB": "another"}
MIB = 1 << 20
LIMIT = 256 * MIB


def spec(function: str, *args: object, **kwargs: object) -> PythonTarget:
    return PythonTarget(python=f"tasks:{function}", args=list(args), kwargs=kwargs)


def functions(app_dir: Path, processes: Processes | None = None) -> PythonFunctions:
    return PythonFunctions(app_dir=app_dir, environ=ENVIRON, processes=processes)


def run(app_dir: Path, function: str, *args: object, memory_limit: int | None = None, **kwargs: object) -> Outcome:
    context = run_context(isolation=Isolation.PROCESS, memory_limit=memory_limit)
    return asyncio.run(functions(app_dir).run(spec(function, *args, **kwargs), context))


def told(outcome: Outcome) -> Any:
    """Return the literal that the function returned."""
    assert outcome.error is None, outcome
    assert outcome.output is not None
    return ast.literal_eval(outcome.output)
