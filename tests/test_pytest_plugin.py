"""`pytest --schedrun`: each expectation is a test, in runs of pytest of their own."""

import json
import os
import re
import subprocess
import sys
import tomllib
from importlib import resources
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

BILLING = """\
schedrun: v1
name: billing
jobs:
  close-day:
    timezone: Europe/Berlin
    schedule: {cron: "17 4 * * mon-sat"}
    target: {python: "imported:function"}
    expect:
      - never_on: [sat, sun]
      - {at_most: 1, per: day}
      - never_on: sun
      - never_on: mon  # schedrun: ignore[SR801] until the office moves
  unexpecting:
    schedule: {every: 5m}
    target: {command: [ls]}
"""
BROKEN = "schedrun: v1\nname: stock\njobs: {count: {timout: 3}}\n"
CLOSE_DAY = "manifests/billing.yaml::billing/close-day"
NOW = ("--schedrun-now", "2026-11-28T00:00:00Z")


class Ran:
    """How a run of pytest ended."""

    def __init__(self, process: "subprocess.CompletedProcess[str]") -> None:
        self.code, self.text, self.errors = process.returncode, process.stdout, process.stderr

    @property
    def outcomes(self) -> dict[str, str]:
        """The outcome of each test by its id, of a run with `-v` or `-rA`."""
        lines = re.findall(r"^(PASSED|FAILED|ERROR|XFAIL) (\S+)", self.text, re.MULTILINE)
        return {name: outcome for outcome, name in lines}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with a manifest, whose module says so when it is imported, and a test of Python.

    By the zone data that stand for the system's, Berlin's clocks show UTC.
    """
    (tmp_path / "zones" / "Europe").mkdir(parents=True)
    utc = resources.files("tzdata") / "zoneinfo" / "UTC"
    (tmp_path / "zones" / "Europe" / "Berlin").write_bytes(utc.read_bytes())
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "billing.yaml").write_text(BILLING)
    (tmp_path / "imported.py").write_text("open('was-imported', 'w').close()\n")
    (tmp_path / "test_python.py").write_text("def test_python():\n    pass\n")
    return tmp_path


def run(project: Path, *arguments: str, cwd: str = ".") -> Ran:
    """Run pytest there with this plugin and no other; every warning is an error."""
    command = (sys.executable, "-m", "pytest", "-p", "schedrun.pytest_plugin", "-rA")
    environment = {
        "PYTHONPATH": str(ROOT),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONTZPATH": str(project / "zones"),
    }
    return Ran(
        subprocess.run(
            (*command, "-W", "error", *arguments),
            cwd=project / cwd,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )
    )


def test_each_expectation_is_a_test(project: Path) -> None:
    """Named by job and kind, as of the moment that is said; nothing else is collected, and nothing is imported."""
    ran = run(project, "--schedrun", "manifests/", *NOW)
    expected = {
        f"{CLOSE_DAY}::never_on[0]": "FAILED",
        f"{CLOSE_DAY}::at_most[0]": "PASSED",
        f"{CLOSE_DAY}::never_on[1]": "PASSED",
        f"{CLOSE_DAY}::never_on[2]": "XFAIL",
    }
    assert (1, expected) == (ran.code, ran.outcomes)
    assert "schedrun: manifests/, as of 2026-11-28T00:00:00+00:00" in ran.text
    assert not (project / "was-imported").exists()
    # The counter-example: these lines, and no traceback.
    told = ran.text.partition(" billing/close-day never_on[0] ___")[2].partition("\n")[2].partition("\n===")[0]
    assert (
        "manifests/billing.yaml:9:9: SR801 expected `never_on: [sat, sun]`, but it fires at Sat 2026-11-28 04:17 +01:00"
        " (2026-11-28T03:17:00Z)\n    hint: the job fires at 04:17 on Monday to Saturday, Europe/Berlin: mend the"
        " schedule, or what is expected of it"
    ) == told


def test_one_can_be_chosen(project: Path) -> None:
    """By its id, by words, and because it failed in the run before."""
    by_id = run(project, "--schedrun", "manifests", f"{CLOSE_DAY}::never_on[1]")
    assert (0, {f"{CLOSE_DAY}::never_on[1]": "PASSED"}) == (by_id.code, by_id.outcomes)
    by_words = run(project, "--schedrun", "manifests", "-k", "close-day and at_most")
    assert (0, {f"{CLOSE_DAY}::at_most[0]": "PASSED"}) == (by_words.code, by_words.outcomes)
    cache = project / ".pytest_cache" / "v" / "cache"
    (cache / "lastfailed").write_text(json.dumps({f"{CLOSE_DAY}::never_on[1]": True}))
    again = run(project, "--schedrun", "manifests", "--last-failed")
    assert (0, {f"{CLOSE_DAY}::never_on[1]": "PASSED"}) == (again.code, again.outcomes)


def test_a_broken_manifest_fails(project: Path) -> None:
    """With all its findings, those too that other files bring about; the others are tested all the same."""
    (project / "manifests" / "later.yaml").write_text(BILLING)
    (project / "manifests" / "stock.yaml").write_text(BROKEN)
    ran = run(project, "--schedrun", "manifests", *NOW)
    assert "FAILED" == ran.outcomes["manifests/later.yaml::manifest"]
    assert "job `billing/close-day` is declared twice" in ran.text
    assert "FAILED" == ran.outcomes["manifests/stock.yaml::manifest"]
    assert "PASSED" == ran.outcomes[f"{CLOSE_DAY}::at_most[0]"]
    assert "manifests/stock.yaml:3:16: SR101 unknown field `timout`" in ran.text
    assert "did you mean `timeout`?" in ran.text
    assert "Traceback" not in ran.text


def test_folders_that_pytest_spares_hold_manifests_too(project: Path) -> None:
    """What `schedrun validate` reads is what is tested."""
    (project / "manifests" / "build").mkdir()
    (project / "manifests" / "build" / "stock.yml").write_text(BROKEN)
    (project / "manifests" / "build" / "test_other.py").write_text("raise ImportError\n")
    (project / "manifests" / ".old").mkdir()
    (project / "manifests" / ".old" / "stock.yml").write_text(BROKEN)
    (project / "manifests" / "linked").symlink_to(project)
    ran = run(project, "--schedrun", "manifests", *NOW)
    assert "test_other" not in ran.text
    assert {
        f"{CLOSE_DAY}::never_on[0]": "FAILED",
        f"{CLOSE_DAY}::at_most[0]": "PASSED",
        f"{CLOSE_DAY}::never_on[1]": "PASSED",
        f"{CLOSE_DAY}::never_on[2]": "XFAIL",
        "manifests/build/stock.yml::manifest": "FAILED",
        "manifests/linked::manifest": "FAILED",
    } == ran.outcomes


def test_stands_beside_other_tests(project: Path) -> None:
    """With paths of tests, and in `addopts`, the manifests are added to them; without it nothing is."""
    assert {"test_python.py::test_python"} == set(run(project).outcomes)
    both = {"test_python.py::test_python", f"{CLOSE_DAY}::at_most[0]"}
    assert both <= set(run(project, "--schedrun", "manifests", "test_python.py").outcomes)
    (project / "pytest.ini").write_text("[pytest]\naddopts = --schedrun manifests\n")
    assert both <= set(run(project).outcomes)
    (project / "below").mkdir()
    assert {f"../{CLOSE_DAY}::at_most[0]"} <= set(run(project, cwd="below").outcomes)


def test_workers_judge_as_of_one_moment(project: Path) -> None:
    """pytest-xdist spreads the tests over processes."""
    ran = run(project, "--schedrun", "manifests", "-p", "xdist", "-n", "2", *NOW)
    assert (1, 4) == (ran.code, len(ran.outcomes))
    assert "2026-11-28T03:17:00Z" in ran.text
    without = run(project, "--schedrun", "manifests", "-p", "xdist", "-n", "1")
    assert ran.outcomes == without.outcomes


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--schedrun", ""), "a path is empty"),
        (("--schedrun", "nowhere"), "there is no file or folder 'nowhere'"),
        (("--schedrun", "manifests", "--schedrun-now", "tomorrow"), "'tomorrow' is no instant"),
        (
            ("--schedrun", "manifests", "--schedrun-now", "2026-12-01T00:00:00"),
            "says no offset from UTC: write it like",
        ),
        (("--schedrun", "manifests", "--schedrun-now", "9000-01-01T00:00:00Z"), "write a year from 1970 to 8999"),
    ],
)
def test_wrong_usage_is_said_in_one_line(project: Path, arguments: tuple[str, ...], words: str) -> None:
    """pytest's own exit code for it, and no traceback."""
    ran = run(project, *arguments)
    assert pytest.ExitCode.USAGE_ERROR == ran.code
    assert words in ran.errors
    assert "Traceback" not in ran.errors


def test_pytest_finds_it_by_itself() -> None:
    """An installed schedrun is a plugin of pytest."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {"schedrun": "schedrun.pytest_plugin"} == project["entry-points"]["pytest11"]


def test_costs_a_project_without_manifests_nothing() -> None:
    """pytest loads it everywhere, so it imports no more than pytest has imported."""
    code = "import sys, pytest, schedrun; before = set(sys.modules); import schedrun.pytest_plugin;"
    code += "print(sorted(name for name in set(sys.modules) - before))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert "['schedrun.pytest_plugin']" == answer.strip()
