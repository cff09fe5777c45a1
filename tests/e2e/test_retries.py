"""Attempts that are made again, and limits, with real processes, crashes and edits."""

import signal

import pytest

from tests.e2e.service import Project, alive, ended_in_the_end, eventually

pytestmark = pytest.mark.real_time

ATTEMPT = 'echo "$SCHEDRUN_JOB $SCHEDRUN_RUN_ID $SCHEDRUN_ATTEMPT" >> witness'
SECOND = '[ "$SCHEDRUN_ATTEMPT" -ge 2 ] || exit 1'


def by_hand(job_id: str, then: str, more: str = "") -> str:
    """Return a job that nobody's clock fires: it notes each attempt in the witness and runs `then`."""
    shell = f"        {ATTEMPT}\n        {then}\n"
    return f"  {job_id}:\n    schedule: {{every: 520w}}\n    target:\n      shell: |\n{shell}{more}"


def retries(more: str = "", *, most: int = 3, backoff: str = "300ms") -> str:
    return f"    retries: {{max: {most}, backoff: {backoff}, jitter: false{more}}}\n"


def trigger(project: Project, *job_ids: str) -> None:
    for job_id in job_ids:
        answer = project.call("trigger", f"s/{job_id}")
        assert answer.code == 0, answer.stderr


def attempts(project: Project, job_id: str) -> list[str]:
    """Return the numbers of the attempts that the witness saw."""
    return [line.split()[2] for line in project.lines() if line.startswith(f"s/{job_id} ")]


def test_a_failed_attempt_is_made_again_until_it_succeeds(project: Project) -> None:
    """One run, one id; the log names each attempt; with `when` only what it selects."""
    third = '[ "$SCHEDRUN_ATTEMPT" -ge 3 ] || exit 75'
    project.write(
        by_hand("flaky", third, retries())
        + by_hand("selected", third, retries(", when: {exit_codes: [75]}"))
        + by_hand("other", third, retries(", when: {exit_codes: [1], timeout: true}"))
    )
    service = project.start()
    trigger(project, "flaky", "selected", "other")
    for job, status in (("flaky", "succeeded"), ("selected", "succeeded"), ("other", "failed")):
        service.wait_for("run_ended", job=f"s/{job}", status=status)
    assert service.stop() == 0
    assert (["1", "2", "3"], ["1", "2", "3"], ["1"]) == tuple(
        attempts(project, job) for job in ("flaky", "selected", "other")
    )
    assert [1, 2] == [event["attempt"] for event in service.events("attempt_ended", job="s/flaky")]
    (run,) = project.runs("flaky")
    assert ("succeeded", 3, None) == (run["status"], run["attempt"], run["error"])


def test_a_retry_survives_a_crash_while_it_waits(project: Project) -> None:
    """It is made at its time, or at once when that has passed, and never twice."""
    project.write(by_hand("flaky", SECOND, retries(backoff="2s")))
    service = project.start()
    trigger(project, "flaky")
    service.wait_for("attempt_ended", job="s/flaky")
    service.kill()
    service = project.start()
    service.wait_for("run_ended", job="s/flaky", status="succeeded")
    assert service.stop() == 0
    assert ["1", "2"] == attempts(project, "flaky")


def test_what_a_crash_left_alive_is_ended_before_the_next_attempt(project: Project) -> None:
    """Also what left its group and session; a run without retries stays interrupted, and is ended all the same."""
    leave = "echo $$ >> pids.{0}; setsid sh -c 'echo $$ >> pids.{0}; exec sleep 600' & exec sleep 600"
    state = "$(cut -d' ' -f3 /proc/$pid/stat 2>/dev/null)"  # a zombie, Z, waits for whoever inherited it
    # At its own alone: for what another job left it does not wait.
    look = f'for pid in $(cat pids.again); do case "{state}" in [RSDT]) echo alive >> seen;; esac; done'
    first_leaves = f'if [ "$SCHEDRUN_ATTEMPT" -ge 2 ]; then {look}; echo looked >> seen; exit 0; fi; '
    project.write(
        by_hand("again", first_leaves + leave.format("again"), retries()) + by_hand("never", leave.format("never"))
    )
    service = project.start()
    trigger(project, "again", "never")

    def begun() -> list[str]:
        """Return the pids, nothing before all four are there."""
        found = [pid for file in project.root.glob("pids.*") for pid in file.read_text().split()]
        return found if len(found) == 4 else []

    listed = eventually(begun, what="all to run")
    with ended_in_the_end([int(pid) for pid in listed]):
        service.kill()
        assert all(alive(int(pid)) for pid in listed)
        service = project.start()
        service.wait_for("leftovers")
        service.wait_for("run_ended", job="s/again", status="succeeded")
        eventually(lambda: not any(alive(int(pid)) for pid in listed), what="what was left behind to be gone")
        assert service.stop() == 0
    assert ["looked"] == (project.root / "seen").read_text().split()
    assert (["1", "2"], ["1"]) == (attempts(project, "again"), attempts(project, "never"))
    ended = {run["job"]: (run["status"], run["attempt"]) for run in project.runs()}
    assert {"s/again": ("succeeded", 2), "s/never": ("interrupted", 1)} == ended


