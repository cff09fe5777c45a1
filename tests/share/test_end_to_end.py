"""The scripts of CI with schedrun itself, in a repository with a change."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.share.conftest import MARKER, ROOT, SHARE, Answer, Stage

_BASE = "schedrun: v1\nname: a\njobs:\n  j: {schedule: {every: 1h}, target: {command: [ls]}}\n"


@pytest.fixture
def repository(stage: Stage) -> Stage:
    """Return a stage whose folder of work is a repository: its last commit has an hourly job, the working tree not."""
    program = stage.bin / "schedrun"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -P -m schedrun "$@"\n')
    program.chmod(0o755)
    manifest = stage.work / "manifests" / "a.yaml"
    manifest.parent.mkdir()
    manifest.write_text(_BASE)
    git = ["git", "-C", str(stage.work), "-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "--quiet"], ["add", "-A"], ["commit", "--quiet", "-m", "base"]):
        subprocess.run([*git, *command], check=True)
    manifest.write_text(_BASE.replace("1h", "2h"))
    # What a stranger may bring along: none of it is ever imported.
    for module in ("click", "yaml", "venv", "json"):
        (stage.work / f"{module}.py").write_text("open('hacked', 'w').close()\n")
    return stage


def test_github(repository: Stage) -> None:
    """Annotations and reports, then a comment with the plan."""
    said = {"PATHS": "manifests/", "FAIL_ON": "error", "GITHUB_ACTIONS": "true"}
    reports = {"SARIF": str(repository.folder / "a.sarif"), "JUNIT": str(repository.folder / "a.xml")}
    validated = repository.run("bash", str(SHARE / "github" / "validate.sh"), **said, **reports)
    assert 0 == validated.returncode, validated.stderr
    assert all(Path(file).exists() for file in reports.values())
    repository.add("gh")
    repository.answers = [Answer("graphql")]
    planned = repository.run(
        "bash",
        str(SHARE / "github" / "plan.sh"),
        **said,
        BASE="HEAD",
        COMMENT="true",
        PULL_REQUEST="7",
        GH_TOKEN="ghs_hunter2",
        GITHUB_REPOSITORY="acme/jobs",
        GITHUB_SERVER_URL="https://github.com",
        GITHUB_STEP_SUMMARY=str(repository.folder / "summary"),
    )
    assert 0 == planned.returncode, planned.stderr
    (posted,) = repository.called("POST")
    assert (posted.body or "").startswith(MARKER)
    assert "every 2 hours" in (posted.body or "")
    assert not (repository.work / "hacked").exists()


def test_gitlab(repository: Stage) -> None:
    """The plan in the log."""
    answer = repository.run(
        "sh",
        str(SHARE / "gitlab" / "plan.sh"),
        SCHEDRUN=str(repository.bin / "schedrun"),
        SCHEDRUN_PATHS="manifests",
        SCHEDRUN_FAIL_ON="error",
        CI_MERGE_REQUEST_DIFF_BASE_SHA="HEAD",
    )
    assert 0 == answer.returncode, answer.stderr
    assert answer.stdout.startswith(MARKER)
    assert not (repository.work / "hacked").exists()
