"""How the tests of manifests say what they expect: `line:column code` of each finding."""

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.plan.desired import Desired
from schedrun.core.source import Position
from schedrun.core.spec.job import Job
from schedrun.manifest.load import load_text

HEAD = "schedrun: v1\nname: s\n"
GOOD = "{schedule: {cron: '0 2 * * *'}, target: {command: [ls]}}"


def places(findings: tuple[Diagnostic, ...]) -> list[str]:
    """Return `line:column code` of each finding."""
    return [f"{f.position.line}:{f.position.column} {f.code}" for f in findings]


def positions(finding: Diagnostic) -> list[Position]:
    """Return every place that a finding names, those of its edits included."""
    related = [] if finding.related is None else [finding.related]
    return [finding.position, *related, *(edit.position for edit in finding.edits)]


def inside(position: Position, data: bytes) -> bool:
    """Return whether a position lies in a file of these bytes, its end too; an end may be that of a line."""
    text = data.decode(errors="replace").removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    last = len(lines) if lines[-1] else max(1, len(lines) - 1)

    def within(line: int, column: int) -> bool:
        return 1 <= line <= last and 1 <= column <= len(lines[line - 1]) + 1

    if position.end_line is None or position.end_column is None:
        return within(position.line, position.column)
    begin, end = (position.line, position.column), (position.end_line, position.end_column)
    return within(*begin) and within(*end) and begin <= end


def loaded(**files: str) -> Desired:
    """Return the desired state of files, given by stem."""
    return load_text({f"{stem}.yaml": text.encode() for stem, text in files.items()})


def findings(text: str) -> tuple[Diagnostic, ...]:
    """Return what is wrong with one manifest."""
    return loaded(a=text).broken.get("a.yaml", ())


def finding(text: str) -> Diagnostic:
    """Return the only finding of a manifest."""
    (only,) = findings(text)
    return only


def jobs(text: str) -> dict[str, Job]:
    """Return the jobs of one good manifest by key."""
    desired = loaded(a=text)
    assert {} == desired.broken
    return {key: job.spec for key, job in desired.jobs.items()}


def one_job(fields: str) -> str:
    """Return a manifest of one job `j` with these fields, in flow style; they begin at line 3, column 13."""
    return f"{HEAD}jobs: {{j: {{{fields}}}}}\n"
