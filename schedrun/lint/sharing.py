"""Findings at values that several jobs take: defaults and anchors."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.ids import JobKey
from schedrun.core.plan.desired import DeclaredJob
from schedrun.core.schedule.words import counted
from schedrun.core.source import Position


def told_once(findings: Iterable[Diagnostic], jobs: Mapping[JobKey, DeclaredJob]) -> Iterator[Diagnostic]:
    """Yield the findings, those of one code at one place about several jobs as one that says how many these are.

    Errors are only one where they say the same: each job has its own to mend. Of what stands before its job, in the
    defaults or at an anchor, the message names the job: some formats have no second place to show.
    """
    alike: dict[tuple[str, Position, str], list[Diagnostic]] = defaultdict(list)
    for finding in findings:
        said = finding.message if finding.severity is Severity.ERROR else ""
        alike[finding.code, finding.position, said].append(finding)
    for first, *others in alike.values():
        about = {finding.job for finding in (first, *others)}
        home = None if first.job is None else jobs.get(first.job)
        if len(about) > 1:
            message = f"{first.message} (so for {counted(len(about), 'job')}, such as `{first.job}`)"
            yield replace(first, message=message)
        elif home is not None and _stands_before(first.position, home.position):
            yield from (replace(each, message=f"{each.message} (so for `{each.job}`)") for each in (first, *others))
        else:
            yield from (first, *others)


def _stands_before(place: Position, job: Position) -> bool:
    return place.file == job.file and (place.line, place.column) < (job.line, job.column)
