"""kill -9 and restart: nothing runs twice, nothing is forgotten, nobody has to tidy up."""

import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.service import SELDOM, Project, Service, ended_in_the_end, eventually, witnessed

pytestmark = pytest.mark.real_time


def soon(seconds: float) -> str:
    """Return an instant that is about to come, as manifests write it."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")  # noqa: TID251  real time


def apply_before_it_comes(project: Project, jobs: Callable[[str], str]) -> str:
    """Apply `jobs(schedule)`, whose instant is about to come, and return the schedule.

    It is still to come when they are applied, however long that takes: where it was not, a later one is tried anew.
    """
    seconds = 4
    while True:
        instant = soon(seconds)
        at = f"{{at: '{instant}'}}"
        project.write(jobs(at))
        assert 0 == project.call("apply").code
        if soon(0) < instant:
            return at
        shutil.rmtree(project.state.parent)
        seconds *= 2


def doubles(project: Project) -> dict[str, int]:
    """Return what the witness saw more than once: job, fire time and run id are those of one occurrence."""
    return {line: count for line, count in Counter(project.lines()).items() if count > 1}


def test_crash_after_crash_nothing_runs_twice_or_is_forgotten(project: Project) -> None:
    """Each restart is immediate and never refused; every second has exactly one verdict."""
    # What a killed service left alive is in the way until it is gone: `allow` takes no heed of it.
    all_of_them = "    misfire: {grace: 1h, catch_up: all}\n    overlap: allow\n"
    apply_before_it_comes(project, lambda at: witnessed("each", more=all_of_them) + witnessed("once", at))
    for seen in range(1, 4):
        service = project.start()
        eventually(lambda: len(project.lines()) > 2 * seen, what="runs")  # noqa: B023  called at once
        service.kill()
    service = project.start()
    service.wait_for("run_ended", job="s/each")
    eventually(lambda: project.runs("once"), what="the one-time job's instant")
    assert service.stop() == 0

    assert {} == doubles(project)
    (once,) = project.runs("once")
    # The crash may have come between the commit of its claim and its first line.
    assert 1 >= len([line for line in project.lines() if line.startswith("s/once ")])
    listed = project.jobs()["s/once"]
    expected = "completed" if once["status"] == "succeeded" else "failed"
    assert (expected, None) == (listed["status"], listed["next_fire"])
    runs = project.runs("each")
    fires = sorted(datetime.fromisoformat(run["fire_time"]) for run in runs)
    assert [fires[0] + timedelta(seconds=number) for number in range(len(fires))] == fires
    assert {"succeeded", "interrupted", "queued"} >= {run["status"] for run in runs}
    recorded = {run["id"] for run in project.runs()}
    assert recorded >= {line.split()[2] for line in project.lines()}


def test_a_run_that_the_crash_cut_is_interrupted(project: Project) -> None:
    """It stays so, visibly; the log names the job and the run; the next fire is a run of its own."""
    project.write("  long:\n    schedule: {every: 520w}\n    target: {shell: 'echo $$ > pid; exec sleep 60'}\n")
    service = project.start()
    assert project.call("trigger", "s/long").code == 0
    pid = int(eventually(lambda: (project.root / "pid").exists() and (project.root / "pid").read_text(), what="a pid"))
    with ended_in_the_end([pid]):
        service.kill()
        (run,) = project.runs()
        assert "running" == run["status"]
        service = project.start()
        told = service.wait_for("run_interrupted", job="s/long")
        (run,) = project.runs()
        assert (run["id"], "interrupted", 1) == (told["run"], run["status"], run["attempt"])
        assert run["error"]
        assert run["finished_at"]
        assert "failed" == project.jobs()["s/long"]["status"]
        assert service.stop() == 0


def test_a_one_time_job_runs_once_over_restarts_reloads_and_its_own_removal(project: Project) -> None:
    """Edits beside it, taking it out and putting it back, and a restart: it has had its verdict."""
    beside = witnessed("beside", SELDOM) + witnessed("more", SELDOM)
    at = apply_before_it_comes(project, lambda at: beside + witnessed("once", at))
    once = witnessed("once", at)
    service = project.start()
    service.wait_for("run_ended", job="s/once", status="succeeded")
    project.write(beside)
    service.wait_for("change_applied", action="remove", job="s/once")
    assert "s/once" not in project.jobs()
    project.write(beside + once)
    service.wait_for("change_applied", action="create", job="s/once")
    service.kill()
    service = project.start()
    service.signal(signal.SIGHUP)
    project.write(beside.replace(SELDOM, "{every: 36501d}", 1) + once)
    service.wait_for("change_applied", action="update", job="s/beside")
    assert service.stop() == 0
    assert 1 == len(project.lines())
    assert ["succeeded"] == [run["status"] for run in project.runs("once")]
    assert "completed" == project.jobs()["s/once"]["status"]


def test_what_was_due_while_nobody_ran_is_caught_up_or_said_to_be_missed(project: Project) -> None:
    """`latest` runs one and supersedes the rest, `none` misses what is old: each in one span."""
    never = "    misfire: {catch_up: none, grace: 1h}\n"
    late = "    misfire: {grace: 1s}\n"
    project.write(witnessed("latest") + witnessed("none", more=never) + witnessed("late", more=late))
    service = project.start()
    for job in ("latest", "none", "late"):
        service.wait_for("run_ended", job=f"s/{job}")
    service.kill()
    # What was just being started may say its line yet.
    eventually(lambda: _seconds_since(project) > 2, what="two seconds of silence")
    down = len(project.lines())
    eventually(lambda: project.ask("next", "-n", "1") and _seconds_since(project) > 4, what="four seconds of silence")
    assert down == len(project.lines())
    service = project.start()
    service.wait_for("run_ended", job="s/latest")
    assert service.stop() == 0
    # On a busy machine a run of one second may still go on in the next, whose fire is skipped, and a dispatcher that
    # comes late supersedes a fire without a crash.
    spans = [span for span in project.ask("runs", "latest")["spans"] if span["status"] != "skipped"]
    assert {"superseded"} == {span["status"] for span in spans}
    assert max(span["count"] for span in spans) >= 2
    assert "missed" in {span["status"] for span in project.ask("runs", "late")["spans"]}
    assert {} == doubles(project)


def _seconds_since(project: Project) -> float:
    last = max(datetime.fromisoformat(line.split()[1]) for line in project.lines())
    return (datetime.now(UTC) - last).total_seconds()  # noqa: TID251  real processes take real time


def test_one_service_a_state(project: Project) -> None:
    """The second refuses and names the first; the first goes on; after kill -9 a third starts at once."""
    project.write(witnessed("a"))
    first = project.start()
    for arguments in ((), ("--once",)):
        second = project.start(*arguments, ready=False)
        assert 1 == second.wait()
        (line,) = second.lines
        assert f"pid {first.pid}" in line
        assert str(project.state.relative_to(project.root)) in line
    first.wait_for("run_ended", job="s/a")
    assert first.process.poll() is None
    for _ in range(3):
        first.kill()
        first = project.start()
    assert first.stop() == 0
    assert {} == doubles(project)


def test_killed_at_random_moments_of_its_start(project: Project) -> None:
    """Whatever was written by then, the next start goes on from there."""
    later = soon(900)
    project.write(witnessed("a") + witnessed("once", f"{{at: '{later}'}}"))
    for after in ("Change applied", "Job is live", None):
        service = project.start(ready=False)
        if after is None:
            eventually(lambda: project.state.with_name("state.db.lock").exists(), what="the lock")
        else:
            eventually(_says(service, after), what=after)
        os.kill(service.pid, signal.SIGKILL)
        service.wait()
        project.write(witnessed("a", then=f"# {after}") + witnessed("once", f"{{at: '{later}'}}"))
    service = project.start()
    for seconds in (4, 16, 64):
        at = soon(seconds)
        project.write(witnessed("a") + witnessed("once", f"{{at: '{at}'}}"))
        applied = service.wait_for("change_applied", action="update", job="s/once")
        if datetime.fromisoformat(applied["at"]) < datetime.fromisoformat(at):
            break  # else it was slow, and the instant had passed
    service.wait_for("run_ended", job="s/once")
    assert service.stop() == 0
    assert {} == doubles(project)
    assert ["succeeded"] == [run["status"] for run in project.runs("once")]


def _says(service: Service, sentence: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    return lambda: any(sentence in line for line in service.lines) or service.process.poll() is not None
