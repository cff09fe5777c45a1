"""Two trees of manifests, given as texts, and what a change between them does."""

from datetime import UTC, datetime, timedelta

from schedrun.core.plan import comparison
from schedrun.core.plan.comparison import Comparison, JobComparison
from schedrun.manifest.load import inspect_text

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
"""A Monday."""

Tree = dict[str, str]


def document(jobs: str, *, name: str = "s", defaults: str = "{timezone: Europe/Berlin}") -> str:
    """Return a manifest whose jobs begin in its fifth line."""
    return (
        f"schedrun: v1\nname: {name}\ndefaults: {defaults}\njobs:\n{jobs}"
        if jobs
        else (f"schedrun: v1\nname: {name}\ndefaults: {defaults}\njobs: {{}}\n")
    )


def a_job(job_id: str, schedule: str = '{cron: "0 2 * * *"}', *, shell: str | None = None, more: str = "") -> str:
    """Return the line of a job, whose shell command is its id unless another is said."""
    extra = f", {more}" if more else ""
    return f"  {job_id}: {{schedule: {schedule}, target: {{shell: {shell or job_id}}}{extra}}}\n"


def compare(base: str | Tree, head: str | Tree, *, now: datetime = NOW, days: int = 7) -> Comparison:
    """Compare two trees; a text alone is that of a.yaml."""
    trees = [
        {name: text.encode() for name, text in ({"a.yaml": tree} if isinstance(tree, str) else tree).items()}
        for tree in (base, head)
    ]
    return comparison.compare(inspect_text(trees[0]), inspect_text(trees[1]), now=now, horizon=timedelta(days=days))


def codes(compared: Comparison) -> list[tuple[str, int, int]]:
    """Return (code, line, column) of each finding."""
    return [(found.code, found.position.line, found.position.column) for found in compared.findings]


def the_job(compared: Comparison) -> JobComparison:
    """Return the one job that changes."""
    (job,) = compared.jobs
    return job
