"""What clients are told, over both stores and in virtual time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from schedrun.core.errors import StoreError
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import Override, SyncRecord
from schedrun.core.run.run import Run
from schedrun.core.status import RunKind, RunStatus
from schedrun.protocols import Transaction
from schedrun.stores.memory import MemoryStore
from schedrun.stores.sqlite import SqliteStore
from schedrun.web import app
from schedrun.web.events import hints, looks, wire
from tests.contracts.ledger import a_job, recording
from tests.virtual import settle
from tests.web.backend import StoreBackend
from tests.web.streaming import Heard, Stream, listening, names

pytestmark = pytest.mark.anyio

EVENTS = "/api/v1/events"
RESET = Heard("reset", {})


@pytest.fixture(params=["memory", "sqlite"])
async def backend(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[StoreBackend]:
    """Open a ledger of two jobs."""
    store = MemoryStore(keep=1000) if request.param == "memory" else await SqliteStore.open(tmp_path / "s" / "state.db")
    backend = StoreBackend(store)
    for uid, key in (("u1", "set/one"), ("u2", "set/two")):
        await backend.write(recording(a_job(uid, key)))
    yield backend
    await store.close()


async def later(backend: StoreBackend, seconds: float = 0.3) -> None:
    """Let time pass, and what happens then happen."""
    await backend.time.advance(seconds)
    await settle()


def a_run(backend: StoreBackend, run_id: str, *, uid: str = "u1") -> Run:
    """Return a new run that waits to start."""
    now = backend.clock.now()
    return Run(run_id, uid, now, RunKind.MANUAL, RunStatus.QUEUED, now)


async def start(backend: StoreBackend, run_id: str) -> None:
    """Start a run."""
    await backend.write(lambda tx: tx.start_run(run_id, at=backend.clock.now()))


async def end(backend: StoreBackend, run_id: str, **fields: Any) -> None:
    """End the first attempt of a run."""
    facts = {"attempt": 1, "status": RunStatus.SUCCEEDED, "outcome": Outcome()} | fields
    await backend.write(lambda tx: tx.finish_run(run_id, at=backend.clock.now(), **facts))


def told(run: str, status: str, job: str = "set/one") -> Heard:
    """Return the hint of a run."""
    return Heard("run", {"run": run, "job": job, "status": status})


async def test_begins_with_reset_and_is_silent_while_nothing_happens(backend: StoreBackend) -> None:
    """Comments come each 15 s; nothing collects what is sent, and nothing keeps it."""
    async with listening(backend, EVENTS) as stream:
        assert [RESET] == stream.heard()
        assert "text/event-stream" in stream.headers["content-type"]
        assert ("no-store", "no") == (stream.headers["cache-control"], stream.headers["x-accel-buffering"])
        await later(backend, 44)
        assert [] == stream.heard()
        assert 2 == stream.comments()


async def test_tells_what_happens_to_a_run(backend: StoreBackend) -> None:
    """New, started, waiting for another attempt, started again, ended: each once, within half a second."""
    async with listening(backend, EVENTS) as stream:
        stream.heard()
        await backend.write(recording(a_run(backend, "r1")))
        await later(backend)
        assert [told("r1", "queued")] == stream.heard()
        await start(backend, "r1")
        await later(backend)
        assert [told("r1", "running")] == stream.heard()
        await end(backend, "r1", status=RunStatus.FAILED, retry_at=backend.clock.now() + timedelta(seconds=9))
        await later(backend)
        assert [told("r1", "queued")] == stream.heard()
        await start(backend, "r1")
        await end(backend, "r1", attempt=2)
        await later(backend)
        assert [told("r1", "succeeded")] == stream.heard()


async def test_tells_runs_that_began_and_ended_between_two_looks(backend: StoreBackend) -> None:
    """Though no look found them active."""
    async with listening(backend, EVENTS) as stream:
        stream.heard()
        for number in range(3):
            await backend.write(recording(a_run(backend, f"r{number}", uid="u2")))
            await start(backend, f"r{number}")
            await end(backend, f"r{number}", status=RunStatus.FAILED)
        await later(backend)
        assert [told(f"r{number}", "failed", "set/two") for number in range(3)] == stream.heard()


async def test_tells_jobs_whose_rows_change(backend: StoreBackend) -> None:
    """Paused, resumed, held, removed and new ones, not those that fire."""
    now = backend.clock.now()
    async with listening(backend, EVENTS) as stream:
        stream.heard()
        for row in (
            a_job("u1", "set/one", override=Override("why", "ops", now)),
            a_job("u1", "set/one"),
            a_job("u2", "set/two", held="gone"),
            a_job("u3", "code"),
            a_job("u3", "code", removed_at=now),
        ):
            await backend.write(recording(row))
            await later(backend)
            assert [Heard("job", {"job": row.key})] == stream.heard()
        await backend.write(lambda tx: tx.move_cursor("u1", now))
        await later(backend)
        assert [] == stream.heard()


async def test_tells_that_a_reconcile_was_recorded(backend: StoreBackend) -> None:
    """Before the jobs that it changed."""
    async with listening(backend, EVENTS) as stream:
        stream.heard()
        record = SyncRecord(("jobs",), "abc", "abc", backend.clock.now())

        def reconcile(tx: Transaction) -> None:
            tx.put_job(a_job("u3", "set/three"))
            tx.put_sync(record)

        await backend.write(reconcile)
        await later(backend)
        assert [Heard("sync", {}), Heard("job", {"job": "set/three"})] == stream.heard()


async def test_what_happened_before_a_client_came_is_not_told(backend: StoreBackend) -> None:
    """It is asked for after `reset`; what happens after that is told to all who listen."""
    application = app.of(backend)
    async with listening(backend, EVENTS, application=application) as first:
        await backend.write(recording(a_run(backend, "r1")))
        await later(backend)
        async with listening(backend, EVENTS, application=application) as second:
            assert [RESET] == second.heard()
            await start(backend, "r1")
            await later(backend)
            assert [told("r1", "running")] == second.heard()
        assert [RESET, told("r1", "queued"), told("r1", "running")] == first.heard()


async def test_looks_at_the_ledger_once_for_all_and_only_while_somebody_listens(
    backend: StoreBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five clients cost what one does; none costs nothing."""
    count = 0
    look = looks.again

    def counting(*arguments: Any, **named: Any) -> Any:
        nonlocal count
        count += 1
        return look(*arguments, **named)

    monkeypatch.setattr(looks, "again", counting)
    application = app.of(backend)
    async with AsyncExitStack() as stack:
        streams = [
            await stack.enter_async_context(listening(backend, EVENTS, application=application)) for _ in range(5)
        ]
        await backend.write(recording(a_run(backend, "r1")))
        await later(backend, 3)
        assert [["reset", "run"]] * 5 == [names(stream.heard()) for stream in streams]
        assert 1 == count
    await backend.write(recording(a_run(backend, "r2")))
    await later(backend, 3)
    assert 1 == count
    async with listening(backend, EVENTS, application=application) as stream:
        assert [RESET] == stream.heard()
        await start(backend, "r2")
        await later(backend)
        assert [told("r2", "running")] == stream.heard()


