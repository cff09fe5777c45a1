"""Many checked files -> what the whole tree wants, with the rules that only the whole tree shows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from schedrun.core.diagnostics import Diagnostic, Severity, in_order
from schedrun.core.ids import JobKey
from schedrun.core.plan.desired import DeclaredJob, Desired
from schedrun.core.source import Position
from schedrun.manifest.check import CheckedFile, Claim, duplicate
from schedrun.manifest.wording import quoted


def assemble(files: Sequence[CheckedFile], *, revision: str, unlisted: Sequence[Diagnostic] = ()) -> Desired:
    """Return the desired state of checked `files`, in the order of their names.

    `unlisted` are faults of files or folders that could not be listed or read. A file with any finding is broken as a
    whole; of a job declared in two files, and of two claims on one old name, the later file is the broken one.
    """
    broken: dict[str, list[Diagnostic]] = defaultdict(list)
    for finding in unlisted:
        broken[finding.position.file].append(finding)
    for file in files:
        if file.findings:
            broken[file.name].extend(file.findings)
    for finding in _across(files):
        broken[finding.position.file].append(finding)
    jobs: dict[JobKey, DeclaredJob] = {}
    for file in files:
        if file.name not in broken:
            jobs.update(file.jobs)
    return Desired(
        jobs=jobs,
        revision=revision,
        broken={name: tuple(in_order(findings)) for name, findings in sorted(broken.items())},
        files=tuple(sorted({file.name for file in files} | broken.keys())),
    )


def _across(files: Sequence[CheckedFile]) -> Iterator[Diagnostic]:
    ids: dict[JobKey, Position] = {}
    for file in files:
        ids.update(file.ids)
    if len(ids) < sum(len(file.ids) for file in files):
        yield from _duplicates(files)
    yield from _claims((claim for file in files for claim in file.claims), ids)


def _duplicates(files: Sequence[CheckedFile]) -> Iterator[Diagnostic]:
    first: dict[JobKey, Position] = {}
    for file in files:
        for key, position in file.ids.items():
            if key in first:
                yield duplicate(key, position, first=first[key])
            else:
                first[key] = position


def _claims(claims: Iterable[Claim], ids: Mapping[JobKey, Position]) -> Iterator[Diagnostic]:
    first: dict[JobKey, Claim] = {}
    for claim in claims:
        if claim.old in ids:
            message = f"{quoted(claim.new)} was moved from {quoted(claim.old)}, which is still declared"
            hint = "remove the old job, or take `moved_from` away"
            yield _old_name_fault(claim, message, hint, ids[claim.old], "still declared here")
        elif claim.old in first:
            message = f"{quoted(claim.old)} cannot have become two jobs"
            hint = "let only the job that continues it say `moved_from`"
            yield _old_name_fault(claim, message, hint, first[claim.old].position, "first claimed here")
        else:
            first[claim.old] = claim


def _old_name_fault(claim: Claim, message: str, hint: str, related: Position, note: str) -> Diagnostic:
    return Diagnostic("SR703", Severity.ERROR, claim.position, message, hint, related, note)
