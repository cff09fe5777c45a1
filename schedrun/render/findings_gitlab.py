"""Findings as a GitLab Code Quality report: https://docs.gitlab.com/ci/testing/code_quality/."""

from typing import Any

from schedrun.core.diagnostics import Severity
from schedrun.render.escape import for_terminal
from schedrun.render.file_paths import from_the_top
from schedrun.render.findings_report import Report
from schedrun.render.fingerprints import fingerprints

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor"}


def view(report: Report) -> list[dict[str, Any]]:
    """Return one object a finding; paths are relative to the repository, fingerprints as in `fingerprints`."""
    return [
        {
            "description": for_terminal(f"{finding.message} ({finding.hint})" if finding.hint else finding.message),
            "check_name": finding.code,
            "fingerprint": fingerprint,
            "severity": _SEVERITIES[finding.severity],
            "location": {
                "path": for_terminal(from_the_top(finding.position.file, report.checkout) or finding.position.file),
                "lines": {"begin": finding.position.line},
            },
        }
        for finding, fingerprint in zip(report.findings, fingerprints(report), strict=True)
    ]
