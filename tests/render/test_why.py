"""Why an occurrence ran or did not, sentence by sentence."""

from datetime import UTC, datetime

import pytest

from schedrun.core.run import why
from schedrun.core.run.attempt import Attempt
from schedrun.core.run.recorded import Event, Override
from schedrun.core.run.why import Answer, Occurrence, Surroundings, Window
from schedrun.core.schedule import fires
from schedrun.core.status import RunKind, RunStatus, SpanStatus
from schedrun.render import why_json, why_text
from tests.render.answers import BLOCKER, DOWN, FIRE, FOUR, LATE, NOW, RUN, a_row, a_run, a_span, answered, at, session
from tests.render.samples import ESCAPED, HOSTILE

CASES: dict[str, tuple[str, Answer]] = {
    "ran": ("ran: succeeded, started 0.2 s after it was due, took 3 s", answered(a_run())),
    "ran at once": ("ran: succeeded, started on time, took 3.2 s", answered(a_run(started_at=FIRE))),
    "ran on its second attempt": (
        "ran: succeeded on attempt 2, started 0.2 s after it was due, took 3 s",
        answered(
            a_run(attempt=2, started_at=at(3, 10), finished_at=at(3, 10, 3)),
            job=a_row(retries=FOUR),
            attempts=(Attempt(1, RunStatus.FAILED, at(3, 0, 0.2), at(3, 0, 1)),),
        ),
    ),
    "ran late after a downtime": (
        "ran: succeeded, started 4 h 10 min after it was due (the service was down 02:58-07:10 UTC), took 1 s",
        answered(a_run(started_at=at(7, 10, 10), finished_at=at(7, 10, 11)), **DOWN),
    ),
    "ran late after its turn came": (
        "ran: succeeded, started 5 min after it was due (it waited 4 min for its turn), took 1 s",
        answered(a_run(started_at=at(3, 5), finished_at=at(3, 5, 1))),
    ),
    "ran by hand": ("ran: succeeded, took 3 s", answered(a_run(kind=RunKind.MANUAL))),
    "failed": (
        "failed: exit code 3, started 0.2 s after it was due, took 3 s",
        answered(a_run(RunStatus.FAILED, error="exit code 3")),
    ),
    "failed once, whatever retries say since then": (
        "failed: exit code 3, started 0.2 s after it was due, took 3 s",
        answered(a_run(RunStatus.FAILED, error="exit code 3"), job=a_row(retries=FOUR)),
    ),
    "failed after all attempts": (
        "failed: exit code 3, after 4 attempts, started 0.2 s after it was due, took 3 s",
        answered(a_run(RunStatus.FAILED, error="exit code 3", attempt=4), job=a_row(retries=FOUR)),
    ),
    "timed out": (
        "timed out after 3s (killed by SIGTERM), started 0.2 s after it was due, took 3 s",
        answered(a_run(RunStatus.TIMED_OUT, error="timed out after 3s (killed by SIGTERM)")),
    ),
    "cancelled by a person": (
        "was cancelled by ann, started 0.2 s after it was due, took 3 s",
        answered(a_run(RunStatus.CANCELLED, error="cancelled by ann")),
    ),
    "replaced before it started": (
        "was cancelled: replaced by a later run before it started",
        answered(a_run(RunStatus.CANCELLED, error="replaced by a later run before it started", started_at=None)),
    ),
    "interrupted": (
        "was interrupted: the service ended while this ran, started 0.2 s after it was due, took 3 s",
        answered(a_run(RunStatus.INTERRUPTED, error="the service ended while this ran")),
    ),
    "missed while the service was down": (
        (
            "did not run: the service was down 02:58-07:10 UTC, misfire grace is 5m, "
            "and it would have been 4 h 10 min late"
        ),
        answered(a_span(SpanStatus.MISSED, LATE, decided_at=at(7, 10, 9)), **DOWN),
    ),
    "missed over midnight": (
        (
            "did not run: the service was down 2026-11-22 22:15-07:10 UTC, misfire grace is 5m, "
            "and it would have been 4 h 10 min late"
        ),
        answered(
            a_span(SpanStatus.MISSED, LATE, decided_at=at(7, 10, 9)),
            sessions=(session(at(0, day=20), at(22, 15, day=22)), session(at(7, 10, 9), NOW)),
        ),
    ),
    "missed while the machine slept": (
        (
            "did not run: the machine slept 02:58-07:10 UTC, catch_up is none, misfire grace is 5m, "
            "and it would have been 4 h 10 min late"
        ),
        answered(
            a_span(SpanStatus.MISSED, LATE.replace("its", "catch_up is none, its"), decided_at=at(7, 10, 9)),
            events=(Event(at(7, 10, 9), "suspended", {"seconds": 15_122.0}),),
        ),
    ),
    "missed by a clock that was set": (
        (
            "did not run: the clock was set forward over 02:59:00-03:02:00 UTC, misfire grace is 1m, "
            "and it would have been 2 min late"
        ),
        answered(
            a_span(SpanStatus.MISSED, "nothing could start it before X; its grace is 1m", decided_at=at(3, 2)),
            events=(Event(at(3, 2), "clock_stepped", {"seconds": 180.0}),),
        ),
    ),
    "missed before there was a service": (
        "did not run: no service ran before 07:10 UTC, misfire grace is 5m, and it would have been 4 h 10 min late",
        answered(a_span(SpanStatus.MISSED, LATE, decided_at=at(7, 10, 9)), sessions=(None, session(at(7, 10, 9), NOW))),
    ),
    "missed while the service ended": (
        (
            "did not run: the service was ending, and down 03:00:10-03:07:00 UTC, misfire grace is 5m, "
            "and it would have been 7 min late"
        ),
        answered(
            a_span(SpanStatus.MISSED, "nothing could start it before X; its grace is 5m", decided_at=at(3, 7)),
            sessions=(session(at(0), at(3, 0, 10), ended=True), session(at(3, 7), NOW)),
        ),
    ),
    "missed for no reason that is known": (
        f"did not run: {LATE}",
        answered(a_span(SpanStatus.MISSED, LATE, decided_at=at(7, 10, 9)), sessions=(session(at(0), NOW), None)),
    ),
    "missed at first sight": (
        "did not run: 2026-11-23T03:00:00Z had passed when the job was first seen",
        answered(a_span(SpanStatus.MISSED, "2026-11-23T03:00:00Z had passed when the job was first seen"), **DOWN),
    ),
    "superseded": (
        ("did not run: a later fire was caught up in its place after the service was down 02:58-07:10 UTC"),
        answered(a_span(SpanStatus.SUPERSEDED, "a later fire was caught up in its place"), **DOWN),
    ),
    "blocked": (
        f"did not run: run {BLOCKER} (fire time 02:00:00 UTC) was still active and ended at 03:20 UTC",
        answered(
            a_span(SpanStatus.SKIPPED, f"run {BLOCKER} was still active", blocked_by=BLOCKER),
            blocker=a_run(id=BLOCKER, fire_time=at(2), finished_at=at(3, 20)),
        ),
    ),
    "blocked, whatever overlap says since then": (
        f"did not run: run {BLOCKER} (fire time 02:00:00 UTC) was still active and ended at 03:20 UTC",
        answered(
            a_span(SpanStatus.SKIPPED, f"run {BLOCKER} was still active", blocked_by=BLOCKER),
            job=a_row(overlap="allow", misfire={"catch_up": "none"}, retries=FOUR),
            blocker=a_run(id=BLOCKER, fire_time=at(2), finished_at=at(3, 20)),
        ),
    ),
    "blocked by a run by hand of the day before": (
        f"did not run: run {BLOCKER} (its request 2026-11-22 23:00:05 UTC) was still active",
        answered(
            a_span(SpanStatus.SKIPPED, f"run {BLOCKER} was still active", blocked_by=BLOCKER),
            blocker=a_run(
                RunStatus.RUNNING,
                id=BLOCKER,
                kind=RunKind.MANUAL,
                fire_time=at(23, 0, 5.5, day=22),
                finished_at=None,
            ),
        ),
    ),
    "blocked by a run that is gone": (
        f"did not run: run {BLOCKER} was still active",
        answered(a_span(SpanStatus.SKIPPED, f"run {BLOCKER} was still active", blocked_by=BLOCKER)),
    ),
    "skipped by a pause": (
        "did not run: paused by ann: vendor outage (5 fires, 01:00:00 to 05:00:00 UTC)",
        answered(a_span(SpanStatus.SKIPPED, "paused by ann: vendor outage", first=at(1), last=at(5))),
    ),
    "skipped alone": ("did not run: paused by ann", answered(a_span(SpanStatus.SKIPPED, "paused by ann"))),
    "paused": (
        "does not run: paused by ann: vendor outage, since 02:30 UTC, until 2026-12-01T00:00:00Z",
        answered(
            job=a_row(
                row={
                    "cursor": at(2, 30),
                    "override": Override("vendor outage", "ann", at(2, 30), datetime(2026, 12, 1, tzinfo=UTC)),
                }
            )
        ),
    ),
    "paused by its manifest": (
        "does not run: paused by its manifest",
        answered(job=a_row(paused=True, row={"cursor": at(2, 30)})),
    ),
    "not yet": ("has not come yet: it is due in 3 h", answered(time=at(15))),
    "not yet and paused": (
        "has not come yet: it is due in 3 h, and will be skipped: paused by its manifest",
        answered(time=at(15), job=a_row(paused=True)),
    ),
    "just due": ("is due: it came due now", answered(time=NOW, job=a_row(row={"cursor": at(11)}))),
    "due without a service": (
        "has no verdict yet: it came due 9 h ago; the service is down since 02:58 UTC, and the next start decides",
        answered(job=a_row(row={"cursor": at(2)}), down_since=at(2, 58)),
    ),
    "due before any service": (
        "has no verdict yet: it came due 9 h ago; no service has run yet, and the next start decides",
        answered(job=a_row(row={"cursor": at(2)}), no_service_yet=True),
    ),
    "after the removal": (
        "was not due: the job had been removed at 2026-11-23T02:30:00Z",
        answered(job=a_row(row={"cursor": at(2), "removed_at": at(2, 30)})),
    ),
    "before the first sight": (
        "has no verdict, nor has any fire before it: the job was first seen, or last edited, after it",
        answered(),
    ),
    "before an edit": (
        "has no verdict: the schedule was edited after it, or its record is gone",
        answered(seen_before=True),
    ),
    "never": (
        "never was due: the job fires at 2026-11-23T03:00:00Z and 2026-11-23T04:00:00Z",
        answered(time=at(3, 30)),
    ),
    "never, of a removed job": (
        "never was due: the job fired at 2026-11-23T03:00:00Z and 2026-11-23T04:00:00Z",
        answered(time=at(3, 30), job=a_row(row={"removed_at": at(11)})),
    ),
    "never, after a one-time job": (
        "never was due: the last fire of the job is at 2026-11-23T03:00:00Z",
        answered(time=at(3, 30), job=a_row(schedule={"at": "2026-11-23T03:00:00Z"})),
    ),
    "never, before a one-time job": (
        "never was due: the job's first fire is at 2026-11-23T03:00:00Z",
        answered(time=at(2, 30), job=a_row(schedule={"at": "2026-11-23T03:00:00Z"})),
    ),
}


