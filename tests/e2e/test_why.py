"""What the ledger of a real service answers when someone asks why, and what its runs have printed."""

import subprocess
from datetime import timedelta

import pytest

from schedrun.clock import SystemClock
from tests.e2e.service import PROGRAM, Event, Project, ended_in_the_end, environment, eventually, witnessed

pytestmark = pytest.mark.real_time


def why(project: Project, job: str, fire_time: str) -> str:
    """Return the sentence."""
    answer = project.call("why", f"{job}@{fire_time}")
    assert (0, "") == (answer.code, answer.stderr)
    return answer.stdout.removeprefix(f"s/{job}@{fire_time} ").rstrip("\n")


def spans_of(project: Project, job: str, status: str) -> list[Event]:
    """Return the job's spans of that status: a busy machine brings others."""
    return [span for span in project.ask("runs", job)["spans"] if span["status"] == status]


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
    (skipped, *_) = eventually(lambda: spans_of(project, "slow", "skipped"), what="a fire that is skipped")
    service.kill()
    latest, killed = project.runs("ok")[0]["fire_time"], SystemClock().now()
    eventually(lambda: SystemClock().now() - killed > timedelta(seconds=4), what="something that is late enough")
    service = project.start()
    missed = eventually(
        lambda: next((span for span in spans_of(project, "ok", "missed") if latest < span["first"]), None),
        what="what was missed meanwhile",
    )
    assert missed is not None
    said = why(project, "ok", missed["first"])
    assert said.startswith("did not run: the service was down ")
    assert ", misfire grace is 1s, and it would have been " in said
    ran = next(run for run in project.runs("ok")[::-1] if run["status"] == "succeeded")
    assert why(project, "ok", ran["fire_time"]).startswith("ran: succeeded, started ")
    failed = next(run for run in project.runs("bad")[::-1] if run["status"] == "failed")
    assert why(project, "bad", failed["fire_time"]).startswith("failed: exit code 3, after 2 attempts, started ")
    blocker = skipped["blocked_by"]
    assert why(project, "slow", skipped["first"]).startswith(f"did not run: run {blocker} (fire time ")
    assert 1 == project.call("why", f"ok@{latest[:19]}.5Z").code


def test_output_is_followed_to_the_end_of_the_run(project: Project) -> None:
    """Through its second attempt, as it was into a pipe; what follows is told apart on stderr."""
    wait = "while [ ! -e go ]; do sleep 0.05; done"
    shell = f'echo "attempt $SCHEDRUN_ATTEMPT"; {wait}; printf "\\\\033[31m done\\\\n"; exit $((2 - $SCHEDRUN_ATTEMPT))'
    spec = "schedule: {every: 36500d}, retries: {max: 1, backoff: 0s}"
    project.write(f"  a: {{{spec}, target: {{shell: '{shell}'}}}}\n")
    service = project.start()
    run = project.ask("trigger", "a")["run"]
    follow = [*PROGRAM, "runs", "logs", run[:8], "--follow"]
    with subprocess.Popen(follow, cwd=project.root, env=environment(), stdout=-1, stderr=-1, text=True) as command:
        assert command.stdout is not None
        first = command.stdout.readline()
        (project.root / "go").touch()
        out, err = command.communicate()
    assert (0, "-- attempt 2 --\n") == (command.returncode, err)
    assert "attempt 1\n\x1b[31m done\nattempt 2\n\x1b[31m done\n" == first + out
    ended = service.wait_for("run_ended")
    assert (run, "succeeded", 2) == (ended["run"], ended["status"], ended["attempt"])
    assert service.stop() == 0
    view = project.ask("runs", "show", run)
    assert [("failed", 1), ("succeeded", 0)] == [(each["status"], each["exit_code"]) for each in view["attempts"]]
    assert "attempt 1\n\x1b[31m done\n" == project.call("runs", "logs", run, "--attempt", "1").stdout


def test_output_is_read_while_it_is_printed_and_whole_afterwards(project: Project) -> None:
    """The first line comes while the run goes on; all of it is there when the ledger holds only its first MiB."""
    shell = "echo first; while [ ! -e go ]; do sleep 0.05; done; seq 300000; echo $TOKEN"
    secret = "env: {TOKEN: {from_env: FX_TOKEN}}"
    project.write(f"  a: {{schedule: {{every: 36500d}}, target: {{shell: '{shell}', {secret}}}}}\n")
    service = project.start(FX_TOKEN="correct-horse")
    run = project.ask("trigger", "a")["run"]
    follow = [*PROGRAM, "runs", "logs", run, "--follow"]
    with subprocess.Popen(follow, cwd=project.root, env=environment(), stdout=-1, text=True) as command:
        assert command.stdout is not None
        assert "first\n" == command.stdout.readline()
        assert "running" == project.runs("a")[0]["status"]
        (project.root / "go").touch()
        followed = command.stdout.read()
    whole = "".join(f"{number}\n" for number in range(1, 300_001)) + "***\n"
    assert (0, whole) == (command.returncode, followed)
    service.wait_for("run_ended")
    assert "first\n" + whole == project.call("runs", "logs", run).stdout
    (attempt,) = project.ask("runs", "show", run)["attempts"]
    assert len(whole) > len(attempt["output"])
    assert (project.root / attempt["log"]).is_file()
    assert service.stop() == 0


def test_a_killed_service_leaves_what_its_run_had_printed(project: Project) -> None:
    """The ledger has nothing of it."""
    project.write("  a: {schedule: {every: 36500d}, target: {shell: 'echo $$ > pid; echo first; exec sleep 60'}}\n")
    service = project.start()
    run = project.ask("trigger", "a")["run"]
    printed = eventually(lambda: project.call("runs", "logs", run).stdout, what="the first line")
    service.kill()
    with ended_in_the_end([int((project.root / "pid").read_text())]):
        assert "first\n" == printed == project.call("runs", "logs", run).stdout
        assert 0 == project.call("apply").code
        assert "interrupted" == project.ask("runs", "show", run)["run"]["status"]
        assert "first\n" == project.call("runs", "logs", run, "--follow").stdout
        fire_time = f"{project.runs('a')[0]['fire_time'][:19]}Z"
        said = project.call("why", f"a@{fire_time}").stdout
        assert "was interrupted: the service ended while this ran, took " in said
