"""What runs start and print, in a service that adopts what they leave behind: nothing stays, and nothing is lost."""

import os
import signal
from pathlib import Path

import pytest

from schedrun.stores import logs
from tests.e2e.service import Project, Service, alive, ended_in_the_end, eventually

pytestmark = pytest.mark.real_time

MIB = 1 << 20


def once(project: Project, shell: str, more: str = "") -> Service:
    """Start a service with one job, `shell` its text, and have it run once, however busy the machine is."""
    lines = "".join(f"        {line}\n" for line in shell.splitlines())
    project.write(f"  once:\n    schedule: {{every: 36500d}}\n    target:\n      shell: |\n{lines}{more}")
    service = project.start()
    assert 0 == project.call("trigger", "once").code
    return service


def script(project: Project, name: str, text: str) -> None:
    """Write a program that jobs call."""
    path = project.root / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def noted(project: Project, count: int) -> list[int]:
    """Return the pids in the file `pids`, once there are so many."""
    file = project.root / "pids"
    return [int(pid) for pid in eventually(lambda: _enough(file, count), what=f"{count} pids")]


def _enough(file: Path, count: int) -> list[str]:
    words = file.read_text().split() if file.exists() else []
    return words if len(words) >= count else []


def gone(pids: list[int]) -> bool:
    """Whether none of them lives."""
    return not any(alive(pid) for pid in pids)


def zombies(service: Service) -> list[int]:
    """Return the children of the service that it has not reaped."""
    children = Path(f"/proc/{service.pid}/task/{service.pid}/children").read_text().split()
    return [int(pid) for pid in children if not alive(int(pid))]


