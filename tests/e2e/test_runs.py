"""What runs do and what is recorded of them, in a service that executes real commands."""

import json
import signal

import pytest

from tests.e2e.service import Event, Project, alive, eventually

pytestmark = pytest.mark.real_time

SECRET = "correct-horse-battery"
HIDDEN = "staple"


def test_a_timeout_kills_the_whole_process_group(project: Project) -> None:
    """The job that ignores SIGTERM and its children; the run is timed_out and says so."""
    shell = (
        "sleep 61 & echo $! >> pids; (sleep 62; true) & echo $! >> pids; "
        "trap : TERM; echo $$ >> pids; echo said; while :; do sleep 1; done"
    )
    project.write(
        f"  t: {{schedule: {{every: 1s}}, target: {{shell: '{shell}'}}, timeout: 1s, kill_after: 300ms}}\n"
        "  polite: {schedule: {every: 1s}, timeout: 500ms, target: {shell: 'trap \"exit 0\" TERM; sleep 30 & wait'}}\n"
    )
    service = project.start()
    ended = service.wait_for("run_ended", job="s/t")
    assert ("timed_out", "timed out after 1s") == (ended["status"], ended["error"].partition(" (")[0])
    # Not the first that ends: a busy machine may end a shell before it has come to its trap.
    service.wait_for("run_ended", job="s/polite", status="timed_out", exit_code=0)

    def said() -> list[Event]:
        """Return the runs that had started all that they start, oldest first."""
        return [run for run in project.runs("t")[::-1] if run["finished_at"] and run["output"].startswith("said\n")]

    (run, *_) = eventually(said, what="a run that came to its trap")
    assert ("timed_out", "timed out after 1s") == (run["status"], run["error"].partition(" (")[0])
    pids = [int(pid) for pid in (project.root / "pids").read_text().split()[:3]]
    eventually(lambda: [pid for pid in pids if alive(pid)] == [], what="the end of all that it had started")
    service.signal(signal.SIGINT)
    service.signal(signal.SIGINT)
    assert service.wait() == 0


def test_overlap_decides_about_a_fire_that_comes_while_another_run_is_active(project: Project) -> None:
    """Each policy, with what it leaves in the ledger."""
    job = "  {0}: {{schedule: {{every: 1s}}, target: {{shell: 'echo x >> {0}; sleep {1}'}}, overlap: {0}}}\n"
    project.write("".join(job.format(policy, "2.5") for policy in ("forbid", "queue", "replace", "allow")))
    service = project.start()
    service.wait_for("run_ended", job="s/replace", status="cancelled")
    for policy in ("forbid", "queue", "allow"):
        assert "succeeded" == service.wait_for("run_ended", job=f"s/{policy}")["status"]
    eventually(lambda: [run["status"] for run in project.runs("allow")].count("running") >= 2, what="runs side by side")
    eventually(lambda: "queued" in [run["status"] for run in project.runs("queue")], what="a run that waits")
    for policy, most in (("forbid", 1), ("queue", 1), ("replace", 1)):
        assert most >= [run["status"] for run in project.runs(policy)].count("running")
    # On a busy machine a fire may be superseded too.
    spans = [span for span in project.ask("runs", "forbid")["spans"] if span["status"] != "superseded"]
    assert {"skipped"} == {span["status"] for span in spans}
    runs = {run["id"] for run in project.runs("forbid")}
    assert all(any(run[:8] in span["reason"] for run in runs) for span in spans)
    service.signal(signal.SIGINT)
    service.signal(signal.SIGINT)
    assert service.wait() == 0


def test_what_a_job_finds_in_its_environment(project: Project) -> None:
    """The service's variables without its SCHEDRUN_ settings, then the job's own, then what tells it who it is."""
    (project.root / "app").mkdir()
    (project.root / "app" / "task.py").write_text(
        "import os, schedrun\n"
        "def whoami():\n    run = schedrun.current_run()\n    return [run.job, run.run_id, os.getcwd()]\n"
    )
    (project.root / "app" / "tool").write_text("#!/bin/sh\nprintenv; pwd\n")
    (project.root / "app" / "tool").chmod(0o755)
    project.write(
        "  inherits: {schedule: {every: 1s}, target: {command: [./tool], env: {MINE: own, OURS: job}}}\n"
        "  bare: {schedule: {every: 1s}, target: {command: [/usr/bin/env], inherit_env: false}}\n"
        "  python: {schedule: {every: 1s}, target: {python: 'task:whoami'}}\n"
    )
    project.settings |= {"SCHEDRUN_DRAIN_TIMEOUT": "20s", "OURS": "service", "THEIRS": "service"}
    service = project.start("--app-dir", "app")
    for job in ("inherits", "bare", "python"):
        assert "succeeded" == service.wait_for("run_ended", job=f"s/{job}")["status"]
    assert service.stop() == 0
    run = project.runs("inherits")[-1]
    seen = dict(line.split("=", 1) for line in run["output"].splitlines() if "=" in line)
    assert {"MINE": "own", "OURS": "job", "THEIRS": "service"}.items() <= seen.items()
    about = {name: value for name, value in seen.items() if name.startswith("SCHEDRUN_")}
    assert str(service.pid) in about.pop("SCHEDRUN_SERVICE").split("-")
    assert {
        "SCHEDRUN_JOB": "s/inherits",
        "SCHEDRUN_RUN_ID": run["id"],
        "SCHEDRUN_ATTEMPT": "1",
        "SCHEDRUN_FIRE_TIME": run["fire_time"],
    } == about
    assert str(project.root / "app") == run["output"].splitlines()[-1]
    names = {line.partition("=")[0] for line in project.runs("bare")[-1]["output"].splitlines()}
    assert {"PATH", "HOME", "LANG", "SCHEDRUN_SERVICE", *about} >= names
    run = project.runs("python")[-1]
    assert ["s/python", run["id"]] == json.loads(run["output"].replace("'", '"'))[:2]


