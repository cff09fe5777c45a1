"""Findings for programs."""

from collections.abc import Sequence
from typing import Any

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.source import Position
from schedrun.core.spec.instant import utc_text
from schedrun.render.findings_report import Report, explain_command


def findings_list(findings: Sequence[Diagnostic]) -> list[dict[str, Any]]:
    """Return one object a finding; all seven keys are always there, `hint` null when there is none."""
    return [_summary(finding) for finding in findings]


def validation_view(report: Report) -> dict[str, Any]:
    """Return what `validate` answers: `ok` (as the exit code says), counts, how it was judged, and the findings.

    A finding has the seven keys of `findings_list`, and `end_line` and `end_column` (exclusive; null where only the
    beginning is known), `related` (null, or a position with its `message`), `job` (its key, or null) and `help`, the
    command that tells more. Lines and columns count from 1, columns in characters. `now` is an instant in UTC.
    """
    return {
        "ok": not report.failed,
        "errors": report.count(Severity.ERROR),
        "warnings": report.count(Severity.WARNING),
        "files": len(report.files),
        "jobs": report.jobs,
        "fail_on": str(report.fail_on),
        "now": utc_text(report.now),
        "findings": [_whole(finding) for finding in report.findings],
    }


def _summary(finding: Diagnostic) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "file": finding.position.file,
        "line": finding.position.line,
        "column": finding.position.column,
        "message": finding.message,
        "hint": finding.hint,
    }


def _whole(finding: Diagnostic) -> dict[str, Any]:
    related = finding.related
    return {
        **_summary(finding),
        "end_line": finding.position.end_line,
        "end_column": finding.position.end_column,
        "related": None if related is None else _place(related) | {"message": finding.related_note},
        "job": finding.job,
        "help": explain_command(finding.code),
    }


def _place(position: Position) -> dict[str, Any]:
    return {
        "file": position.file,
        "line": position.line,
        "column": position.column,
        "end_line": position.end_line,
        "end_column": position.end_column,
    }