def most_memory(service: Service) -> int:
    """Return the most bytes that the service ever had in RAM."""
    status = Path(f"/proc/{service.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) * 1024


def spilled(project: Project) -> list[Path]:
    """Return the output files beside the state."""
    folder = project.state.with_name("state.db.logs")
    return sorted(folder.iterdir()) if folder.exists() else []


def test_a_timeout_ends_what_fled_into_other_sessions(project: Project) -> None:
    """Also who ignores SIGTERM there; the verdict comes when all of it is gone."""
    script(project, "stays", "echo $$ >> pids; exec sleep 300")
    script(project, "stubborn", "trap '' TERM; echo $$ >> pids; while :; do sleep 0.05; done")
    service = once(
        project,
        "setsid ./stays &\n(setsid ./stays &)\n(setsid ./stubborn > /dev/null 2>&1 &)\nsleep 300",
        "    timeout: 4s\n    kill_after: 500ms\n",
    )
    pids = noted(project, 3)
    with ended_in_the_end(pids):
        ended = service.wait_for("run_ended")
        assert "timed_out" == ended["status"]
        assert gone(pids)
        assert [] == service.events("run_lingers")
    assert service.stop() == 0


def test_a_run_that_ends_leaves_nothing(project: Project) -> None:
    """Its verdict does not wait; it counts as active until the last of it is gone, and the log names that."""
    script(project, "stubborn", "trap '' TERM; echo $$ >> pids; while :; do sleep 0.05; done")
    project.write(
        "  leaves:\n    schedule: {every: 1s}\n    kill_after: 4s\n    target:\n"
        "      shell: '(setsid ./stubborn > /dev/null 2>&1 &); while [ ! -e pids ]; do sleep 0.02; done; echo done'\n"
    )
    service = project.start()
    (pid,) = noted(project, 1)
    with ended_in_the_end([pid]):
        ended = service.wait_for("run_ended")
        assert ("succeeded", True) == (ended["status"], alive(pid))
        service.wait_for("run_lingers", run=ended["run"])
        told = service.wait_for("leftovers", run=ended["run"])
        assert f"stubborn ({pid})" in told["processes"]
        (project.root / "pids").rename(project.root / "first")
        eventually(lambda: project.ask("runs", "leaves")["spans"], what="a fire that was skipped meanwhile")
        eventually(lambda: gone([pid]), what="its end")
        pids = noted(project, 1)
    with ended_in_the_end(pids):
        assert service.stop() == 0
        assert gone(pids)


def test_who_takes_the_mark_away_outlives_its_run(project: Project) -> None:
    """And its service: that is how a job starts a daemon."""
    script(project, "stays", "echo $$ >> pids; exec sleep 300")
    service = once(
        project, "env -u SCHEDRUN_RUN_ID setsid ./stays > /dev/null 2>&1 &\nwhile [ ! -e pids ]; do sleep 0.02; done"
    )
    pids = noted(project, 1)
    with ended_in_the_end(pids):
        assert "succeeded" == service.wait_for("run_ended")["status"]
        assert service.stop() == 0
        assert not gone(pids)


def test_no_zombie_stays(project: Project) -> None:
    """Neither of those that ended before their run, in whatever session, nor of those that were ended after it."""
    script(project, "stays", "echo $$ >> pids; exec sleep 300")
    service = once(
        project,
        "for i in 1 2 3 4 5 6 7 8 9 10; do (setsid true &); (true &); (setsid sh -c '(sleep 0.1 &)' &); done\n"
        "(setsid ./stays &)\nwhile [ ! -e pids ]; do sleep 0.02; done\nsleep 0.5",
    )
    pids = noted(project, 1)
    assert "succeeded" == service.wait_for("run_ended")["status"]
    eventually(lambda: gone(pids), what="the end of what was left")
    eventually(lambda: zombies(service) == [], what="the end of the zombies")
    eventually(lambda: not Path(f"/proc/{pids[0]}").exists(), what="its reaping")
    assert service.stop() == 0


def test_huge_output_is_in_a_file_whole_and_masked(project: Project) -> None:
    """The ledger has its beginning and says where the rest is; the service's memory does not grow with it."""
    secret = "correct-horse-battery"
    line = f"a line with {secret} in it\n"
    prints = f"yes \"a line with $TOKEN in it\" | head -c {300 * MIB}\nprintf '%s' last"
    project.settings |= {"FX_TOKEN": secret}
    service = once(
        project,
        f"while [ ! -e go ]; do sleep 0.02; done\n{prints}",
        "      env: {TOKEN: {from_env: FX_TOKEN}}\n",
    )
    before = most_memory(service)
    (project.root / "go").touch()
    ended = service.wait_for("run_ended")
    assert "succeeded" == ended["status"]
    assert most_memory(service) - before < 32 * MIB
    (run,) = project.runs()
    (file,) = spilled(project)
    assert f"{run['id']}-1.gz" == file.name
    lines, rest = divmod(300 * MIB, len(line))
    # The last line is cut, and so may be the secret in it: a part is no secret.
    expected_tail = (line[:rest] + "last").replace(secret, "***")
    length, seen, tail = 0, 0, ""
    for piece in logs.read(file):
        length += len(piece)
        tail = (tail + piece)[-2 * len(line) :]
        seen += piece.count(secret)
    assert (0, True) == (seen, tail.endswith(expected_tail))
    assert lines * (len(line) - len(secret) + 3) + len(expected_tail) == length
    kept, _, note = run["output"].rpartition("\n")
    assert kept == (line.replace(secret, "***") * 60_000)[:MIB]
    assert f"[output cut here: {length - MIB:,} more bytes; `schedrun runs logs {run['id']}` prints all of it]" == note
    assert service.stop() == 0


def test_a_run_that_goes_on_can_be_followed(project: Project) -> None:
    """Its output is in a file while it runs; once the ledger has all of it, the file is gone."""
    service = once(project, "echo one\nwhile [ ! -e go ]; do sleep 0.02; done\necho two")
    (file,) = eventually(lambda: spilled(project), what="the file")
    eventually(lambda: "".join(logs.read(file)) == "one\n", what="the first line in it")
    (project.root / "go").touch()
    service.wait_for("run_ended")
    assert ["one\ntwo\n"] == [run["output"] for run in project.runs()]
    eventually(lambda: spilled(project) == [], what="the end of the file")
    assert service.stop() == 0


def test_what_a_crash_leaves_of_the_output(project: Project) -> None:
    """The file stays, for the ledger has nothing of it."""
    service = once(project, "echo $$ >> pids\necho one\nexec sleep 300")
    pids = noted(project, 1)
    with ended_in_the_end(pids):
        (file,) = eventually(lambda: spilled(project), what="the file")
        eventually(lambda: "".join(logs.read(file)) == "one\n", what="the first line in it")
        os.kill(service.pid, signal.SIGKILL)
        service.wait()
        assert "one\n" == "".join(logs.read(file))


def without_variables(project: Project) -> list[int]:
    """Start a job whose processes have lost the mark, and return their pids, the service being killed meanwhile."""
    script(project, "stays", "echo $$ >> pids; exec sleep 300")
    service = once(
        project,
        "env -i ./stays &\n"  # in the leader's session
        "env -i ./stays > /dev/null 2>&1 &\n"
        "env -i setsid ./stays &\n"  # prints into the run's pipe
        "echo $$ >> pids\nexec env -i sleep 300",
    )
    pids = noted(project, 4)
    os.kill(service.pid, signal.SIGKILL)
    service.wait()
    return pids


def test_a_crash_leaves_nobody_who_lost_the_mark(project: Project) -> None:
    """The next service finds them by who led the run, and by where they print."""
    pids = without_variables(project)
    with ended_in_the_end(pids):
        assert all(map(alive, pids))
        service = project.start()
        service.wait_for("leftovers")
        eventually(lambda: gone(pids), what="their end")
        assert service.stop() == 0
