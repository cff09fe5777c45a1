"""kill -9 exactly between what is durable and what follows from it."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.service import Project, environment, eventually
from tests.torture import witness
from tests.torture.jobs import Job, Retries, Work, manifest
from tests.torture.timetable import SECOND, Every
from tests.torture.victim import Victim

pytestmark = pytest.mark.real_time

AGAIN = Retries(2, 200_000, jitter=False)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Return a user's empty folder; what was started in it is ended after the test."""
    project = Project(tmp_path, settings={"TORTURE_WITNESS": str(tmp_path / "witness")})
    yield project
    project.close()


def job(retries: Retries, work: Work) -> str:
    """Return the manifest of a job that fires every second: whenever a slow machine sees it, one is about to come."""
    return manifest([Job("s/job", Every(), work=work, retries=retries)])


def dies(project: Project, place: str) -> None:
    """Run the service until it has killed itself there."""
    victim = Victim(
        ["run", "--log-format", "json"], folder=project.root, env=environment(**project.settings), dies=place
    )
    assert victim.wait() == -signal.SIGKILL, victim.lines
    victim.kill()


def only_run(project: Project) -> dict[str, Any]:
    """Return the only run there is."""
    (run,) = project.runs()
    return run


def told(project: Project, run: str) -> list[tuple[int, str]]:
    """Return what the witness saw of a run: attempt and kind of each line, signs of life left out."""
    lines = witness.read("\n".join(project.lines()))
    return [(line.attempt, line.kind) for line in lines if line.run == run and line.kind != "alive"]


@pytest.mark.parametrize(
    ("place", "work", "first"),
    [
        pytest.param("before-start:1", Work("bash", 20), [], id="committed-but-not-started"),
        pytest.param("before-start:1", Work("steady", 20), [], id="committed-but-not-called"),
        pytest.param("before-verdict:1", Work("bash", 20), [(1, "begin"), (1, "end")], id="ended-but-not-recorded"),
        pytest.param(
            "before-verdict:1", Work("steady", 20), [(1, "begin"), (1, "end")], id="returned-but-not-recorded"
        ),
    ],
)
def test_a_run_that_the_ledger_began_is_interrupted(
    project: Project, place: str, work: Work, first: list[tuple[int, str]]
) -> None:
    """Whether the job itself had begun or had ended: it is made again where it has retries, and never twice."""
    project.write_raw(job(AGAIN, work))
    dies(project, place)
    run = only_run(project)
    assert (first, "running", 1) == (told(project, run["id"]), run["status"], run["attempt"])
    service = project.start()
    assert 1 == service.wait_for("run_interrupted", run=run["id"])["attempt"]
    service.wait_for("run_ended", run=run["id"], status="succeeded", attempt=2)
    assert service.stop() == 0
    assert [*first, (2, "begin"), (2, "end")] == told(project, run["id"])


@pytest.mark.parametrize("place", ["before-start:1", "before-verdict:1"])
def test_without_retries_it_stays_interrupted(project: Project, place: str) -> None:
    """One attempt is at most one begin: nobody knows how far it came."""
    project.write_raw(job(Retries(), Work("bash", 20)))
    dies(project, place)
    run = only_run(project)
    before = told(project, run["id"])
    service = project.start()
    service.wait_for("run_interrupted", run=run["id"])
    service.wait_for("run_ended")
    assert service.stop() == 0
    assert before == told(project, run["id"])
    (run,) = [one for one in project.runs() if one["id"] == run["id"]]
    assert ("interrupted", 1) == (run["status"], run["attempt"])


def test_what_was_not_committed_never_happened(project: Project) -> None:
    """Killed before each of its first writes in turn, it has begun nothing; what it does later it does once."""
    project.write_raw(job(Retries(), Work("bash", 20)))
    for number in (1, 2, 1, 3):  # taking over; applying the manifests; again; the first claim
        dies(project, f"before-commit:{number}")
        assert [] == project.lines()
        assert [] == project.runs()
    service = project.start()
    run = service.wait_for("run_ended")["run"]
    assert service.stop() == 0
    assert [(1, "begin"), (1, "end")] == told(project, run)


def test_a_retry_that_waits_outlives_crash_after_crash(project: Project) -> None:
    """It is made when its time has come, once, and no earlier than its backoff."""
    project.write_raw(job(Retries(1, 3 * SECOND, jitter=False), Work("bash", 20, fails=100, code=75)))
    service = project.start()
    run = service.wait_for("attempt_ended")["run"]
    for _ in range(3):
        service.kill()
        service = project.start()

    def ended() -> bool:
        # On a slow machine the last of the crashes comes when it does not wait any more.
        return any(one["id"] == run and one["finished_at"] and one["attempt"] == 2 for one in project.runs())

    eventually(ended, what="the second attempt")
    assert service.stop() == 0
    seen = witness.by_attempt(witness.read("\n".join(project.lines())))
    assert {1} == {len(one.begins) for (known, _), one in seen.items() if known == run}
    if (run, 2) in seen:  # else the last of the crashes came before it could say a word
        assert seen[run, 2].begin.at - seen[run, 1].ends[0].at >= 3


def test_a_process_that_was_started_and_lost_is_found(project: Project) -> None:
    """Killed right after the process came to be: the attempt is interrupted, and the next one is made."""
    project.write_raw(job(AGAIN, Work("bash", 20)))
    dies(project, "after-spawn:1")
    run = only_run(project)
    service = project.start()
    service.wait_for("run_interrupted", run=run["id"])
    service.wait_for("run_ended", run=run["id"], status="succeeded", attempt=2)
    assert service.stop() == 0
    # The first may have been ended before it could say a word.
    first = [one for one in told(project, run["id"]) if one[0] == 1]
    assert first in ([], [(1, "begin")], [(1, "begin"), (1, "end")])
    assert [(2, "begin"), (2, "end")] == [one for one in told(project, run["id"]) if one[0] == 2]
