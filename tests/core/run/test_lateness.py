"""Expectations on time: what is late, since when, and judged how often."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schedrun.core.run import lateness
from schedrun.core.run.lateness import Expectation, Late, Lateness, Newest
from schedrun.core.run.recorded import Override, RecordedJob
from schedrun.core.run.span import Span
from schedrun.core.status import RunKind, RunStatus, SpanStatus
from tests.core.run.expecting import breaches, daily, day, judge, kept, within
from tests.core.run.recorded_jobs import a_run, compiled

FINISH, SUCCEED = Expectation.MUST_FINISH_BY, Expectation.MUST_SUCCEED_WITHIN


RAN: dict[str, Any] = {"newest": day("2 02:00"), "newest_succeeded": True}
FAILED: dict[str, Any] = {"newest": day("2 02:00")}


@pytest.mark.parametrize(
    ("job", "fields", "now", "late"),
    [
        pytest.param(daily(), RAN, "2 06:00", False, id="succeeded"),
        pytest.param(daily(), FAILED, "2 06:00", True, id="not succeeded"),
        pytest.param(daily(), FAILED, "2 05:59", False, id="not yet the deadline"),
        pytest.param(daily(), {}, "2 06:00", False, id="no occurrence that anything is expected of"),
        pytest.param(daily("1 02:00"), {}, "2 06:00", True, id="due and not even planned"),
        pytest.param(daily(), {"newest": day("1 02:00")}, "2 06:00", False, id="before the last deadline"),
        pytest.param(daily(), {"newest": day("1 06:00")}, "2 06:00", True, id="at the last deadline"),
        pytest.param(daily(), {"newest": day("2 06:00")}, "2 06:00", False, id="at this deadline"),
        pytest.param(
            daily("1 02:00", row={"override": Override(None, "ada", day("1 12:00"))}),
            {},
            "2 06:00",
            False,
            id="only paused ones",
        ),
        pytest.param(
            daily(row={"override": Override(None, "ada", day("2 03:00"))}),
            FAILED,
            "2 06:00",
            True,
            id="one that failed before the pause",
        ),
        pytest.param(
            daily("1 02:00", row={"override": Override(None, "ada", day("1 12:00"), day("2 02:00"))}),
            {},
            "2 06:00",
            False,
            id="a pause that ended with the occurrence",
        ),
        pytest.param(
            daily("1 02:00", row={"override": Override(None, "ada", day("1 12:00"), day("2 01:59"))}),
            {},
            "2 06:00",
            True,
            id="a pause that ended before it",
        ),
        pytest.param(daily("1 02:00", paused=True), {}, "2 06:00", False, id="paused by its manifest"),
        pytest.param(
            daily("2 01:00", schedule={"cron": "0 * * * *"}), RAN | {"newest": day("2 01:00")}, "2 06:00", True,
            id="of several the newest counts",
        ),
        pytest.param(
            daily("1 02:00", row={"covered_until": day("2 02:00")}), RAN, "2 06:00", False,
            id="planned ahead of a clock that was set back",
        ),
        pytest.param(daily("1 05:00", schedule={"cron": "0 6 * * *"}), {}, "2 06:00", True, id="not planned"),
        pytest.param(daily(row={"held": "guarded"}), FAILED, "2 06:00", True, id="held by the guard"),
    ],
)  # fmt: skip
def test_must_finish_by(job: RecordedJob, fields: dict[str, Any], now: str, late: bool) -> None:
    """The newest occurrence since the last deadline must have succeeded; none, or only paused ones, is fine."""
    judged = judge(job, kept(job, **fields), now)
    assert ([("must_finish_by", day("2 06:00"))] if late else []) == breaches(judged)
    assert (Late(FINISH, day("2 06:00")) if late else None) == lateness.late(judged.kept)


SPREAD = {"schedule": {"cron": "55 5 * * *", "spread": "1h"}}


def test_an_occurrence_belongs_to_where_it_is_due() -> None:
    """Its spread offset counts: what is due after the deadline is asked for at the next one."""
    job = daily("1 05:55", **SPREAD)
    offset = compiled(job).offset
    assert offset > timedelta(minutes=5)
    assert [] == breaches(judge(job, kept(job), "2 06:00"))
    assert [("must_finish_by", day("3 06:00"))] == breaches(judge(job, kept(job), "3 06:00"))


@pytest.mark.parametrize("now", ["2 06:00", "2 11:00", "5 07:00"])
def test_deadlines_that_passed_while_nobody_judged_are_one_breach(now: str) -> None:
    """It began with the first that did not hold; each is judged once, whenever that is."""
    job = daily()
    judged = judge(job, kept(job, **FAILED), now)
    assert [("must_finish_by", day("2 06:00"))] == breaches(judged)
    last = day(now).replace(hour=6, minute=0)
    assert last == judged.kept.judged_until
    again = judge(job, judged.kept, now)
    assert ([], judged.kept) == (breaches(again), again.kept)


def test_a_deadline_that_held_is_judged_once_too() -> None:
    """What becomes of its occurrence afterwards changes nothing."""
    job = daily()
    judged = judge(job, kept(job, **RAN), "2 06:00")
    assert [] == breaches(judge(job, replace(judged.kept, newest_succeeded=False), "2 07:00"))


def test_nothing_is_written_where_nothing_was_to_be_judged() -> None:
    """The very same value comes back."""
    job = daily(must_succeed_within="26h")
    before = kept(job, **RAN)
    assert before is judge(job, before, "2 05:59").kept


def test_a_breach_ends_with_the_next_success_and_the_next_one_is_new() -> None:
    """Until then no further deadline adds one."""
    job = daily()
    judged = judge(job, kept(job, **FAILED), "2 06:00")
    tomorrow = daily("3 02:00")
    planned = lateness.planned(judged.kept, runs=[a_run("r", RunStatus.RUNNING, fire=day("3 02:00"))], spans=())
    still = judge(tomorrow, planned, "3 06:00")
    assert ([], Late(FINISH, day("2 06:00"))) == (breaches(still), lateness.late(still.kept))
    run = a_run("r", RunStatus.SUCCEEDED, fire=day("3 02:00"))
    ended = lateness.succeeded(still.kept, run, at=day("3 07:00"))
    assert lateness.late(ended) is None
    third = lateness.planned(ended, runs=[a_run("s", RunStatus.RUNNING, fire=day("4 02:00"))], spans=())
    assert [("must_finish_by", day("4 06:00"))] == breaches(judge(daily("4 02:00"), third, "4 06:00"))


@pytest.mark.parametrize(
    ("fire", "kind", "made_up"),
    [
        ("2 02:00", RunKind.SCHEDULED, True),
        ("1 02:00", RunKind.SCHEDULED, False),
        ("2 01:59", RunKind.MANUAL, False),
        ("2 02:00", RunKind.MANUAL, True),
        ("2 04:30", RunKind.MANUAL, True),
    ],
)
def test_whose_success_makes_the_newest_occurrence_good(fire: str, kind: RunKind, made_up: bool) -> None:
    """Its own, or that of a run which was asked for after it; an older run's does not."""
    job = daily()
    run = a_run("r", RunStatus.SUCCEEDED, fire=day(fire))._replace(kind=kind)
    after = lateness.succeeded(kept(job, **FAILED), run, at=day("2 05:00"))
    assert ([] if made_up else [("must_finish_by", day("2 06:00"))]) == breaches(judge(job, after, "2 06:00"))


