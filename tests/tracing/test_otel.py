"""Runs as spans: ids, times, attributes, status; what is sampled; and that nothing waits for a collector."""

import asyncio
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBasedTraceIdRatio, Sampler, TraceIdRatioBased
from opentelemetry.trace import StatusCode

from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.spec.job import Job
from schedrun.core.status import Origin, RunKind, RunStatus
from schedrun.protocols import EndedAttempt
from schedrun.tracing import otel
from schedrun.tracing.identity import ROOT, span_of
from schedrun.tracing.otel import OtelTraces, PresetIds
from tests.targets.contexts import until
from tests.tracing.collector import collector

DUE = datetime(2026, 6, 1, 4, tzinfo=UTC)
JOB = RecordedJob(
    "u1",
    "billing/close-day",
    Origin.MANIFEST,
    Job.model_validate({"schedule": {"cron": "0 4 * * *"}, "target": {"command": ["true"]}}),
    DUE,
    "manifests/billing.yaml",
    7,
    "4f1c2d9a7b30",
)
RUN = Run("0123456789abcdef0123", "u1", DUE, RunKind.SCHEDULED, RunStatus.RUNNING, DUE, 1, DUE + timedelta(seconds=2))


class Told:
    """What traces runs, and the spans that were told, by name."""

    def __init__(self, sampler: Sampler | None = None) -> None:
        self._exporter, ids = InMemorySpanExporter(), PresetIds()
        provider = TracerProvider(id_generator=ids, shutdown_on_exit=False, sampler=sampler)
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.traces = OtelTraces(provider, ids)

    def end(self, run: Run = RUN, *, seconds: float = 10, last: bool = True, **fields: Any) -> None:
        facts: dict[str, Any] = {"status": RunStatus.SUCCEEDED, "outcome": Outcome(exit_code=0), "job": JOB} | fields
        self.traces.ended(EndedAttempt(run=run, at=DUE + timedelta(seconds=seconds), last=last, **facts))

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        return self._exporter.get_finished_spans()

    def span(self, word: str) -> ReadableSpan:
        (found,) = [span for span in self.spans if span.name.startswith(word)]
        return found


@pytest.fixture
def told() -> Told:
    """Trace everything."""
    return Told()


def seconds_of(span: ReadableSpan) -> tuple[float, float]:
    begin = round(DUE.timestamp()) * 1_000_000_000
    assert span.start_time is not None
    assert span.end_time is not None
    return (span.start_time - begin) / 1e9, (span.end_time - begin) / 1e9


def test_a_run_is_a_root_span_with_its_attempt_below(told: Told) -> None:
    """Over all the time from when it was planned, and over that of the attempt."""
    told.end()
    root, attempt = told.span("run"), told.span("attempt")
    assert ("run billing/close-day", "attempt billing/close-day") == (root.name, attempt.name)
    assert root.parent is None
    assert root.context is not None
    assert attempt.parent is not None
    assert (root.context.trace_id, root.context.span_id) == (attempt.parent.trace_id, attempt.parent.span_id)
    assert ((0, 10), (2, 10)) == (seconds_of(root), seconds_of(attempt))


def test_what_an_attempt_calls_goes_on_below_its_span(told: Told) -> None:
    """The traceparent is known before the span has ended, and names it."""
    parent = told.traces.parent(RUN.id, 1)
    told.end()
    context = told.span("attempt").context
    assert context is not None
    assert f"00-{context.trace_id:032x}-{context.span_id:016x}-01" == parent


def test_the_attempts_of_a_run_are_one_trace_whoever_makes_them(told: Told) -> None:
    """The root comes with the last of them, though another process made the first."""
    told.end(last=False, status=RunStatus.FAILED, outcome=Outcome(exit_code=1, error="exit code 1"))
    assert ["attempt billing/close-day"] == [span.name for span in told.spans]
    later = Told()
    later.end(RUN._replace(attempt=2, started_at=DUE + timedelta(seconds=60)), seconds=70)
    first, second, root = told.span("attempt"), later.span("attempt"), later.span("run")
    assert first.context is not None
    assert second.context is not None
    assert root.context is not None
    assert first.context.trace_id == second.context.trace_id == root.context.trace_id
    assert first.parent is not None
    assert first.parent.span_id == root.context.span_id
    assert first.context.span_id != second.context.span_id
    assert ((0, 70), (60, 70)) == (seconds_of(root), seconds_of(second))


