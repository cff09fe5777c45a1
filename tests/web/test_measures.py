"""What `/metrics` tells, of ledgers in every state."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from schedrun.core.run.recorded import Override
from schedrun.core.status import JobStatus, RunStatus
from schedrun.protocols import Transaction
from schedrun.web import measures
from schedrun.web.measures import Measures
from tests.web.backend import StoreBackend
from tests.web.routes.rig import a_backend, ran, row_of

pytestmark = pytest.mark.anyio

KEYS = {"billing/close-day", "billing/fx-rates", "billing/rests", "ops/beat"}


@pytest.fixture
async def backend(tmp_path: Path) -> StoreBackend:
    """Apply two manifests."""
    return await a_backend(tmp_path)


async def told(backend: StoreBackend) -> Measures:
    return await backend.read(partial(measures.of, fires=backend.fires, now=backend.clock.now()))


async def test_live_jobs_are_told_and_counted_by_status(backend: StoreBackend) -> None:
    """Those that never ran too."""
    await ran(backend, "billing/close-day", hours_ago=1, status=RunStatus.FAILED)
    found = await told(backend)
    assert KEYS == found.live == found.told
    assert {JobStatus.FAILED: 1, JobStatus.PAUSED: 1, JobStatus.PENDING: 2} == found.jobs


async def test_an_override_counts_while_it_holds(backend: StoreBackend) -> None:
    """A pause in the manifest is none."""
    row = await row_of(backend, "ops/beat")
    until = backend.clock.now() + timedelta(minutes=1)
    paused = row._replace(override=Override("why", "ann", backend.clock.now(), until))
    await backend.write(lambda tx: tx.put_job(paused))
    assert 1 == (await told(backend)).overrides
    await backend.time.advance(60)
    assert 0 == (await told(backend)).overrides


async def test_a_removed_job_is_told_for_a_week(backend: StoreBackend) -> None:
    """Then it is not, though the ledger knows its totals."""
    await ran(backend, "ops/beat", hours_ago=1)
    row = await row_of(backend, "ops/beat")
    gone = row._replace(removed_at=backend.clock.now())
    await backend.write(lambda tx: tx.put_job(gone))
    found = await told(backend)
    assert (KEYS - {"ops/beat"}, KEYS) == (found.live, found.told)
    assert {"billing", "ops"} == found.sets
    backend.time.step(8 * 86_400)
    later = await told(backend)
    assert KEYS - {"ops/beat"} == later.told
    assert ["ops/beat"] == [total.job for total in later.totals.totals]


async def test_broken_files_count_once_each(backend: StoreBackend, tmp_path: Path) -> None:
    """Whatever is wrong in them."""
    (tmp_path / "bad.yaml").write_text("schedrun: v1\nname: bad\njobs:\n  a: {}\n  b: {}\n")
    await backend.reconcile()
    found = await told(backend)
    assert found.sync is not None
    assert 1 < len(found.sync.broken)
    assert (1, 0) == (found.broken_files, found.blocked_removals)


async def test_blocked_removals_are_counted(backend: StoreBackend, tmp_path: Path) -> None:
    """Those that the guard holds back."""
    (tmp_path / "billing.yaml").unlink()
    await backend.reconcile()
    assert 3 == (await told(backend)).blocked_removals


async def test_runs_that_run_and_wait_are_told_apart(backend: StoreBackend) -> None:
    """By what the ledger says."""
    row = await row_of(backend, "ops/beat")

    def unit(tx: Transaction) -> None:
        from tests.contracts.ledger import a_run

        tx.insert_run(a_run("r1", 1, job_uid=row.uid))
        tx.insert_run(a_run("r2", 2, job_uid=row.uid))
        tx.insert_run(a_run("r3", 3, job_uid=row.uid).started(backend.clock.now()))

    await backend.write(unit)
    found = await told(backend)
    assert (1, 2) == (found.runs_running, found.runs_queued)
