"""Ctrl-C: drain, say what is waited for, exit 0; and every way to hurry it."""

import signal
from collections.abc import Callable

import pytest

from tests.e2e.service import Project, Service, alive, eventually

pytestmark = pytest.mark.real_time


def long_job(project: Project, then: str = "sleep 60", *, trap: str = "") -> None:
    """Write a job that begins at once, notes its pid and goes on with `then`."""
    shell = f"{trap}echo $$ > pid.draft; mv pid.draft pid; {then}; echo done"
    project.write(f"  long: {{schedule: {{every: 1s}}, target: {{shell: '{shell}'}}, kill_after: 1s}}\n")


def begun(project: Project) -> int:
    """Return the job's pid once it runs."""
    pid = project.root / "pid"
    eventually(pid.exists, what="the job's first line")
    return int(pid.read_text())


def verdict(project: Project) -> tuple[str, str]:
    """Return status and output of the only run."""
    (run,) = project.runs()
    return run["status"], run["output"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_one_signal_lets_the_running_job_end(project: Project, number: signal.Signals) -> None:
    """It says what it waits for, starts nothing more, and exits 0; the run is recorded as it ended."""
    long_job(project, "until [ -e go ]; do sleep 0.05; done")
    service = project.start("--drain-timeout", "60s")
    begun(project)
    service.signal(number)
    assert "s/long" == service.wait_for("stopping")["waiting_for"]
    (project.root / "go").touch()
    assert 0 == service.wait()
    assert ("succeeded", "done\n") == verdict(project)
    assert 1 == len(service.events("run_ended", status="succeeded"))
    assert 1 == len(service.events("stopped"))


def test_a_second_ctrl_c_cuts_what_still_runs(project: Project) -> None:
    """Within moments, and never silently: the run is interrupted, its processes are gone, the exit code is 0."""
    long_job(project)
    service = project.start()
    pid = begun(project)
    service.signal(signal.SIGINT)
    service.wait_for("stopping")
    service.signal(signal.SIGINT)
    assert 0 == service.wait()
    assert service.said("run_ended")["status"] == "interrupted"
    assert "interrupted" == verdict(project)[0]
    assert not alive(pid)


def test_the_drain_timeout_cuts_too(project: Project) -> None:
    """A job that ignores SIGTERM is killed after its `kill_after`."""
    long_job(project, trap="trap : TERM; ")
    service = project.start("--drain-timeout", "200ms")
    pid = begun(project)
    assert 0 == service.stop()
    assert "interrupted" == verdict(project)[0]
    assert not alive(pid)
    assert "s/long" == service.said("stopping")["waiting_for"]


def test_nothing_to_wait_for(project: Project) -> None:
    """Then it says so and ends at once; a restart finds nothing to recover."""
    project.write("  a: {schedule: {every: 36500d}, target: {command: [echo]}}\n")
    service = project.start()
    assert 0 == service.stop()
    assert ("Stopping: nothing runs", None) == (
        service.said("stopping")["message"],
        service.said("stopping").get("waiting_for"),
    )
    again = project.start()
    assert [] == again.events("run_interrupted")
    assert 0 == again.stop()


def test_signals_while_it_starts(project: Project) -> None:
    """Ctrl-C before it is up ends it without a traceback, and leaves a state that the next one takes."""
    project.write("  a: {schedule: {every: 36500d}, target: {command: [echo]}}\n")
    for number in (signal.SIGINT, signal.SIGTERM):
        service = project.start(ready=False)
        eventually(lock_of(project, service), what="the lock")
        service.signal(number)
        service.wait()
        assert "Traceback" not in "\n".join(service.lines)
    assert 0 == project.start().stop()


def lock_of(project: Project, service: Service) -> Callable[[], bool]:
    """Return a question: whether the service holds the lock."""
    lock = project.state.with_name("state.db.lock")
    return lambda: lock.exists() and lock.read_text().startswith(f"{service.pid} ")


def test_a_signal_behind_the_end_changes_nothing(project: Project) -> None:
    """Who is told to stop again and again has stopped in order all the same."""
    long_job(project, "true")
    service = project.start()
    service.signal(signal.SIGTERM)
    service.wait_for("stopped")
    while service.process.poll() is None:
        service.signal(signal.SIGTERM)
    assert 0 == service.wait()
