"""Which target executes which kind of job, and which kinds the operator allows."""

from collections.abc import Awaitable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schedrun.core.run.outcome import Outcome
from schedrun.core.spec.target import (
    TARGET_KINDS,
    CommandTarget,
    HttpTarget,
    PythonTarget,
    ShellTarget,
)
from schedrun.protocols import RunContext, Target
from schedrun.secret import SecretSource
from schedrun.targets import leftovers
from schedrun.targets.command import Commands
from schedrun.targets.http import HttpRequests
from schedrun.targets.live_file import Logs
from schedrun.targets.orphans import Orphans
from schedrun.targets.processes import Processes
from schedrun.targets.python import PythonFunctions
from schedrun.targets.roll import Roll

_KINDS: Mapping[type, str] = {
    CommandTarget: "command",
    ShellTarget: "shell",
    PythonTarget: "python",
    HttpTarget: "http",
}


class Targets(Mapping[str, Target]):
    """The target of each kind: `targets[kind_of(spec)]`. Kinds that are not allowed fail their runs.

    Also the `Leftovers` of an earlier service's processes.
    """

    def __init__(
        self,
        by_kind: Mapping[str, Target],
        *,
        http: HttpRequests,
        processes: Processes,
        logs: Logs | None = None,
        roll: Roll | None = None,
    ) -> None:
        self._by_kind, self._http, self._processes, self._logs, self._roll = by_kind, http, processes, logs, roll

    def __getitem__(self, kind: str) -> Target:
        return self._by_kind[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_kind)

    def __len__(self) -> int:
        return len(self._by_kind)

    async def run(self, spec: Any, context: RunContext) -> Outcome:
        """Execute `spec` with the target of its kind; itself a Target."""
        return await self._by_kind[kind_of(spec)].run(spec, context)

    async def marks(self) -> Collection[str]:
        """See `Leftovers.marks`."""
        left = () if self._roll is None else self._roll.left()
        return (await leftovers.marks()).union(left)

    async def end(self, kill_after: Mapping[str, float]) -> Mapping[str, Awaitable[object]]:
        """See `Leftovers.end`; a new attempt of such a run starts nothing until that is done."""
        return await self._processes.end_leftovers(kill_after)

    async def close(self) -> None:
        """Release what the targets hold; idempotent. Call it when no run is active any more.

        What runs left behind is gone when it returns, or does not go.
        """
        await self._processes.close()
        await self._http.close()
        if self._logs is not None:
            self._logs.close()
        if self._roll is not None:
            self._roll.close()


def targets(
    *,
    app_dir: Path,
    secrets: SecretSource,
    environ: Mapping[str, str],
    allowed: Collection[str] | None = None,
    logs: Path | None = None,
    roll: Path | None = None,
    orphans: Orphans | None = None,
) -> Targets:
    """Return the targets of a service whose environment is `environ`; `allowed` None allows every kind.

    `logs` is the folder for output that outgrows the ledger or is to be followed, None keeps none of it. `roll` is
    the file that tells the next service who leads the runs, None for none. `orphans` tells what runs leave behind,
    None where this process adopts nothing.
    """
    folder = app_dir.absolute()
    kept = None if logs is None else Logs(logs)
    written = None if roll is None else Roll(roll)
    processes = Processes(orphans=orphans, logs=kept, roll=written)
    commands = Commands(app_dir=folder, secrets=secrets, environ=environ, processes=processes)
    http = HttpRequests(secrets=secrets, logs=kept)
    every: dict[str, Target] = {
        "command": commands,
        "shell": commands,
        "python": PythonFunctions(app_dir=folder, environ=environ, processes=processes),
        "http": http,
    }
    permitted = {kind: _permitted(kind, target, allowed) for kind, target in every.items()}
    return Targets(permitted, http=http, processes=processes, logs=kept, roll=written)


def kind_of(spec: object) -> str:
    """Return the kind of a manifest's target: one of TARGET_KINDS. Raises KeyError for anything else."""
    return _KINDS[type(spec)]


def refusal(kind: str, *, allowed: Collection[str] | None) -> str | None:
    """Return why targets of `kind` do not run here, None when they do."""
    if allowed is None or kind in allowed:
        return None
    listed = ",".join(one for one in TARGET_KINDS if one in allowed)
    return f"{kind} targets do not run here: --allow-targets allows {listed or 'none'}"


@dataclass(frozen=True, slots=True)
class _Refused:
    """Stands for a kind that is not allowed."""

    reason: str

    async def run(self, spec: object, context: RunContext) -> Outcome:  # noqa: ARG002  Target's signature
        return Outcome(error=self.reason)


def _permitted(kind: str, target: Target, allowed: Collection[str] | None) -> Target:
    reason = refusal(kind, allowed=allowed)
    return target if reason is None else _Refused(reason)
