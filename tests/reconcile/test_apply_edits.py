"""What applying a plan writes for a job that is declared: one class of tests for each event of its cursor."""

from datetime import timedelta
from typing import Any

import pytest

from schedrun.core.plan.change import Action
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.schedule import fires
from schedrun.core.status import Origin, RunKind, RunStatus, SpanStatus
from tests.core.plan.builders import NOON, declared, desired, job, row
from tests.reconcile.ledger import paused_by
from tests.reconcile.quarters import (
    CURSOR,
    KEY,
    NOW,
    UID,
    assert_planned_under_the_old_schedule,
    at,
    behind,
    fire_times,
    ledger,
    skipped,
)


class TestFirstSight:
    """Nothing is planned; the cursor starts now."""

    def test_writes_the_row(self) -> None:
        """It says all that the manifest says, and of which revision."""
        held = ledger()
        applied = held.reconcile(desired([declared(KEY, job(timeout="5m"), line=7)], revision="abc"))
        expected = RecordedJob(f"uid 1 of {KEY}", KEY, Origin.MANIFEST, job(timeout="5m"), NOW, "jobs.yaml", 7, "abc")
        assert expected == held.row(KEY)
        assert ([Action.CREATE], (expected,)) == ([c.action for c in applied.changes], applied.arm)

    def test_plans_nothing(self) -> None:
        """Fires before the job was seen are no occurrences of it."""
        held = ledger()
        held.reconcile(desired({KEY: job(schedule={"every": "1m"})}))
        assert ([], []) == (held.runs(KEY), held.spans(KEY))

    def test_leaves_a_fire_that_its_spread_still_delays(self) -> None:
        """An instant that has come but is not due yet fires: the cursor lies the offset behind."""
        spec = job(schedule={"every": "1m", "spread": "30m"})
        held = ledger()
        held.reconcile(desired({KEY: spec}))
        offset = fires.of(spec, key=KEY).offset
        assert timedelta(0) < offset
        assert NOW - offset == held.row(KEY).cursor

    @pytest.mark.parametrize("paused", [False, True])
    def test_misses_a_one_time_instant_in_the_past(self, paused: bool) -> None:
        """It is neither run nor forgotten."""
        held = ledger()
        held.reconcile(desired({KEY: job(schedule={"at": "2026-07-01T12:00:00Z"}, paused=paused)}))
        reason = "2026-07-01T12:00:00Z had passed when the job was first seen"
        assert [Span(f"uid 1 of {KEY}", NOON, NOON, 1, SpanStatus.MISSED, reason, NOW)] == held.spans(KEY)
        assert [] == held.runs(KEY)

    def test_keeps_a_one_time_instant_in_the_future(self) -> None:
        """It fires when it comes."""
        held = ledger()
        held.reconcile(desired({KEY: job(schedule={"at": "2026-07-01T13:00:00Z"})}))
        assert [] == held.spans(KEY)
        held.now = at(13)
        held.fire()
        assert [at(13)] == fire_times(held.runs(KEY))