def test_a_success_that_is_told_late_takes_nothing_back() -> None:
    """The count goes on from whatever came last."""
    run = a_run("r", RunStatus.SUCCEEDED, fire=day("1 02:00"))
    after = lateness.succeeded(kept(within(), counted_from=day("3 00:00")), run, at=day("2 00:00"))
    assert day("3 00:00") == after.counted_from


def a_span(status: SpanStatus, *, blocked_by: str | None = None) -> Span:
    return Span("uid", day("2 01:00"), day("2 03:00"), 3, status, "so", blocked_by=blocked_by)


@pytest.mark.parametrize(
    ("spans", "newest"),
    [
        ([a_span(SpanStatus.MISSED)], day("2 03:00")),
        ([a_span(SpanStatus.SUPERSEDED)], day("2 03:00")),
        ([a_span(SpanStatus.SKIPPED, blocked_by="r")], day("2 03:00")),
        ([a_span(SpanStatus.SKIPPED)], day("2 02:00")),
        ([], day("2 02:00")),
    ],
    ids=["missed", "superseded", "made way for a run", "paused", "nothing"],
)
def test_what_never_ran_has_not_succeeded(spans: Iterable[Span], newest: datetime) -> None:
    """What a pause skipped is passed over."""
    after = lateness.planned(kept(daily(), **RAN), runs=(), spans=spans)
    assert (newest, newest == day("2 02:00")) == (after.newest, after.newest_succeeded)


