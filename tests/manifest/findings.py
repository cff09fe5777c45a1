"""How the tests of manifests say what they expect: `line:column code` of each finding."""

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.plan.desired import Desired
from schedrun.core.spec.job import Job
from schedrun.manifest.load import load_text

HEAD = "schedrun: v1\nname: s\n"
GOOD = "{schedule: {cron: '0 2 * * *'}, target: {command: [ls]}}"


def places(findings: tuple[Diagnostic, ...]) -> list[str]:
    """Return `line:column code` of each finding."""
    return [f"{f.position.line}:{f.position.column} {f.code}" for f in findings]


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
