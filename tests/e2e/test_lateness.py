"""Expectations on time with real processes: late, told once over a kill, and over with the next success."""

import sqlite3
from contextlib import closing
from datetime import datetime

import pytest

from tests.e2e.service import Event, Project, eventually

pytestmark = pytest.mark.real_time

UNTIL_MENDED = "  j: {schedule: {every: 1s}, target: {shell: test -e mended}, must_succeed_within: 1s500ms}\n"
DAILY = "  d: {schedule: {every: 1d}, target: {command: [echo]}, must_succeed_within: 1ms}\n"


def breaches(project: Project) -> list[tuple[str, str]]:
    """Return the event rows of breaches."""
    statement = "SELECT facts ->> 'job', facts ->> 'expectation' FROM event WHERE name = 'job_late' ORDER BY id"
    with closing(sqlite3.connect(project.state)) as connection:
        return connection.execute(statement).fetchall()


def test_late_until_it_succeeds_also_over_a_kill(project: Project) -> None:
    """Told once; jobs, status and their JSON say so; a mended job is late no more."""
    project.write(UNTIL_MENDED)
    service = project.start()
    told = service.wait_for("job_late", job="s/j", expectation="must_succeed_within")
    late: Event = project.jobs()["s/j"]["late"]
    assert "must_succeed_within" == late["expectation"]
    assert datetime.fromisoformat(told["since"]) == datetime.fromisoformat(late["since"])
    assert ", late" in project.call("jobs").stdout
    assert "s/j: must_succeed_within does not hold since" in project.call("status").stdout

    service.kill()
    service = project.start()
    service.wait_for("run_ended", job="s/j", status="failed")
    assert late == project.jobs()["s/j"]["late"]
    (project.root / "mended").touch()
    service.wait_for("run_ended", job="s/j", status="succeeded")
    eventually(lambda: "late" not in project.jobs()["s/j"], what="a job that is late no more")
    assert 0 == service.stop()
    assert [] == service.events("job_late", since=told["since"])
    assert [("s/j", "must_succeed_within")] == breaches(project)[:1]
    assert 0 == project.call("state", "check").code


def test_what_passed_without_a_service_is_judged_at_start(project: Project) -> None:
    """A job that was applied to the state alone was first seen then."""
    project.write(DAILY)
    assert 0 == project.call("apply").code
    assert [] == breaches(project)
    service = project.start()
    service.wait_for("job_late", job="s/d")
    assert 0 == service.stop()
    assert [("s/d", "must_succeed_within")] == breaches(project)


def test_a_service_that_runs_once_judges_too(project: Project) -> None:
    """Before it ends."""
    project.write(DAILY)
    assert 0 == project.call("apply").code
    project.call("run", "--once")
    assert [("s/d", "must_succeed_within")] == breaches(project)