def test_the_newest_of_what_was_planned_together_counts() -> None:
    """Runs and spans alike; a run that somebody asked for is no occurrence."""
    runs = [a_run("a", RunStatus.RUNNING, fire=day("2 04:00")), a_run("b", RunStatus.QUEUED, fire=day("2 05:00"))]
    runs.append(a_run("c", RunStatus.QUEUED, fire=day("2 05:30"))._replace(kind=RunKind.MANUAL))
    after = lateness.planned(kept(daily(), **RAN), runs=runs, spans=[a_span(SpanStatus.MISSED)])
    assert (day("2 05:00"), False) == (after.newest, after.newest_succeeded)


@pytest.mark.parametrize(
    ("job", "fields", "now", "since"),
    [
        pytest.param(within(), {}, "2 13:59", None, id="in time"),
        pytest.param(within(), {}, "2 14:00", "2 14:00", id="since first sight"),
        pytest.param(within(), {}, "9 12:00", "2 14:00", id="also when judged days later"),
        pytest.param(within(), {"counted_from": day("2 03:00")}, "3 04:59", None, id="since the last success"),
        pytest.param(within(), {"counted_from": day("2 03:00")}, "3 05:00", "3 05:00", id="too long since then"),
        pytest.param(within(paused=True), {}, "9 12:00", None, id="paused"),
        pytest.param(
            within(row={"override": Override(None, "ada", day("2 03:00"), day("3 03:00"))}),
            {}, "4 04:59", None, id="since a pause ran out",
        ),
        pytest.param(
            within(row={"override": Override(None, "ada", day("2 03:00"), day("3 03:00"))}),
            {}, "4 05:00", "4 05:00", id="too long since a pause ran out",
        ),
        pytest.param(
            within(paused={"until": "2026-06-03T03:00:00Z"}, row={"override": Override(None, "ada", day("2 03:00"))}),
            {}, "9 05:00", None, id="one of two pauses holds",
        ),
        pytest.param(within("9999999w"), {}, "9 12:00", None, id="longer than the calendar"),
        pytest.param(within(row={"held": "guarded"}), {}, "2 14:00", "2 14:00", id="held by the guard"),
    ],
)  # fmt: skip
def test_must_succeed_within(job: RecordedJob, fields: dict[str, Any], now: str, since: str | None) -> None:
    """Elapsed time since the latest of success, end of a pause, first sight and edit; not judged while paused."""
    judged = judge(job, kept(job, **fields), now)
    assert ([] if since is None else [("must_succeed_within", day(since))]) == breaches(judged)
    again = judge(job, judged.kept, now)
    assert ([], judged.kept) == (breaches(again), again.kept)


def test_a_completed_job_is_not_judged() -> None:
    """It will never run again; once it has a fire again, it is."""
    job = within()
    assert [] == breaches(judge(job, kept(job), "9 12:00", completed=True))
    assert [("must_succeed_within", day("2 14:00"))] == breaches(judge(job, kept(job), "9 12:00"))


