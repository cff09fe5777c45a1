"""What the ledger of a real service answers when someone asks why, and what its runs have printed."""

import subprocess
from datetime import timedelta

import pytest

from schedrun.clock import SystemClock
from tests.e2e.service import PROGRAM, Project, environment, eventually, witnessed

pytestmark = pytest.mark.real_time


def why(project: Project, job: str, fire_time: str) -> str:
    """Return the sentence."""
    answer = project.call("why", f"{job}@{fire_time}")
    assert (0, "") == (answer.code, answer.stderr)
    return answer.stdout.removeprefix(f"s/{job}@{fire_time} ").rstrip("\n")


def test_every_fire_is_accounted_for_across_a_crash(project: Project) -> None:
    """It ran, failed, was in the way of another, or the service was down."""
    project.write(
        witnessed("ok", more="    misfire: {grace: 1s}\n")
        + witnessed("bad", then="exit 3", more="    retries: {max: 1, backoff: 0s}\n")
        + witnessed("slow", then="sleep 2.5")
    )
    service = project.start()
    for job in ("ok", "bad", "slow"):
        service.wait_for("run_ended", job=f"s/{job}")
    (skipped, *_) = eventually(lambda: project.ask("runs", "slow")["spans"], what="a fire that is skipped")
    service.kill()
    latest, killed = project.runs("ok")[0]["fire_time"], SystemClock().now()
    eventually(lambda: SystemClock().now() - killed > timedelta(seconds=4), what="something that is late enough")
    service = project.start()
    spans = [span for span in project.ask("runs", "ok")["spans"] if span["status"] == "missed"]
    missed = max(spans, key=lambda span: span["decided_at"])
    assert latest < missed["first"]
    said = why(project, "ok", missed["first"])
    assert said.startswith("did not run: the service was down ")
    assert ", misfire grace is 1s, and it would have been " in said
    ran = next(run for run in project.runs("ok")[::-1] if run["status"] == "succeeded")
    assert why(project, "ok", ran["fire_time"]).startswith("ran: succeeded, started ")
    failed = next(run for run in project.runs("bad")[::-1] if run["status"] == "failed")
    assert why(project, "bad", failed["fire_time"]).startswith("failed: exit code 3, after 2 of 2 attempts, started ")
    blocker = skipped["blocked_by"]
    assert why(project, "slow", skipped["first"]).startswith(f"did not run: run {blocker} (fire time ")
    assert 1 == project.call("why", f"ok@{latest[:19]}.5Z").code


def test_output_is_followed_to_the_end_of_the_run(project: Project) -> None:
    """Through its second attempt, as it was into a pipe; what follows is told apart on stderr."""
    shell = 'echo "attempt $SCHEDRUN_ATTEMPT"; sleep 1; printf "\\\\033[31m done\\\\n"; exit $((2 - $SCHEDRUN_ATTEMPT))'
    spec = "schedule: {every: 1h}, retries: {max: 1, backoff: 0s}"
    project.write(f"  a: {{{spec}, target: {{shell: '{shell}'}}}}\n")
    service = project.start()
    run = project.ask("trigger", "a")["run"]
    follow = [*PROGRAM, "runs", "logs", run[:8], "--follow"]
    with subprocess.Popen(follow, cwd=project.root, env=environment(), stdout=-1, stderr=-1, text=True) as command:
        out, err = command.communicate()
    assert (0, "-- attempt 2 --\n") == (command.returncode, err)
    assert "attempt 1\n\x1b[31m done\nattempt 2\n\x1b[31m done\n" == out
    ended = service.wait_for("run_ended")
    assert (run, "succeeded", 2) == (ended["run"], ended["status"], ended["attempt"])
    assert service.stop() == 0
    view = project.ask("runs", "show", run)
    assert [("failed", 1), ("succeeded", 0)] == [(each["status"], each["exit_code"]) for each in view["attempts"]]
    assert "attempt 1\n\x1b[31m done\n" == project.call("runs", "logs", run, "--attempt", "1").stdout
