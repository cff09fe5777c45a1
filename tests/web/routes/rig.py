"""A backend with manifests and a history, for tests of the routes."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from schedrun.core.ids import scheduled_run_id
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.status import RunKind, RunStatus, SpanStatus
from schedrun.protocols import Transaction
from tests.web.backend import StoreBackend

MANIFEST = """\
schedrun: v1
name: billing
labels: {team: payments}
jobs:
  close-day:
    description: Close yesterday's invoices
    owner: oncall
    labels: {tier: "1"}
    schedule: {cron: "17 4 * * mon-fri"}
    timezone: Europe/Berlin
    target:
      command: [./bin/close, --password, hunter2xyz]
      env:
        LEVEL: plainly private
  fx-rates:
    schedule: {every: 15m, spread: 30s}
    target: {http: {method: POST, url: "https://u:hunter2xyz@fx/refresh?key=hunter2xyz", body: plainly private}}
  rests:
    schedule: {every: 1h}
    target: {command: ["true"]}
    paused: {reason: vendor outage}
"""
OTHER = """\
schedrun: v1
name: ops
jobs:
  beat:
    schedule: {every: 1s}
    target: {command: ["true"]}
"""
PRIVATE = ("hunter2xyz", "plainly private")


async def a_backend(folder: Path) -> StoreBackend:
    """Return a backend that has applied two manifests."""
    (folder / "billing.yaml").write_text(MANIFEST)
    (folder / "ops.yaml").write_text(OTHER)
    backend = StoreBackend(manifests=folder)
    await backend.reconcile()
    return backend


def problem(answer: httpx.Response) -> dict[str, Any]:
    """Return a problem document after a look at its form."""
    document: dict[str, Any] = answer.json()
    assert "application/problem+json" == answer.headers["content-type"]
    assert {"type", "title", "status", "detail", "code", "remedy"} <= document.keys()
    assert answer.status_code == document["status"]
    return document


async def row_of(backend: StoreBackend, key: str) -> RecordedJob:
    """Return a job's row."""
    found = await backend.read(lambda reader: reader.job_by_key(key))
    assert found is not None
    return found


async def ran(
    backend: StoreBackend,
    key: str,
    *,
    hours_ago: float,
    status: RunStatus = RunStatus.SUCCEEDED,
    output: str = "done\n",
) -> str:
    """Record a run that took ten seconds; return its id."""
    row, at = await row_of(backend, key), backend.clock.now() - timedelta(hours=hours_ago)
    run = Run(scheduled_run_id(row.uid, at), row.uid, at, RunKind.SCHEDULED, RunStatus.QUEUED, at)
    await backend.write(partial(_run_through, run=run, status=status, output=output))
    return run.id


async def skipped(backend: StoreBackend, key: str, *, hours_ago: Sequence[float]) -> None:
    """Record spans, one after another."""
    row, now = await row_of(backend, key), backend.clock.now()
    for number, hours in enumerate(hours_ago):
        at = now - timedelta(hours=hours)
        span = Span(row.uid, at, at, 1, SpanStatus.MISSED, f"reason {number}", at, None)
        await backend.write(partial(_insert, span=span))


def _run_through(tx: Transaction, *, run: Run, status: RunStatus, output: str) -> None:
    tx.insert_run(run)
    assert tx.start_run(run.id, at=run.fire_time)
    code = 0 if status is RunStatus.SUCCEEDED else 3
    ended = run.fire_time + timedelta(seconds=10)
    assert tx.finish_run(run.id, attempt=1, status=status, at=ended, outcome=Outcome(exit_code=code, output=output))


def _insert(tx: Transaction, *, span: Span) -> None:
    tx.insert_span(span)
