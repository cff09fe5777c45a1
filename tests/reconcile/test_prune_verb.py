"""The verb `prune`: what a request says, and a bounded part of the work for each."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from schedrun.core.run.recorded import Request
from schedrun.core.run.retention import Retention
from schedrun.protocols import Transaction
from schedrun.reconcile import prune_verb
from schedrun.reconcile.prune_verb import UNITS_A_REQUEST, arguments
from schedrun.reconcile.requests import BadRequestError
from schedrun.scheduler.pruning import ROWS_A_UNIT
from schedrun.scheduler.rows import RowsOnly
from schedrun.stores.memory import MemoryStore
from tests.contracts.ledger import a_job, a_run, at, run_through
from tests.virtual import VirtualClock

pytestmark = pytest.mark.anyio

A_REQUEST = 50 + 100 + 8 * ROWS_A_UNIT
RUNS = A_REQUEST + 300


class Asked:
    """A ledger of one job with many runs, and a verb over it whose service keeps 1000."""

    def __init__(self, clock: VirtualClock, logs_dir: Path) -> None:
        self.store, self._clock = MemoryStore(keep=RUNS), clock
        retention = Retention(timedelta(days=10_000), 1_000)
        self._verb = prune_verb.verb(RowsOnly(self.store), logs_dir=logs_dir, retention=retention, clock=clock)

    async def fill(self) -> None:
        await self.store.write(lambda tx: tx.put_job(a_job(cursor=at(RUNS))))

        def unit(tx: Transaction) -> None:
            for number in range(RUNS):
                run_through(tx, a_run(f"r{number}", number), end=number)

        await self.store.write(unit)

    async def __call__(self, **said: object) -> dict[str, Any]:
        return dict(await self._verb(Request("q", prune_verb.PRUNE, said, "ann", self._clock.now())))


@pytest.fixture
async def asked(clock: VirtualClock, tmp_path: Path) -> Asked:
    asked = Asked(clock, tmp_path)
    await asked.fill()
    return asked


async def test_what_is_not_said_is_as_the_service_has_it(asked: Asked) -> None:
    """Its own bounds hold."""
    assert {"runs": RUNS - 1_000, "spans": 0, "records": 0, "logs": 0, "more": False} == await asked()


async def test_a_trial_forgets_nothing(asked: Asked) -> None:
    """And counts all of it, however much."""
    for _ in range(2):
        told = await asked(dry_run=True, keep_runs=1)
        assert (RUNS - 1, False) == (told["runs"], told["more"])


async def test_one_request_does_a_bounded_part(asked: Asked, tmp_path: Path) -> None:
    """The rest is asked for again; output is looked through once nothing is left."""
    (tmp_path / f"{'0' * 20}-1.gz").touch()
    first, second = await asked(keep_runs=1), await asked(keep_runs=1)
    assert UNITS_A_REQUEST == 10
    assert (A_REQUEST, 0, True) == (first["runs"], first["logs"], first["more"])
    assert (299, 1, False) == (second["runs"], second["logs"], second["more"])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param({"keep_runs": "off"}, 0, id="no number"),
        pytest.param({"keep_runs": 5}, RUNS - 5, id="a number"),
        pytest.param({"keep_for": "off", "keep_runs": "off"}, 0, id="no bound"),
        pytest.param({"keep_for": 1.0, "keep_runs": "off"}, RUNS, id="an age"),
    ],
)
async def test_what_is_said_wins(asked: Asked, said: dict[str, object], expected: int) -> None:
    """Each bound for itself."""
    assert expected == (await asked(dry_run=True, **said))["runs"]


@pytest.mark.parametrize("said", [{"keep_for": -1}, {"keep_for": "soon"}, {"keep_runs": 0}, {"keep_runs": True}])
async def test_nonsense_is_refused(asked: Asked, said: dict[str, object]) -> None:
    """With what makes sense."""
    with pytest.raises(BadRequestError, match="`off`"):
        await asked(**said)


def test_what_a_command_says_is_what_the_verb_reads() -> None:
    """Seconds, numbers and `off`."""
    said = arguments({"keep_for": timedelta(days=1), "keep_runs": None}, dry_run=True)
    assert {"keep_for": 86_400.0, "keep_runs": "off", "dry_run": True} == said
    assert {"dry_run": False} == arguments({}, dry_run=False)
