"""What the routes ask of their process: the ledger, the active process, and who that is."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Protocol, TypeVar

from fastapi import Depends, Request

from schedrun.core.plan.change import Plan
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.schedule.fires import Fires
from schedrun.protocols import Clock, Reader
from schedrun.reconcile.requests import Answer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Process:
    """This process and the active one; `active_pid` is None while nobody is active."""

    role: Literal["active", "standby"]
    active_pid: int | None
    pid: int = os.getpid()


class Backend(Protocol):
    """One process on one ledger; the routes know nothing else of it."""

    clock: Clock
    logs_dir: Path | None
    """Where the output is that the ledger does not hold; None for a ledger in memory."""

    async def read(self, query: Callable[[Reader], T]) -> T:
        """Answer a question from one snapshot of the ledger. Raises StoreError when it cannot be read."""

    async def ask(self, verb: str, arguments: dict[str, object], *, by: str, request_id: str | None = None) -> Answer:
        """Have the active process do something, through the request table, and return what it answers.

        The same `request_id` gives the same answer. Raises RequestRefusedError with its reason, and NoAnswerError
        when nobody takes the request within 5 s: then it is withdrawn.
        """

    async def plan(self) -> Plan | None:
        """Compare the manifests with the recorded jobs now; None where no manifests are followed."""

    def fires(self, job: RecordedJob) -> Fires:
        """Return the job's fire times, compiled once a spec."""

    def process(self) -> Process:
        """Return which process this is."""

    def version(self) -> int:
        """Return a number that changes when this or another process has written; cheap enough for every half second."""


def backend(request: Request) -> Backend:
    """Return the process's backend."""
    found: Backend = request.app.state.backend
    return found


async def _asked(request: Request) -> Backend:
    return backend(request)  # asynchronous, as FastAPI runs other dependencies on a thread


Asked = Annotated[Backend, Depends(_asked)]
"""The backend, as a route's parameter."""
