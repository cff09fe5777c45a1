"""`/metrics` over HTTP: who may read it, what it costs the others, and that its totals outlive everything."""

from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from schedrun.core.errors import StoreError
from schedrun.core.status import RunStatus
from schedrun.web.backend import Process
from tests.web.backend import READER, STRANGER, StoreBackend, client
from tests.web.routes.rig import problem, ran, row_of, skipped

pytestmark = pytest.mark.anyio


def value(answer: httpx.Response, name: str, **labels: str) -> float | None:
    assert 200 == answer.status_code, answer.text
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            if (sample.name, sample.labels) == (f"schedrun_{name}", labels):
                return float(sample.value)
    return None


async def scrape(backend: StoreBackend) -> httpx.Response:
    async with client(backend, READER) as opened:
        return await opened.get("/metrics")


async def test_who_may_read_may_scrape(backend: StoreBackend) -> None:
    """And no one keeps the answer."""
    answer = await scrape(backend)
    assert 200 == answer.status_code
    assert "text/plain; version=0.0.4; charset=utf-8" == answer.headers["content-type"]
    assert "no-store" == answer.headers["cache-control"]


async def test_a_stranger_is_told_to_bring_a_token(backend: StoreBackend) -> None:
    """As everywhere."""
    async with client(backend, STRANGER) as opened:
        answer = await opened.get("/metrics")
    assert (401, "token_needed") == (answer.status_code, problem(answer)["code"])


async def test_openmetrics_is_answered_to_who_accepts_it(backend: StoreBackend) -> None:
    """As Prometheus asks for it."""
    accept = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
    async with client(backend, READER) as opened:
        answer = await opened.get("/metrics", headers={"Accept": accept})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")


async def test_totals_survive_pruning_and_removal(backend: StoreBackend, tmp_path: Path) -> None:
    """What was told once is never told as less."""
    await ran(backend, "ops/beat", hours_ago=3, status=RunStatus.FAILED)
    await ran(backend, "ops/beat", hours_ago=2)
    await skipped(backend, "ops/beat", hours_ago=[1.5, 1])
    before = await scrape(backend)
    row, now = await row_of(backend, "ops/beat"), backend.clock.now()
    pruned = await backend.write(lambda tx: tx.prune(row.uid, before=now, keep=None, limit=100))
    assert (2, 2) == (pruned.runs, pruned.spans)
    (tmp_path / "ops.yaml").unlink()
    await backend.reconcile()
    after = await scrape(backend)
    for name, labels, expected in (
        ("runs_total", {"status": "failed"}, 1),
        ("runs_total", {"status": "succeeded"}, 1),
        ("occurrences_total", {"verdict": "missed"}, 2),
        ("occurrences_total", {"verdict": "failed"}, 1),
    ):
        both = [value(each, name, job="ops/beat", **labels) for each in (before, after)]
        assert [expected, expected] == both, name
    assert 2 == value(after, "run_duration_seconds_count", set="ops")
    assert 20 == value(after, "run_duration_seconds_sum", set="ops")


async def test_drift_is_what_applying_would_change(backend: StoreBackend, tmp_path: Path) -> None:
    """Nothing right after a reconcile."""
    assert 0 == value(await scrape(backend), "drift_jobs")
    (tmp_path / "ops.yaml").unlink()
    assert 1 == value(await scrape(backend), "drift_jobs")


async def test_without_manifests_there_is_no_drift() -> None:
    """Nor a reconcile."""
    answer = await scrape(StoreBackend())
    assert (None, None) == (value(answer, "drift_jobs"), value(answer, "last_successful_reconcile_timestamp_seconds"))
    assert 0 == value(answer, "broken_files")


@pytest.mark.parametrize(("role", "active"), [("active", 1), ("standby", 0)])
async def test_a_standby_tells_the_same_and_that_it_is_one(backend: StoreBackend, role: str, active: int) -> None:
    """Only what each process says of itself may differ."""
    await ran(backend, "ops/beat", hours_ago=3)
    backend.role = Process(role, 1)  # type: ignore[arg-type]  # one of the two words
    answer = await scrape(backend)
    assert active == value(answer, "active")
    assert 1 == value(answer, "runs_total", job="ops/beat", status="succeeded")


async def test_a_ledger_that_cannot_be_read_is_a_problem(backend: StoreBackend) -> None:
    """Never a scrape that looks empty."""
    backend.failure = StoreError("the disk is gone")
    answer = await scrape(backend)
    assert 503 == answer.status_code
    assert "application/problem+json" == answer.headers["content-type"]
