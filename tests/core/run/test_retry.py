"""Whether, and when, an attempt is made again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedrun.core.run import retry
from schedrun.core.run.outcome import Outcome
from schedrun.core.spec.job import Job
from schedrun.core.status import RunStatus

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
COMMAND: dict[str, Any] = {"command": ["true"]}
FUNCTION: dict[str, Any] = {"python": "m:f"}
REQUEST: dict[str, Any] = {"http": {"url": "https://example.org"}}


def a_job(retries: dict[str, Any], *, target: dict[str, Any] = COMMAND, idempotent: bool = False) -> Job:
    facts = {"schedule": {"every": "1m"}, "target": target, "retries": retries, "idempotent": idempotent}
    return Job.model_validate(facts)


def wait(
    job: Job,
    *,
    attempt: int = 1,
    status: RunStatus = RunStatus.FAILED,
    outcome: Outcome | None = None,
    roll: float = 0.5,
) -> float | None:
    """Return how many seconds pass until the next attempt, None when there is none."""
    again = retry.decide(job, attempt=attempt, status=status, outcome=outcome or Outcome(), at=NOON, roll=roll)
    return None if again is None else (again - NOON).total_seconds()


def test_without_retries_the_first_attempt_is_the_last() -> None:
    """The default is at most once."""
    assert wait(a_job({})) is None


@pytest.mark.parametrize(("attempt", "again"), [(1, True), (2, True), (3, False), (4, False)])
def test_max_counts_what_follows_the_first_attempt(attempt: int, again: bool) -> None:
    """Two retries are three attempts."""
    assert again == (wait(a_job({"max": 2}), attempt=attempt) is not None)


@pytest.mark.parametrize(
    ("retries", "waits"),
    [
        pytest.param({}, [10, 20, 40, 80], id="doubled"),
        pytest.param({"backoff": "3s", "factor": 1}, [3, 3, 3, 3], id="constant"),
        pytest.param({"backoff": "1s", "factor": 10, "max_backoff": "50s"}, [1, 10, 50, 50], id="bounded"),
        pytest.param({"backoff": "0s"}, [0, 0, 0, 0], id="none"),
        pytest.param({"backoff": "2h"}, [3600] * 4, id="bounded-from-the-first"),
    ],
)
def test_the_wait_grows_up_to_its_bound(retries: dict[str, Any], waits: list[float]) -> None:
    """Exponential, from `backoff` by `factor` to `max_backoff`."""
    job = a_job({"max": 9, "jitter": False} | retries)
    assert waits == [wait(job, attempt=attempt) for attempt in (1, 2, 3, 4)]


@given(
    attempt=st.integers(1, 1000),
    roll=st.floats(0, 1, exclude_max=True),
    factor=st.floats(1, 100),
    backoff=st.integers(0, 10_000),
)
def test_full_jitter_draws_from_nothing_up_to_the_whole_wait(
    attempt: int, roll: float, factor: float, backoff: int
) -> None:
    """Never longer than the wait without jitter, and never longer than the bound."""
    facts: dict[str, Any] = {"max": 1000, "factor": factor, "backoff": f"{backoff}ms"}
    whole = wait(a_job(facts | {"jitter": False}), attempt=attempt)
    drawn = wait(a_job(facts), attempt=attempt, roll=roll)
    assert whole is not None
    assert drawn is not None
    assert 3600 >= whole >= drawn >= 0
    assert drawn == pytest.approx(whole * roll, abs=1e-5)


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.TIMED_OUT, RunStatus.INTERRUPTED])
def test_without_when_every_end_without_success_is_retried(status: RunStatus) -> None:
    """Failures, timeouts and interruptions."""
    assert wait(a_job({"max": 1}), status=status) is not None


@pytest.mark.parametrize("status", [RunStatus.SUCCEEDED, RunStatus.CANCELLED])
def test_a_success_and_a_cancel_are_never_retried(status: RunStatus) -> None:
    """Somebody wanted it to end so."""
    assert wait(a_job({"max": 1}), status=status) is None


@pytest.mark.parametrize(
    ("when", "target", "outcome", "again"),
    [
        pytest.param({"exit_codes": [75]}, COMMAND, Outcome(75, "exit code 75"), True, id="code"),
        pytest.param({"exit_codes": [75]}, COMMAND, Outcome(1, "exit code 1"), False, id="other-code"),
        pytest.param({"exit_codes": [-9]}, COMMAND, Outcome(-9, "killed by SIGKILL"), True, id="signal"),
        pytest.param({"exit_codes": [75]}, COMMAND, Outcome(None, "program not found"), False, id="no-code"),
        pytest.param({"statuses": [503]}, REQUEST, Outcome(503, "HTTP status 503"), True, id="status"),
        pytest.param({"statuses": [503]}, REQUEST, Outcome(500, "HTTP status 500"), False, id="other-status"),
        pytest.param(
            {"exceptions": ["OSError"]},
            FUNCTION,
            Outcome(error="ConnectionError", exceptions=("ConnectionError", "OSError", "Exception")),
            True,
            id="base-class",
        ),
        pytest.param({"exceptions": ["KeyError"]}, FUNCTION, Outcome(error="x"), False, id="no-exception"),
        pytest.param({"exit_codes": [75], "exceptions": ["KeyError"]}, COMMAND, Outcome(75, "x"), True, id="any"),
        pytest.param({"timeout": True}, COMMAND, Outcome(1, "exit code 1"), False, id="only-timeouts"),
    ],
)
def test_when_selects_failures(when: dict[str, Any], target: dict[str, Any], outcome: Outcome, again: bool) -> None:
    """Any one of what is listed is enough, and nothing else is retried."""
    assert again == (wait(a_job({"max": 1, "when": when}, target=target), outcome=outcome) is not None)


@pytest.mark.parametrize(("when", "again"), [({"timeout": True}, True), ({"exit_codes": [1]}, False)])
def test_when_selects_timeouts_by_name(when: dict[str, Any], again: bool) -> None:
    """The exit code of a process that was ended by its timeout counts for nothing."""
    job = a_job({"max": 1, "when": when})
    assert again == (wait(job, status=RunStatus.TIMED_OUT, outcome=Outcome(1, "timed out")) is not None)


@pytest.mark.parametrize("idempotent", [False, True])
def test_with_when_an_interruption_is_retried_where_that_does_no_harm(idempotent: bool) -> None:
    """Nobody knows how far the attempt came."""
    job = a_job({"max": 1, "when": {"exit_codes": [75]}}, idempotent=idempotent)
    assert idempotent == (wait(job, status=RunStatus.INTERRUPTED) is not None)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        pytest.param(timedelta(seconds=7200), 7200, id="above-max_backoff"),
        pytest.param(timedelta(seconds=1), 10, id="below-the-wait"),
        pytest.param(NOON + timedelta(minutes=5), 300, id="date"),
        pytest.param(NOON - timedelta(minutes=5), 10, id="date-in-the-past"),
        pytest.param(datetime(9999, 1, 1, tzinfo=UTC), 365 * 86_400, id="date-beyond-reason"),
    ],
)
def test_retry_after_is_a_lower_bound(asked: timedelta | datetime, seconds: float) -> None:
    """What the server asked for counts above backoff and max_backoff."""
    job = a_job({"max": 1, "jitter": False}, target=REQUEST)
    assert seconds == wait(job, outcome=Outcome(503, "HTTP status 503", retry_after=asked))


@pytest.mark.parametrize(
    ("retry_at", "now", "expected"),
    [
        pytest.param(10, 4, 10, id="the-clock-went-on"),
        pytest.param(10, 0, 10, id="no-time-has-passed"),
        pytest.param(10, -3, 7, id="set-back-a-little"),
        pytest.param(10, -3600, -3590, id="set-back-far"),
        pytest.param(-3590, -3600, -3590, id="moved-already"),
        pytest.param(10, 60, 10, id="due"),
    ],
)
def test_a_clock_set_back_prolongs_no_wait(retry_at: float, now: float, expected: float) -> None:
    """The attempt before ended at noon; seconds count from there."""

    def at(seconds: float) -> datetime:
        return NOON + timedelta(seconds=seconds)

    assert at(expected) == retry.on_a_clock_set_back(at(retry_at), ended_at=NOON, now=at(now))
