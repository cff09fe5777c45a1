"""Findings for editors and for `grep`: one line each, the tally last."""

from schedrun.core.diagnostics import Diagnostic
from schedrun.render.escape import for_log, for_terminal
from schedrun.render.findings_report import Report


def text(report: Report) -> str:
    """Return one line a finding, `file:line:column: error[SR101] message`, and as the last line the tally."""
    return "\n".join([*map(line, report.findings), report.tally])


def line(finding: Diagnostic) -> str:
    """Return the line of a finding."""
    label = f"{finding.severity}[{finding.code}]"
    return for_log(for_terminal(f"{finding.position}: {label} {finding.message}"))