def test_a_run_that_ends_between_its_attempts_has_its_root_too(told: Told) -> None:
    """From when it was planned to when it was cancelled; the attempt is told once."""
    told.end(last=False, status=RunStatus.FAILED, outcome=Outcome(exit_code=1, error="exit code 1"))
    at = DUE + timedelta(seconds=30)
    begun = DUE + timedelta(seconds=2)
    run = Run(RUN.id, "u1", DUE, RunKind.SCHEDULED, RunStatus.CANCELLED, DUE, 1, begun, finished_at=at)
    told.traces.dropped(EndedAttempt(JOB, run, run.status, Outcome(error="cancelled by ann"), at, last=True))
    root, attempt = told.span("run"), told.span("attempt")
    assert root.context is not None
    assert attempt.parent is not None
    assert root.context.span_id == attempt.parent.span_id
    assert ((0, 30), (2, 10)) == (seconds_of(root), seconds_of(attempt))
    assert root.attributes is not None
    assert "cancelled" == root.attributes["schedrun.status"]


def test_attributes_are_the_facts_of_the_occurrence(told: Told) -> None:
    """And nothing that a job printed or was given."""
    told.end(outcome=Outcome(exit_code=3, error="exit code 3", output="hunter2"), status=RunStatus.FAILED)
    assert {
        "schedrun.job": "billing/close-day",
        "schedrun.set": "billing",
        "schedrun.run_id": RUN.id,
        "schedrun.kind": "scheduled",
        "schedrun.fire_time": "2026-06-01T04:00:00Z",
        "schedrun.attempt": 1,
        "schedrun.status": "failed",
        "schedrun.revision": "4f1c2d9a7b30",
        "code.file.path": "manifests/billing.yaml",
        "code.line.number": 7,
        "process.exit.code": 3,
    } == dict(told.span("run").attributes or {})


def test_what_is_not_known_is_left_out(told: Told) -> None:
    """A code job has no file and no set, a function no exit code."""
    code = RecordedJob("u2", "tidy_up", Origin.CODE, JOB.spec, DUE)
    told.end(job=code, outcome=Outcome(output="None"))
    attributes = set(told.span("run").attributes or {})
    assert {"schedrun.set", "schedrun.revision", "code.file.path", "process.exit.code"}.isdisjoint(attributes)


def test_the_status_of_an_http_answer_is_named_as_one(told: Told) -> None:
    """By OpenTelemetry's name for it."""
    spec = Job.model_validate({"schedule": {"cron": "0 4 * * *"}, "target": {"http": {"url": "http://fx/refresh"}}})
    told.end(job=JOB._replace(spec=spec), outcome=Outcome(exit_code=204))
    assert 204 == (told.span("attempt").attributes or {})["http.response.status_code"]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (RunStatus.SUCCEEDED, StatusCode.OK),
        (RunStatus.FAILED, StatusCode.ERROR),
        (RunStatus.TIMED_OUT, StatusCode.ERROR),
        (RunStatus.INTERRUPTED, StatusCode.ERROR),
        (RunStatus.CANCELLED, StatusCode.UNSET),
    ],
)
def test_a_status_says_whether_it_went_wrong(told: Told, status: RunStatus, code: StatusCode) -> None:
    """With the error, which holds no secret; who cancelled a run asked for its end."""
    told.end(status=status, outcome=Outcome(error=None if status is RunStatus.SUCCEEDED else "it went so"))
    assert {code} == {span.status.status_code for span in told.spans}
    assert {"it went so" if code is StatusCode.ERROR else None} == {span.status.description for span in told.spans}


