"""A damaged state: `run` ends at once and leaves it as it is, what can be read is read, and damage ends a service."""

import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from schedrun.stores import integrity
from tests.e2e.service import Project, eventually, witnessed
from tests.stores import damage
from tests.stores.damage import Damage

pytestmark = pytest.mark.real_time

RUNS = 3_000
HOURLY = "".join(f"  h{number}: {{schedule: {{every: 1h}}, target: {{command: [echo]}}}}\n" for number in range(200))


@pytest.fixture
def damaged(project: Project, request: pytest.FixtureRequest) -> Project:
    """Return a project whose state was damaged while nobody ran."""
    inflict: Damage = request.param
    if inflict not in damage.OF_THE_FILE:
        # So few that the log was never begun anew: what is damaged is in use.
        damage.written(project.state, runs=RUNS // 10, killed=True)
    else:
        damage.written(project.state, runs=RUNS)
    inflict(project.state)
    project.write(witnessed("each"))
    return project


@pytest.mark.parametrize(
    "damaged", [*damage.OF_THE_FILE, *damage.OF_THE_LOG, *damage.OF_THE_FILE_OF_A_LOG], indirect=True
)
def test_a_damaged_state_is_refused_and_left_as_it_is(damaged: Project) -> None:
    """Before anything else is done, by name and with what to do; `state check` says what is damaged."""
    before = damage.contents(damaged.state)
    for _ in range(2):
        service = damaged.start(ready=False)
        assert service.wait() == 1
        (error,) = service.lines
        assert error.startswith("Error: this state is damaged")
        assert ".schedrun/state.db" in error
        assert "`schedrun state check --state .schedrun/state.db`" in error
        assert "backup" in error
        assert [] == damaged.lines()
    checked = damaged.call("state", "check")
    assert 1 == checked.code
    assert checked.stdout.startswith("damaged: .schedrun/state.db\n  file: ")
    told = damaged.ask("state", "check")
    assert (False, "file") == (told["ok"], told["flaws"][0]["promise"])
    assert 1 == damaged.call("state", "backup", "copy.db").code
    assert not (damaged.root / "copy.db").exists()
    assert before == damage.contents(damaged.state)


@pytest.mark.parametrize(
    "damaged",
    [damage.page_in_the_middle, damage.pages_here_and_there, damage.cut_in_half, damage.log_cut_in_half],
    indirect=True,
)
def test_what_is_readable_is_printed(damaged: Project) -> None:
    """`runs` and its likes print it, warn on stderr with the remedy, and exit with 0."""
    for command in (("runs", "-n", str(RUNS)), ("jobs",), ("status",)):
        answer = damaged.call(*command)
        assert answer.code == 0
        assert answer.stdout
    answer = damaged.call("runs", "-n", str(RUNS), "--format", "json")
    assert answer.code == 0
    assert RUNS // 50 < len(answer.json["runs"]) <= RUNS
    assert {"set/one"} >= {run["job"] for run in answer.json["runs"] if not run["job"].startswith("(")}
    assert answer.stderr.startswith("Warning: this state is damaged")
    assert "state check" in answer.stderr


@pytest.mark.parametrize("damaged", [damage.garbage_header, damage.garbage_first_page], indirect=True)
def test_nothing_readable_is_an_error(damaged: Project) -> None:
    """Then there is nothing to print."""
    for command in ("runs", "jobs", "status"):
        answer = damaged.call(command)
        assert (1, "") == (answer.code, answer.stdout)
        assert ".schedrun/state.db" in answer.stderr


def test_damage_in_an_old_page_of_a_large_state_ends_the_service(project: Project) -> None:
    """Too large to be looked at whole before the start: that is done beside the work."""
    damage.written(project.state, runs=20)
    with closing(sqlite3.connect(project.state)) as other, other:
        other.execute("UPDATE attempt SET output = ? WHERE run = 1", ("x" * (integrity.PROBED_WHOLE + 2**20),))
    damage.page_in_the_middle(project.state)
    project.write(witnessed("each"))
    service = project.start(ready=False)
    assert service.wait() == 1
    assert service.lines[-1].startswith("Error: this state is damaged")


def test_the_remedies_work(project: Project) -> None:
    """A backup in the place of a damaged state, or nothing in its place."""
    project.write(witnessed("each"))
    service = project.start()
    service.wait_for("run_ended", job="s/each")
    assert 0 == project.call("state", "backup", "copy.db").code
    service.wait_for("run_ended", job="s/each")
    service.kill()
    damage.page_in_the_middle(project.state)
    damage.log_cut_in_half(project.state)
    assert project.start(ready=False).wait() == 1
    for name in ("state.db", "state.db-wal", "state.db-shm"):
        project.state.with_name(name).rename(project.root / name)
    shutil.copyfile(project.root / "copy.db", project.state)
    service = project.start()
    service.wait_for("run_ended", job="s/each")
    assert service.stop() == 0
    assert 0 == project.call("state", "check").code
    for file in project.state.parent.glob("state.db*"):
        file.unlink()
    service = project.start()
    service.wait_for("run_ended", job="s/each")
    assert service.stop() == 0


def garble(state: Path) -> None:
    """Overwrite everything but the first page, as a disk does that goes bad."""
    with state.open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(damage.PAGE)
        file.write(b"\xa5" * (size - damage.PAGE))


def test_damage_that_shows_while_running_ends_the_service(project: Project) -> None:
    """With exit code 1 and the same words, instead of trying for ever."""
    project.write(witnessed("each") + HOURLY)
    assert project.start().stop() == 0
    service = project.start()
    service.wait_for("run_ended", job="s/each")
    garble(project.state)
    told = service.wait_for("state_unusable")
    assert "state.db" in told["error"]
    assert service.wait() == 1
    assert service.lines[-1].startswith("Error: this state is damaged")
    assert 1 == len(service.events("state_unusable"))


def test_damage_lets_running_jobs_end(project: Project) -> None:
    """As Ctrl-C does; their verdicts are lost, and the log says so."""
    project.write(
        HOURLY
        + "  long:\n    schedule: {every: 1s}\n    target:\n"
        + "      shell: 'touch begun; while [ -e hold ]; do sleep 0.05; done; touch ended'\n"
    )
    assert project.start().stop() == 0
    (project.root / "begun").unlink(missing_ok=True)
    (project.root / "hold").touch()
    service = project.start()
    eventually((project.root / "begun").exists, what="the run")
    garble(project.state)
    service.wait_for("state_unusable")
    waits = service.wait_for("stopping")
    assert "s/long" in waits["waiting_for"]
    (project.root / "hold").unlink()
    assert service.wait() == 1
    assert (project.root / "ended").exists()
    service.said("verdicts_lost")


def test_run_once_ends_too(project: Project) -> None:
    """A run that was cut off from its ledger is no reason to wait for ever."""
    # Often enough to be due when the second service starts.
    project.write("  one: {schedule: {every: 100ms}, target: {shell: 'touch begun; sleep 2'}}\n")
    assert project.start().stop() == 0
    (project.root / "begun").unlink(missing_ok=True)
    service = project.start("--once", ready=False)
    eventually((project.root / "begun").exists, what="the run")
    project.state.unlink()
    assert service.wait() == 1
    assert service.process.returncode != -signal.SIGKILL
    assert "taken away" in service.lines[-1]
