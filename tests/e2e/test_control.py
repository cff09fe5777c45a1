"""Pause, resume, trigger and cancel: on a service that runs, on one that is gone, hangs or drains."""

import asyncio
import signal
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schedrun.clock import SystemClock
from schedrun.core.ids import manual_run_id
from schedrun.core.run.recorded import Request
from schedrun.stores.sqlite import SqliteStore
from tests.e2e.service import PROGRAM, SELDOM, Event, Project, Service, alive, environment, eventually, witnessed

pytestmark = pytest.mark.real_time


def put(state: Path, request: Request) -> None:
    """Ask as a command does that is killed right after."""

    async def write() -> None:
        store = await SqliteStore.open(state)
        await store.write(lambda tx: tx.put_request(request))
        await store.close()

    asyncio.run(write())


def hangs_without_writing(project: Project, service: Service) -> bool:
    """Freeze the service; let it go on where that was in the middle of a transaction, which locks out everybody."""
    service.freeze()
    with closing(sqlite3.connect(project.state, isolation_level=None, timeout=0)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
        except sqlite3.OperationalError:
            service.signal(signal.SIGCONT)
            return False
    return True


def paused_span(project: Project) -> Event:
    """Return the only span of `a` that a pause made: on a busy machine its runs skip or supersede fires too."""
    spans: list[Event] = project.ask("runs", "a")["spans"]
    (span,) = [span for span in spans if "paused" in str(span["reason"])]
    return span


def asks(project: Project) -> bool:
    """Whether something is asked that has no answer."""

    async def read() -> bool:
        store = await SqliteStore.open(project.state)
        try:
            return bool(await store.read(lambda reader: reader.open_requests()))
        finally:
            await store.close()

    return asyncio.run(read())


def test_a_pause_holds_across_a_crash_and_a_resume_catches_nothing_up(project: Project) -> None:
    """It shows in the plan; what came due under it is one span; with the service killed, resume acts on the rows."""
    project.write(witnessed("a") + witnessed("b"))
    service = project.start()
    service.wait_for("run_ended", job="s/a")
    paused = project.call("pause", "a", "--reason", "vendor outage", "--format", "json", LOGNAME="ann").json
    assert ("s/a", "ann", None, True) == (paused["job"], paused["by"], paused["until"], paused["by_service"])
    ran = len(project.runs("a"))
    service.wait_for("run_ended", job="s/b")
    service.kill()
    (override,) = project.ask("plan")["overrides"]
    assert {"job": "s/a", "reason": "vendor outage", "by": "ann", "until": None} == override
    service = project.start()
    assert "paused" == project.jobs()["s/a"]["status"]
    for _ in range(2):
        service.wait_for("run_ended", job="s/b")
    assert ran == len(project.runs("a"))
    service.kill()
    assert not project.ask("resume", "a")["by_service"]
    span = paused_span(project)
    assert ("skipped", "paused by ann: vendor outage") == (span["status"], span["reason"])
    service = project.start()
    service.wait_for("run_ended", job="s/a")
    assert [] == project.ask("plan")["overrides"]
    assert min(run["fire_time"] for run in project.runs("a")[:-ran]) > span["last"]
    assert service.stop() == 0


def test_a_pause_of_a_running_service_ends_by_itself(project: Project) -> None:
    """The fires of the pause are skipped, those after it run."""
    project.write(witnessed("a"))
    service = project.start()
    until = project.call("pause", "a", "--until", "6s", "--format", "json", LOGNAME="ann").json["until"][:19] + "Z"
    eventually(lambda: project.runs("a")[:1] and project.runs("a")[0]["fire_time"] > until, what="a run after it")
    assert service.stop() == 0
    span = paused_span(project)
    assert ("skipped", "paused by ann", True) == (span["status"], span["reason"], span["last"] <= until)
    assert 2 <= span["count"]
    assert not [run for run in project.runs("a") if span["first"] <= run["fire_time"] <= until]


def test_a_trigger_runs_beside_the_schedule_as_the_overlap_policy_says(project: Project) -> None:
    """Forbid refuses without a row and names the run, queue waits, replace cancels, allow starts another."""
    job = "  {0}: {{schedule: {{every: 36500d}}, target: {{shell: 'echo x >> {0}; exec sleep 600'}}, overlap: {0}}}\n"
    project.write("".join(job.format(policy) for policy in ("forbid", "queue", "replace", "allow")))
    service = project.start()
    first = {policy: project.ask("trigger", policy) for policy in ("forbid", "queue", "replace", "allow")}
    assert {("running", True)} == {(answer["status"], answer["by_service"]) for answer in first.values()}
    eventually(lambda: all((project.root / policy).exists() for policy in first), what="all to have begun")
    refused = project.call("trigger", "forbid")
    assert (1, "") == (refused.code, refused.stdout)
    assert f"Error: an active run forbids another one: run {first['forbid']['run']} of 's/forbid'\n" == refused.stderr
    second = {policy: project.ask("trigger", policy) for policy in ("queue", "replace", "allow")}
    assert ["queued", "queued", "running"] == [answer["status"] for answer in second.values()]
    waits = f"Error: one run waits already, and only one may: run {second['queue']['run']} of 's/queue'\n"
    assert waits == project.call("trigger", "queue").stderr
    replaced = service.wait_for("run_ended", job="s/replace")
    assert (first["replace"]["run"], "cancelled") == (replaced["run"], replaced["status"])
    assert "replaced by a later run (killed by SIGTERM)" == replaced["error"]
    eventually(
        lambda: {"running"} == {run["status"] for run in project.runs("replace") if run["status"] != "cancelled"},
        what="the run that replaces",
    )
    assert [1, 2, 2, 2] == [len(project.runs(policy)) for policy in ("forbid", "queue", "replace", "allow")]
    assert service.stop_at_once() == 0


def test_of_two_triggers_at_once_forbid_takes_one(project: Project) -> None:
    """With a service and without one."""
    project.write(witnessed("a", SELDOM, then="exec sleep 600"))
    project.call("apply")
    for served in (False, True):
        if served:
            service = project.start()
            assert 0 == project.call("cancel", project.runs("a")[0]["id"]).code
            eventually(lambda: "cancelled" == project.runs("a")[0]["status"], what="the end of the first run")
        before = len(project.runs("a"))
        both = [
            subprocess.Popen(
                [*PROGRAM, "trigger", "a"], cwd=project.root, env=environment(), stdout=-1, stderr=-1, text=True
            )
            for _ in range(2)
        ]
        told = [process.communicate() for process in both]
        assert [0, 1] == sorted(process.returncode for process in both), told
        (run, *_) = project.runs("a")
        assert 1 == len(project.runs("a")) - before
        assert all(run["id"] in out + err for out, err in told)
    assert service.stop_at_once() == 0


def test_a_run_is_cancelled(project: Project) -> None:
    """One that waits at once; one that runs with SIGTERM, then SIGKILL; one that has ended not at all."""
    project.write(
        "  deaf: {schedule: {every: 36500d}, kill_after: 300ms, "
        "target: {shell: 'trap : TERM; echo $$ > pid; while :; do sleep 1; done'}}\n" + witnessed("a", SELDOM)
    )
    assert 0 == project.call("apply").code
    queued = project.ask("trigger", "a")
    assert ("queued", "the next start") == (queued["status"], queued["waits_for"])
    assert "cancelled" == project.ask("cancel", queued["run"][:8])["status"]
    service = project.start()
    assert [] == project.lines()
    running = project.ask("trigger", "deaf")
    pid = int(eventually(lambda: (project.root / "pid").exists() and (project.root / "pid").read_text(), what="pid"))
    asked = project.ask("cancel", running["run"])
    assert ("running", "300ms", True) == (asked["status"], asked["kill_after"], asked["by_service"])
    ended = service.wait_for("run_ended", job="s/deaf")
    assert (running["run"], "cancelled") == (ended["run"], ended["status"])
    eventually(lambda: not alive(pid), what="the end of its process")
    again = project.call("cancel", running["run"])
    assert (1, f"Error: this run has ended: {running['run']} cancelled\n") == (again.code, again.stderr)
    assert service.stop() == 0


def test_what_holds_up_the_drain_can_be_cancelled(project: Project) -> None:
    """A service that is told to stop answers until it has."""
    project.write(witnessed("a", SELDOM, then="exec sleep 600"))
    service = project.start("--drain-timeout", "60s")
    run = project.ask("trigger", "a")["run"]
    eventually(project.lines, what="the run's first line")
    service.signal(signal.SIGINT)
    service.wait_for("stopping")
    assert project.ask("cancel", run)["by_service"]
    assert service.wait() == 0
    assert ["cancelled"] == [each["status"] for each in project.runs()]


def test_a_service_that_hangs_does_nothing_later(project: Project) -> None:
    """The command says so after a while, and what it asked is withdrawn."""
    project.write(witnessed("a", SELDOM))
    service = project.start()
    eventually(lambda: hangs_without_writing(project, service), what="a service that writes nothing")
    answer = project.call("trigger", "a")
    service.signal(signal.SIGCONT)
    assert (1, "") == (answer.code, answer.stdout)
    assert "did not answer in time" in answer.stderr
    assert project.ask("pause", "a")["by_service"]
    assert [] == project.runs()
    assert service.stop() == 0


def test_a_service_that_is_killed_while_a_command_waits(project: Project) -> None:
    """The command does it itself."""
    project.write(witnessed("a", SELDOM))
    service = project.start()
    eventually(lambda: hangs_without_writing(project, service), what="a service that writes nothing")
    with subprocess.Popen(
        [*PROGRAM, "trigger", "a"], cwd=project.root, env=environment(), stdout=-1, stderr=-1, text=True
    ) as command:
        eventually(lambda: asks(project), what="the request")
        service.kill()
        out, err = command.communicate()
    assert (0, "") == (command.returncode, err)
    (run,) = project.runs()
    assert f"Queued run {run['id']} of s/a: it waits for the next start." == out.splitlines()[0]
    service = project.start()
    assert run["id"] == service.wait_for("run_ended")["run"]
    assert service.stop() == 0
    assert 1 == len(project.lines())


def test_a_request_is_done_once_however_often_it_is_found(project: Project) -> None:
    """A service that is killed after it has done it finds it open again; one that comes too late leaves it."""
    project.write(witnessed("a", SELDOM))
    assert 0 == project.call("apply").code
    request = Request("b" * 32, "trigger", {"job": "s/a"}, "ann", SystemClock().now())
    put(project.state, request)
    service = project.start()
    service.wait_for("run_ended")
    service.kill()
    put(project.state, request)
    service = project.start()
    eventually(lambda: not asks(project), what="the answer")
    service.kill()
    assert [manual_run_id(request.id)] == [run["id"] for run in project.runs()]
    assert 1 == len(project.lines())
    old = Request("c" * 32, "trigger", {"job": "s/a"}, "ann", datetime(2026, 1, 1, tzinfo=UTC))
    put(project.state, old)
    service = project.start()
    eventually(lambda: not asks(project), what="the answer")
    assert service.stop() == 0
    assert 1 == len(project.runs())