def test_elapsed_time_knows_no_clock_changes() -> None:
    """26 hours over the night of a change are 26 hours."""
    job = within(timezone="Europe/Berlin")
    before = replace(kept(job), counted_from=datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert datetime(2026, 3, 29, 14, tzinfo=UTC) == lateness.elapsed_at(before)


def test_a_resume_begins_the_count_anew() -> None:
    """A pause that a person ends counts like one that runs out; an earlier one takes nothing back."""
    job = within()
    resumed = lateness.resumed(kept(job, counted_from=day("2 03:00")), at=day("3 04:00"))
    assert day("3 04:00") == lateness.resumed(resumed, at=day("2 09:00")).counted_from
    assert [("must_succeed_within", day("4 06:00"))] == breaches(judge(job, resumed, "4 06:00"))


def test_while_paused_a_breach_goes_on() -> None:
    """It ends with the next success, and with nothing else."""
    job = within()
    late = judge(job, kept(job), "2 14:00").kept
    paused = within(paused=True)
    assert Late(SUCCEED, day("2 14:00")) == lateness.late(judge(paused, late, "3 00:00").kept)
    resumed = lateness.resumed(late, at=day("3 12:00"))
    judged = judge(job, resumed, "5 12:00")
    assert ([], Late(SUCCEED, day("2 14:00"))) == (breaches(judged), lateness.late(judged.kept))


@pytest.mark.parametrize(
    ("edit", "begins_anew", "counts_anew"),
    [
        ({"timeout": "5m"}, False, False),
        ({"must_finish_by": "07:00"}, True, False),
        ({"timezone": "Europe/Berlin"}, True, False),
        ({"timezone": "UTC"}, False, False),
        ({"must_succeed_within": "27h"}, False, True),
        ({"must_succeed_within": None, "must_finish_by": None}, True, True),
    ],
)
def test_an_edit_of_a_field_begins_it_anew(edit: dict[str, Any], begins_anew: bool, counts_anew: bool) -> None:
    """What was late by the old one is late no more; the other field, and other edits, change nothing."""
    job = daily(must_succeed_within="26h")
    late = kept(job, **FAILED, unfinished_since=day("2 06:00"), unsucceeded_since=day("2 14:00"))
    edited = lateness.followed(late, daily(**{"must_succeed_within": "26h"} | edit).spec, now=day("3 09:00"))
    assert (None if begins_anew else day("2 06:00")) == edited.unfinished_since
    assert (day("3 09:00") if begins_anew else day("1 12:00")) == edited.judged_until
    assert (None if counts_anew else day("2 14:00")) == edited.unsucceeded_since
    assert (day("3 09:00") if counts_anew else day("1 12:00")) == edited.counted_from
    assert day("2 02:00") == edited.newest


def test_an_edit_judges_no_deadline_that_has_passed() -> None:
    """Six o'clock in New York was before the edit, and so was five in Berlin."""
    before = kept(daily(), **FAILED)
    edits: tuple[dict[str, Any], ...] = ({"must_finish_by": "05:00"}, {"timezone": "America/New_York"})
    for spec in edits:
        job = daily(**spec)
        edited = lateness.followed(before, job.spec, now=day("2 12:00"))
        assert [] == breaches(judge(job, edited, "2 12:00"))


def test_a_field_that_is_new_knows_the_newest_occurrence() -> None:
    """What failed before the edit is still what must have succeeded by the deadline after it."""
    job = daily()
    begun = lateness.begun(job, newest=Newest(day("2 02:00"), succeeded=False), now=day("2 05:00"))
    assert [("must_finish_by", day("2 06:00"))] == breaches(judge(job, begun, "2 06:00"))


def test_both_expectations_may_be_late() -> None:
    """Two breaches; the one that has not held for longest shows, and a success ends both."""
    job = daily(must_succeed_within="17h")
    judged = judge(job, kept(job, **FAILED), "2 08:00")
    assert [("must_finish_by", day("2 06:00")), ("must_succeed_within", day("2 05:00"))] == breaches(judged)
    assert Late(SUCCEED, day("2 05:00")) == lateness.late(judged.kept)
    run = a_run("r", RunStatus.SUCCEEDED, fire=day("2 02:00"))
    assert lateness.late(lateness.succeeded(judged.kept, run, at=day("2 09:00"))) is None


def test_a_clock_set_back_far_opens_what_it_had_judged() -> None:
    """What lies ahead of it is judged when its time comes; nothing is late by a deadline that is still to come."""
    job = daily("2 02:00", must_succeed_within="26h")
    ahead = kept(
        job,
        judged_until=day("9 06:00"),
        counted_from=day("9 03:00"),
        newest=day("9 02:00"),
        unfinished_since=day("9 06:00"),
        unsucceeded_since=day("9 07:00"),
    )
    judged = judge(job, ahead, "2 03:00")
    assert ([], None) == (breaches(judged), lateness.late(judged.kept))
    assert Lateness(job.uid, "06:00 UTC", timedelta(hours=26), day("2 03:00"), day("2 03:00")) == judged.kept


def test_a_clock_set_back_a_little_judges_nothing_twice() -> None:
    """A minute is what a correction of the time takes."""
    job = daily(must_succeed_within="26h")
    judged = judge(job, kept(job, **FAILED, counted_from=day("1 04:00")), "2 06:00").kept
    assert judged is judge(job, judged, "2 05:59").kept
    assert [] == breaches(judge(job, judged, "2 06:00"))