def test_secrets_appear_nowhere(project: Project) -> None:
    """Not in the ledger's bytes, the log, or what any command prints, though the jobs print them."""
    vault = project.root / "vault"
    vault.mkdir()
    (vault / "token").write_text(HIDDEN + "-from-a-file\n")
    project.write(
        "  tells: {schedule: {every: 1s}, target: {shell: 'echo $TOKEN $FILE; printf %s $TOKEN; exit 3', "
        f"env: {{TOKEN: {{from_env: FX_TOKEN}}, FILE: {{from_file: {vault}/token}}}}}}}}\n"
        "  may-not: {schedule: {every: 1s}, target: {shell: 'echo $T', env: {T: {from_env: OTHER_TOKEN}}}}\n"
        "  nor: {schedule: {every: 1s}, target: {shell: 'echo $T', env: {T: {from_file: /etc/hostname}}}}\n"
    )
    service = project.start("--secrets-from", f"FX_*,{vault}", FX_TOKEN=SECRET, OTHER_TOKEN=SECRET + "2")
    ended = {job: service.wait_for("run_ended", job=f"s/{job}") for job in ("tells", "may-not", "nor")}
    assert {"failed"} == {event["status"] for event in ended.values()}
    assert 3 == ended["tells"]["exit_code"]
    assert "OTHER_TOKEN" in ended["may-not"]["error"]
    assert "/etc/hostname" in ended["nor"]["error"]
    project.write("  tells: {schedule: {every: 1s}, target: {shell: 'true', env: {TOKEN: {from_env: FX_ELSE}}}}\n")
    plan = project.call("plan").stdout + project.call("plan", "--format", "json").stdout
    assert service.stop() == 0
    commands = ("runs", "jobs", "status", "render", "plan")
    said = "".join(project.call(command, FX_TOKEN=SECRET).stdout for command in commands)
    said += json.dumps(project.runs()) + "\n".join(service.lines) + plan
    # A run that a busy machine is slow to end has had an output file, whose folder stays.
    ledger = b"".join(path.read_bytes() for path in project.state.parent.rglob("*") if path.is_file())
    for secret in (SECRET, f"{HIDDEN}-from-a-file"):
        assert secret not in said
        assert secret.encode() not in ledger
    assert "***" in project.runs("tells")[-1]["output"]


def test_kinds_that_are_not_allowed_are_named_before_they_fail(project: Project) -> None:
    """At the start for what the state holds already, on a change for what is new; they fail when they fire."""
    command = "  c: {schedule: {every: 36500d}, target: {command: [echo, hi]}}\n"
    project.write(command + "  p: {schedule: {every: 1s}, target: {python: 'os:getpid'}}\n")
    assert project.start().stop() == 0
    service = project.start("--allow-targets", "command")
    told = service.wait_for("target_not_allowed")
    assert ("s/p", "warning") == (told["job"], told["level"])
    assert "python targets do not run here" in told["reason"]
    ended = service.wait_for("run_ended", job="s/p")
    assert ("failed", told["reason"]) == (ended["status"], ended["error"])
    assert "failed" == project.jobs()["s/p"]["status"]
    project.write(command + "  p: {schedule: {every: 36500d}, target: {shell: 'echo hi'}}\n")
    assert "shell" in service.wait_for("target_not_allowed", job="s/p")["reason"]
    assert service.stop() == 0
    assert 2 == len(service.events("target_not_allowed"))


def test_what_jobs_print_and_how_they_fail(project: Project) -> None:
    """Exit code, error and output, up to the cap, and a program that does not exist."""
    project.write(
        "  fails: {schedule: {every: 1s}, target: {shell: 'echo out; echo err >&2; exit 7'}}\n"
        "  absent: {schedule: {every: 1s}, target: {command: [no-such-program]}}\n"
        "  killed: {schedule: {every: 1s}, target: {shell: 'kill -9 $$'}}\n"
        "  much: {schedule: {every: 1s}, target: {shell: 'yes 0123456789 | head -c 1500000'}}\n"
        "  raises: {schedule: {every: 1s}, target: {python: 'json:loads', args: ['{']}}\n"
    )
    service = project.start()
    for job in ("fails", "absent", "killed", "much", "raises"):
        service.wait_for("run_ended", job=f"s/{job}")
    assert service.stop() == 0
    last = {job: project.runs(job)[-1] for job in ("fails", "absent", "killed", "much", "raises")}
    assert (7, "out\nerr\n", "failed") == tuple(last["fails"][key] for key in ("exit_code", "output", "status"))
    assert "no-such-program" in last["absent"]["error"]
    assert "failed" == last["killed"]["status"]
    assert "SIGKILL" in last["killed"]["error"]
    assert "JSONDecodeError" in last["raises"]["error"]
    kept, _, note = last["much"]["output"].rstrip("\n").rpartition("\n")
    assert 2**20 >= len(kept) > 2**20 - 100
    assert any(character.isdigit() for character in note)
    assert "succeeded" == last["much"]["status"]
