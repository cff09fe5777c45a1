"""Traces by the SDK of OpenTelemetry: the only file that knows it."""

import asyncio
import logging
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from threading import Thread

from opentelemetry import context as contexts
from opentelemetry.context import Context
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import NonRecordingSpan, SpanContext, Status, StatusCode, TraceFlags, set_span_in_context
from opentelemetry.util.types import AttributeValue

from schedrun.core.ids import set_of
from schedrun.core.spec.instant import utc_text
from schedrun.core.spec.target import HttpTarget
from schedrun.core.status import RunStatus
from schedrun.protocols.tracing import EndedAttempt, Traces
from schedrun.tracing import identity
from schedrun.tracing.identity import ROOT, SpanIdentity

log = logging.getLogger(__name__)

CLOSE_SECONDS = 3.0
"""How long an end waits for what is still to be sent."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_GRPC = "grpc"
Attributes = dict[str, AttributeValue]


class UnknownExporterError(ValueError):
    """A variable names an exporter, or a protocol of one, that is not installed."""


def traces(exporters: Iterable[str], environ: Mapping[str, str]) -> Traces:
    """Return what traces runs and sends that to the exporters, which read their own settings from the environment.

    Raises UnknownExporterError, and whatever the SDK raises for what else stands there.
    """
    provider, ids = _provider(environ)
    for name in exporters:
        provider.add_span_processor(BatchSpanProcessor(_exporter(name, environ)))
    return OtelTraces(provider, ids)


def _exporter(name: str, environ: Mapping[str, str]) -> SpanExporter:
    if name == "console":
        return ConsoleSpanExporter(out=sys.stderr)  # stdout may be somebody's report
    if name != "otlp":
        raise UnknownExporterError(f"OTEL_TRACES_EXPORTER={name!r}: write otlp, console or none")
    protocol = environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or environ.get("OTEL_EXPORTER_OTLP_PROTOCOL")
    if protocol == _GRPC:
        raise UnknownExporterError("OTEL_EXPORTER_OTLP_PROTOCOL=grpc: write http/protobuf, which collectors take too")
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415  as it says

    return OTLPSpanExporter()


def _provider(environ: Mapping[str, str]) -> "tuple[TracerProvider, PresetIds]":
    ids = PresetIds()
    ours: dict[str, str] = {SERVICE_VERSION: version("schedrun")}
    # What is given here wins over the environment, so it is given only where that says nothing.
    named = environ.get("OTEL_SERVICE_NAME") or f"{SERVICE_NAME}=" in environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    if not named:
        ours[SERVICE_NAME] = "schedrun"
    provider = TracerProvider(resource=Resource.create(ours), id_generator=ids, shutdown_on_exit=False)
    return provider, ids


class PresetIds(IdGenerator):
    """Gives the next span the identity that it is to have; one event loop asks, so none comes in between."""

    def __init__(self) -> None:
        self.next = SpanIdentity(1, 1)

    def generate_span_id(self) -> int:
        """See `IdGenerator`."""
        return self.next.span_id

    def generate_trace_id(self) -> int:
        """See `IdGenerator`."""
        return self.next.trace_id


class OtelTraces:
    """See `Traces`. Spans are told when they have ended, each with the instants that the ledger has."""

    def __init__(self, provider: TracerProvider, ids: PresetIds) -> None:
        self._provider, self._ids = provider, ids
        self._tracer = provider.get_tracer("schedrun", version("schedrun"))

    def parent(self, run_id: str, attempt: int) -> str:
        """See `Traces.parent`."""
        span = identity.span_of(run_id, attempt)
        return span.traceparent(sampled=self._is_sampled(span))

    def within(self, traceparent: str) -> AbstractContextManager[None]:
        """See `Traces.within`."""
        span, sampled = identity.parse(traceparent)
        return _attached(_below(span, sampled=sampled, context=None))

    def ended(self, attempt: EndedAttempt) -> None:
        """See `Traces.ended`."""
        try:
            self._tell(attempt)
        except Exception:
            log.exception("Trace not told", extra={"event": "trace_failed", "run": attempt.run.id})

    def dropped(self, ended: EndedAttempt) -> None:
        """See `Traces.dropped`."""
        try:
            self._tell_run(ended)
        except Exception:
            log.exception("Trace not told", extra={"event": "trace_failed", "run": ended.run.id})

    async def close(self) -> None:
        """See `Traces.close`."""
        loop, sent = asyncio.get_running_loop(), asyncio.Event()

        def shut_down() -> None:
            self._provider.shutdown()
            with suppress(RuntimeError):  # the loop was closed: nobody waits any more
                loop.call_soon_threadsafe(sent.set)

        # A daemon: an exporter that waits for its collector must not keep the process from its end.
        Thread(target=shut_down, name="schedrun-traces", daemon=True).start()
        try:
            await asyncio.wait_for(sent.wait(), CLOSE_SECONDS)
        except TimeoutError:
            facts = {"event": "traces_lost", "seconds": CLOSE_SECONDS}
            log.warning("Not all traces could be sent in time", extra=facts)

    def _is_sampled(self, span: SpanIdentity) -> bool:
        # Of one trace every sampler decides alike, here and when the spans are made: there is nothing else to go by.
        decision = self._provider.sampler.should_sample(Context(), span.trace_id, "run").decision
        return decision is Decision.RECORD_AND_SAMPLE

    def _tell(self, attempt: EndedAttempt) -> None:
        run, root = attempt.run, identity.span_of(attempt.run.id, ROOT)
        begun = run.started_at or attempt.at
        below = _below(root, sampled=self._is_sampled(root), context=Context())
        mine = identity.span_of(run.id, run.attempt)
        self._span(f"attempt {attempt.job.key}", mine, context=below, begun=begun, attempt=attempt)
        if attempt.last:
            self._tell_run(attempt)

    def _tell_run(self, attempt: EndedAttempt) -> None:
        run, root = attempt.run, identity.span_of(attempt.run.id, ROOT)
        begun = min(run.queued_at, run.started_at or attempt.at)
        self._span(f"run {attempt.job.key}", root, context=Context(), begun=begun, attempt=attempt)

    def _span(
        self,
        name: str,
        span: SpanIdentity,
        *,
        context: Context,
        begun: datetime,
        attempt: EndedAttempt,
    ) -> None:
        self._ids.next = span
        told = self._tracer.start_span(name, context, attributes=_facts(attempt), start_time=_nanoseconds(begun))
        if attempt.status.unsuccessful:
            told.set_status(Status(StatusCode.ERROR, attempt.outcome.error))
        elif attempt.status is RunStatus.SUCCEEDED:
            told.set_status(Status(StatusCode.OK))
        told.end(_nanoseconds(max(begun, attempt.at)))  # a clock may have been set back meanwhile


def _facts(attempt: EndedAttempt) -> Attributes:
    """Return what is known of the occurrence and its end; nothing of it is private."""
    job, run, outcome = attempt.job, attempt.run, attempt.outcome
    facts: dict[str, AttributeValue | None] = {
        "schedrun.job": job.key,
        "schedrun.set": set_of(job.key),
        "schedrun.run_id": run.id,
        "schedrun.kind": run.kind.value,
        "schedrun.fire_time": utc_text(run.fire_time),
        "schedrun.attempt": run.attempt,
        "schedrun.status": attempt.status.value,
        "schedrun.revision": job.revision,
        "code.file.path": job.file,
        "code.line.number": job.line,
        _code_name(attempt): outcome.exit_code,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _code_name(attempt: EndedAttempt) -> str:
    over_http = isinstance(attempt.job.spec.target, HttpTarget)
    return "http.response.status_code" if over_http else "process.exit.code"


def _below(span: SpanIdentity, *, sampled: bool, context: Context | None) -> Context:
    flags = TraceFlags(TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT)
    parent = SpanContext(span.trace_id, span.span_id, is_remote=False, trace_flags=flags)
    return set_span_in_context(NonRecordingSpan(parent), context)


@contextmanager
def _attached(context: Context) -> Iterator[None]:
    token = contexts.attach(context)
    try:
        yield
    finally:
        contexts.detach(token)


def _nanoseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND * 1_000
