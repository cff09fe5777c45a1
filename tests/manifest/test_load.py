"""Loading a tree again and again."""

import os
from pathlib import Path

import pytest

from schedrun.core.plan.desired import Desired
from schedrun.manifest import check as checking
from schedrun.manifest import load as loading
from schedrun.manifest.load import Loader, load, load_text
from schedrun.manifest.tree import FolderTree, TreeFile
from tests.manifest.findings import GOOD, HEAD


def text(*job_ids: str, hour: int = 2) -> str:
    """Return a manifest with these jobs."""
    jobs = "".join(f"  {job_id}: {GOOD.replace('0 2', f'0 {hour}')}\n" for job_id in job_ids)
    return f"{HEAD}jobs:\n{jobs}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write a tree of two good files."""
    (tmp_path / "a.yaml").write_text(text("one", "two"))
    (tmp_path / "b.yaml").write_text(text("three"))
    return tmp_path


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the names of the files that are checked from now on."""
    names: list[str] = []
    check = checking.check

    def noting(data: bytes, *, file: str, inspect: bool = False) -> checking.CheckedFile:
        names.append(Path(file).name)
        return check(data, file=file, inspect=inspect)

    monkeypatch.setattr(loading, "check", noting)
    return names


def keys(desired: Desired) -> list[str]:
    """Return the keys of the jobs."""
    return list(desired.jobs)


def test_loads_once(folder: Path) -> None:
    """Folders and files; the revision is the hash of what they hold, where no git is."""
    desired = load([folder])
    assert ["s/one", "s/two", "s/three"] == keys(desired)
    assert (12, ()) == (len(desired.revision), tuple(desired.broken))
    assert desired.jobs == load([folder / "a.yaml", folder / "b.yaml"]).jobs


def test_text_loads_like_files(folder: Path) -> None:
    """The same names and contents give the same jobs."""
    files = {str(path): path.read_bytes() for path in folder.iterdir()}
    assert load([folder]).jobs == load_text(files).jobs


def test_checks_only_what_changed(folder: Path, checked: list[str]) -> None:
    """Jobs of other files, and unchanged jobs of the changed one, are the identical objects."""
    loader = Loader(FolderTree([folder]))
    before = loader.load()
    (folder / "a.yaml").write_text(text("one") + text("two", hour=3).removeprefix(f"{HEAD}jobs:\n"))
    after = loader.load()
    assert ["a.yaml", "b.yaml", "a.yaml"] == checked
    assert after.jobs["s/three"] is before.jobs["s/three"]
    assert after.jobs["s/one"] is before.jobs["s/one"]
    assert before.jobs["s/two"].spec != after.jobs["s/two"].spec
    assert before.revision != after.revision


def test_a_job_that_only_moved_keeps_its_spec(folder: Path) -> None:
    """A comment above it changes its position and nothing else."""
    loader = Loader(FolderTree([folder]))
    before = loader.load()
    (folder / "b.yaml").write_text("# new\n" + text("three"))
    after = loader.load()
    assert (4, 5) == (before.jobs["s/three"].position.line, after.jobs["s/three"].position.line)
    assert before.jobs["s/three"].spec is after.jobs["s/three"].spec


def test_nothing_changed_is_the_same_value(folder: Path, checked: list[str]) -> None:
    """The identical desired state, and no second check."""
    loader = Loader(FolderTree([folder]))
    assert loader.load() is loader.load()
    assert ["a.yaml", "b.yaml"] == checked


def test_a_change_that_no_fingerprint_shows_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A load without a reason by stat reads everything."""
    loader = Loader(FolderTree([folder]))
    loader.load()
    path = folder / "b.yaml"
    listing = loader._tree.listing()
    path.write_text(text("third"))
    monkeypatch.setattr(loader._tree, "listing", lambda: listing)
    assert ["s/one", "s/two", "s/third"] == keys(loader.load())


def test_files_come_and_go(folder: Path) -> None:
    """New files add jobs, removed ones take theirs away."""
    loader = Loader(FolderTree([folder]))
    loader.load()
    (folder / "b.yaml").unlink()
    (folder / "c.yaml").write_text(text("four"))
    assert ["s/one", "s/two", "s/four"] == keys(loader.load())


@pytest.mark.parametrize("known", [pytest.param(False, id="first-load"), pytest.param(True, id="known-before")])
@pytest.mark.parametrize("mended", [False, True])
def test_a_job_that_moves_to_another_file_while_they_are_read_is_not_missed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, known: bool, mended: bool
) -> None:
    """Read before it came to the one and after it left the other, it would be taken for removed."""
    loader = Loader(FolderTree([folder]))
    if mended:
        (folder / "b.yaml").write_text("jobs: [\n")
    if known:
        loader.load()
    (folder / "a.yaml").write_text(text("one", "two", hour=3))
    read = loader._tree.read

    def moving(file: TreeFile) -> bytes:
        data = read(file)
        if file.name.endswith("a.yaml"):
            (folder / "a.yaml").write_text(text("one", "two", "three", hour=3))
            (folder / "b.yaml").write_text(text("four"))
        return data

    monkeypatch.setattr(loader._tree, "read", moving)
    assert {"s/one", "s/two", "s/three"} <= loader.load().jobs.keys()


def test_a_broken_file_heals(folder: Path) -> None:
    """It is broken while it is, and comes back as it was."""
    loader = Loader(FolderTree([folder]))
    before = loader.load()
    (folder / "b.yaml").write_text("jobs: [\n")
    broken = loader.load()
    assert [str(folder / "b.yaml")] == list(broken.broken)
    (folder / "b.yaml").write_text(text("three"))
    after = loader.load()
    assert ({}, before.jobs) == (after.broken, after.jobs)


def test_a_missing_path_is_broken_and_not_empty(tmp_path: Path) -> None:
    """What cannot be listed holds removals back."""
    desired = load([tmp_path / "gone"])
    assert ({}, [str(tmp_path / "gone")]) == (desired.jobs, list(desired.broken))


def test_an_unreadable_file_is_broken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others stay as they are, and it comes back when it can be read."""
    tree = FolderTree([folder])
    loader = Loader(tree)
    loader.load()
    read = FolderTree.read

    def refusing(self: FolderTree, file: TreeFile) -> bytes:
        if file.name.endswith("b.yaml"):
            raise PermissionError(13, os.strerror(13))
        return read(self, file)

    monkeypatch.setattr(FolderTree, "read", refusing)
    refused = loader.load()
    assert (["s/one", "s/two"], [str(folder / "b.yaml")]) == (keys(refused), list(refused.broken))
    monkeypatch.undo()
    assert ["s/one", "s/two", "s/three"] == keys(loader.load())


def test_one_changed_file_of_a_hundred_costs_one_check(tmp_path: Path, checked: list[str]) -> None:
    """The work of a reload is that of the changed file."""
    for number in range(100):
        (tmp_path / f"f{number:03d}.yaml").write_text(text(f"j{number}"))
    loader = Loader(FolderTree([tmp_path]))
    loader.load()
    checked.clear()
    (tmp_path / "f050.yaml").write_text(text("j50", hour=5))
    assert 100 == len(loader.load().jobs)
    assert ["f050.yaml"] == checked
