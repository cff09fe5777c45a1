"""Due times and active runs become runs, spans and a cursor: a table for every rule."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from schedrun.core.ids import scheduled_run_id
from schedrun.core.run import occurrences
from schedrun.core.run.occurrences import Decision, Verdicts
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.status import RunStatus
from tests.core.run.recorded_jobs import NOON, a_job, a_run, at, compiled, override

OLD = a_run("old", RunStatus.RUNNING)
WAITING = a_run("waiting", RunStatus.QUEUED)


def decide(job: RecordedJob, now: datetime, *active: Run, verdicts: Verdicts = ()) -> Decision | None:
    return occurrences.decide(job, compiled(job), now=now, active=active, verdicts=verdicts)


def decided(job: RecordedJob, now: datetime, *active: Run, verdicts: Verdicts = ()) -> Decision:
    decision = decide(job, now, *active, verdicts=verdicts)
    assert decision is not None
    return decision


def minutes(decision: Decision) -> list[tuple[float, str]]:
    """Return each run of the decision: its minute after noon, and whether it starts or waits."""
    return [((run.fire_time - NOON) / timedelta(minutes=1), str(run.status)) for run in decision.runs]


def spans(decision: Decision) -> list[tuple[float, float, int, str]]:
    """Return each span of the decision: first and last minute after noon, count and verdict."""
    minute = timedelta(minutes=1)
    return [
        ((span.first - NOON) / minute, (span.last - NOON) / minute, span.count, str(span.status))
        for span in decision.spans
    ]


class TestOneFire:
    """A single fire that came due."""

    def test_starts_with_the_first_attempt(self) -> None:
        """It is running from now, under the id that its occurrence has for ever."""
        decision = decided(a_job(), at(1.05))
        (run,) = decision.runs
        assert (scheduled_run_id("uid", at(1)), at(1), RunStatus.RUNNING) == (run.id, run.fire_time, run.status)
        assert (1, at(1.05), at(1.05), at(1)) == (run.attempt, run.started_at, run.queued_at, decision.cursor)

    @pytest.mark.parametrize("now", [0, 0.5, 0.99])
    def test_nothing_is_due_before_its_time(self, now: float) -> None:
        """Nothing is written for nothing."""
        assert decide(a_job(), at(now)) is None

    def test_a_fire_is_due_at_its_very_instant(self) -> None:
        """The bound is inside."""
        assert [(1, "running")] == minutes(decided(a_job(), at(1)))

    @pytest.mark.parametrize(
        ("overlap", "active", "run", "span", "cancel"),
        [
            ("forbid", (OLD,), [], "run old was still active", []),
            ("forbid", (WAITING,), [], "run waiting was still waiting", []),
            ("queue", (OLD,), [(1, "queued")], None, []),
            ("queue", (OLD, WAITING), [], "run waiting was still waiting", []),
            ("replace", (OLD,), [(1, "queued")], None, ["old"]),
            ("replace", (OLD, WAITING), [(1, "queued")], None, ["old", "waiting"]),
            ("allow", (OLD,), [(1, "running")], None, []),
        ],
    )
    def test_overlap(
        self,
        overlap: str,
        active: tuple[Run, ...],
        run: list[tuple[float, str]],
        span: str | None,
        cancel: list[str],
    ) -> None:
        """Each policy against what is active; a skip names the run in its way."""
        decision = decided(a_job(overlap=overlap), at(1), *active)
        assert (run, cancel) == (minutes(decision), [victim.id for victim in decision.cancel])
        assert ([] if span is None else [span]) == [one.reason for one in decision.spans]
        assert at(1) == decision.cursor


class TestLateFires:
    """Several fires due at once, or one that is late."""

    @pytest.mark.parametrize(
        ("misfire", "now", "runs", "expected"),
        [
            ({"catch_up": "latest"}, 5, [5], [(1, 4, 4, "superseded")]),
            ({"catch_up": "all"}, 5, [1, 2, 3, 4, 5], []),
            ({"catch_up": "all", "catch_up_limit": 2}, 5, [4, 5], [(1, 3, 3, "superseded")]),
            ({"catch_up": "all", "grace": "2m"}, 5, [3, 4, 5], [(1, 2, 2, "missed")]),
            ({"grace": "2m"}, 5, [5], [(1, 2, 2, "missed"), (3, 4, 2, "superseded")]),
            ({"catch_up": "latest", "grace": "30s"}, 5.75, [], [(1, 5, 5, "missed")]),
            ({"catch_up": "none"}, 5.1, [5], [(1, 4, 4, "missed")]),
            ({"catch_up": "none"}, 5.5, [], [(1, 5, 5, "missed")]),
            ({"catch_up": "none"}, 1.5, [], [(1, 1, 1, "missed")]),
        ],
    )  # fmt: skip
    def test_catch_up_and_grace(
        self, misfire: dict[str, Any], now: float, runs: list[float], expected: list[tuple[float, float, int, str]]
    ) -> None:
        """What is too late is missed, what is older than those that run is superseded."""
        decision = decided(a_job(misfire=misfire), at(now))
        assert (runs, expected) == ([minute for minute, _ in minutes(decision)], spans(decision))
        assert at(int(now)) == decision.cursor

    @pytest.mark.parametrize(
        ("misfire", "expected"),
        [
            ({"catch_up": "latest"}, "a later fire was caught up in its place"),
            ({"catch_up": "all", "catch_up_limit": 1}, "only the last late fire is caught up"),
            ({"catch_up": "all", "catch_up_limit": 2}, "only the last 2 late fires are caught up"),
            ({"catch_up": "none", "catch_up_limit": 1}, "of the fires less than 10s late only the last may run"),
            ({"catch_up": "none", "catch_up_limit": 2}, "of the fires less than 10s late only the last 2 may run"),
        ],
    )
    def test_what_is_superseded_says_by_which_rule(self, misfire: dict[str, Any], expected: str) -> None:
        """Under `none` nothing is caught up, but the number of those that are hardly late is bounded too."""
        decision = decided(a_job(schedule={"every": "1s"}, misfire=misfire), at(0.1))
        assert [expected] == [span.reason for span in decision.spans]

    def test_the_words_say_which_rule(self) -> None:
        """A reader of the span learns the grace, and that nothing was caught up."""
        late = decided(a_job(misfire={"grace": "30s"}), at(5.75)).spans[0].reason
        none = decided(a_job(misfire={"catch_up": "none"}), at(5.5)).spans[0].reason
        assert "nothing could start it before 2026-06-01T12:05:45Z; its grace is 30s" == late
        assert "nothing could start it before 2026-06-01T12:05:30Z; catch_up is none, its grace is 1h" == none

    @pytest.mark.parametrize(
        ("overlap", "instances", "active", "expected"),
        [
            ("forbid", 1, (), ["running", "queued", "queued"]),
            ("forbid", 1, (OLD,), ["queued", "queued", "queued"]),
            ("forbid", 2, (), ["running", "running", "queued"]),
            ("queue", 1, (), ["running", "queued", "queued"]),
            ("queue", 1, (OLD,), ["queued", "queued", "queued"]),
            ("replace", 1, (), ["running", "queued", "queued"]),
            ("replace", 1, (OLD,), ["queued", "queued", "queued"]),
            ("allow", None, (), ["running", "queued", "queued"]),
            ("allow", None, (OLD,), ["queued", "queued", "queued"]),
        ],
    )
    def test_what_is_planned_together_waits_for_one_another(
        self, overlap: str, instances: int | None, active: tuple[Run, ...], expected: list[str]
    ) -> None:
        """No policy skips, replaces or races fires that were caught up in one go."""
        limit: dict[str, Any] = {} if instances is None else {"max_instances": instances}
        job = a_job(overlap=overlap, misfire={"catch_up": "all"}, **limit)
        decision = decided(job, at(3), *active)
        assert expected == [status for _, status in minutes(decision)]
        assert ((), ()) == (decision.cancel, decision.spans)

    def test_an_older_queued_run_goes_first(self) -> None:
        """What waits from an earlier planning starts before what is planned now."""
        decision = decided(a_job(misfire={"catch_up": "all"}), at(3), WAITING)
        assert ((WAITING,), ["queued"] * 3) == (decision.start, [status for _, status in minutes(decision)])


class TestWaitingRuns:
    """A planning that finds nothing due."""

    def test_starts_what_there_is_room_for(self) -> None:
        """A lingering function that returned is followed by what waited for it."""
        decision = decided(a_job(), NOON, WAITING)
        assert ((WAITING,), NOON, ()) == (decision.start, decision.cursor, decision.runs)

    def test_leaves_it_waiting_behind_a_running_one(self) -> None:
        """No room, nothing to write."""
        assert decide(a_job(), NOON, OLD, WAITING) is None


class TestPauses:
    """A pause by manifest, or laid over by a person."""

    @pytest.mark.parametrize(
        ("paused", "row"),
        [
            (True, {}),
            ({"reason": "later"}, {}),
            ({"until": "2026-06-01T12:30:00Z"}, {}),
            (False, {"override": override()}),
            (False, {"override": override(until=at(30))}),
            ({"until": "2026-06-01T12:01:00Z"}, {"override": override(until=at(30))}),
        ],
    )
    def test_nothing_is_decided_while_one_holds(self, paused: Any, row: dict[str, Any]) -> None:
        """The cursor stays until the pause ends."""
        assert decide(a_job(paused=paused, row=row), at(5)) is None

    @pytest.mark.parametrize(
        ("paused", "row", "words"),
        [
            ({"until": "2026-06-01T12:03:00Z", "reason": "moving"}, {}, "paused by its manifest: moving"),
            (False, {"override": override(until=at(3), reason="moving")}, "paused by ada: moving"),
            (False, {"override": override(until=at(3))}, "paused by ada"),
        ],
    )
    def test_the_span_covers_the_pause_and_the_rest_is_downtime(
        self, paused: Any, row: dict[str, Any], words: str
    ) -> None:
        """What came due after `until` is caught up as the misfire policy says."""
        decision = decided(a_job(paused=paused, row=row, misfire={"catch_up": "all"}), at(5))
        assert ([(1, 3, 3, "skipped")], [4, 5]) == (spans(decision), [minute for minute, _ in minutes(decision)])
        assert (words, None, at(5)) == (decision.spans[0].reason, decision.override, decision.cursor)

    def test_the_cursor_moves_to_the_end_of_the_pause(self) -> None:
        """Also when nothing came due after it."""
        decision = decided(a_job(row={"override": override(until=at(3.5))}), at(3.75))
        assert (at(3.5), [(1, 3, 3, "skipped")], ()) == (decision.cursor, spans(decision), decision.runs)

    def test_an_override_that_covered_nothing_is_lifted(self) -> None:
        """No span of nothing; the override goes."""
        decision = decided(a_job(row={"override": override(until=at(0.5))}), at(0.75))
        assert ((), None, at(0.5)) == (decision.spans, decision.override, decision.cursor)

    def test_of_two_the_longer_counts(self) -> None:
        """A manifest's pause that outlives the override skips to its own end."""
        job = a_job(paused={"until": "2026-06-01T12:04:00Z"}, row={"override": override(until=at(2))})
        decision = decided(job, at(5))
        assert [(1, 4, 4, "skipped")] == spans(decision)

    def test_an_old_pause_skips_nothing_again(self) -> None:
        """An `until` behind the cursor is history, and the next fire runs."""
        job = a_job(at(9), paused={"until": "2026-06-01T12:04:00Z"})
        assert ([(10, "running")], []) == (minutes(decided(job, at(10))), spans(decided(job, at(10))))

    def test_what_ran_before_the_clock_went_back_is_not_skipped_too(self) -> None:
        """The pause's spans go around what has its verdict."""
        job = a_job(row={"override": override(until=at(5)), "covered_until": at(3)})
        decision = decided(job, at(5.5), verdicts=[(at(2), at(2)), (at(3), at(3))])
        assert [(1, 1, 1, "skipped"), (4, 5, 2, "skipped")] == spans(decision)


