"""Lines of manifests: those of a job, and frames of findings; nothing private, and never another file's."""

import os
from pathlib import Path
from typing import Any

import pytest

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.source import Position
from schedrun.web import source
from tests.contracts.ledger import a_job

MANIFEST = """\
schedrun: v1
name: billing
jobs:
  # Before the day ends.
  first:
    schedule: {every: 1h}

    # Within.
    target: {command: [a]}
  # Of the second.
  env:
    schedule: {every: 2h}
    target:
      command: [b]
      env:
        TOKEN: hunter2xyz
  last: {schedule: {every: 3h}, target: {shell: "x --password hunter2xyz", env: {A: plain}}}
"""


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Write the manifest."""
    path = tmp_path / "billing.yaml"
    path.write_text(MANIFEST)
    return path


def row(path: Path | None, job: str, line: int | None) -> RecordedJob:
    """Return a job's row."""
    return a_job("u", f"billing/{job}", file=None if path is None else str(path), line=line)


def test_shows_the_lines_of_a_job_with_comments_within(manifest: Path) -> None:
    """From its id to its last value; a comment before the next job is that one's."""
    expected = [
        "  first:",
        "    schedule: {every: 1h}",
        "",
        "    # Within.",
        "    target: {command: [a]}",
    ]
    assert "\n".join(expected) == source.of_job(row(manifest, "first", 5))


def test_a_job_is_not_private_for_its_name(manifest: Path) -> None:
    """Only the key of its id is spared, not those below."""
    expected = [
        "  env:",
        "    schedule: {every: 2h}",
        "    target:",
        "      command: [b]",
        "      env:",
        "        *****",
    ]
    assert "\n".join(expected) == source.of_job(row(manifest, "env", 11))


def test_hides_what_is_private_on_the_line_of_the_id(manifest: Path) -> None:
    """As on any other."""
    lines = source.of_job(row(manifest, "last", 17))
    assert lines is not None
    assert lines.startswith("  last: {schedule: {every: 3h}")
    assert "hunter2xyz" not in lines
    assert "plain" not in lines


def test_finds_the_job_where_lines_moved(manifest: Path) -> None:
    """The file may have been edited since the row was written."""
    moved = row(manifest, "first", 2)
    assert source.of_job(moved) == source.of_job(row(manifest, "first", 5))


@pytest.mark.parametrize("job", ["token", "headers"])
def test_takes_no_other_value_for_a_job(tmp_path: Path, job: str) -> None:
    """Not even where the file was edited, and the job is called as a secret is."""
    path = tmp_path / "jobs.yaml"
    path.write_text("x:\n  token: hunter2xyz\n  headers: {A: hunter2xyz}\n")
    assert source.of_job(row(path, job, 2)) is None


def test_sees_an_edit(manifest: Path) -> None:
    """What was read before is not shown again."""
    before = source.of_job(row(manifest, "first", 5))
    manifest.write_text(MANIFEST.replace("every: 1h", "every: 9h "))
    assert before != source.of_job(row(manifest, "first", 5))


@pytest.mark.parametrize("what", ["gone", "folder", "fifo", "binary", "other job", "code"])
def test_without_lines_there_is_nothing_to_show(tmp_path: Path, what: str) -> None:
    """None, and nothing blocks."""
    path = tmp_path / "jobs.yaml"
    match what:
        case "folder":
            path.mkdir()
        case "fifo":
            os.mkfifo(path)
        case "binary":
            path.write_bytes(b"\xff\xfe\x00")
        case "other job":
            path.write_text(MANIFEST)
    job = row(None, "gone", None) if what == "code" else row(path, "gone", 5)
    assert source.of_job(job) is None


def finding(path: Path, line: int, column: int, **fields: Any) -> Diagnostic:
    """Return a finding that means four characters."""
    return Diagnostic("SR100", Severity.ERROR, Position(str(path), line, column, line, column + 4), "wrong", **fields)


def test_frames_mark_what_findings_mean(manifest: Path) -> None:
    """In the order of the findings; none for a line that is not there."""
    findings = [finding(manifest, 6, 5), finding(manifest, 99, 1), finding(manifest.with_name("gone"), 1, 1)]
    assert ["6 |     schedule: {every: 1h}\n  |     ^^^^", None, None] == source.frames(findings)


def test_frames_hide_what_is_private(manifest: Path) -> None:
    """Also where a text of a masked finding stands again."""
    shown = source.frames([finding(manifest, 16, 9), finding(manifest, 17, 3)])
    assert "16 |         *****" == str(shown[0]).split("\n")[0]
    assert "hunter2xyz" not in str(shown)


def test_keeps_few_files(tmp_path: Path) -> None:
    """Those that were asked for last."""
    for number in range(40):
        path = tmp_path / f"{number}.yaml"
        path.write_text(MANIFEST)
        assert source.of_job(row(path, "first", 5)) is not None
    assert len(source._scanned) <= source._MOST_FILES