@pytest.mark.parametrize(("expected", "answer"), CASES.values(), ids=CASES)
def test_a_sentence_with_the_facts(expected: str, answer: Answer) -> None:
    """Each finding in its own words; the date stands where the day is another."""
    assert f"{expected}." == why_text.sentence(answer, now=NOW)


def test_an_edited_schedule_is_a_caveat() -> None:
    """Nobody knows any more whether the span had a fire at that very time."""
    span = a_span(SpanStatus.SKIPPED, "paused by ann", first=at(1), last=at(5))
    job = a_row()
    answer = why.explain(
        job,
        fires.of(job.spec, key=job.key),
        window=Window(FIRE, FIRE),
        occurrence=Occurrence(FIRE, span=span, certain=False),
        around=Surroundings(),
        now=NOW,
    )
    assert why_text.sentence(answer, now=NOW).endswith(
        "; the schedule was edited since, so it is not certain that it was due at all."
    )


def test_the_line_names_the_occurrence_and_is_harmless() -> None:
    """What a job printed cannot move the cursor."""
    answer = answered(a_run(RunStatus.FAILED, error=HOSTILE))
    line = why_text.text(answer, now=NOW)
    assert line.startswith(f"billing/fx@2026-11-23T03:00:00Z failed: {ESCAPED}")


