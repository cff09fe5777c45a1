"""Findings for programs."""

from collections.abc import Sequence
from typing import Any

from schedrun.core.diagnostics import Diagnostic


def findings_list(findings: Sequence[Diagnostic]) -> list[dict[str, Any]]:
    """Return one object a finding; all seven keys are always there, `hint` null when there is none."""
    return [
        {
            "code": finding.code,
            "severity": str(finding.severity),
            "file": finding.position.file,
            "line": finding.position.line,
            "column": finding.position.column,
            "message": finding.message,
            "hint": finding.hint,
        }
        for finding in findings
    ]


def validation_view(findings: Sequence[Diagnostic], *, files: int, jobs: int) -> dict[str, Any]:
    """Return what `validate` answers: `ok`, the counts of files and jobs read, and the findings."""
    return {"ok": not findings, "files": files, "jobs": jobs, "findings": findings_list(findings)}
