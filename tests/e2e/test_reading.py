"""Commands that read, beside a running service and without one: keys, exit codes, and states in every condition."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.service import PROGRAM, Project, environment, eventually, witnessed

pytestmark = pytest.mark.real_time

FINDING = {"code", "severity", "file", "line", "column", "message", "hint"}
VALIDATED = {"errors", "warnings", "fail_on", "now"}
RUN = {
    *("id", "job", "fire_time", "kind", "status", "attempt", "started_at", "finished_at"),
    *("retry_at", "exit_code", "error", "output"),
}
ACTIONS = {"create", "remove", "move", "update", "pause", "resume", "noop"}
HOURLY = "  h: {schedule: {every: 1h}, target: {command: [echo]}}\n"


def keys(objects: list[dict[str, object]]) -> set[str]:
    """Return the keys that all objects have; they must have the same, and there must be one."""
    first, *others = [set(each) for each in objects]
    assert all(first == each for each in others)
    return first


def test_json_has_exactly_the_keys_that_are_promised(project: Project) -> None:
    """Every command, beside a service that runs, with something of everything in the state."""
    slow = witnessed("slow", then="sleep 2.2")
    project.write(slow + HOURLY.replace("h:", "k:") + HOURLY)
    service = project.start()
    service.wait_for("run_ended", job="s/slow")
    eventually(lambda: project.ask("runs")["spans"], what="a fire that is skipped")
    project.write_raw("schedrun: v1\nname: t\njobs: {x: {schdule: 1}}\n", name="bad.yaml")
    service.wait_for("file_broken")
    project.write(slow + HOURLY.replace("1h", "2h"))
    service.wait_for("change_blocked", job="s/k")

    status = project.ask("status")
    assert {"schema_version", "ok", "revision", "broken", "blocked"} == set(status)
    assert FINDING == keys(status["broken"])
    assert {"job", "reason"} == keys(status["blocked"])
    validated = project.call("validate", "--format", "json")
    assert {"schema_version", "ok", "files", "jobs", "findings", *VALIDATED} == set(validated.json)
    assert (1, False, 2, 2) == (validated.code, *(validated.json[key] for key in ("ok", "files", "jobs")))
    assert FINDING | {"end_line", "end_column", "related", "job", "help"} == keys(validated.json["findings"])

    project.write(slow + HOURLY.replace("1h", "3h"))
    service.wait_for("change_applied", job="s/h", action="update")
    elsewhere = project.root / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "x.yaml").write_text(f"schedrun: v1\nname: s\njobs:\n{HOURLY}")
    plan = project.call("plan", "elsewhere", "--format", "json", "--exit-code")
    assert 2 == plan.code
    assert {"schema_version", "changes", "findings", "overrides", "summary"} == set(plan.json)
    assert {"action", "job", "reason", "blocked", "fields"} == keys(plan.json["changes"])
    (updated,) = [change for change in plan.json["changes"] if change["action"] == "update"]
    assert {"path", "before", "after"} == keys(updated["fields"])
    assert {*ACTIONS, "blocked"} == set(plan.json["summary"])
    broken = project.call("plan", "--format", "json", "--exit-code")
    assert (1, FINDING) == (broken.code, keys(broken.json["findings"]))
    applied = project.call("apply", "--format", "json")
    assert (1, set(plan.json)) == (applied.code, set(applied.json))

    runs = project.ask("runs", "slow", "-n", "1")
    assert {"schema_version", "runs", "spans"} == set(runs)
    assert RUN == keys(runs["runs"])
    span = {"job", "first", "last", "count", "status", "reason", "decided_at", "blocked_by"}
    assert span == keys(runs["spans"])
    jobs = project.ask("jobs")
    assert {"schema_version", "jobs"} == set(jobs)
    assert {"job", "status", "schedule", "next_fire", "paused", "file", "line"} == keys(jobs["jobs"])
    assert ("manifests/jobs.yaml", 4) == (project.jobs()["s/slow"]["file"], project.jobs()["s/slow"]["line"])
    upcoming = project.ask("next", "h", "-n", "3")
    assert ({"schema_version", "fires"}, 3) == (set(upcoming), len(upcoming["fires"]))
    assert {"job", "local", "utc"} == keys(upcoming["fires"])
    assert {1} == {view["schema_version"] for view in (status, validated.json, plan.json, runs, jobs, upcoming)}
    assert service.stop() == 0


def test_a_state_that_does_not_exist(project: Project) -> None:
    """Empty for `plan`; for `status`, `jobs` and `runs` an error that names the command; none is made by looking."""
    project.write(HOURLY)
    assert ["create"] == [change["action"] for change in project.ask("plan")["changes"]]
    assert 2 == project.call("plan", "--exit-code").code
    for command in ("status", "jobs", "runs"):
        answer = project.call(command, "--format", "json")
        assert (1, "") == (answer.code, answer.stdout)
        assert "schedrun run" in answer.stderr
    for stateless in (("next", "h"), ("validate",), ("render",), ("schema",)):
        assert 0 == project.call(*stateless).code
    assert not project.state.parent.exists()


def test_exit_codes_of_usage(project: Project) -> None:
    """2 everywhere but under `plan`, where 2 says that there are changes."""
    project.write(HOURLY)
    assert {"plan": 1, "validate": 2, "run": 2, "apply": 2, "render": 2, "status": 2} == {
        command: project.call(command, "--no-such-option").code
        for command in ("plan", "validate", "run", "apply", "render", "status")
    }
    assert (1, 2) == (project.call("plan", "nowhere").code, project.call("validate", "nowhere").code)


@pytest.fixture
def shown(project: Project) -> Iterator[Path]:
    """Return a state with a run in it, in a folder that another user may read and not write."""
    project.write(witnessed("a"))
    service = project.start()
    service.wait_for("run_ended")
    assert service.stop() == 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy = Path(shutil.copy(project.state, folder))
        copy.chmod(0o444)
        folder.chmod(0o555)
        yield copy
        folder.chmod(0o755)


def test_a_read_only_state_is_read(shown: Path) -> None:
    """By a user who may not write: as root another user is taken, since rights do not bind root."""
    become: list[str] = []
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root cannot be kept from writing, and there is no setpriv to become another user")
        become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        asked = [*become, *PROGRAM, "--version"]
        if subprocess.run(asked, cwd="/", env=environment(), capture_output=True, check=False).returncode:
            pytest.skip("the other user cannot read this Python")
    before = sorted(shown.parent.iterdir())
    for command in ("status", "jobs", "runs"):
        asked = [*become, *PROGRAM, command, "--state", str(shown), "--format", "json"]
        environ = environment(PYTHONDONTWRITEBYTECODE="1")
        answer = subprocess.run(asked, cwd="/", env=environ, capture_output=True, text=True, check=False)
        assert (0, "") == (answer.returncode, answer.stderr)
        assert '"schema_version": 1' in answer.stdout
    assert before == sorted(shown.parent.iterdir())


def test_a_recorded_job_that_this_version_cannot_read_is_named(project: Project) -> None:
    """By the service at its start and by `status`, while all other jobs go on; its manifest mends it."""
    project.write(witnessed("good"))
    project.write(HOURLY.replace("h:", "x:"), name="x.yaml", job_set="t")
    assert project.start().stop() == 0
    with closing(sqlite3.connect(project.state)) as connection:
        spoilt = "UPDATE job SET spec = json_set(spec, '$.from_the_future', 1) WHERE key = 't/x'"
        assert 1 == connection.execute(spoilt).rowcount
        connection.commit()
    project.write("  x: [\n", name="x.yaml", job_set="t")
    service = project.start()
    told = service.wait_for("job_unreadable")
    assert told["message"].startswith("manifests/x.yaml:4:1: ")
    assert "t/x" in told["message"]
    service.wait_for("run_ended", job="s/good", status="succeeded")
    status = project.call("status", "--format", "json")
    assert (1, False) == (status.code, status.json["ok"])
    assert "SR009" in {finding["code"] for finding in status.json["broken"]}
    assert "1 unreadable job" in project.call("status").stdout
    project.write(HOURLY.replace("h:", "x:"), name="x.yaml", job_set="t")
    eventually(lambda: project.call("status").code == 0, what="a status that is well again")
    assert {"s/good", "t/x"} == set(project.jobs())
    assert service.stop() == 0


def test_a_state_full_of_garbage_is_left_alone(project: Project) -> None:
    """Every command says so in one line and changes no byte of it."""
    project.write(HOURLY)
    project.state.parent.mkdir(mode=0o700)
    for garbage in (b"x" * 40, os.urandom(9000)):
        project.state.write_bytes(garbage)
        for command in (("status",), ("jobs",), ("runs",), ("plan",), ("apply",), ("run", "--once")):
            answer = project.call(*command)
            assert (1, 1) == (answer.code, answer.stderr.count("\n"))
            assert "state.db" in answer.stderr
        assert garbage == project.state.read_bytes()
