"""Trees as bytes: read from a folder, and checked together."""

from pathlib import Path

import pytest

from schedrun.manifest.load import Contents, contents, inspect, inspect_contents, inspect_text
from schedrun.manifest.tree import FolderTree

MANIFEST = b"schedrun: v1\nname: s\njobs:\n  a: {schedule: {every: 1h}, target: {shell: x}}\n"
OTHER = MANIFEST.replace(b"name: s", b"name: t")


def test_reads_what_inspect_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same files under the same names, and the same faults."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs/a.yaml").write_bytes(MANIFEST)
    (tmp_path / "jobs/b.yaml").symlink_to("/etc/passwd")
    expected = inspect([Path("jobs")])
    (found,) = inspect_contents([contents([Path("jobs")])])
    assert expected.desired == found.desired
    assert ["jobs/b.yaml"] == list(found.desired.broken)
    assert list(expected.files) == list(found.files)


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is broken, and not left out."""
    (tmp_path / "a.yaml").write_bytes(MANIFEST)

    def refuse(*_arguments: object) -> bytes:
        raise PermissionError(13, "Permission denied", "a.yaml")

    monkeypatch.setattr(FolderTree, "read", refuse)
    read = contents([tmp_path])
    assert ({}, ["cannot be read: permission denied"]) == (read.files, [fault.message for fault in read.unlisted])


def test_a_file_that_both_trees_have_is_checked_once() -> None:
    """Its jobs are the identical objects, so that comparing them costs nothing."""
    base, head = inspect_contents(
        [Contents({"a": MANIFEST, "b": OTHER}), Contents({"a": MANIFEST, "b": OTHER + b"\n"})]
    )
    assert base.desired.jobs["s/a"] is head.desired.jobs["s/a"]
    assert base.desired.jobs["t/a"] is not head.desired.jobs["t/a"]


def test_the_same_bytes_under_another_name_are_another_file() -> None:
    """Places name their file."""
    one, two = inspect_contents([Contents({"a": MANIFEST}), Contents({"b": MANIFEST})])
    assert ("a", "b") == (one.desired.jobs["s/a"].position.file, two.desired.jobs["s/a"].position.file)
    assert one.desired == inspect_text({"a": MANIFEST}).desired
