"""`schedrun validate --resolve`: what targets name is found; without it nothing of the tree is run."""

import os
import signal
from pathlib import Path

import pytest

from schedrun.cli import resolving
from schedrun.core.diagnostics import Rule
from schedrun.lint.target_resolved import RULES
from schedrun.manifest.load import inspect, inspect_text
from schedrun.targets.probing import Prober
from tests.cli.conftest import Call

MANIFEST = """\
schedrun: v1
name: billing
jobs:
  fine:
    schedule: {every: 1h}
    target: {python: "tasks:close", kwargs: {region: eu}}
  slip:
    schedule: {every: 1h}
    target:
      python: tasks:close
      kwargs:
        region: eu
        regoin: eu
  gone:
    schedule: {every: 1h}
    target: {python: "nowhere:close"}
  program:
    schedule: {every: 1h}
    target: {command: [./gone, --now]}
  folder:
    schedule: {every: 1h}
    target: {shell: "true", workdir: gone}
  request:
    schedule: {every: 1h}
    target: {http: {url: "https://nowhere.example/"}}
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """Return an application beside its manifests, that leaves a file where it is imported."""
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "billing.yaml").write_text(MANIFEST)
    (tmp_path / "app").mkdir()
    code = "open('imported', 'w').close()\nprint('noise')\ndef close(region): ...\n"
    (tmp_path / "app" / "tasks.py").write_text(code)
    return tmp_path


def test_runs_nothing_of_the_tree_unless_asked(call: Call, app: Path) -> None:
    """A stranger's pull request is read and no more."""
    before = set(app.rglob("*"))
    assert 0 == call("validate", "--app-dir", "app").code
    assert before == set(app.rglob("*"))


def test_finds_what_targets_name(call: Call, app: Path) -> None:
    """Each fault at the value that is wrong; what modules print is not ours."""
    answer = call("validate", "--resolve", "--app-dir", "app", "--format", "json")
    assert 1 == answer.code
    found = [
        (each["line"], each["column"], each["code"], each["severity"], each["message"])
        for each in answer.json["findings"]
        if each["code"] in {"SR601", "SR602"}
    ]
    assert [
        (13, 9, "SR601", "error", "tasks:close takes no argument 'regoin'"),
        (16, 22, "SR601", "error", "cannot import nowhere: ModuleNotFoundError: No module named 'nowhere'"),
        (19, 24, "SR602", "warning", "program not found: app/gone"),
        (22, 38, "SR602", "warning", "working folder not found: app/gone"),
    ] == found
    assert "noise" not in answer.stdout + answer.stderr
    assert (app / "app" / "imported").exists()


def test_every_finding_knows_its_job(app: Path) -> None:
    """For reports and suppressions."""
    found = resolving.findings(inspect([app / "manifests"]), app_dir=app / "app")
    assert ["billing/slip", "billing/gone", "billing/program", "billing/folder"] == [each.job for each in found]


def test_one_import_serves_all_jobs_of_a_module(app: Path) -> None:
    """A module is imported once, by one process."""
    counting = "with open('imports', 'a') as file: file.write('x')\ndef close(region): ...\n"
    (app / "app" / "tasks.py").write_text(counting)
    resolving.findings(inspect([app / "manifests"]), app_dir=app / "app")
    assert "x" == (app / "app" / "imports").read_text()


def test_what_a_decorator_may_give_is_a_warning(app: Path) -> None:
    """That something is missing is no proof; that something is too much is one."""
    code = "import functools\ndef given(f):\n    return functools.wraps(f)(lambda *a, **k: f(1, *a, **k))\n"
    (app / "app" / "tasks.py").write_text(f"{code}@given\ndef close(session, region): ...\n")
    found = resolving.findings(inspect([app / "manifests"]), app_dir=app / "app")
    assert [
        ("billing/fine", "warning"),
        ("billing/slip", "error"),
        ("billing/slip", "warning"),
        ("billing/gone", "error"),
    ] == [(each.job, str(each.severity)) for each in found if each.code == "SR601"]


def test_an_interrupted_import_is_no_verdict(call: Call, app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is being imported is ended, and the exit code is not that of findings."""
    ended: list[str] = []

    def interrupted(_self: Prober, _module: str, _targets: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Prober, "faults", interrupted)
    monkeypatch.setattr(Prober, "end", lambda _self: ended.append("all"))
    answer = call("validate", "--resolve", "--app-dir", "app")
    assert (2, "Error: interrupted\n", ["all"]) == (answer.code, answer.stderr, ended)


@pytest.mark.real_time
def test_what_a_module_starts_does_not_outlive_the_check(app: Path) -> None:
    """Also in a session of its own, and without its parent."""
    code = "import subprocess\nchild = subprocess.Popen(['sleep', '1000'], start_new_session=True, env={})\n"
    code += "open('pid', 'w').write(str(child.pid))\ndef close(region): ...\n"
    (app / "app" / "tasks.py").write_text(code)
    assert resolving.findings(inspect([app / "manifests"]), app_dir=app / "app")
    with pytest.raises(ProcessLookupError):
        os.kill(int((app / "app" / "pid").read_text()), signal.SIGKILL)


def test_an_app_dir_that_is_none_is_wrong_usage(call: Call, app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 2, also where a variable says it for the service; who resolves nothing needs none."""
    monkeypatch.setenv("SCHEDRUN_APP_DIR", "gone")
    answer = call("validate", "--resolve")
    assert (2, True) == (answer.code, "--app-dir: there is no folder 'gone'" in answer.stderr)
    assert 0 == call("validate").code


def test_its_help_says_that_it_runs_code(call: Call) -> None:
    """Who turns it on in CI must know."""
    assert "This runs code of the tree" in " ".join(call("validate", "--help").stdout.split())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_samples_are_what_they_say(rule: Rule, tmp_path: Path) -> None:
    """In an empty folder the bad one is found and the good one passes."""
    bad, good = (
        [each.code for each in resolving.findings(inspect_text({"a.yaml": text.encode()}), app_dir=tmp_path)]
        for text in (rule.bad, rule.good)
    )
    assert ([rule.code], []) == (bad, good)
