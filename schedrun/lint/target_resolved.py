"""SR601 and SR602 as `--resolve` finds them: what a target names is looked for where the service would look."""

from schedrun.core.diagnostics import Diagnostic, Rule, Severity
from schedrun.core.plan.desired import DeclaredJob
from schedrun.core.source import Position, Step

_BAD = """\
schedrun: v1
name: billing
jobs:
  close-day:
    owner: payments
    timezone: Europe/Berlin
    timeout: 10m
    schedule: {cron: "17 4 * * mon-fri"}
    target: {command: [%s, closed]}
"""

RULES = (
    Rule(
        "SR602",
        Severity.WARNING,
        "a program, folder or file of the target is not there",
        "Every run of the job would fail at once. It is a warning, for this machine may lack what the service's has.",
        bad=_BAD % "./bin/close-day",
        good=_BAD % "echo",
        needs="`schedrun validate --resolve`, which looks at the machine that it runs on",
    ),
)


def not_callable(
    job: DeclaredJob, path: tuple[Step, ...], *, message: str, hint: str, severity: Severity
) -> Diagnostic:
    """Return SR601 at the key of a keyword argument, else at the value that `path` leads to from the job."""
    position = _place(job, path)
    if len(path) > 1 and path[-2] == "kwargs" and job.source is not None:
        position = job.source.key(*path) or position
    return Diagnostic("SR601", severity, position, message, hint, job=job.key)


def not_there(job: DeclaredJob, path: tuple[Step, ...], *, message: str) -> Diagnostic:
    """Return SR602 at the value that `path` leads to from the job."""
    hint = "put it there, or mend its name; a warning, for the service may run elsewhere"
    return Diagnostic("SR602", Severity.WARNING, _place(job, path), message, hint, job=job.key)


def _place(job: DeclaredJob, path: tuple[Step, ...]) -> Position:
    """Return where the value stands; that of the nearest above it where it is nothing that was written."""
    for depth in range(len(path), 0, -1):
        position = None if job.source is None else job.source.value(*path[:depth])
        if position is not None:
            return position
    return job.position
