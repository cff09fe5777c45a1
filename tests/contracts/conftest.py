"""Every test of the contracts runs once on each ledger."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from schedrun.protocols import Store
from schedrun.stores.memory import MemoryStore
from schedrun.stores.sqlite import SqliteStore
from tests.contracts.ledger import Ledger, a_job


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """Open an empty ledger."""
    with asyncio.Runner() as runner:
        store: Store = MemoryStore()
        if request.param == "sqlite":
            store = runner.run(SqliteStore.open(tmp_path / "state" / "state.db"))
        yield Ledger(store, runner)
        runner.run(store.close())


@pytest.fixture
def one_job(ledger: Ledger) -> Ledger:
    """Open a ledger that knows the job u1."""
    ledger.write(lambda tx: tx.put_job(a_job()))
    return ledger