def test_no_span_ends_before_it_begins(told: Told) -> None:
    """A clock was set back meanwhile."""
    told.end(seconds=-3600)
    assert all(begin == end for begin, end in (seconds_of(told.span("attempt")),))
    begin, end = seconds_of(told.span("run"))
    assert begin <= end


@pytest.mark.parametrize("sampler", [ALWAYS_OFF, ParentBasedTraceIdRatio(0), TraceIdRatioBased(0)])
def test_what_is_not_sampled_is_not_told_and_says_so(sampler: Sampler) -> None:
    """Whom a run calls need not sample it either."""
    told = Told(sampler)
    assert told.traces.parent(RUN.id, 1).endswith("-00")
    told.end()
    assert () == tuple(told.spans)


@pytest.mark.parametrize("number", range(30))
def test_half_of_the_runs_are_sampled_whole(number: int) -> None:
    """What the traceparent says holds for the root and for each attempt."""
    told = Told(ParentBasedTraceIdRatio(0.5))
    run = RUN._replace(id=f"{number:020x}")
    told.end(run)
    assert (2 if told.traces.parent(run.id, 1).endswith("-01") else 0) == len(told.spans)


def test_functions_make_their_spans_below_the_attempt(told: Told) -> None:
    """With whatever provider they have; and outside nothing of it is left."""
    span = span_of(RUN.id, 1)
    with told.traces.within(told.traces.parent(RUN.id, 1)):
        current = trace.get_current_span().get_span_context()
        assert (span.trace_id, span.span_id, True) == (
            current.trace_id,
            current.span_id,
            bool(current.trace_flags & trace.TraceFlags.SAMPLED),
        )
    assert not trace.get_current_span().get_span_context().is_valid


def test_what_goes_wrong_is_logged(
    told: Told, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The run has its verdict already."""

    def broken(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("the SDK has a bug")

    monkeypatch.setattr(told.traces._tracer, "start_span", broken)
    told.end()
    told.traces.dropped(EndedAttempt(JOB, RUN, RunStatus.CANCELLED, Outcome(), DUE, last=True))
    assert ["trace_failed"] * 2 == [vars(record)["event"] for record in caplog.records]


@pytest.mark.real_time
def test_spans_reach_a_collector_before_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """By OTLP over HTTP, to where the standard variable says; closing sends what waits."""
    monkeypatch.setattr(otel, "CLOSE_SECONDS", 60.0)  # it sends in no time, where nothing else runs
    with collector() as (address, received):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        traces = otel.traces(("otlp",), {})
        traces.ended(EndedAttempt(JOB, RUN, RunStatus.SUCCEEDED, Outcome(), DUE, last=True))
        asyncio.run(traces.close())
        ((path, size),) = received
        assert "/v1/traces" == path
        assert 0 < size


@pytest.mark.real_time
def test_a_collector_that_hangs_keeps_nobody(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """The end gives up after a while, and says so."""
    monkeypatch.setattr(otel, "CLOSE_SECONDS", 0.05)
    with collector(answers=False) as (address, received):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        traces = otel.traces(("otlp",), {})
        traces.ended(EndedAttempt(JOB, RUN, RunStatus.SUCCEEDED, Outcome(), DUE, last=True))
        asyncio.run(traces.close())
        asyncio.run(until(lambda: bool(received)))  # or it would go on trying, and talk into the tests that follow
    for thread in [thread for thread in threading.enumerate() if thread.name == "schedrun-traces"]:
        thread.join()
    assert "traces_lost" in [vars(record).get("event") for record in caplog.records]


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, "schedrun"),
        ({"OTEL_SERVICE_NAME": "night-jobs"}, "night-jobs"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=by-attribute"}, "by-attribute"),
    ],
)
def test_the_service_has_a_name(environ: dict[str, str], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own where nobody gives it another."""
    for variable, value in environ.items():
        monkeypatch.setenv(variable, value)
    provider, _ = otel._provider(environ)
    assert name == provider.resource.attributes["service.name"]
    provider.shutdown()


def test_the_root_has_the_number_of_no_attempt() -> None:
    """Attempts are counted from 1."""
    assert 0 == ROOT