class TestClockSetBack:
    """A cursor that lies ahead of the clock."""

    def test_nothing_is_due_while_the_cursor_is_ahead(self) -> None:
        """How the cursor follows the clock is not decided here."""
        assert decide(a_job(at(60)), NOON) is None

    def test_what_has_a_verdict_is_left_out(self) -> None:
        """Of five that are due, two ran before: the others run, and cover ends with the cursor."""
        job = a_job(row={"covered_until": at(4)}, misfire={"catch_up": "all"})
        decision = decided(job, at(5), verdicts=[(at(2), at(3))])
        assert ([1, 4, 5], None) == ([minute for minute, _ in minutes(decision)], decision.covered_until)

    def test_spans_go_around_what_has_a_verdict(self) -> None:
        """Missed before and after, never over it."""
        job = a_job(row={"covered_until": at(9)}, misfire={"grace": "30s"})
        decision = decided(job, at(6.75), verdicts=[(at(1), at(1)), (at(3), at(4))])
        assert [(2, 2, 1, "missed"), (5, 6, 2, "missed")] == spans(decision)
        assert at(9) == decision.covered_until

    def test_all_covered_moves_the_cursor_alone(self) -> None:
        """No run and no span, but the instant is done with."""
        decision = decided(a_job(row={"covered_until": at(4)}), at(1), verdicts=[(at(1), at(1))])
        assert ((), (), at(1)) == (decision.runs, decision.spans, decision.cursor)


class TestSpread:
    """An offset delays when a fire is due, and nothing else."""

    @pytest.fixture
    def job(self) -> RecordedJob:
        return a_job(schedule={"every": "1h", "spread": "20m"}, misfire={"grace": "5m"})

    def test_is_due_at_nominal_plus_offset(self, job: RecordedJob) -> None:
        """The fire time stays nominal, and so does the cursor."""
        offset = compiled(job).offset
        assert timedelta(0) < offset
        assert decide(job, at(60) + offset - timedelta(microseconds=1)) is None
        decision = decided(job, at(60) + offset)
        assert (at(60), at(60)) == (decision.runs[0].fire_time, decision.cursor)

    def test_grace_counts_from_there_too(self, job: RecordedJob) -> None:
        """Five minutes after the offset it still runs, a moment later it is missed."""
        due = at(60) + compiled(job).offset + timedelta(minutes=5)
        assert [(60, "running")] == minutes(decided(job, due))
        assert [(60, 60, 1, "missed")] == spans(decided(job, due + timedelta(microseconds=1)))
