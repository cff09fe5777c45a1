"""When a job is judged: at deadlines, also where the clocks change, and whenever else it could become late."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from schedrun.core.run import lateness
from schedrun.core.run.recorded import RecordedJob
from tests.core.run.expecting import breaches, daily, day, kept, within
from tests.core.run.recorded_jobs import compiled


@pytest.mark.parametrize(
    ("zone", "by", "after", "expected"),
    [
        pytest.param("Europe/Berlin", "06:00", "2026-03-28T12:00+00:00", "2026-03-29T04:00+00:00", id="a day of 23 h"),
        pytest.param("Europe/Berlin", "02:30", "2026-03-28T12:00+00:00", "2026-03-29T01:00+00:00", id="in the gap"),
        pytest.param("Europe/Berlin", "02:00", "2026-03-28T12:00+00:00", "2026-03-29T01:00+00:00", id="where it opens"),
        pytest.param("Europe/Berlin", "03:00", "2026-03-28T12:00+00:00", "2026-03-29T01:00+00:00", id="where it ends"),
        pytest.param("Europe/Berlin", "02:30", "2026-10-24T12:00+00:00", "2026-10-25T00:30+00:00", id="first showing"),
        pytest.param("Europe/Berlin", "02:30", "2026-10-25T00:30+00:00", "2026-10-26T01:30+00:00", id="no second one"),
        pytest.param("America/Santiago", "00:00", "2026-09-05T12:00+00:00", "2026-09-06T04:00+00:00", id="no midnight"),
        pytest.param("Australia/Lord_Howe", "02:15", "2026-10-03T01:00+00:00", "2026-10-03T15:30+00:00", id="30 min"),
        pytest.param("Pacific/Apia", "06:00", "2011-12-29T17:00+00:00", "2011-12-30T16:00+00:00", id="no 30th"),
    ],
)  # fmt: skip
def test_deadlines_come_at_clock_changes_as_fixed_jobs_fire(zone: str, by: str, after: str, expected: str) -> None:
    """In a gap at its end, in an overlap at the first showing; a jump of the calendar makes nothing up."""
    job = daily(must_finish_by=by, timezone=zone)
    before = replace(kept(job), judged_until=datetime.fromisoformat(after))
    assert datetime.fromisoformat(expected) == lateness.next_look(job, before, completed=False, now=before.judged_until)


def test_between_two_deadlines_around_a_day_that_never_was() -> None:
    """What ran two days before by the calendar ran since the last deadline."""
    job = daily(timezone="Pacific/Apia", schedule={"cron": "0 7 29 12 *"})._replace(
        cursor=datetime(2011, 12, 30, tzinfo=UTC)
    )
    before = replace(
        kept(job), judged_until=datetime(2011, 12, 29, 16, tzinfo=UTC), newest=datetime(2011, 12, 29, 17, tzinfo=UTC)
    )
    judged = lateness.judge(job, compiled(job), before, completed=False, now=datetime(2012, 1, 3, tzinfo=UTC))
    assert [("must_finish_by", datetime(2011, 12, 30, 16, tzinfo=UTC))] == breaches(judged)


@pytest.mark.parametrize(
    ("job", "fields", "completed", "expected"),
    [
        pytest.param(daily(), {}, False, "3 06:00", id="the next deadline"),
        pytest.param(daily(), {"judged_until": day("3 06:00")}, False, "4 06:00", id="the one after what was judged"),
        pytest.param(daily(), {"unfinished_since": day("1 06:00")}, False, None, id="late until a success"),
        pytest.param(within("48h"), {}, False, "3 12:00", id="when the time is up"),
        pytest.param(within("48h"), {}, True, None, id="never more: completed"),
        pytest.param(within("48h", paused=True), {}, False, None, id="paused for good"),
        pytest.param(within("48h", paused={"until": "2026-06-09T00:00:00Z"}), {}, False, "9 00:00", id="paused"),
        pytest.param(within("48h"), {"unsucceeded_since": day("2 00:00")}, False, None, id="too long ago already"),
        pytest.param(daily(must_succeed_within="30h"), {"judged_until": day("2 06:00")}, False, "2 18:00", id="sooner"),
    ],
)  # fmt: skip
def test_says_when_to_look_again(
    job: RecordedJob, fields: dict[str, Any], completed: bool, expected: str | None
) -> None:
    """At the next moment that could make it late; where only an event could, at none."""
    before = kept(job, **{"judged_until": day("2 12:00")} | fields)
    look = lateness.next_look(job, before, completed=completed, now=day("2 12:00"))
    assert (None if expected is None else day(expected)) == look
