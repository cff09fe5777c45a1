"""What commands that look say of a run whose service was killed a moment ago, before its silence tells it."""

import asyncio
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from schedrun.clock import SystemClock
from schedrun.core.run.recorded import Session
from schedrun.core.run.run import Run
from schedrun.core.status import RunKind, RunStatus
from schedrun.protocols import Transaction
from schedrun.stores.lock import StateLock
from tests.cli.conftest import Call, job, record, row

SAID = "the next start records it as interrupted"


@pytest.fixture
def now() -> datetime:
    """Return the second in which the test begins."""
    return SystemClock().now().replace(microsecond=0)


@pytest.fixture
def left_running(tmp_path: Path, now: datetime) -> Path:
    """Return a state with a running run and the session of a process that is gone, alive a moment ago."""
    with subprocess.Popen(["true"]) as process:
        process.wait()

    def unit(tx: Transaction) -> None:
        tx.put_job(row("billing/fx", job({"every": "1h"}), cursor=now))
        started = now - timedelta(hours=1)
        run = Run("aaaa", "uid-billing/fx", _hour(started), RunKind.SCHEDULED, RunStatus.QUEUED, started)
        tx.insert_run(run.started(started))
        tx.put_session(Session("s", process.pid, now - timedelta(hours=2), now))

    state = tmp_path / ".schedrun" / "state.db"
    asyncio.run(record(state, unit))
    return state


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0)


def test_a_run_whose_service_was_killed_is_not_said_to_run(call: Call, left_running: Path, now: datetime) -> None:
    """Nobody holds the lock, so the sign of life of a moment ago means nothing."""
    lock = StateLock(left_running)
    asked = f"billing/fx@{_hour(now - timedelta(hours=1)):%Y-%m-%dT%H:%M:%SZ}"
    lock.acquire(None, now)
    assert "is running: attempt 1 of 1" in call("why", asked).stdout
    assert SAID not in call("runs").stdout + call("runs", "show", "aaaa").stdout
    lock.release()
    assert "was running when the service was last heard of at " in call("why", asked).stdout
    assert SAID in call("runs").stdout
    assert SAID in call("runs", "show", "aaaa").stdout
