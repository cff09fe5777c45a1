"""Traces of runs by OpenTelemetry: whether they are asked for, how a run is told, and who is sent it.

What belongs here: everything that knows OpenTelemetry, which only the extra `otel` installs. What must not: anything
that a run waits for, or that could change how it ends.
"""
