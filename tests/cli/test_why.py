"""`schedrun why`: which time is meant, where the facts come from, and exit codes."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import Event, Session
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.status import RunKind, RunStatus, SpanStatus
from schedrun.protocols import Transaction
from tests.cli.conftest import Call, job, record, row

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
LATE = "nothing could start it before 2026-03-02T07:10:00Z; its grace is 5m"


def at(hour: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hour)


def _history(tx: Transaction) -> None:
    hourly = job({"every": "1h"}, timezone="Europe/Berlin", retries={"max": 1}, misfire={"grace": "5m"})
    tx.put_job(row("billing/fx", hourly, cursor=at(9)))
    tx.put_job(row("old/gone", job({"every": "1h"}), cursor=at(2), removed_at=at(2.5)))
    spread = job({"every": "1h", "spread": "30m"})
    tx.put_job(row("billing/spread", spread, cursor=at(9)))
    for number, (started, alive) in enumerate([(0.0, 2.97), (7.17, 24.0)]):
        tx.put_session(Session(f"s{number}", number, at(started), at(alive), at(alive)))
    tx.add_event(Event(at(8.9), "suspended", {"seconds": 1000.0}))
    run = Run("aaaa", "uid-billing/fx", at(1), RunKind.SCHEDULED, RunStatus.QUEUED, at(1))
    tx.insert_run(run.started(at(1)))
    failed = Outcome(exit_code=3, error="exit code 3")
    tx.finish_run("aaaa", attempt=1, status=RunStatus.FAILED, at=at(1.1), outcome=failed, retry_at=at(1.2))
    tx.start_run("aaaa", at=at(1.2))
    tx.finish_run("aaaa", attempt=2, status=RunStatus.SUCCEEDED, at=at(1.5), outcome=Outcome())
    half = Run("bbbb", "uid-billing/fx", at(2) + timedelta(milliseconds=250), RunKind.MANUAL, RunStatus.QUEUED, at(2))
    tx.insert_run(half.started(at(2)))
    tx.insert_span(Span("uid-billing/fx", at(3), at(7), 5, SpanStatus.MISSED, LATE, at(7.17)))
    blocked = "run aaaa was still active"
    tx.insert_span(Span("uid-billing/fx", at(8), at(8), 1, SpanStatus.SKIPPED, blocked, at(8), "aaaa"))
    tx.insert_span(Span("uid-old/gone", at(1), at(1), 1, SpanStatus.SKIPPED, "paused by ann", at(1)))
    tx.insert_span(Span("uid-billing/spread", at(1), at(1), 1, SpanStatus.SKIPPED, "paused by ann", at(1)))


@pytest.fixture
def history(tmp_path: Path) -> None:
    """Record a day of hourly fires."""
    asyncio.run(record(tmp_path / ".schedrun" / "state.db", _history))


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2026-03-02T01:00:00Z", "ran: succeeded on attempt 2, started on time, took 18 min."),
        ("2026-03-02T02:00:00+01:00", "ran: succeeded on attempt 2, started on time, took 18 min."),
        ("2026-03-02T02:00:00", "ran: succeeded on attempt 2, started on time, took 18 min."),
        (
            "2026-03-02T05:00:00Z",
            (
                "did not run: the service was down 02:58-07:10 UTC, misfire grace is 5m, and it would have been "
                "2 h 10 min late."
            ),
        ),
        (
            "2026-03-02T08:00:00Z",
            "did not run: run aaaa (fire time 01:00:00 UTC) was still active and ended at 01:30 UTC.",
        ),
        ("2026-03-02T09:00:00Z", "has no verdict: the schedule was edited after it, or its record is gone."),
        (
            "2026-03-01T09:00:00Z",
            "has no verdict, nor has any fire before it: the job was first seen, or last edited, after it.",
        ),
    ],
)
def test_answers_in_one_sentence(call: Call, history: None, time: str, expected: str) -> None:
    """From what is recorded: runs and their attempts, spans, sessions."""
    answer = call("why", f"fx@{time}")
    line, end = answer.stdout.split("\n")
    subject, _, said = line.partition("Z ")
    assert (0, "billing/fx@", expected, "") == (answer.code, subject[:11], said, end)


def test_what_had_its_verdicts_before_an_edit_was_known_then(call: Call, tmp_path: Path) -> None:
    """However long ago the job last ran."""

    def unit(tx: Transaction) -> None:
        tx.put_job(row("billing/edited", job({"every": "1h"}), cursor=at(9)))
        long_ago = at(-24 * 40)
        run = Run("aaaa", "uid-billing/edited", long_ago, RunKind.SCHEDULED, RunStatus.QUEUED, long_ago)
        tx.insert_run(run.started(long_ago))

    asyncio.run(record(tmp_path / ".schedrun" / "state.db", unit))
    said = call("why", "edited@2026-03-02T08:00:00Z").stdout
    assert said.endswith("Z has no verdict: the schedule was edited after it, or its record is gone.\n")


def test_a_time_is_meant_to_the_second_or_finer(call: Call, history: None) -> None:
    """`runs` prints whole seconds of runs that were asked for at any instant."""
    for time in ("02:00:00.25Z", "02:00:00.250Z", "02:00:00.2Z"):
        assert "bbbb" == call("why", f"fx@2026-03-02T{time}", "--format", "json").json["run"]["id"]
    for time in ("02:00:00.0Z", "02:00:00.251Z"):
        assert call("why", f"fx@2026-03-02T{time}", "--format", "json").json["run"] is None
    whole = call("why", "fx@2026-03-02T02:00:00Z", "--format", "json").json
    assert ("bbbb", "2026-03-02T02:00:00.250000Z") == (whole["run"]["id"], whole["fire_time"])


def test_a_time_with_the_spread_offset_is_understood(call: Call, history: None) -> None:
    """`next` shows when a fire is carried out, `runs` the fire time."""
    view = call("why", "spread@2026-03-02T01:00:00Z", "--format", "json").json
    assert "2026-03-02T01:00:00Z" < view["due"]
    assert view == call("why", f"spread@{view['due'][:19]}Z", "--format", "json").json


def test_a_time_at_which_nothing_was_due(call: Call, history: None) -> None:
    """Exit code 1, and the fires before and after it."""
    answer = call("why", "fx@2026-03-02T01:30:00Z")
    said = "never was due: the job fires at 2026-03-02T01:00:00Z and 2026-03-02T02:00:00Z."
    assert (1, f"billing/fx@2026-03-02T01:30:00Z {said}\n") == (answer.code, answer.stdout)


def test_removed_jobs_are_answered_too(call: Call, history: None) -> None:
    """What happened before the removal, and what the removal itself means."""
    assert "did not run: paused by ann." in call("why", "gone@2026-03-02T01:00:00Z").stdout
    assert "the job had been removed at 2026-03-02T02:30:00Z." in call("why", "gone@2026-03-02T03:00:00Z").stdout


def test_for_programs(call: Call, history: None) -> None:
    """All keys, also where they have no value."""
    view = call("why", "fx@2026-03-02T05:00:00Z", "--format", "json").json
    assert {
        *("schema_version", "job", "fire_time", "due", "finding", "verdict", "sentence"),
        *("run", "attempts", "span", "gap", "nearest"),
    } == set(view)
    assert ("missed", "down", 5) == (view["verdict"], view["gap"]["cause"], view["span"]["count"])


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        pytest.param("billing/fx", 2, "say JOB@TIME", id="no time"),
        pytest.param("@2026-03-02T05:00:00Z", 2, "say JOB@TIME", id="no job"),
        pytest.param("fx@noon", 2, "'noon' is no instant", id="no instant"),
        pytest.param("billing/fy@2026-03-02T05:00:00Z", 1, "did you mean 'billing/fx'?", id="unknown job"),
    ],
)
def test_what_is_not_understood(call: Call, history: None, said: str, code: int, words: str) -> None:
    """Wrong usage is 2, a job that there is not 1."""
    answer = call("why", said)
    assert (code, "") == (answer.code, answer.stdout)
    assert words in answer.stderr


def test_a_state_that_does_not_exist_names_run(call: Call) -> None:
    """As for every command that reads."""
    answer = call("why", "a/b@2026-03-02T05:00:00Z")
    assert (1, True) == (answer.code, "schedrun run" in answer.stderr)
