"""Findings at values that several jobs take: defaults and anchors."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.schedule.words import counted
from schedrun.core.source import Position


def told_once(findings: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield the findings, those of one code at one place about several jobs as one that says how many these are.

    Errors are only one where they say the same: each job has its own to mend.
    """
    alike: dict[tuple[str, Position, str], list[Diagnostic]] = defaultdict(list)
    for finding in findings:
        said = finding.message if finding.severity is Severity.ERROR else ""
        alike[finding.code, finding.position, said].append(finding)
    for first, *others in alike.values():
        jobs = {finding.job for finding in (first, *others)}
        if len(jobs) == 1:
            yield from (first, *others)
        else:
            message = f"{first.message} (so for {counted(len(jobs), 'job')}, such as `{first.job}`)"
            yield replace(first, message=message)
