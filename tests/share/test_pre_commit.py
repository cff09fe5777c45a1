"""The hook for pre-commit, and the schema that editors and check-jsonschema take."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.share.conftest import ROOT

GOOD = "schedrun: v1\nname: a\njobs: {}\n"
BROKEN = "schedrun: v1\nname: a\njobs: {j: {timout: 1}}\n"


def hook() -> dict[str, Any]:
    """Return the hook that the repository offers."""
    (found,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository that uses the hook, with schedrun from here in place of one that pre-commit would install."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    program = tmp_path / ".git" / "schedrun"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m schedrun "$@"\n')
    program.chmod(0o755)
    entry = hook()["entry"].replace("schedrun", str(program), 1)
    local = hook() | {"language": "system", "entry": entry}
    config = {"repos": [{"repo": "local", "hooks": [local]}]}
    (tmp_path / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "good.yaml").write_text(GOOD)
    (tmp_path / "values.yaml").write_text("replicas: 3\n")
    return tmp_path


def commit_hook(repository: Path) -> "subprocess.CompletedProcess[str]":
    """Run the hook on everything that is staged."""
    subprocess.run(["git", "-C", str(repository), "add", "-A"], check=True)
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--color", "never", "--verbose"],
        cwd=repository,
        env=os.environ | {"PRE_COMMIT_HOME": str(repository / ".git" / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_passes_good_manifests(repository: Path) -> None:
    """YAML elsewhere is somebody else's."""
    ended = commit_hook(repository)
    assert 0 == ended.returncode, ended.stdout
    assert "validate schedrun manifests" in ended.stdout
    assert "1 file" in ended.stdout


@pytest.mark.parametrize("name", ["broken.yaml", "deep/er/broken.yml"])
def test_stops_a_broken_manifest(repository: Path, name: str) -> None:
    """With the place, before it is committed."""
    path = repository / "manifests" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(BROKEN)
    ended = commit_hook(repository)
    assert 1 == ended.returncode
    assert f"manifests/{name}:3:" in ended.stdout
    assert "did you mean `timeout`?" in ended.stdout


def test_is_skipped_where_no_manifest_changes(repository: Path) -> None:
    """A commit without manifests costs nothing."""
    (repository / "manifests" / "good.yaml").unlink()
    assert "no files to check" in commit_hook(repository).stdout


def check_schema(*names: str) -> "subprocess.CompletedProcess[str]":
    """Run check-jsonschema with the published schema."""
    command = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(ROOT / "schemas/manifest.schema.json")]
    return subprocess.run([*command, *names], capture_output=True, text=True, check=False, cwd=ROOT)


def test_the_schema_takes_the_examples(tmp_path: Path) -> None:
    """As other tools than ours read them."""
    examples = sorted(str(path) for path in (ROOT / "manifests").glob("*.yaml"))
    assert examples
    assert 0 == check_schema(*examples).returncode


def test_the_schema_refuses_what_is_broken(tmp_path: Path) -> None:
    """Naming the field."""
    (tmp_path / "broken.yaml").write_text(BROKEN)
    ended = check_schema(str(tmp_path / "broken.yaml"))
    assert 1 == ended.returncode
    assert "timout" in ended.stdout + ended.stderr


def test_editors_find_the_schema_from_every_example() -> None:
    """The first line is the convention of yaml-language-server, relative to the file."""
    examples = list((ROOT / "manifests").glob("*.yaml"))
    assert examples
    for path in examples:
        first = path.read_text(encoding="utf-8").splitlines()[0]
        key, _, schema = first.partition("$schema=")
        assert "# yaml-language-server: " == key
        assert (path.parent / schema).resolve() == ROOT / "schemas" / "manifest.schema.json"