class TestScheduleEdit:
    """What was due is planned under the old schedule; the cursor then starts now."""

    @pytest.mark.parametrize(
        "said",
        [
            pytest.param({"schedule": {"every": "20m"}}, id="every"),
            pytest.param({"schedule": {"cron": "0 2 * * *"}}, id="cron"),
            pytest.param({"schedule": {"at": "2026-12-01T00:00:00Z"}}, id="at"),
            pytest.param({"schedule": {"every": "15m", "anchor": "2026-01-01T00:07:00Z"}}, id="anchor"),
            pytest.param({"timezone": "Europe/Berlin"}, id="timezone"),
            pytest.param({"schedule": {"every": "15m", "start": "2026-12-01T00:00:00Z"}}, id="start"),
            pytest.param({"schedule": {"every": "15m", "end": "2026-01-01T00:00:00Z"}}, id="end"),
            pytest.param({"schedule": {"every": "20m"}, "paused": True}, id="every, and a pause"),
        ],
    )
    def test_plans_what_was_due_under_the_old_one(self, said: dict[str, Any]) -> None:
        """No occurrence that has come due is lost, none of the new schedule fires for the past."""
        held = ledger(behind())
        applied = held.reconcile(desired({KEY: job(**said)}))
        assert_planned_under_the_old_schedule(held)
        assert (NOW, job(**said), "r2") == (held.row(KEY).cursor, held.row(KEY).spec, held.row(KEY).revision)
        assert [job()] == [claim.job.spec for claim in applied.claims]
        assert (held.row(KEY),) == applied.arm

    def test_never_moves_the_cursor_back(self) -> None:
        """A spread that the edit brings would reach behind what was planned."""
        held = ledger(behind(cursor=NOW))
        held.reconcile(desired({KEY: job(schedule={"every": "15m", "spread": "30m"})}))
        assert NOW == held.row(KEY).cursor

    def test_skips_what_was_due_while_paused(self) -> None:
        """A pause is a pause also for what the old schedule had left."""
        held = ledger(behind(job(paused={"reason": "outage"})))
        held.reconcile(desired({KEY: job(schedule={"every": "20m"}, paused={"reason": "outage"})}))
        assert ([], [skipped("paused by its manifest: outage")]) == (held.runs(KEY), held.spans(KEY))
        assert NOW == held.row(KEY).cursor

    def test_misses_an_instant_edited_into_the_past(self) -> None:
        """The edit fires nothing retroactively and drops nothing silently."""
        held = ledger(row(KEY, job(schedule={"at": "2026-07-01T13:00:00Z"})))
        held.reconcile(desired({KEY: job(schedule={"at": "2026-07-01T09:00:00Z"})}))
        reason = "2026-07-01T09:00:00Z had passed when the schedule was edited"
        assert [Span(UID, at(9), at(9), 1, SpanStatus.MISSED, reason, NOW)] == held.spans(KEY)

    def test_misses_each_of_two_instants_by_itself(self) -> None:
        """What lies between two missed instants has no verdict."""
        held = ledger(row(KEY))
        for hour in ("07", "09", "08"):
            held.reconcile(desired({KEY: job(schedule={"at": f"2026-07-01T{hour}:00:00Z"})}))
        assert {at(7), at(8), at(9)} == {span.first for span in held.spans(KEY)}

    def test_leaves_an_instant_that_ran_with_its_verdict(self) -> None:
        """Another way to write the same instant is no new occurrence."""
        held = ledger(row(KEY, job(schedule={"at": "2026-07-01T12:00:00Z"}), cursor=CURSOR))
        held.fire()
        held.reconcile(desired({KEY: job(schedule={"at": "2026-07-01T14:00:00+02:00"})}))
        assert ([NOON], []) == (fire_times(held.runs(KEY)), held.spans(KEY))

    def test_leaves_an_instant_between_clock_and_cursor_to_come(self) -> None:
        """After the clock was set back the cursor is ahead; planning will follow the clock."""
        held = ledger(row(KEY, cursor=at(15)))
        held.reconcile(desired({KEY: job(schedule={"at": "2026-07-01T13:00:00Z"})}))
        assert [] == held.spans(KEY)
        held.now = at(13)
        held.fire()
        assert [at(13)] == fire_times(held.runs(KEY))


class TestOtherEdits:
    """Nothing is planned and the cursor stays: what is due comes under the new spec."""

    def test_leaves_the_cursor(self) -> None:
        """The dispatcher plans what is due, at its own time."""
        held = ledger(behind())
        applied = held.reconcile(desired({KEY: job(timeout="5m")}))
        assert ([], [], CURSOR) == (held.runs(KEY), held.spans(KEY), held.row(KEY).cursor)
        assert ("r2", (held.row(KEY),)) == (held.row(KEY).revision, applied.arm)

    def test_keeps_an_override(self) -> None:
        """A pause that a person laid over the job survives every edit."""
        pause = paused_by("ann", since=CURSOR)
        held = ledger(behind(override=pause))
        held.reconcile(desired({KEY: job(timeout="5m")}))
        assert pause == held.row(KEY).override

    def test_takes_cursor_and_override_from_the_row_of_that_moment(self) -> None:
        """What happened since the plan was made is not undone."""
        held = ledger(behind())
        plan = held.plan(desired({KEY: job(timeout="5m")}))
        meanwhile = behind()._replace(cursor=NOON, override=paused_by("ann", since=NOON))
        held.put(meanwhile)
        held.apply(plan)
        assert (NOON, meanwhile.override) == (held.row(KEY).cursor, held.row(KEY).override)

    def test_rewrites_a_position_without_a_timer(self) -> None:
        """Another file or line is no edit of the job: its revision stays."""
        held = ledger(behind())
        applied = held.reconcile(desired([declared(KEY, file="b.yaml", line=9)]))
        assert (behind(file="b.yaml", line=9), ()) == (held.row(KEY), applied.arm)
        assert () == applied.changes


class TestPause:
    """What was due is planned, then the pause holds; the cursor stays."""

    @pytest.mark.parametrize("paused", [True, {"until": "2026-07-01T15:00:00Z"}])
    def test_plans_what_was_due(self, paused: Any) -> None:
        """A pause takes nothing back that was due before it."""
        held = ledger(behind())
        held.reconcile(desired({KEY: job(paused=paused)}))
        assert_planned_under_the_old_schedule(held)
        assert NOON == held.row(KEY).cursor

    def test_skips_nothing_twice_when_its_words_change(self) -> None:
        """Another reason ends one span and begins the next."""
        held = ledger(behind(job(paused={"reason": "outage"})))
        held.reconcile(desired({KEY: job(paused={"reason": "move"})}))
        held.pass_time(minutes=15)
        held.reconcile(desired({KEY: job()}))
        second = skipped("paused by its manifest: move", at(12, 15), at(12, 15), 1, decided=at(12, 20))
        assert [skipped("paused by its manifest: outage"), second] == held.spans(KEY)


