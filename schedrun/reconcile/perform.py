"""The one way for a command that changes the state: through the active process, else on the rows alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from schedrun.core.errors import StateLockedError
from schedrun.core.run.recorded import Request
from schedrun.protocols import Clock
from schedrun.reconcile import requests
from schedrun.reconcile.requests import Answer, Verb
from schedrun.scheduler import recovery
from schedrun.scheduler.activation import Activation
from schedrun.scheduler.rows import Live, RowsOnly
from schedrun.stores.sqlite import SqliteStore


@dataclass(frozen=True, slots=True)
class Performed:
    """What was answered; `by_service` is False when no process was active, so that nothing was started."""

    answer: Answer
    by_service: bool


async def perform(
    request: Request, *, state: Path, verbs: Callable[[Live], Mapping[str, Verb]], clock: Clock
) -> Performed:
    """Have the request done and return the answer.

    The process that is active on the state does it. Where there is none, or it ends while this one waits, `verbs` do
    it here: rows change, and what is planned stays queued for the next start. A request is done at most once.
    Raises SchedrunError when it is refused or nobody answers in time, StoreError when the state cannot be used.
    """
    activation, done_here = Activation(state, clock), False

    async def do_it_here() -> Answer | None:
        """Do it unless another process is active or has done it; return the answer, else None."""
        nonlocal done_here
        try:
            store = await activation.acquire(for_a_moment=True)
        except StateLockedError:
            return None
        try:
            rows = RowsOnly(store)
            await store.write(partial(recovery.recover, planner=rows.planner, now=clock.now()))
            if await store.read(partial(requests.is_closed, request_id=request.id)):
                return None
            answer = await verbs(rows)[request.verb](request)
        finally:
            await store.close()
            await activation.release()
        done_here = True
        return answer

    answer = await do_it_here()
    if answer is None:
        store = await SqliteStore.open(state)
        try:
            answer = await requests.ask(store, request, clock=clock, in_its_place=do_it_here)
        finally:
            await store.close()
    return Performed(answer, by_service=not done_here)