async def test_too_much_to_name_is_a_reset(backend: StoreBackend) -> None:
    """Then what is new is named again."""

    def many(tx: Transaction) -> None:
        for number in range(looks.MOST_NAMED + 1):
            tx.insert_run(a_run(backend, f"m{number}"))
            tx.drop_run(f"m{number}", at=backend.clock.now(), reason="enough")

    async with listening(backend, EVENTS) as stream:
        stream.heard()
        await backend.write(many)
        await later(backend)
        assert [RESET] == stream.heard()
        await backend.write(recording(a_run(backend, "r1")))
        await later(backend, 0.9)
        assert [told("r1", "queued")] == stream.heard()


async def test_a_ledger_in_which_thousands_run_is_told_by_resets(
    backend: StoreBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One a look, whatever happens; and when it has calmed down, runs are named again."""
    monkeypatch.setattr(looks, "MOST_ACTIVE", 5)
    async with listening(backend, EVENTS) as stream:
        stream.heard()

        def busy(tx: Transaction) -> None:
            for number in range(6):
                tx.insert_run(a_run(backend, f"b{number}"))

        await backend.write(busy)
        await later(backend)
        assert [RESET] == stream.heard()
        await start(backend, "b0")
        await later(backend, 0.9)
        assert [RESET] == stream.heard()
        await end(backend, "b0")
        await later(backend, 0.9)
        assert [RESET] == stream.heard()
        await start(backend, "b1")
        await later(backend, 0.9)
        assert [told("b1", "running")] == stream.heard()


async def test_a_client_that_cannot_follow_gets_a_reset_instead_of_a_backlog(
    backend: StoreBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits for it is bounded; one that follows misses nothing meanwhile."""
    monkeypatch.setattr(hints, "MOST_WAITING", 5)
    application = app.of(backend)
    async with (
        listening(backend, EVENTS, application=application) as slow,
        listening(backend, EVENTS, application=application) as quick,
    ):
        slow.heard()
        slow.takes.clear()
        for number in range(8):
            await backend.write(recording(a_run(backend, f"r{number}")))
            await later(backend)
        assert ["reset", *["run"] * 8] == names(quick.heard())
        slow.takes.set()
        await settle()
        # The one that it was just being sent, then that anything may be new.
        assert [told("r0", "queued"), RESET] == slow.heard()
        await start(backend, "r7")
        await later(backend)
        assert [told("r7", "running")] == slow.heard()


async def test_a_slow_client_gets_the_newest_of_each_run(backend: StoreBackend) -> None:
    """Older hints about it say nothing more."""
    async with listening(backend, EVENTS) as stream:
        stream.heard()
        stream.takes.clear()
        await backend.write(recording(a_job("u3", "set/three")))
        await later(backend)
        for step in (
            backend.write(recording(a_run(backend, "r1"))),
            start(backend, "r1"),
            backend.write(recording(a_run(backend, "r2"))),
            end(backend, "r1"),
        ):
            await step
            await later(backend)
        stream.takes.set()
        await settle()
        assert [Heard("job", {"job": "set/three"}), told("r2", "queued"), told("r1", "succeeded")] == stream.heard()


async def test_a_ledger_that_cannot_be_read_for_a_while_costs_no_hint(backend: StoreBackend) -> None:
    """What happened meanwhile is told afterwards; who comes meanwhile is told that it cannot be read."""
    application = app.of(backend)
    async with listening(backend, EVENTS, application=application) as stream:
        stream.heard()
        backend.failure = StoreError("disk I/O error")
        await backend.write(recording(a_run(backend, "r1")))
        await later(backend, 2)
        assert [] == stream.heard()
        backend.failure = None
        await later(backend)
        assert [told("r1", "queued")] == stream.heard()
    backend.failure = StoreError("disk I/O error")
    async with listening(backend, EVENTS, application=application) as refused:
        assert 503 == refused.status


async def test_what_no_version_tells_of_is_found_all_the_same(backend: StoreBackend) -> None:
    """Later."""
    async with listening(backend, EVENTS) as stream:
        stream.heard()
        await backend.store.write(recording(a_run(backend, "r1")))
        await later(backend, 1)
        assert [] == stream.heard()
        await later(backend, 15)
        assert [told("r1", "queued")] == stream.heard()


async def test_a_run_whose_place_another_took_is_no_place_to_go_on_from(backend: StoreBackend) -> None:
    """When the newest runs were forgotten, anything may be new."""
    async with listening(backend, EVENTS) as stream:
        await backend.write(recording(a_run(backend, "r1")))
        await backend.write(lambda tx: tx.drop_run("r1", at=backend.clock.now(), reason="enough"))
        await later(backend)
        assert ["reset", "run"] == names(stream.heard())

        def forget_and_add(tx: Transaction) -> None:
            now = backend.clock.now() + timedelta(seconds=9)
            row = tx.job("u1")
            assert row is not None
            tx.put_job(row._replace(cursor=now))
            assert tx.prune("u1", before=now, keep=None, limit=10).runs == 1
            tx.insert_run(a_run(backend, "r2"))

        await backend.write(forget_and_add)
        await later(backend)
        assert [RESET] == stream.heard()


async def test_a_fault_of_ours_ends_the_streams_instead_of_leaving_them_silent(
    backend: StoreBackend, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Clients connect again, and the next stream works."""

    def broken(*_arguments: Any, **_named: Any) -> Any:
        raise RuntimeError("a bug")

    application = app.of(backend)
    async with listening(backend, EVENTS, application=application) as stream:
        with monkeypatch.context() as patch:
            patch.setattr(looks, "again", broken)
            await backend.write(recording(a_run(backend, "r1")))
            await later(backend)
        assert stream.ended
        assert "a bug" in caplog.text
        async with listening(backend, EVENTS, application=application) as next_one:
            await start(backend, "r1")
            await later(backend)
            assert [RESET, told("r1", "running")] == next_one.heard()


async def test_nothing_goes_on_when_clients_have_left(backend: StoreBackend) -> None:
    """No task is left behind, even of a client that took nothing."""
    before = asyncio.all_tasks()
    async with listening(backend, EVENTS) as stream:
        stream.takes.clear()
        await backend.write(recording(a_run(backend, "r1")))
        await later(backend)
        stream.left.set()
        await settle()
        assert before == asyncio.all_tasks()


async def test_a_client_that_takes_nothing_is_let_go_of(backend: StoreBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while, and its stream ends with it."""
    before = asyncio.all_tasks()
    async with listening(backend, EVENTS) as stream:
        monkeypatch.setattr(wire, "STUCK_SECONDS", 0.0)
        stream.takes.clear()
        await backend.write(recording(a_run(backend, "r1")))
        await later(backend)
        assert stream.aborted
        assert before == asyncio.all_tasks()


def test_stream_is_checked() -> None:
    """A client that hears half an event would notice."""
    stream = Stream.__new__(Stream)
    stream.body, stream._read = b"event: run", 0
    with pytest.raises(AssertionError):
        stream.heard()
