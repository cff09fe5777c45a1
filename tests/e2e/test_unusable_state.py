"""States that cannot be written, are locked by others, or lie elsewhere now: each is named, with what to do."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests import mounts
from tests.e2e.service import DEADLINE, PROGRAM, Project, Service, environment, eventually, witnessed
from tests.e2e.verdicts import assert_each_has_one

pytestmark = pytest.mark.real_time

READING = (("runs",), ("jobs",), ("status",), ("state", "check"), ("plan",))


@pytest.fixture
def stopped(project: Project) -> Project:
    """Return a project whose service ran for a moment and was stopped."""
    project.write(witnessed("each"))
    service = project.start()
    service.wait_for("run_ended", job="s/each")
    assert service.stop() == 0
    return project


def refused(project: Project, *prefix: str) -> str:
    """Run a service that must end at once, with exit code 1 and one sentence; return the sentence."""
    ended = subprocess.run(
        [*prefix, *PROGRAM, "run"],
        cwd=project.root,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE,
    )
    assert ended.returncode == 1
    said = ended.stderr.splitlines()
    assert said[-1].startswith("Error: ")
    assert "Traceback" not in ended.stderr
    assert ".schedrun/state.db" in said[-1]
    return said[-1]


def assert_read(project: Project, *prefix: str) -> None:
    """Every reading command answers, and says nothing on stderr."""
    for command in READING:
        answered = subprocess.run(
            [*prefix, *PROGRAM, *command],
            cwd=project.root,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (0, "") == (answered.returncode, answered.stderr), command
        assert answered.stdout


def test_a_read_only_disk(stopped: Project) -> None:
    """`run` names it, and what it holds is read."""
    with mounts.read_only(stopped.state.parent):
        assert "Read-only file system" in refused(stopped)
        assert_read(stopped)


@pytest.mark.parametrize("index", ["kept", "lost"])
def test_a_read_only_disk_with_a_log_that_was_left(project: Project, index: str) -> None:
    """What a killed service wrote last is read, also where nothing can be made beside it to read it with."""
    project.write(witnessed("each"))
    service = project.start()
    service.wait_for("run_ended", job="s/each")
    service.kill()
    if index == "lost":
        project.state.with_name("state.db-shm").unlink()
    with mounts.read_only(project.state.parent):
        refused(project)
        assert_read(project)
        assert project.runs("each")


@pytest.mark.parametrize("name", ["state.db", "."])
def test_an_immutable_file_or_folder(stopped: Project, name: str) -> None:
    """As `chattr +i` makes it, for root too."""
    for leftover in ("state.db-wal", "state.db-shm", "state.db.lock"):
        stopped.state.with_name(leftover).unlink(missing_ok=True)
    with mounts.immutable(stopped.state.parent / name):
        assert "right to write" in refused(stopped)
        assert_read(stopped)


def test_a_folder_without_the_right_to_write(stopped: Project) -> None:
    """The variant that every user can run; root gives its powers up for it."""
    prefix: list[str] = []
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root needs setpriv to give up its power over files")
        prefix = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    stopped.state.chmod(0o400)
    stopped.state.parent.chmod(0o500)
    try:
        assert "right to write" in refused(stopped, *prefix)
        assert_read(stopped, *prefix)
    finally:
        stopped.state.parent.chmod(0o700)


@contextmanager
def locked(state: Path) -> Iterator[None]:
    """Keep the state locked, as a forgotten sqlite3 shell does."""
    with closing(sqlite3.connect(state, isolation_level=None)) as shell:
        shell.execute("BEGIN EXCLUSIVE")
        yield
        shell.execute("ROLLBACK")


def test_a_locked_state_at_the_start(stopped: Project) -> None:
    """After a few seconds the error names what to do; reading goes on."""
    with locked(stopped.state):
        assert_read(stopped)
        assert "end the transaction" in refused(stopped)


def test_a_locked_state_beside_a_running_service(project: Project) -> None:
    """The service waits, says so, and goes on by itself."""
    project.write(witnessed("each"))
    service = project.start()
    service.wait_for("run_ended", job="s/each")
    with locked(project.state):
        told = service.wait_for("state_not_written")
        assert "end the transaction" in told["error"]
        begun = len(project.lines())
        assert 0 == project.call("runs").code
        assert begun == len(project.lines())
    service.wait_for("state_written_again")
    eventually(lambda: len(project.lines()) > begun, what="runs after the lock")
    assert service.stop() == 0
    assert_each_has_one(project, "each")


def removed(state: Path) -> None:
    # Away at once: the service may be making a file in it.
    state.parent.rename(state.parent.with_name("away"))
    shutil.rmtree(state.parent.with_name("away"))


def folder_replaced(state: Path) -> None:
    state.parent.rename(state.parent.with_name("away"))
    shutil.copytree(state.parent.with_name("away"), state.parent)
    state.parent.chmod(0o700)


def file_replaced(state: Path) -> None:
    copy = state.with_name("copy")
    shutil.copyfile(state, copy)
    copy.replace(state)


def log_removed(state: Path) -> None:
    state.with_name("state.db-wal").unlink()


def lock_removed(state: Path) -> None:
    state.with_name("state.db.lock").unlink()


def lock_replaced(state: Path) -> None:
    lock = state.with_name("state.db.lock")
    lock.rename(state.with_name("old"))
    lock.touch(mode=0o600)


def assert_ends(service: Service) -> str:
    """Wait for a service that ends by itself, with exit code 1; return its last sentence."""
    assert service.wait() == 1
    service.said("state_unusable")
    return service.lines[-1]


@pytest.mark.parametrize("taken", [removed, folder_replaced, file_replaced, log_removed, lock_removed, lock_replaced])
def test_a_state_that_is_taken_away_ends_its_service(project: Project, taken: object) -> None:
    """By itself, in words; a job that runs is cut, since another service may run it by now."""
    project.write(
        witnessed("each") + "  long: {schedule: {every: 1s}, target: {shell: 'echo $$ > pid; exec sleep 60'}}\n"
    )
    service = project.start()
    service.wait_for("run_ended", job="s/each")
    pid = int(eventually(lambda: (project.root / "pid").exists() and (project.root / "pid").read_text(), what="a pid"))
    taken(project.state)  # type: ignore[operator]  # called for what it does
    last = assert_ends(service)
    assert last.startswith("Error: this state was taken away or replaced")
    assert "state.db" in last
    eventually(lambda: not Path(f"/proc/{pid}").exists(), what="the end of the job")
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_who_ends_leaves_the_successors_files_alone(project: Project) -> None:
    """A service on the new state is not harmed by the end of the old one."""
    project.write(witnessed("each"))
    old = project.start()
    old.wait_for("run_ended", job="s/each")
    project.state.parent.rename(project.state.parent.with_name("away"))
    new = project.start(ready=False)
    assert_ends(old)
    new.wait_for("started")
    new.wait_for("run_ended", job="s/each")
    assert project.state.with_name("state.db-wal").exists()
    assert 0 == project.call("state", "check").code
    assert new.stop() == 0
    assert 0 == project.call("state", "check").code
    assert 0 == project.call("state", "check", "--state", str(project.root / "away" / "state.db")).code