class TestResume:
    """One skipped span covers the pause; there is no catch-up across it."""

    def test_skips_the_pause(self) -> None:
        """The cursor is now, so what comes next is the next fire."""
        held = ledger(behind(job(paused=True)))
        held.reconcile(desired({KEY: job()}))
        assert ([], [skipped("paused by its manifest")]) == (held.runs(KEY), held.spans(KEY))
        assert NOW == held.row(KEY).cursor

    def test_leaves_a_fire_that_its_spread_still_delays(self) -> None:
        """What is not due yet when the pause ends was not skipped by it."""
        spread = {"every": "1h", "spread": "1h"}
        before = behind(job(schedule=spread, paused=True), cursor=at(10, 30))
        offset = fires.of(before.spec, key=KEY).offset
        held = ledger(before)
        held.now = NOON + offset - timedelta(seconds=1)
        held.reconcile(desired({KEY: job(schedule=spread)}))
        assert [skipped("paused by its manifest", at(11), at(11), 1, decided=held.now)] == held.spans(KEY)
        held.pass_time(seconds=1)
        held.fire()
        assert [NOON] == fire_times(held.runs(KEY))

    def test_skips_the_pause_when_other_fields_change_too(self) -> None:
        """The change is then an update, and a resume all the same."""
        held = ledger(behind(job(paused=True)))
        held.reconcile(desired({KEY: job(timeout="5m")}))
        assert ([skipped("paused by its manifest")], NOW) == (held.spans(KEY), held.row(KEY).cursor)

    def test_stays_paused_under_an_override(self) -> None:
        """The manifest resumes its own pause only."""
        pause = paused_by("ann", since=CURSOR)
        held = ledger(behind(job(paused=True), override=pause))
        held.reconcile(desired({KEY: job()}))
        held.fire()
        assert (pause, []) == (held.row(KEY).override, held.runs(KEY))

    def test_plans_what_follows_an_expired_pause_as_downtime(self) -> None:
        """The pause ended at half past eleven and is then taken out of the manifest."""
        held = ledger(behind(job(paused={"until": "2026-07-01T11:30:00Z"})))
        held.reconcile(desired({KEY: job()}))
        verdicts = [(span.first, span.last, span.status) for span in held.spans(KEY)]
        expected = [
            (at(11, 15), at(11, 30), SpanStatus.SKIPPED),
            (at(11, 45), at(11, 45), SpanStatus.SUPERSEDED),
        ]
        assert (expected, [NOON]) == (verdicts, fire_times(held.runs(KEY)))

    def test_skips_only_what_has_no_verdict_since_the_clock_was_set_back(self) -> None:
        """Half past eleven ran before the clock was set back."""
        held = ledger(behind(job(paused=True), covered_until=at(11, 30)))
        held.insert(Run("r", UID, at(11, 30), RunKind.SCHEDULED, RunStatus.RUNNING, CURSOR, 1))
        held.reconcile(desired({KEY: job()}))
        assert [(at(11, 15), 1), (at(11, 45), 2)] == [(span.first, span.count) for span in held.spans(KEY)]
        assert (NOW, None) == (held.row(KEY).cursor, held.row(KEY).covered_until)


class TestRename:
    """The row moves as it is."""

    def test_keeps_uid_cursor_and_override(self) -> None:
        """Nothing is planned; the history goes along since runs refer to the uid."""
        before = behind(override=paused_by("ann", since=CURSOR))
        held = ledger(before)
        spec = job(moved_from="one")
        applied = held.reconcile(desired({"a/two": spec}))
        assert before._replace(key="a/two", spec=spec, revision="r2") == held.row("a/two")
        assert (["a/two"], (held.row("a/two"),)) == ([row.key for row in held.rows()], applied.arm)
        assert ([], []) == (held.runs("a/two"), held.spans("a/two"))

    def test_plans_what_was_due_when_the_schedule_changes_too(self) -> None:
        """Under the old schedule, then from now on under the new one."""
        held = ledger(behind())
        held.reconcile(desired({"a/two": job(moved_from="one", schedule={"every": "20m"})}))
        assert ([NOON], NOW) == (fire_times(held.runs("a/two")), held.row("a/two").cursor)

    def test_brings_a_removed_job_back_under_its_new_name(self) -> None:
        """The cursor starts now, as for every key that comes back."""
        held = ledger(behind(removed_at=CURSOR))
        held.reconcile(desired({"a/two": job(moved_from="one")}))
        row_now = held.row("a/two")
        assert (UID, None, NOW) == (row_now.uid, row_now.removed_at, row_now.cursor)


class TestClockSetBack:
    """Only a clock that was set back lowers a cursor."""

    def test_an_edit_follows_the_clock(self) -> None:
        """It says so, and remembers up to where runs lie."""
        held = ledger(row(KEY, cursor=at(15)))
        held.insert(Run("r", UID, at(14), RunKind.SCHEDULED, RunStatus.RUNNING, CURSOR, 1))
        held.reconcile(desired({KEY: job(schedule={"every": "20m"})}))
        assert (NOW, at(14)) == (held.row(KEY).cursor, held.row(KEY).covered_until)
