"""Whether traces are asked for: by OpenTelemetry's own variables, and by nothing else."""

import logging
from collections.abc import Mapping

from schedrun.protocols.tracing import Traces

log = logging.getLogger(__name__)

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_EXTRA = "install it with: pip install 'schedrun[otel]'"


def exporters(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the exporters that traces are to go to; none where nobody asks for traces.

    They are those of OTEL_TRACES_EXPORTER; without it `otlp`, where an endpoint for it is named. A service that is told
    nothing sends nothing anywhere: OpenTelemetry's own default would be a collector on this machine.
    """
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return ()
    named = tuple(name for each in environ.get("OTEL_TRACES_EXPORTER", "").split(",") if (name := each.strip()))
    if not named and any(environ.get(name) for name in _ENDPOINTS):
        named = ("otlp",)
    return tuple(name for name in named if name != "none")


def traces(environ: Mapping[str, str]) -> Traces | None:
    """Return what traces runs, None where nobody asks for that or it cannot be had; the log says why it cannot."""
    asked = exporters(environ)
    if not asked:
        return None
    try:
        from schedrun.tracing import otel  # noqa: PLC0415  loads the SDK, where it is installed at all
    except ImportError as error:
        facts = {"event": "traces_unavailable", "error": f"{error.name or error} is not installed", "remedy": _EXTRA}
        log.warning("OTEL_* asks for traces, and none are sent", extra=facts)
        return None
    try:
        return otel.traces(asked, environ)
    except Exception as error:  # noqa: BLE001  whatever a variable makes the SDK raise, runs go on without traces
        facts = {"event": "traces_unavailable", "error": f"{type(error).__name__}: {error}", "remedy": "see OTEL_*"}
        log.warning("OTEL_* asks for traces, and none are sent", extra=facts)
        return None
