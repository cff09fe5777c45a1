"""Attempts that are made again, and limits, with real processes, crashes and edits."""

import signal
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.service import Project, eventually

pytestmark = pytest.mark.real_time

ATTEMPT = 'echo "$SCHEDRUN_JOB $SCHEDRUN_RUN_ID $SCHEDRUN_ATTEMPT" >> witness'


def once(job_id: str, then: str, more: str = "", *, seconds: float = 1.5) -> str:
    """Return a job that fires once, soon, notes each attempt in the witness and runs `then`."""
    at = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")  # noqa: TID251  real time
    shell = f"        {ATTEMPT}\n        {then}\n"
    return f"  {job_id}:\n    schedule: {{at: '{at}'}}\n    target:\n      shell: |\n{shell}{more}"


def retries(more: str = "", *, most: int = 3, backoff: str = "300ms") -> str:
    return f"    retries: {{max: {most}, backoff: {backoff}, jitter: false{more}}}\n"


def attempts(project: Project, job_id: str) -> list[str]:
    """Return the numbers of the attempts that the witness saw."""
    return [line.split()[2] for line in project.lines() if line.startswith(f"s/{job_id} ")]


def test_a_failed_attempt_is_made_again_until_it_succeeds(project: Project) -> None:
    """One run, one id; the log names each attempt; with `when` only what it selects."""
    third = '[ "$SCHEDRUN_ATTEMPT" -ge 3 ] || exit 75'
    project.write(
        once("flaky", third, retries())
        + once("selected", third, retries(", when: {exit_codes: [75]}"))
        + once("other", third, retries(", when: {exit_codes: [1], timeout: true}"))
    )
    service = project.start()
    for job, event, status in (
        ("flaky", "run_ended", "succeeded"),
        ("selected", "run_ended", "succeeded"),
        ("other", "run_ended", "failed"),
    ):
        service.wait_for(event, job=f"s/{job}", status=status)
    assert service.stop() == 0
    assert (["1", "2", "3"], ["1", "2", "3"], ["1"]) == tuple(
        attempts(project, job) for job in ("flaky", "selected", "other")
    )
    assert [1, 2] == [event["attempt"] for event in service.events("attempt_ended", job="s/flaky")]
    (run,) = project.runs("flaky")
    assert ("succeeded", 3, None) == (run["status"], run["attempt"], run["error"])


def test_a_retry_survives_a_crash_while_it_waits(project: Project) -> None:
    """It is made at its time, or at once when that has passed, and never twice."""
    project.write(once("flaky", '[ "$SCHEDRUN_ATTEMPT" -ge 2 ] || exit 1', retries(backoff="2s")))
    service = project.start()
    service.wait_for("attempt_ended", job="s/flaky")
    service.kill()
    service = project.start()
    service.wait_for("run_ended", job="s/flaky", status="succeeded")
    assert service.stop() == 0
    assert ["1", "2"] == attempts(project, "flaky")


def test_an_attempt_that_a_crash_cut_is_made_again(project: Project) -> None:
    """Its run goes on with the next attempt; without retries it stays interrupted."""
    stuck = '[ "$SCHEDRUN_ATTEMPT" -ge 2 ] || exec sleep 60'
    project.write(once("again", stuck, retries()) + once("never", stuck))
    service = project.start()
    eventually(lambda: attempts(project, "again") and attempts(project, "never"), what="both to run")
    service.kill()
    service = project.start()
    service.wait_for("run_ended", job="s/again", status="succeeded")
    assert service.stop() == 0
    assert (["1", "2"], ["1"]) == (attempts(project, "again"), attempts(project, "never"))
    ended = {run["job"]: (run["status"], run["attempt"]) for run in project.runs()}
    assert {"s/again": ("succeeded", 2), "s/never": ("interrupted", 1)} == ended


def test_an_edit_takes_the_retries_away(project: Project) -> None:
    """What waits already is made once more, under the spec of that moment; then nothing follows."""
    text = once("flaky", "exit 1", retries(most=50, backoff="1s"))
    project.write(text)
    service = project.start()
    service.wait_for("attempt_ended", job="s/flaky")
    project.write(text.replace("max: 50", "max: 0"))
    service.wait_for("change_applied", job="s/flaky")
    service.wait_for("run_ended", job="s/flaky", status="failed")
    assert service.stop() == 0


def test_a_group_runs_one_at_a_time(project: Project) -> None:
    """`--group` limits jobs of several sets together; the others wait in queued and lose nothing."""
    line = "echo begin >> witness; sleep 0.3; echo end >> witness"
    for job_set in ("one", "two"):
        jobs = "".join(
            f"  j{n}:\n    schedule: {{at: '{datetime.now(UTC) + timedelta(seconds=1.5):%Y-%m-%dT%H:%M:%S.%fZ}'}}\n"  # noqa: TID251  real time
            f"    target: {{shell: '{line}'}}\n    group: db\n"
            for n in range(3)
        )
        project.write(jobs, name=f"{job_set}.yaml", job_set=job_set)
    service = project.start("--group", "db=1")
    for _ in range(6):
        service.wait_for("run_ended", status="succeeded")
    assert service.stop() == 0
    assert ["begin", "end"] * 6 == project.lines()


def test_once_waits_for_retries(project: Project) -> None:
    """A run is over when its last attempt is."""
    project.write(once("flaky", '[ "$SCHEDRUN_ATTEMPT" -ge 2 ] || exit 1', retries(), seconds=3600))
    project.call("apply")
    shifted = project.root / "manifests" / "jobs.yaml"
    text = shifted.read_text(encoding="utf-8")
    due = (datetime.now(UTC) + timedelta(seconds=1)).isoformat(timespec="milliseconds")  # noqa: TID251  real time
    project.write_raw(text.replace(text.partition("at: '")[2].partition("'")[0], due))
    project.call("apply")
    eventually(lambda: datetime.now(UTC).isoformat() > due, what="the fire to be due")  # noqa: TID251  real time
    service = project.start("--once", ready=False)
    assert 0 == service.wait()
    assert ["1", "2"] == attempts(project, "flaky")


def test_a_drain_lets_no_retry_start(project: Project) -> None:
    """It waits in the ledger for the next start."""
    project.write(once("flaky", "sleep 1; exit 1", retries(backoff="100ms", most=1)))
    service = project.start()
    eventually(lambda: attempts(project, "flaky"), what="the first attempt")
    service.signal(signal.SIGTERM)
    assert service.wait() == 0
    assert ["1"] == attempts(project, "flaky")
    (run,) = project.runs()
    assert ("queued", 1) == (run["status"], run["attempt"])
    service = project.start()
    service.wait_for("run_ended", job="s/flaky", status="failed")
    assert service.stop() == 0
    assert ["1", "2"] == attempts(project, "flaky")
