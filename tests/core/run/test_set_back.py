"""A clock that was set back: the cursor follows, and what only a span covers ahead of it is open again."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from schedrun.core.run import set_back
from schedrun.core.run.span import Span
from schedrun.core.status import SpanStatus
from tests.core.run.recorded_jobs import NOON, a_job, at, compiled


def missed(first: float, last: float, count: int) -> Span:
    return Span("uid", at(first), at(last), count, SpanStatus.MISSED, "down", decided_at=at(last))


class TestReach:
    """Whether there may be verdicts ahead of the clock."""

    @pytest.mark.parametrize(
        ("cursor", "covered_until", "expected"),
        [
            pytest.param(at(0), None, None, id="on-time"),
            pytest.param(at(1 / 60), None, None, id="slewed"),
            pytest.param(at(9), None, at(9), id="cursor"),
            pytest.param(at(9), at(20), at(20), id="covered-further"),
            pytest.param(at(20), at(9), at(20), id="set-back-again"),
            pytest.param(at(-5), at(9), at(9), id="followed-already"),
            pytest.param(at(-5), at(-1), None, id="all-has-come"),
        ],
    )
    def test_is_where_cursor_or_cover_reach(
        self, cursor: datetime, covered_until: datetime | None, expected: datetime | None
    ) -> None:
        """More than a second ahead of the clock."""
        assert expected == set_back.reach(a_job(cursor, row={"covered_until": covered_until}), now=NOON)


class TestCursor:
    """It goes back no further than to what has not come due."""

    def test_follows_the_clock(self) -> None:
        """One ahead goes to now, one behind stays."""
        job = a_job(at(60))
        assert NOON == set_back.followed(job, compiled(job), now=NOON)
        assert at(-3) == set_back.followed(a_job(at(-3)), compiled(job), now=NOON)

    def test_what_its_offset_still_delays_has_not_come(self) -> None:
        """With a spread the nominal instants up to now minus the offset have come, and no more."""
        job = a_job(at(60), schedule={"every": "1h", "spread": "20m"})
        offset = compiled(job).offset
        assert timedelta(0) < offset
        assert (NOON - offset,) * 2 == (
            set_back.followed(job, compiled(job), now=NOON),
            set_back.come(job, compiled(job), now=NOON),
        )

    def test_what_is_due_has_come_whatever_the_cursor(self) -> None:
        """What stands still behind it is planned next, so its spans are left alone."""
        assert NOON == set_back.come(a_job(at(-3)), compiled(a_job()), now=NOON)


class TestCut:
    """What of a span stands."""

    def test_a_span_that_begins_later_goes(self) -> None:
        """All of its occurrences are open again."""
        cut = set_back.cut(missed(6, 9, 4), compiled(a_job()), after=at(5), now=at(5))
        assert (None, 4) == (cut.kept, cut.reopened)

    def test_a_span_over_the_clock_ends_with_what_has_come(self) -> None:
        """Its verdict was given by now."""
        span = missed(1, 525_600, 525_600)
        cut = set_back.cut(span, compiled(a_job()), after=at(5.5), now=at(5.5))
        assert replace(span, last=at(5), count=5, decided_at=at(5.5)) == cut.kept
        assert 525_595 == cut.reopened

    def test_under_another_schedule_its_first_alone_is_certain(self) -> None:
        """Nobody can count fires of a schedule that is not there any more."""
        job = a_job(schedule={"every": "7m"})
        cut = set_back.cut(missed(1, 59, 59), compiled(job), after=at(30), now=at(30))
        assert cut.kept is not None
        assert (at(1), at(1), 1, 58) == (cut.kept.first, cut.kept.last, cut.kept.count, cut.reopened)

    def test_a_clock_that_lost_its_time_takes_nothing_back(self) -> None:
        """In 1970 all that is recorded lies ahead, and has come."""
        lost = datetime.fromisoformat("1970-01-01T00:00:09Z")
        span = missed(6, 9, 4)
        cut = set_back.cut(span, compiled(a_job()), after=lost, now=lost)
        assert (span, 0) == (cut.kept, cut.reopened)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [(-9, 2, False), (-9, 3, True), (5, 9, True), (5.1, 5.9, False)],
)
def test_what_was_forgotten_silences_what_is_still_to_come(first: float, last: float, expected: bool) -> None:
    """A fire after the clock, in the stretch."""
    assert expected is set_back.silences((at(first), at(last)), compiled(a_job()), after=at(2))
