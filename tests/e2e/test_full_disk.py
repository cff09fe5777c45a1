"""A disk without room: nothing starts, nothing that was told is lost, and everything goes on by itself."""

import resource
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import mounts
from tests.e2e.service import Project, Service, eventually, witnessed
from tests.e2e.verdicts import assert_each_has_one

pytestmark = pytest.mark.real_time

OUTAGE_SECONDS = 3


@pytest.fixture
def disk(project: Project) -> Iterator[Path]:
    """Put the state's folder on a disk of its own, which is soon full."""
    with mounts.small_disk(project.state.parent, size="2m") as folder:
        yield folder


def all_claimed_have_begun(project: Project) -> bool:
    """Whether every run that is recorded as running has written its line."""
    running = {run["id"] for run in project.runs("each") if run["status"] == "running"}
    return running <= {line.split()[2] for line in project.lines()}


def assert_the_outage_passes(project: Project, service: Service, *, begin: object, end: object) -> None:
    """Make the state unwritable by `begin()` and writable by `end()`; everything is as it must be after it."""
    service.wait_for("run_ended", job="s/each", status="succeeded")
    begin()  # type: ignore[operator]  # called for what it does
    told = service.wait_for("state_not_written")
    assert "full" in told["error"]
    assert ".schedrun/state.db" in told["error"]
    assert "room" in told["error"]
    eventually(lambda: all_claimed_have_begun(project), what="what was claimed before the disk was full")
    begun = len(project.lines())
    time.sleep(OUTAGE_SECONDS)
    assert begun == len(project.lines())
    assert 0 == project.call("runs").code
    end()  # type: ignore[operator]  # as above
    again = service.wait_for("state_written_again")
    assert again["seconds"] >= OUTAGE_SECONDS
    eventually(lambda: len(project.lines()) > begun + 1, what="runs after the outage")
    assert 1 == len(service.events("state_not_written"))
    assert service.stop() == 0

    assert 0 == project.call("state", "check").code
    assert_each_has_one(project, "each")
    recorded = {run["id"]: run["status"] for run in project.runs("each")}
    started = Counter(line.split()[2] for line in project.lines())
    assert {1} == set(started.values())
    assert recorded.keys() >= started.keys()
    assert {"succeeded"} == {recorded[run] for run in started}


def test_a_full_disk_is_told_survived_and_made_up_for(project: Project, disk: Path) -> None:
    """A real disk; the verdicts of the outage are recorded after it, each once."""
    project.write(witnessed("each"))
    service = project.start()
    assert_the_outage_passes(project, service, begin=lambda: mounts.fill(disk), end=(disk / "filler").unlink)


def test_files_that_may_not_grow_are_a_full_disk(project: Project) -> None:
    """The variant that every user can run: a limit on the size of files, as quotas and `ulimit -f` are."""
    project.write(witnessed("each"))
    service = project.start()

    def limit(size: int) -> None:
        resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    log = project.state.with_name("state.db-wal")
    assert_the_outage_passes(
        project,
        service,
        begin=lambda: limit(log.stat().st_size),
        end=lambda: limit(resource.RLIM_INFINITY),
    )


def test_what_runs_when_the_disk_fills_up_keeps_its_verdict(project: Project, disk: Path) -> None:
    """It ends during the outage, and is recorded as what it was."""
    project.write(witnessed("long", "{every: 2s}", then="while [ -e hold ]; do sleep 0.05; done"))
    hold = project.root / "hold"
    hold.touch()
    service = project.start()
    eventually(project.lines, what="a run")
    filler = mounts.fill(disk)
    hold.unlink()
    service.wait_for("state_not_written")
    filler.unlink()
    ended = service.wait_for("run_ended", job="s/long")
    assert ("succeeded", project.lines()[0].split()[2]) == (ended["status"], ended["run"])
    assert service.stop() == 0


def test_a_service_that_starts_on_a_full_disk_says_so(project: Project, disk: Path) -> None:
    """It ends at once, with the disk and the remedy in its error; with room it starts."""
    project.write(witnessed("each"))
    for _ in range(2):  # without a state, then with one
        filler = mounts.fill(disk)
        service = project.start(ready=False)
        assert service.wait() == 1
        (error,) = service.lines
        assert error.startswith("Error: ")
        assert "full" in error
        assert ".schedrun/state.db" in error
        assert "make room" in error
        filler.unlink()
        service = project.start()
        service.wait_for("run_ended", job="s/each")
        assert service.stop() == 0
