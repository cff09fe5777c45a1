"""Whether traces are asked for, and what is said when they cannot be had."""

import logging
import subprocess
import sys

import pytest

import schedrun.tracing
from schedrun.tracing import environment

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, ()),
        ({"OTEL_SERVICE_NAME": "jobs"}, ()),
        (ENDPOINT, ("otlp",)),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, ("otlp",)),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, ()),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, ("otlp",)),
        ({"OTEL_TRACES_EXPORTER": " otlp , console"}, ("otlp", "console")),
        (ENDPOINT | {"OTEL_TRACES_EXPORTER": "none"}, ()),
        (ENDPOINT | {"OTEL_SDK_DISABLED": "TRUE"}, ()),
        (ENDPOINT | {"OTEL_SDK_DISABLED": "false"}, ("otlp",)),
    ],
)
def test_traces_are_asked_for_by_the_standard_variables(environ: dict[str, str], expected: tuple[str, ...]) -> None:
    """And by an endpoint where none of them names an exporter."""
    assert expected == environment.exporters(environ)


def test_who_asks_for_nothing_loads_nothing(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """And hears nothing, with the extra and without it."""
    monkeypatch.setitem(sys.modules, "schedrun.tracing.otel", None)
    assert environment.traces({}) is None
    assert [] == caplog.records


def test_a_service_loads_what_it_was_asked_for_alone() -> None:
    """Neither OpenTelemetry nor what writes metrics, which a service without web never does."""
    code = (
        "import sys, schedrun.service.service, schedrun.scheduler.live\n"
        "from schedrun.tracing import environment\n"
        "environment.traces({})\n"
        "print([name for name in ('opentelemetry', 'prometheus_client', 'fastapi') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]\n" == answer.stdout


def test_without_the_extra_one_warning_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Only who asked for traces is told."""
    monkeypatch.delitem(sys.modules, "schedrun.tracing.otel", raising=False)
    monkeypatch.delattr(schedrun.tracing, "otel", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    assert environment.traces(ENDPOINT) is None
    (record,) = caplog.records
    assert (logging.WARNING, "traces_unavailable") == (record.levelno, vars(record)["event"])
    assert "pip install 'schedrun[otel]'" in vars(record)["remedy"]


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "write otlp, console or none"),
        (ENDPOINT | {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "write http/protobuf"),
    ],
)
def test_what_cannot_be_sent_is_a_warning_with_its_remedy(
    environ: dict[str, str], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Runs go on without traces."""
    assert environment.traces(environ) is None
    (record,) = caplog.records
    assert "traces_unavailable" == vars(record)["event"]
    assert said in vars(record)["error"]
