"""Folders without manifests: which are told of, and which only look so."""

from pathlib import Path

import pytest

from schedrun.core.diagnostics import Severity
from schedrun.manifest import emptiness
from schedrun.manifest.load import inspect


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder that is returned."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def empty(*paths: str) -> list[str]:
    """Return the places of what is found where these paths are given."""
    given = [Path(path) for path in paths]
    said = inspect(given)
    found = list(emptiness.findings(given, read=(*said.files, *said.desired.broken)))
    assert {("SR002", Severity.WARNING)} >= {(each.code, each.severity) for each in found}
    return [each.position.file for each in found]


def write(name: str, text: str = "schedrun: v1\nname: s\njobs: {}\n") -> None:
    """Write a file, and the folders that it needs."""
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)


@pytest.mark.parametrize("name", ["a/notes.txt", "a/.hidden/x.yaml", "a/b/x.json", "b/x.yaml", "ab/x.yaml"])
def test_what_is_no_manifest_of_the_folder_leaves_it_empty(name: str) -> None:
    """Other files, folders that begin with a dot, and folders of nearly the same name."""
    Path("a").mkdir()
    write(name)
    assert ["a"] == empty("a")
    assert "a" in empty(*dict.fromkeys((Path(name).parts[0], "a")))


@pytest.mark.parametrize("name", ["a/x.yaml", "a/x.yml", "a/b/c/x.yaml"])
@pytest.mark.parametrize("text", ["schedrun: v1\nname: s\njobs: {}\n", "", "jobs: [\n"])
def test_a_manifest_fills_it_also_a_broken_one(name: str, text: str) -> None:
    """At any depth."""
    write(name, text)
    assert [] == empty("a")
    assert [] == empty(".")
    assert [] == empty(str(Path("a").absolute()))


def test_each_given_folder_is_looked_at() -> None:
    """The current one too, beside one that has manifests elsewhere."""
    write("here/x.txt")
    write("there/x.yaml")
    assert ["here"] == empty("here", "there")
    assert [] == empty("there", "there/x.yaml")


def test_the_current_folder_has_not_what_lies_beside_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that lead out of it are not below it."""
    write("there/x.yaml")
    (folder / "here").mkdir()
    monkeypatch.chdir(folder / "here")
    assert ["."] == empty("../there", ".")


def test_a_folder_whose_manifests_another_path_gave_is_not_empty() -> None:
    """They count once, under the first name."""
    write("there/x.yaml")
    Path("link").symlink_to("there")
    assert [] == empty("link", "there")
    assert [] == empty("there", "link")


def test_a_link_that_leads_out_is_a_fault_of_its_own() -> None:
    """It is an error already."""
    write("there/x.yaml")
    Path("here").mkdir()
    Path("here/x.yaml").symlink_to("../there/x.yaml")
    assert [] == empty("here")


def test_what_is_missing_or_no_folder_is_not_told_of_here() -> None:
    """Reading has its own words for both."""
    write("x.yaml")
    assert [] == empty("nowhere", "x.yaml")