def test_for_programs() -> None:
    """The sentence and every fact behind it."""
    view = why_json.why_view(CASES["missed while the service was down"][1], now=NOW)
    assert {
        "job": "billing/fx",
        "fire_time": "2026-11-23T03:00:00Z",
        "due": "2026-11-23T03:00:00Z",
        "finding": "missed",
        "verdict": "missed",
        "sentence": CASES["missed while the service was down"][0] + ".",
        "run": None,
        "attempts": [],
        "span": {
            "job": "billing/fx",
            "first": "2026-11-23T03:00:00Z",
            "last": "2026-11-23T03:00:00Z",
            "count": 1,
            "status": "missed",
            "reason": LATE,
            "decided_at": "2026-11-23T07:10:09Z",
            "blocked_by": None,
        },
        "gap": {"cause": "down", "first": "2026-11-23T02:58:07Z", "last": "2026-11-23T07:10:09Z"},
        "nearest": [],
    } == view
    view = why_json.why_view(CASES["ran on its second attempt"][1], now=NOW)
    assert (RUN, 2, "succeeded", [1]) == (
        *(view["run"]["id"], view["run"]["attempt"], view["verdict"]),
        [attempt["number"] for attempt in view["attempts"]],
    )
    never = why_json.why_view(CASES["never"][1], now=NOW)
    assert (None, None, ["2026-11-23T03:00:00Z", "2026-11-23T04:00:00Z"]) == (
        *(never["due"], never["verdict"]),
        never["nearest"],
    )
