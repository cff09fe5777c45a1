"""What happens to a fire that comes while runs of its job are active."""

from datetime import UTC, datetime, timedelta

import pytest

from schedrun.core.run import overlap
from schedrun.core.run.overlap import Admission, Replace, Skip, Start, Wait
from schedrun.core.run.run import Run
from schedrun.core.spec.policy import Overlap
from schedrun.core.status import RunKind, RunStatus

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def a_run(name: str, status: RunStatus) -> Run:
    return Run(name, "uid", NOON, RunKind.SCHEDULED, status, NOON)


OLD = a_run("old", RunStatus.RUNNING)
NEW = a_run("new", RunStatus.RUNNING)
WAITING = a_run("waiting", RunStatus.QUEUED)
RETRY = a_run("retry", RunStatus.QUEUED)._replace(attempt=1, retry_at=NOON)
LATER = a_run("later", RunStatus.QUEUED)._replace(attempt=2, retry_at=NOON + timedelta(seconds=1))
LINGERING = a_run("lingering", RunStatus.TIMED_OUT)
LEFT_BY_RETRY = a_run("retry", RunStatus.TIMED_OUT)


@pytest.mark.parametrize(
    ("policy", "limit", "active", "expected"),
    [
        (Overlap.FORBID, 1, (), Start()),
        (Overlap.FORBID, 1, (OLD,), Skip(blocked_by=OLD)),
        (Overlap.FORBID, 2, (OLD,), Start()),
        (Overlap.FORBID, 2, (OLD, NEW), Skip(blocked_by=OLD)),
        (Overlap.FORBID, 1, (WAITING,), Skip(blocked_by=WAITING)),
        (Overlap.QUEUE, 1, (OLD,), Wait()),
        (Overlap.QUEUE, 1, (OLD, WAITING), Skip(blocked_by=WAITING)),
        (Overlap.QUEUE, 2, (OLD, NEW), Wait()),
        (Overlap.FORBID, 1, (LATER,), Skip(blocked_by=LATER)),
        (Overlap.QUEUE, 1, (LATER,), Wait()),
        (Overlap.QUEUE, 1, (RETRY, WAITING), Skip(blocked_by=WAITING)),
        (Overlap.REPLACE, 1, (LATER,), Replace(victims=(LATER,), at_once=True)),
        (Overlap.REPLACE, 1, (OLD,), Replace(victims=(OLD,))),
        (Overlap.REPLACE, 2, (OLD, NEW), Replace(victims=(OLD,))),
        (Overlap.REPLACE, 1, (OLD, WAITING), Replace(victims=(OLD, WAITING))),
        (Overlap.REPLACE, 2, (OLD, WAITING), Replace(victims=(OLD,))),
        (Overlap.REPLACE, 2, (WAITING, OLD), Replace(victims=(WAITING,), at_once=True)),
        (Overlap.ALLOW, 1, (OLD, NEW), Start()),
    ],
)
def test_admits_as_the_policy_says(policy: Overlap, limit: int, active: tuple[Run, ...], expected: Admission) -> None:
    """Each policy against each crowd."""
    assert expected == overlap.admit(active, overlap=policy, max_instances=limit)


@pytest.mark.parametrize(
    ("policy", "limit", "active", "now", "after_end"),
    [
        (Overlap.FORBID, 1, (WAITING,), (WAITING,), (WAITING,)),
        (Overlap.FORBID, 1, (OLD, WAITING), (), ()),
        (Overlap.QUEUE, 2, (OLD, WAITING), (WAITING,), (WAITING,)),
        (Overlap.ALLOW, 1, (OLD, WAITING), (), (WAITING,)),
        (Overlap.ALLOW, 1, (WAITING, WAITING), (WAITING,), (WAITING,)),
        (Overlap.FORBID, 1, (RETRY,), (RETRY,), (RETRY,)),
        (Overlap.FORBID, 1, (LATER,), (), ()),
        (Overlap.QUEUE, 1, (RETRY, WAITING), (RETRY,), (RETRY,)),
        (Overlap.QUEUE, 1, (LATER, WAITING), (), ()),
        (Overlap.QUEUE, 2, (LATER, WAITING), (WAITING,), (WAITING,)),
        (Overlap.QUEUE, 2, (OLD, RETRY, WAITING), (RETRY,), (RETRY,)),
        (Overlap.FORBID, 1, (LINGERING, RETRY), (), ()),
        (Overlap.ALLOW, 1, (OLD, RETRY, WAITING), (RETRY,), (WAITING,)),
        (Overlap.ALLOW, 1, (LINGERING, RETRY), (RETRY,), ()),
        (Overlap.ALLOW, 1, (LEFT_BY_RETRY, RETRY), (), ()),
        (Overlap.FORBID, 2, (LEFT_BY_RETRY, RETRY), (), ()),
    ],
)
def test_starts_what_waits_when_there_is_room(
    policy: Overlap, limit: int, active: tuple[Run, ...], now: tuple[Run, ...], after_end: tuple[Run, ...]
) -> None:
    """Under `allow` what waits goes one after another, and every end lets one follow; a retry has kept its place."""
    assert now == overlap.startable(active, overlap=policy, max_instances=limit, now=NOON)
    assert after_end == overlap.startable_after_end(active, overlap=policy, max_instances=limit, now=NOON)
