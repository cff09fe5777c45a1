"""`schedrun state` beside a running service: it is not disturbed, and what is asked of it is done within a moment."""

import time

import pytest

from tests.e2e.service import Project, eventually, witnessed
from tests.e2e.verdicts import assert_each_has_one

pytestmark = pytest.mark.real_time


def test_check_backup_and_prune_beside_a_service(project: Project) -> None:
    """Each answers at once, the service goes on firing, and a backup can be run on."""
    project.write(witnessed("each"))
    service = project.start("--keep-runs", "4")
    eventually(lambda: len(project.lines()) > 5, what="runs")
    assert 0 == project.call("state", "check").code
    assert 0 == project.call("state", "backup", "copy.db").code
    assert "other.db" not in project.call("state", "backup", "other.db", "--state", "copy.db").stderr

    # What is not said is as the service has it.
    begun, runs = len(project.lines()), len(project.runs("each"))
    counted = project.ask("state", "prune", "--dry-run")
    gone = project.ask("state", "prune")
    left = len(project.runs("each"))
    meanwhile = 2 + len(project.lines()) - begun  # one may be active at each end
    assert runs - 5 <= counted["runs"] <= runs + meanwhile - 4
    assert counted["runs"] <= gone["runs"] <= counted["runs"] + meanwhile
    assert 4 <= left <= 4 + meanwhile
    assert 0 == project.call("state", "check").code
    before = len(project.lines())
    eventually(lambda: len(project.lines()) > before + 1, what="more runs")
    assert service.stop() == 0
    assert 0 == project.call("state", "check").code
    assert_each_has_one(project, "each")
    why = project.call("why", f"each@{project.lines()[0].split()[1]}")
    assert (0, True) == (why.code, "is forgotten" in why.stdout)

    lines = len(project.lines())
    restored = project.start("--state", "copy.db")
    eventually(lambda: len(project.lines()) > lines, what="runs on the copy")
    assert restored.stop() == 0
    assert 0 == project.call("state", "check", "--state", "copy.db").code


def test_a_service_forgets_at_its_start(project: Project) -> None:
    """What the settings no longer keep, with the output that lies beside the state."""
    project.write(witnessed("each"))
    service = project.start()
    eventually(lambda: len(project.lines()) > 4, what="runs")
    assert service.stop() == 0
    logs = project.root / ".schedrun" / "state.db.logs"
    logs.mkdir(exist_ok=True)
    (logs / f"{'0' * 20}-1.gz").touch()
    time.sleep(1)
    service = project.start(SCHEDRUN_KEEP_RUNS="1")
    told = service.wait_for("pruned")
    assert (True, 1) == (told["runs"] >= 4, told["logs"])
    assert service.stop() == 0
    assert 0 == project.call("state", "check").code


def test_a_state_of_another_version_is_brought_up_to_date(project: Project) -> None:
    """By the first start, which says nothing of it and goes on where the old one ended."""
    from tests.stores import earlier

    earlier.load(1, project.state)
    assert 1 == project.call("runs").code
    assert 0 == project.call("state", "check").code
    project.write(witnessed("each"))
    service = project.start()
    service.wait_for("run_ended", job="s/each")
    assert service.stop() == 0
    assert 0 == project.call("state", "check").code
    assert project.runs("set/hourly")
