"""What is said of runs that are not over: of what they do, and of what they wait for."""

import pytest

from schedrun.core.run.attempt import Attempt
from schedrun.core.run.why import Answer
from schedrun.core.status import RunStatus
from schedrun.render import why_text
from tests.render.answers import BLOCKER, FOUR, NOW, a_row, a_run, answered, at

WAITING = a_run(RunStatus.QUEUED, attempt=0, started_at=None, finished_at=None)
RETRIED = a_run(RunStatus.QUEUED, id=BLOCKER, error="exit code 3", finished_at=None, retry_at=at(12, 5))
NOT_OURS = "for its turn: no run of its job is in the way, so a limit on the runs"

CASES: dict[str, tuple[str, Answer]] = {
    "running": (
        "is running: attempt 2 of 4 for 3 min, started 0.2 s after it was due",
        answered(
            a_run(RunStatus.RUNNING, attempt=2, started_at=at(11, 57), finished_at=None),
            job=a_row(retries=FOUR),
            attempts=(Attempt(1, RunStatus.FAILED, at(3, 0, 0.2), at(3, 0, 1)),),
        ),
    ),
    "running when the service was killed": (
        "was running when the service was last heard of at 03:01 UTC; the next start records it as interrupted",
        answered(a_run(RunStatus.RUNNING, finished_at=None), down_since=at(3, 1)),
    ),
    "running since the last heartbeat": (
        "was running when the service was last heard of at 03:00 UTC; the next start records it as interrupted",
        answered(a_run(RunStatus.RUNNING, finished_at=None), down_since=at(2, 59, 50)),
    ),
    "being cancelled when the service was killed": (
        "was running when the service was last heard of at 03:01 UTC; the next start records it as cancelled",
        answered(a_run(RunStatus.RUNNING, finished_at=None, error="cancelled by ann"), down_since=at(3, 1)),
    ),
    "waiting for its retry": (
        "is waiting: attempt 2 of 4 comes at 12:05:00 UTC (in 5 min), after exit code 3",
        answered(
            a_run(RunStatus.QUEUED, error="exit code 3", finished_at=None, retry_at=at(12, 5)), job=a_row(retries=FOUR)
        ),
    ),
    "waiting for its retry without a service": (
        "is waiting: attempt 2 of 4 is due, after exit code 3; the service is down since 04:00 UTC",
        answered(
            a_run(RunStatus.QUEUED, error="exit code 3", finished_at=None, retry_at=at(5)),
            job=a_row(retries=FOUR),
            down_since=at(4),
        ),
    ),
    "waiting for another run": (
        f"is waiting: for run {BLOCKER}, which is active",
        answered(WAITING, job=a_row(overlap="queue"), active=(a_run(RunStatus.RUNNING, id=BLOCKER), WAITING)),
    ),
    "waiting for the retry of another run": (
        f"is waiting: for run {BLOCKER}, which keeps its place until its attempt 2 at 12:05:00 UTC",
        answered(WAITING, job=a_row(overlap="queue"), active=(RETRIED, WAITING)),
    ),
    "waiting behind another that waits": (
        f"is waiting: for run {BLOCKER}, which waits before it",
        answered(WAITING, active=(WAITING._replace(id=BLOCKER), WAITING)),
    ),
    "waiting beside another run": (
        f"is waiting: {NOT_OURS} of all jobs, or work that outlived its run, is",
        answered(WAITING, job=a_row(max_instances=2), active=(a_run(RunStatus.RUNNING, id=BLOCKER), WAITING)),
    ),
    "waiting for room in its group": (
        f"is waiting: {NOT_OURS} of all jobs or of group db, or work that outlived its run, is",
        answered(WAITING, job=a_row(group="db"), active=(WAITING,)),
    ),
    "waiting for room": (
        f"is waiting: {NOT_OURS} of all jobs, or work that outlived its run, is",
        answered(WAITING, active=(WAITING,)),
    ),
    "waiting for a service": (
        "is waiting: for the next `schedrun run`; the service is down since 2026-11-22 04:00 UTC",
        answered(
            WAITING,
            down_since=at(4, day=22),
        ),
    ),
}


@pytest.mark.parametrize(("expected", "answer"), CASES.values(), ids=CASES)
def test_a_sentence_with_the_facts(expected: str, answer: Answer) -> None:
    """What is in the way is named, where the ledger tells it."""
    assert f"{expected}." == why_text.sentence(answer, now=NOW)