def test_what_was_left_alive_is_found_although_a_command_came_first(project: Project) -> None:
    """A command that acts on the state of a killed service marks its runs; their processes are ended by the start."""
    project.write(by_hand("stuck", "echo $$ > pid; exec sleep 600"))
    service = project.start()
    trigger(project, "stuck")
    pid = int(eventually(lambda: (project.root / "pid").exists() and (project.root / "pid").read_text(), what="a pid"))
    with ended_in_the_end([pid]):
        service.kill()
        assert project.call("pause", "s/stuck").code == 0
        assert ["interrupted"] == [run["status"] for run in project.runs()]
        assert alive(pid)
        service = project.start()
        eventually(lambda: not alive(pid), what="the process to be gone")
        assert service.stop() == 0


def test_an_edit_takes_the_retries_away(project: Project) -> None:
    """What waits already is made once more, under the spec of that moment; then nothing follows."""
    text = by_hand("flaky", "exit 1", retries(most=50, backoff="1s"))
    project.write(text)
    service = project.start()
    trigger(project, "flaky")
    service.wait_for("attempt_ended", job="s/flaky")
    project.write(text.replace("max: 50", "max: 0"))
    service.wait_for("run_ended", job="s/flaky", status="failed")
    assert service.stop() == 0


def test_a_group_runs_one_at_a_time(project: Project) -> None:
    """`--group` limits jobs of several sets together; the others wait in queued and lose nothing."""
    line = "echo begin >> witness; sleep 0.3; echo end >> witness"
    for job_set in ("one", "two"):
        jobs = "".join(
            f"  j{n}:\n    schedule: {{every: 520w}}\n    target: {{shell: '{line}'}}\n    group: db\n"
            for n in range(3)
        )
        project.write(jobs, name=f"{job_set}.yaml", job_set=job_set)
    service = project.start("--group", "db=1")
    for job_set in ("one", "two"):
        for n in range(3):
            assert project.call("trigger", f"{job_set}/j{n}").code == 0
    for _ in range(6):
        service.wait_for("run_ended", status="succeeded")
    assert service.stop() == 0
    assert ["begin", "end"] * 6 == project.lines()


def test_once_waits_for_retries(project: Project) -> None:
    """A run is over when its last attempt is."""
    project.write(by_hand("flaky", SECOND, retries()))
    assert project.call("apply").code == 0
    trigger(project, "flaky")
    service = project.start("--once", ready=False)
    assert 0 == service.wait()
    assert ["1", "2"] == attempts(project, "flaky")


def test_a_drain_lets_no_retry_start(project: Project) -> None:
    """It waits in the ledger for the next start."""
    waits = "until [ -e go ]; do sleep 0.05; done; exit 1"
    project.write(by_hand("flaky", waits, retries(backoff="100ms", most=1)))
    service = project.start("--drain-timeout", "60s")
    trigger(project, "flaky")
    eventually(lambda: attempts(project, "flaky"), what="the first attempt")
    service.signal(signal.SIGTERM)
    service.wait_for("stopping")
    (project.root / "go").touch()
    assert service.wait() == 0
    assert ["1"] == attempts(project, "flaky")
    (run,) = project.runs()
    assert ("queued", 1) == (run["status"], run["attempt"])
    service = project.start()
    service.wait_for("run_ended", job="s/flaky", status="failed")
    assert service.stop() == 0
    assert ["1", "2"] == attempts(project, "flaky")
