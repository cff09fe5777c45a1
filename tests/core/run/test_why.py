"""Which record of the ledger a time means, and what is known where there is none."""

from datetime import timedelta
from typing import Any

import pytest

from schedrun.core.run import why
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.run.why import Answer, Finding, Occurrence, Surroundings, Window
from schedrun.core.status import RunKind, RunStatus, SpanStatus
from tests.core.run.recorded_jobs import a_job, a_run, at, compiled, override

SECOND = timedelta(seconds=1)


def window(minute: float) -> Window:
    """Return the second that begins so many minutes after noon."""
    return Window(at(minute), at(minute) + SECOND - timedelta(microseconds=1))


def a_span(first: float, last: float, count: int) -> Span:
    return Span("uid", at(first), at(last), count, SpanStatus.MISSED, "why")


def manual(minute: float) -> Run:
    return Run("manual", "uid", at(minute), RunKind.MANUAL, RunStatus.SUCCEEDED, at(minute))


class TestChoosing:
    """A job that fires every minute."""

    @pytest.mark.parametrize(
        ("expected", "runs", "spans"),
        [
            pytest.param(None, (), (), id="nothing"),
            pytest.param("run", (a_run("run", RunStatus.FAILED, fire=at(5)),), (), id="a scheduled run"),
            pytest.param("manual", (manual(5),), (), id="a manual run"),
            pytest.param(
                "run", (manual(5), a_run("run", RunStatus.FAILED, fire=at(5.001))), (), id="the scheduled one of two"
            ),
            pytest.param("span", (manual(5),), (a_span(3, 8, 6),), id="a span before a manual run"),
        ],
    )
    def test_which_record_answers(self, expected: str | None, runs: tuple[Run, ...], spans: tuple[Span, ...]) -> None:
        """The scheduled run, else the span, else the manual run."""
        found = why.choose(window(5), compiled(a_job()), runs=runs, spans=spans)
        told = None if found is None else "span" if found.run is None else found.run.id
        assert expected == told

    @pytest.mark.parametrize(
        ("expected", "minute", "span"),
        [
            pytest.param((at(5), True), 5, a_span(3, 8, 6), id="in the middle"),
            pytest.param((at(3), True), 3, a_span(3, 8, 6), id="its first"),
            pytest.param((at(3.01), True), 3, a_span(3.01, 8, 99), id="its first under another schedule"),
            pytest.param(None, 5.5, a_span(3, 8, 6), id="between two fires"),
            pytest.param((at(5), False), 5, a_span(3, 8, 11), id="edited since"),
            pytest.param((at(5.5), False), 5.5, a_span(3, 8, 11), id="between two fires of today's schedule"),
        ],
    )
    def test_what_a_span_covers(self, expected: tuple[object, bool] | None, minute: float, span: Span) -> None:
        """Its ends for certain; between them what the schedule says, where it is still that of the span."""
        found = why.choose(window(minute), compiled(a_job()), runs=(), spans=(span,))
        assert expected == (None if found is None else (found.fire_time, found.certain))


def explained(minute: float, job: RecordedJob, *, now: float = 10, **around: Any) -> Answer:
    """Return what is known of an occurrence without a record."""
    return why.explain(
        job, compiled(job), window=window(minute), occurrence=None, around=Surroundings(**around), now=at(now)
    )


@pytest.mark.parametrize(
    ("expected", "minute", "job", "around"),
    [
        pytest.param(Finding.NEVER_DUE, 5.5, a_job(), {}, id="between two fires"),
        pytest.param(Finding.FORGOTTEN, 5, a_job(), {"forgotten": (at(1), at(5))}, id="pruned"),
        pytest.param(Finding.NOT_YET, 11, a_job(), {"forgotten": (at(1), at(5))}, id="after what was pruned"),
        pytest.param(Finding.NOT_YET, 11, a_job(at(9)), {}, id="in the future"),
        pytest.param(Finding.NOT_YET, 10, a_job(at(9), schedule={"every": "1m", "spread": "50s"}), {}, id="spread"),
        pytest.param(Finding.UNDECIDED, 10, a_job(at(9)), {}, id="just now"),
        pytest.param(Finding.NOT_SEEN, 5, a_job(at(9)), {}, id="before the first sight"),
        pytest.param(Finding.NOT_PLANNED, 5, a_job(at(9)), {"seen_before": True}, id="before an edit"),
        pytest.param(Finding.PAUSED, 10, a_job(at(9), paused=True), {}, id="paused by its manifest"),
        pytest.param(Finding.PAUSED, 10, a_job(at(9), row={"override": override()}), {}, id="paused by a person"),
        pytest.param(
            Finding.PAUSED,
            10,
            a_job(at(9), row={"override": override(until=at(10.01))}),
            {},
            id="in a past pause",
        ),
        pytest.param(
            Finding.UNDECIDED, 10, a_job(at(8), row={"override": override(until=at(9))}), {}, id="after a pause"
        ),
        pytest.param(Finding.REMOVED, 10, a_job(at(9), row={"removed_at": at(9.5)}), {}, id="after the removal"),
        pytest.param(Finding.NOT_YET, 12, a_job(at(30)), {}, id="ahead of a clock that was set back"),
        pytest.param(Finding.FORGOTTEN, 12, a_job(at(30)), {"forgotten": (at(1), at(15))}, id="pruned ahead of it"),
        pytest.param(
            Finding.REMOVED, 12, a_job(at(30), row={"removed_at": at(20)}), {}, id="removed ahead of the clock"
        ),
        pytest.param(Finding.NEVER_DUE, 12.5, a_job(at(30)), {}, id="between two fires ahead of the clock"),
    ],
)
def test_what_is_known_without_a_record(
    expected: Finding, minute: float, job: RecordedJob, around: dict[str, Any]
) -> None:
    """The cursor, the pauses and the clock say it."""
    assert expected is explained(minute, job, **around).finding


@pytest.mark.parametrize(("minute", "expected"), [(9, Finding.MISSED), (12, Finding.NOT_YET)])
def test_what_a_span_says_ahead_of_a_clock_that_was_set_back_does_not_stand(minute: float, expected: Finding) -> None:
    """It is open again as soon as somebody plans; what has come keeps its verdict."""
    job, span = a_job(at(30)), a_span(1, 30, 30)
    answer = why.explain(
        job,
        compiled(job),
        window=window(minute),
        occurrence=Occurrence(at(minute), span=span),
        around=Surroundings(),
        now=at(10),
    )
    assert expected is answer.finding


def test_the_nearest_fires_of_a_time_that_was_never_due() -> None:
    """Before and after it; a one-time job has only one."""
    assert (at(5), at(6)) == explained(5.5, a_job()).nearest
    once = a_job(schedule={"at": "2026-06-01T12:07:00Z"})
    assert (None, at(7)) == explained(5.5, once).nearest
    assert (at(7), None) == explained(8, once).nearest


def test_a_manual_run_knows_no_spread() -> None:
    """It was due when it was asked for."""
    job = a_job(schedule={"every": "1h", "spread": "50m"})
    assert compiled(job).offset
    answer = why.explain(
        job,
        compiled(job),
        window=window(5),
        occurrence=Occurrence(at(5), run=manual(5)),
        around=Surroundings(),
        now=at(10),
    )
    assert (Finding.RUN, at(5)) == (answer.finding, answer.due)
