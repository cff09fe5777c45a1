"""The wheel that people install: it holds every file of the package, and works without the tree it was built from."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
BUILD = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
MANIFEST = """\
schedrun: v1
name: s
jobs:
  job: {schedule: {at: "2999-01-01T00:00:00Z"}, target: {command: ["true"]}}
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    """Return the wheel that pyproject.toml describes, built by its own build backend."""
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-c", BUILD, str(folder)], cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False
    )
    assert 0 == built.returncode, f"{built.stderr}\nThe backend comes with: pip install --editable '.[dev]'"
    (file,) = folder.glob("*.whl")
    return ZipFile(file)


@pytest.fixture(scope="module")
def installed(wheel: ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder into which the wheel was unpacked, far from the tree."""
    folder = tmp_path_factory.mktemp("installed")
    wheel.extractall(folder)
    return folder


def _program(installed: Path, arguments: Sequence[str], *, folder: Path) -> subprocess.CompletedProcess[str]:
    """Return how the unpacked program ended; it reaches its dependencies, and the tree only behind itself."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SCHEDRUN_", "PYTEST"))}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_holds_every_file_of_the_package(wheel: ZipFile) -> None:
    """And no other: neither tests nor caches."""
    tree = {
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "schedrun").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert tree == {name for name in wheel.namelist() if ".dist-info/" not in name}


@pytest.mark.parametrize(
    "name",
    [
        "schedrun/py.typed",
        "schedrun/share/github/plan.sh",
        "schedrun/share/github/setup.sh",
        "schedrun/share/github/validate.sh",
        "schedrun/share/gitlab/plan.sh",
        "schedrun/share/gitlab/schedrun.gitlab-ci.yml",
        "schedrun/lint/rules/schedule.py",
        "schedrun/stores/migrations/0001_ledger.sql",
        "schedrun/stores/sql/run.sql",
    ],
)
def test_holds_what_is_found_by_name(wheel: ZipFile, name: str) -> None:
    """Files that the documents, type checkers and the program itself look for, byte by byte."""
    assert (ROOT / name).read_bytes() == wheel.read(name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("entry_points.txt", "schedrun = schedrun.cli.main:main"),
        ("entry_points.txt", "schedrun = schedrun.pytest_plugin"),
        ("licenses/LICENSE", "MIT"),
        ("METADATA", "# schedrun"),
    ],
)
def test_says_how_it_is_used(wheel: ZipFile, name: str, words: str) -> None:
    """The program, the plugin of pytest, the licence and the README."""
    (file,) = (each for each in wheel.namelist() if each.endswith(f".dist-info/{name}"))
    assert words in wheel.read(file).decode()


def test_is_what_runs_in_these_tests(installed: Path, tmp_path: Path) -> None:
    """Else they would prove something of the tree."""
    ended = _program(installed, ["-c", "import schedrun; print(schedrun.__file__)"], folder=tmp_path)
    assert f"{installed}/schedrun/__init__.py\n" == ended.stdout


def test_explains_a_rule(installed: Path, tmp_path: Path) -> None:
    """Its text and its samples came along."""
    ended = _program(installed, ["-m", "schedrun", "explain", "SR204"], folder=tmp_path)
    assert (0, "") == (ended.returncode, ended.stderr)
    assert ended.stdout.startswith("warning[SR204] ")


@pytest.mark.real_time
def test_runs_a_job(installed: Path, tmp_path: Path) -> None:
    """The migrations make a state, and the statements fill it."""
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "s.yaml").write_text(MANIFEST, encoding="utf-8")
    for arguments in (["run", "--once"], ["trigger", "job"], ["run", "--once"]):
        ended = _program(installed, ["-m", "schedrun", *arguments], folder=tmp_path)
        assert 0 == ended.returncode, ended.stderr
    assert "succeeded" in _program(installed, ["-m", "schedrun", "runs", "job"], folder=tmp_path).stdout
