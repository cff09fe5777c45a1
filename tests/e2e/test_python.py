"""Python functions in a real service: in processes of their own, and in the loop's way."""

import pytest

from schedrun.stores.readonly import open_reader
from tests.e2e.service import Project, alive, eventually

pytestmark = pytest.mark.real_time

TASKS = """
import asyncio, ctypes, multiprocessing, os, signal, time
import schedrun

def report(day):
    print("reporting")
    return day, schedrun.current_run().job

def crash():
    ctypes.string_at(0)

def hoard():
    held = []
    while True:
        held.append(bytearray(1 << 20))

def deaf():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with open("deaf", "a") as file:
        print(os.getpid(), file=file)
    while True:
        pass

async def sleepy():
    time.sleep(2)

def pool():
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
    child.start()
    child.terminate()
    child.join()
    return child.exitcode
"""


def test_isolated_functions_fail_alone(project: Project) -> None:
    """A crash, a memory limit and a time limit are failed runs with their reasons; the service goes on."""
    (project.root / "tasks.py").write_text(TASKS)
    job = "  {0}: {{schedule: {{every: 1s}}, isolation: process, target: {{python: 'tasks:{0}'{1}}}{2}}}\n"
    project.write(
        job.format("report", ", args: [2026-03-01]", "")
        + job.format("crash", "", "")
        + job.format("hoard", "", ", memory_limit: 200M")
        + job.format("deaf", "", ", timeout: 5s, kill_after: 200ms")
    )
    service = project.start()
    expected = {
        "report": ("succeeded", None),
        "crash": ("failed", "killed by SIGSEGV"),
        "hoard": ("failed", "MemoryError (its memory_limit is 200M)"),
        "deaf": ("timed_out", "timed out after 5s (killed by SIGKILL)"),
    }
    for name, (status, error) in expected.items():
        # Not the first that ends: a busy machine may end a process before it can be deaf.
        ended = service.wait_for("run_ended", job=f"s/{name}", status=status, error=error)
        if name == "report":
            (run,) = [run for run in project.runs(name) if run["id"] == ended["run"]]
            assert "reporting\n('2026-03-01', 's/report')" == run["output"]
    assert 0 == service.stop()
    pids = [int(pid) for pid in (project.root / "deaf").read_text().split()]
    eventually(lambda: not any(map(alive, pids)), what="the end of what did not listen")


def test_a_function_in_the_loops_way_is_named(project: Project) -> None:
    """While it is, and in the ledger once it is over."""
    (project.root / "tasks.py").write_text(TASKS)
    project.write("  sleepy: {schedule: {every: 3s}, target: {python: 'tasks:sleepy'}}\n")
    service = project.start()
    blocked = service.wait_for("loop_blocked", job="s/sleepy")
    assert blocked["place"].startswith(f"{project.root}/tasks.py:")
    over = service.wait_for("loop_goes_on", job="s/sleepy", run=blocked["run"])

    def recorded() -> list[dict[str, str | int | float]]:
        with open_reader(project.state) as reader:
            events = reader.read(lambda ledger: ledger.events())
        return [event.facts for event in events if event.name == "loop_blocked"]

    facts = {"job": "s/sleepy", "run": blocked["run"], "place": blocked["place"], "seconds": over["seconds"]}
    eventually(lambda: facts in recorded(), what="the event in the ledger")
    assert 0 == service.stop()


def test_a_function_that_ends_a_child_ends_nobody_else(project: Project) -> None:
    """A forked child hears its signals by itself: SIGTERM is its end and not the service's."""
    (project.root / "tasks.py").write_text(TASKS)
    project.write("  pool: {schedule: {every: 520w}, target: {python: 'tasks:pool'}}\n")
    service = project.start()
    assert project.call("trigger", "s/pool").code == 0
    service.wait_for("run_ended", job="s/pool", status="succeeded")
    assert [] == service.events("stopping")
    assert ["-15"] == [run["output"] for run in project.runs("pool")]
    assert service.stop() == 0
