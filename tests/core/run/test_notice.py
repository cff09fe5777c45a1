"""The rule of what is told when."""

from datetime import UTC, datetime, timedelta

import pytest

from schedrun.core.run import notice
from schedrun.core.run.notice import Admission, Delivery, NoticeKind, Told
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.status import RunKind, RunStatus, SpanStatus

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RUN = Run("r1", "u1", NOON, RunKind.SCHEDULED, RunStatus.FAILED, NOON, 1, NOON, NOON)


def minutes(number: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=number)


@pytest.mark.parametrize(
    ("kind", "told", "expected"),
    [
        pytest.param(
            NoticeKind.FAILURE, None, Admission(True, 0, Told(NOON, unrecovered=True)), id="the first is told"
        ),
        pytest.param(
            NoticeKind.FAILURE,
            Told(minutes(-59), 2, unrecovered=True),
            Admission(False, 0, Told(minutes(-59), 3, unrecovered=True)),
            id="within the hour it is held back",
        ),
        pytest.param(
            NoticeKind.FAILURE,
            Told(minutes(-60), 3),
            Admission(True, 3, Told(NOON, unrecovered=True)),
            id="after an hour it is told, with those held back",
        ),
        pytest.param(
            NoticeKind.FAILURE,
            Told(minutes(-10), 1),
            Admission(False, 0, Told(minutes(-10), 2)),
            id="a failure that is held back waits for no recovery",
        ),
        pytest.param(
            NoticeKind.RECOVERY, Told(minutes(-1)), Admission(True, 0, Told(NOON)), id="a recovery is always told"
        ),
        pytest.param(
            NoticeKind.MISSED, Told(minutes(-1)), Admission(False, 0, Told(minutes(-1), 1)), id="missed within the hour"
        ),
        pytest.param(
            NoticeKind.LATE, Told(minutes(30)), Admission(True, 0, Told(NOON)), id="told before the clock was set back"
        ),
    ],
)
def test_one_an_hour_is_told(kind: NoticeKind, told: Told | None, expected: Admission) -> None:
    """Of each kind about a job one notice an hour is told, and the next counts those held back."""
    assert expected == notice.admit(kind, told, now=NOON)


def test_a_delivery_is_tried_five_times() -> None:
    """The waits grow, and after the fifth try there is none."""
    delivery, waits = Delivery("n1", "c1", NOON), []
    while (following := notice.next_try(delivery, now=NOON)) is not None:
        waits.append(following.next_at - NOON)
        delivery = following
    assert [timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1)] == waits
    assert 5 == notice.TRIES


@pytest.mark.parametrize(
    ("next_at", "due"),
    [(NOON, True), (minutes(-5), True), (minutes(1), False), (minutes(60), False), (minutes(61), True)],
)
def test_no_delivery_waits_because_the_clock_was_set_back(next_at: datetime, due: bool) -> None:
    """One that would come later than the longest wait is due."""
    assert due is notice.is_due(Delivery("n1", "c1", next_at), now=NOON)


def test_the_same_thing_has_the_same_id() -> None:
    """A run that is told of again, and a span that has grown, have the id that they had; another thing has another."""
    span = Span("u1", NOON, minutes(5), 6, SpanStatus.MISSED, "down")
    grown = Span("u1", NOON, minutes(9), 10, SpanStatus.MISSED, "down")
    assert notice.of_failure(RUN, now=NOON).id == notice.of_failure(RUN, now=minutes(1)).id
    assert notice.of_missed(span, now=NOON).id == notice.of_missed(grown, now=NOON).id
    late = notice.of_late("u1", expectation="must_succeed_within", since=NOON, now=NOON)
    told = {
        notice.of_failure(RUN, now=NOON).id,
        notice.of_recovery(RUN, now=NOON).id,
        notice.of_missed(span, now=NOON).id,
        late.id,
        notice.of_late("u1", expectation="must_succeed_within", since=minutes(1), now=NOON).id,
    }
    assert 5 == len(told)
    assert {"expectation": "must_succeed_within", "since": "2026-03-01T12:00:00Z"} == late.facts
