"""A state that was copied beside its running service: nothing of that service is touched."""

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.service import Project, alive, ended_in_the_end, eventually

pytestmark = pytest.mark.real_time


def files(project: Project) -> Path:
    """Copy what lies beside the state too, as `cp -r` does."""
    folder = project.root / "copy"
    shutil.copytree(project.state.parent, folder)
    folder.chmod(0o700)
    return folder / "state.db"


def backup(project: Project) -> Path:
    """Copy it as schedrun does."""
    assert 0 == project.call("state", "backup", "backup.db").code
    return project.root / "backup.db"


def long_run(project: Project) -> int:
    """Have the only job run, and return the pid of what it started."""
    project.write(
        "  long:\n    schedule: {every: 520w}\n    retries: {max: 1}\n"
        "    target: {shell: 'echo $$ > pid; while [ ! -e go ]; do sleep 0.05; done'}\n"
    )
    project.start()
    assert 0 == project.call("trigger", "s/long").code
    return int(eventually(lambda: (project.root / "pid").exists() and (project.root / "pid").read_text(), what="a pid"))


@pytest.mark.parametrize("copied", [files, backup])
def test_no_service_begins_on_the_copy_of_a_state_in_use(project: Project, copied: Callable[[Project], Path]) -> None:
    """It names whose copy it is; the run of the original goes on; who only reads is answered."""
    pid = long_run(project)
    first = project.services[0]
    with ended_in_the_end([pid]):
        copy = str(copied(project))
        for arguments in ((), ("--once",)):
            second = project.start("--state", copy, *arguments, ready=False)
            assert 1 == second.wait()
            (line,) = second.lines
            assert f"is a copy of one that is in use, and its jobs would run twice: {copy}" in line
            assert f"that of pid {first.pid}" in line
        assert alive(pid)
        assert ["running"] == [run["status"] for run in project.ask("runs", "--state", copy)["runs"]]
        assert ["s/long"] == [job["job"] for job in project.ask("jobs", "--state", copy)["jobs"]]
        assert 0 == project.call("state", "check", "--state", copy).code
        (project.root / "go").touch()
        assert "succeeded" == first.wait_for("run_ended")["status"]
    assert first.stop() == 0
    third = project.start("--state", copy)
    third.wait_for("run_interrupted")
    assert third.stop() == 0


def test_an_old_backup_ends_nothing_of_the_service_that_was_restarted_since(project: Project) -> None:
    """Its session is long over, so it may begin; the next attempt of a run that it knows is not its business."""
    first_attempt = long_run(project)
    with ended_in_the_end([first_attempt]):
        copy = str(files(project))
        (project.root / "pid").unlink()
        project.services[0].kill()
        live = project.start()
        pid = int(
            eventually(lambda: (project.root / "pid").exists() and (project.root / "pid").read_text(), what="a retry")
        )
        eventually(lambda: not alive(first_attempt), what="the end of what the killed service left")
    with ended_in_the_end([pid]):
        project.write("  other: {schedule: {every: 520w}, target: {shell: 'true'}}\n", name="../other/jobs.yaml")
        second = project.start("other", "--state", copy)
        second.wait_for("run_interrupted")
        assert second.stop() == 0
        assert alive(pid)
        assert [] == second.events("leftovers")
        (project.root / "go").touch()
        assert "succeeded" == live.wait_for("run_ended")["status"]
    assert live.stop() == 0


def test_a_killed_service_keeps_nobody_from_its_copy(project: Project) -> None:
    """What it left is found from there as well."""
    pid = long_run(project)
    with ended_in_the_end([pid]):
        copy = str(files(project))
        os.kill(project.services[0].pid, signal.SIGKILL)
        project.services[0].wait()
        second = project.start("--state", copy)
        second.wait_for("leftovers")
        eventually(lambda: not alive(pid), what="the end of what the killed service left")
        (project.root / "go").touch()
        assert second.stop() == 0
