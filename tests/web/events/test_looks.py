"""Looks at the ledger: who hears the hints knows what is so, whatever happens between them."""

import asyncio
from datetime import timedelta
from functools import partial
from operator import methodcaller
from typing import Any
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from schedrun.core.run.outcome import Outcome
from schedrun.core.status import RunStatus
from schedrun.protocols import Transaction
from schedrun.stores.memory import MemoryStore
from schedrun.web.events import hints, looks
from schedrun.web.events.hints import JobHint, Listener, Reset, RunHint, Sync
from tests.contracts.ledger import a_job, a_run, at, recording

JOBS = ("u0", "u1", "u2")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["insert", "start", "retry", "end", "drop"]), st.integers(0, 5)),
        st.tuples(st.sampled_from(["edit", "remove", "fire"]), st.integers(0, 2)),
        st.just(("look", 0)),
        st.just(("take", 0)),
    ),
    max_size=40,
)


def step(tx: Transaction, *, name: str, number: int, time: int) -> None:
    """Let something happen, where it can."""
    run_id, job = f"r{number}", tx.job(f"u{number % 3}")
    assert job is not None
    match name:
        case "insert":
            if tx.run(run_id) is None:
                tx.insert_run(a_run(run_id, time, job_uid=job.uid))
        case "start":
            tx.start_run(run_id, at=at(time))
        case "drop":
            tx.drop_run(run_id, at=at(time), reason="enough")
        case "retry" | "end":
            run = tx.run(run_id)
            if run is not None:
                again = at(time) + timedelta(seconds=1) if name == "retry" else None
                facts: dict[str, Any] = {"status": RunStatus.FAILED, "outcome": Outcome(), "retry_at": again}
                tx.finish_run(run_id, attempt=run.attempt, at=at(time), **facts)
        case "edit":
            tx.put_job(a_job(job.uid, job.key, line=time, removed_at=job.removed_at))
        case "remove":
            tx.put_job(a_job(job.uid, job.key, removed_at=at(time)))
        case "fire":
            tx.move_cursor(job.uid, at(time))


class Client:
    """Knows what it was told, and asks for everything after a reset."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.runs: dict[str, RunStatus] = {}
        self.jobs: dict[str, object] = {}

    async def truth(self) -> tuple[dict[str, RunStatus], dict[str, object]]:
        """Return how all runs and jobs are."""
        states = await self.store.read(methodcaller("run_states", [f"r{number}" for number in range(6)]))
        rows = await self.store.read(methodcaller("jobs", tombstones=True))
        return {state.id: state.status for state in states}, {row.key: (row.line, row.removed_at) for row in rows}

    async def hear(self, listener: Listener) -> None:
        """Take what waits, and ask for what it is about."""
        for hint in await listener.take():
            runs, jobs = await self.truth()
            match hint:
                case Reset():
                    self.runs, self.jobs = runs, jobs
                case RunHint(run, _, status):
                    self.runs[run] = status
                case JobHint(job):
                    self.jobs[job] = jobs[job]


@given(STEPS, st.integers(1, 4), st.integers(1, 4), st.integers(1, 4))
def test_who_hears_the_hints_knows_what_is_so(
    steps: list[tuple[str, int]], named: int, active: int, waiting: int
) -> None:
    """Also where little may be named at once, and where the client comes late to take it."""
    asyncio.run(_play(steps, named, active, waiting))


async def _play(steps: list[tuple[str, int]], named: int, active: int, waiting: int) -> None:
    store = MemoryStore(keep=1000)
    await store.write(recording(*(a_job(uid, f"set/{uid}") for uid in JOBS)))
    seen = await store.read(looks.first)
    client, listener = Client(store), Listener()
    listener.offer([Reset()])
    with (
        patch.object(looks, "MOST_NAMED", named),
        patch.object(looks, "MOST_ACTIVE", active),
        patch.object(hints, "MOST_WAITING", waiting),
    ):
        for time, (name, number) in enumerate([("take", 0), *steps, ("look", 0), ("take", 0)], start=1):
            match name:
                case "look":
                    found = await store.read(partial(looks.again, before=seen))
                    seen = found.seen
                    listener.offer([Reset()] if found.hints is None else found.hints)
                case "take":
                    listener.offer([Sync()])  # something always waits, or this would
                    await client.hear(listener)
                case _:
                    await store.write(partial(step, name=name, number=number, time=time))
    assert (client.runs, client.jobs) == await client.truth()
