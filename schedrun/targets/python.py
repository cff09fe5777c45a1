"""Python targets: `module:function` of the application."""

import copy
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from schedrun.blocking import on_thread
from schedrun.core.run.outcome import Outcome
from schedrun.core.spec.policy import Isolation
from schedrun.core.spec.target import PythonTarget
from schedrun.protocols import RunContext
from schedrun.targets.call import call
from schedrun.targets.ending import ended
from schedrun.targets.isolation import IsolatedFunctions
from schedrun.targets.processes import Processes
from schedrun.targets.reference import FunctionNotFoundError, resolve


class PythonFunctions:
    """Calls functions of the application, whose folder `app_dir` leads sys.path from the first run on.

    Isolated ones are called in `processes`, which inherit `environ`, and are never imported here.
    """

    def __init__(
        self, *, app_dir: Path, environ: Mapping[str, str] | None = None, processes: Processes | None = None
    ) -> None:
        self._app_dir = str(app_dir)
        self._isolated = IsolatedFunctions(app_dir=app_dir, environ=environ or {}, processes=processes or Processes())
        self._found: dict[str, Callable[..., Any]] = {}

    async def run(self, spec: PythonTarget, context: RunContext) -> Outcome:
        """Import the function where it is new, call it, and return how it ended; see `call`."""
        if context.isolation is Isolation.PROCESS:
            return await self._isolated.run(spec, context)
        function = self._found.get(spec.python)
        if function is None:
            # Importing may take seconds, or for ever: not on the event loop.
            working = on_thread(lambda: self._import(spec.python), name=f"import {spec.python}")
            if not await ended(working, stop=context.stop):
                return Outcome(still_running=working)
            found = working.result()
            if isinstance(found, FunctionNotFoundError):
                return Outcome(error=str(found), exceptions=found.exceptions)
            function = self._found[spec.python] = found
        # The function may change what it is given, and the next run must be given what the manifest says.
        return await call(function, copy.deepcopy(spec.args), copy.deepcopy(spec.kwargs), context=context)

    def _import(self, reference: str) -> Callable[..., Any] | FunctionNotFoundError:
        self._lead_the_path()
        try:
            return resolve(reference)
        except FunctionNotFoundError as error:
            # Not raised: once the run was told to stop, nobody waits for more than the end of the import.
            return error

    def _lead_the_path(self) -> None:
        if sys.path[:1] != [self._app_dir]:
            sys.path.insert(0, self._app_dir)
