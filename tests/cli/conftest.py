"""What the tests of commands share: a folder to work in, a way to call a command, a state with a history."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from schedrun.cli.main import cli
from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.run.recorded import BlockedRemoval, Override, RecordedJob, SyncRecord
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.source import Position
from schedrun.core.spec.job import Job
from schedrun.core.status import Origin, RunKind, RunStatus, SpanStatus
from schedrun.protocols import Transaction
from schedrun.stores.sqlite import SqliteStore
from tests.answer import Answer

SEEN = datetime(2026, 1, 1, tzinfo=UTC)

GOOD = """\
schedrun: v1
name: billing
defaults: {timezone: Europe/Berlin, owner: payments, timeout: 10m}
jobs:
  close-day:
    description: Close yesterday's invoices
    schedule: {cron: "17 4 * * *"}
    target: {command: [echo, closed]}
  fx-rates:
    schedule: {every: 15m}
    target: {shell: "echo rates"}
"""
BROKEN = """\
schedrun: v1
name: stock
jobs:
  count:
    schedule: {cron: "17 4 * * *"}
    timout: 30m
    target: {command: [echo, counted]}
"""


Call = Callable[..., Answer]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Return a function that calls schedrun with arguments, in an empty folder and without settings."""
    monkeypatch.chdir(tmp_path)
    # CI services set these, and then `validate` answers as they like it.
    for name in ("SCHEDRUN_STATE", "GITHUB_ACTIONS", "GITHUB_WORKSPACE", "GITHUB_STEP_SUMMARY", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)

    def invoke(*arguments: str) -> Answer:
        result = CliRunner().invoke(cli, arguments, prog_name="schedrun")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    return invoke


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    """Return the default folder of manifests, holding two good jobs."""
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / "billing.yaml").write_text(GOOD, encoding="utf-8")
    return folder


@pytest.fixture
def broken(manifests: Path) -> Path:
    """Return a broken manifest beside the good one."""
    path = manifests / "stock.yaml"
    path.write_text(BROKEN, encoding="utf-8")
    return path


def job(schedule: dict[str, str], **fields: object) -> Job:
    """Return a job that echoes."""
    return Job.model_validate({"schedule": schedule, "target": {"command": ["echo"]}, **fields})


def row(key: str, spec: Job, **fields: Any) -> RecordedJob:
    """Return the row of a job, its uid made of its key, declared in manifests/billing.yaml."""
    place: dict[str, Any] = {"cursor": SEEN, "file": "manifests/billing.yaml", "line": 5}
    return RecordedJob(uid=f"uid-{key}", key=key, origin=Origin.MANIFEST, spec=spec, **(place | fields))


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return a default state with jobs of every standing, runs, a span and a degraded sync."""
    path = tmp_path / ".schedrun" / "state.db"
    asyncio.run(record(path, _history))
    return path


async def record(path: Path, unit: Callable[[Transaction], None]) -> None:
    """Write what `unit` does into the state at `path`."""
    store = await SqliteStore.open(path)
    try:
        await store.write(unit)
    finally:
        await store.close()


def _history(tx: Transaction) -> None:
    daily = job({"cron": "17 4 * * *"}, timezone="Europe/Berlin")
    tx.put_job(row("billing/close-day", daily))
    tx.put_job(row("billing/fx-rates", job({"every": "15m"}), override=Override("vendor outage", "ana", SEEN)))
    tx.put_job(row("billing/cut-over", job({"at": "2026-01-02T00:00:00Z"})))
    tx.put_job(row("stock/close-day", daily, held="it says `remove: confirm`"))
    tx.insert_run(_run("billing/close-day", "aaaa", RunStatus.FAILED, error="exit code 3", exit_code=3))
    tx.insert_run(_run("billing/cut-over", "bbbb", RunStatus.SUCCEEDED, output="done\n", exit_code=0))
    tx.insert_span(
        Span("uid-billing/fx-rates", SEEN, SEEN + timedelta(hours=1), 5, SpanStatus.SKIPPED, "paused by ana")
    )
    fault = Diagnostic("SR101", Severity.ERROR, Position("manifests/stock.yaml", 6, 5), "unknown field `timout`")
    blocked = BlockedRemoval("stock/close-day", "it says `remove: confirm`")
    tx.put_sync(SyncRecord(("manifests",), "bbb", "aaa", SEEN, broken=(fault,), blocked=(blocked,)))


def _run(key: str, run_id: str, status: RunStatus, **fields: Any) -> Run:
    return Run(
        id=run_id,
        job_uid=f"uid-{key}",
        fire_time=SEEN + timedelta(days=1),
        kind=RunKind.SCHEDULED,
        status=status,
        queued_at=SEEN + timedelta(days=1),
        attempt=1,
        started_at=SEEN + timedelta(days=1),
        finished_at=SEEN + timedelta(days=1, seconds=2),
        **fields,
    )
