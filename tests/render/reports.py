"""The sample findings that go through every format, with the files that they are about."""

from collections.abc import Sequence
from dataclasses import replace

from schedrun.core.diagnostics import Diagnostic, Edit, Rule, Severity
from schedrun.core.source import Position
from schedrun.render.findings_report import Checkout, FailOn, Report
from tests.render.samples import HOSTILE, NOW

BILLING = """\
schedrun: v1
name: billing
jobs:
  close-day:
    schedule: {cron: "17 4 * * 1"}
    timout: 30m
    target: {command: [./close], env: {TOKEN: hunter2-hunter2, COPY: hunter2-hunter2}}
"""
MORE = """\
schedrun: v1
name: billing
jobs:
  close-day:
\t\tschedule: {cron: "17 4 * * *"}
    labels: {国: 日本語の長い長い長い長い長い長い長い長い長い長い値, ø: no}
    description: 'two
      lines'
"""
FILES = {"jobs/billing.yaml": BILLING, "jobs/more.yaml": MORE}

FINDINGS = (
    Diagnostic(
        "SR101",
        Severity.ERROR,
        Position("jobs/billing.yaml", 6, 5, 6, 11),
        "unknown field `timout` in job `close-day`",
        "did you mean `timeout`?",
    ),
    Diagnostic(
        "SR603",
        Severity.ERROR,
        Position("jobs/billing.yaml", 7, 47, 7, 62),
        "`TOKEN` holds a secret in plain sight",
        "write `{from_env: TOKEN}` and hand it to the service",
        job="billing/close-day",
        masked=True,
    ),
    Diagnostic(
        "SR001", Severity.ERROR, Position("jobs/locked.yaml", 1, 1), "cannot be read: permission denied", "mend it"
    ),
    Diagnostic(
        "SR105",
        Severity.ERROR,
        Position("jobs/more.yaml", 4, 3, 4, 12),
        "job `billing/close-day` is declared twice",
        "remove or rename one of them",
        Position("jobs/billing.yaml", 4, 3, 4, 12),
        "first declared here",
    ),
    Diagnostic("SR006", Severity.ERROR, Position("jobs/more.yaml", 5, 1, 5, 2), "a tab stands here", "use spaces"),
    Diagnostic(
        "SR011",
        Severity.ERROR,
        Position("jobs/more.yaml", 6, 47, 6, 49),
        "`no` is false in YAML 1.1 and text in YAML 1.2",
        'write false, or "no" in quotes for the text',
        edits=(Edit(Position("jobs/more.yaml", 6, 47, 6, 49), '"no"'),),
    ),
    Diagnostic(
        "SR208",
        Severity.WARNING,
        Position("jobs/billing.yaml", 5, 22, 5, 34),
        "weekday 1 is Monday",
        "write `mon`",
        job="billing/close-day",
    ),
    Diagnostic("SR777", Severity.WARNING, Position("jobs/more.yaml", 7, 18, 8, 13), "this takes two lines"),
)
"""Errors and warnings; hidden, absent, wide and long lines; a second place, an edit, a code that nobody explains."""

CHECKOUT = Checkout("/src/repo", ("/src/repo",))

RULES = {
    rule.code: rule
    for rule in (
        Rule("SR101", Severity.ERROR, "an unknown field", "It does nothing.", "timout: 1m\n", "timeout: 1m\n"),
        Rule("SR105", Severity.ERROR, "a job declared twice", "Which counts?", "a: 1\n", "b: 1\n", "a second file"),
    )
}


def report(
    findings: Sequence[Diagnostic] = FINDINGS, *, fail_on: FailOn = FailOn.ERROR, checkout: Checkout = CHECKOUT
) -> Report:
    """Return a report of these findings about the sample files."""
    lines = {name: text.split("\n") for name, text in FILES.items()}
    files = ("jobs/billing.yaml", "jobs/clean.yaml", "jobs/locked.yaml", "jobs/more.yaml")
    return Report(findings, lines, files, jobs=3, now=NOW, fail_on=fail_on, checkout=checkout)


def many(errors: int, warnings: int = 0) -> Report:
    """Return a report of so many findings, each on a line of its own."""
    sample = FINDINGS[0]
    severities = [Severity.ERROR] * errors + [Severity.WARNING] * warnings
    return report(
        [
            replace(sample, severity=severity, position=Position("jobs/billing.yaml", number + 1, 1))
            for number, severity in enumerate(severities)
        ]
    )


def hostile() -> Report:
    """Return a report of which every text tries to be more than text."""
    evil = HOSTILE + "::error::%0A##[add-mask]x ]]></failure>`|<b>@team [a](b)\udcff"
    position = Position(f"::{evil}.yaml", 1, 2, 1, 4)
    finding = Diagnostic("SR101", Severity.ERROR, position, evil, evil, position, evil, job=evil)
    return Report((finding,), {position.file: [evil]}, (position.file,), jobs=0, now=NOW, checkout=CHECKOUT)
