"""Edits of manifests are live a moment later, in a service that runs."""

import signal
import sqlite3
from contextlib import closing

import pytest

from tests.e2e.service import Project, eventually, witnessed

pytestmark = pytest.mark.real_time

HOURLY = "  {}: {{schedule: {{every: {}}}, target: {{command: [echo, {}]}}}}\n"


def hourly(job_id: str, *, every: str = "1h", says: str = "x") -> str:
    """Return a job that does not fire while a test lasts."""
    return HOURLY.format(job_id, every, says)


def test_every_kind_of_edit_applies_itself(project: Project) -> None:
    """Create, update, pause, resume, rename, remove; each is one line, and the ledger agrees."""
    kept = "".join(hourly(f"keep-{number}") for number in range(8))
    project.write(kept + hourly("one"))
    service = project.start()
    assert {"s/one", *(f"s/keep-{number}" for number in range(8))} == set(project.jobs())

    project.write(kept + hourly("one") + hourly("two"))
    assert service.wait_for("change_applied", action="create", job="s/two")["reason"]

    project.write(kept + hourly("one", every="2h") + hourly("two"))
    service.wait_for("change_applied", action="update", job="s/one")
    assert "every 2 hours" in project.jobs()["s/one"]["schedule"]

    paused = '  one: {schedule: {every: 2h}, target: {command: [echo, x]}, paused: {reason: "vendor"}}\n'
    project.write(kept + paused + hourly("two"))
    service.wait_for("change_applied", action="pause", job="s/one")
    one = project.jobs()["s/one"]
    assert ("paused", True, None) == (one["status"], one["paused"], one["next_fire"])

    project.write(kept + hourly("one", every="2h") + hourly("two"))
    service.wait_for("change_applied", action="resume", job="s/one")
    assert project.jobs()["s/one"]["next_fire"] is not None

    renamed = "  new: {moved_from: one, schedule: {every: 2h}, target: {command: [echo, x]}}\n"
    project.write(kept + renamed + hourly("two"))
    service.wait_for("change_applied", action="move", job="s/new")

    project.write(kept + renamed)
    service.wait_for("change_applied", action="remove", job="s/two")
    assert {"s/new", *(f"s/keep-{number}" for number in range(8))} == set(project.jobs())
    assert project.ask("plan")["changes"] == []
    assert [] == [event for event in service.events("change_applied") if "keep" in event["job"]][8:]
    assert service.stop() == 0


def test_a_rename_keeps_history_and_a_running_job_fires_on(project: Project) -> None:
    """Runs under the old name show under the new one; the phase of an interval stays."""
    project.write(witnessed("old") + witnessed("beside"))
    service = project.start()
    service.wait_for("run_ended", job="s/old", status="succeeded")
    project.write(witnessed("new", more="    moved_from: old\n") + witnessed("beside"))
    service.wait_for("change_applied", action="move", job="s/new")
    service.wait_for("run_ended", job="s/new", status="succeeded")
    runs = project.runs("new")
    assert {"s/new"} == {run["job"] for run in runs}
    assert {"s/old", "s/new", "s/beside"} == {line.split()[0] for line in project.lines()}
    assert service.stop() == 0
    fires = sorted(run["fire_time"] for run in project.runs("new"))
    assert len(fires) == len(set(fires))


def test_what_a_running_job_does_follows_its_manifest(project: Project) -> None:
    """The next run takes the edited command; runs that ended keep what they said."""
    project.write("  a: {schedule: {every: 1s}, target: {command: [echo, before]}}\n")
    service = project.start()
    service.wait_for("run_ended", job="s/a")
    project.write("  a: {schedule: {every: 1s}, target: {command: [echo, after]}}\n")
    service.wait_for("change_applied", action="update", job="s/a")
    eventually(lambda: project.runs("a")[0]["output"] == "after\n", what="the new output")
    assert service.stop() == 0
    outputs = [run["output"] for run in project.runs("a")]
    assert outputs == sorted(outputs), "newest first: every `after` before every `before`"
    assert {"after\n", "before\n"} == set(outputs)


def test_a_broken_file_keeps_its_last_good_jobs(project: Project) -> None:
    """It is named with line and column, in the log and in status; also across a restart; it heals when mended."""
    project.write(witnessed("good"), name="good.yaml")
    project.write(hourly("one", says="first"), name="bad.yaml", job_set="b")
    service = project.start()
    assert project.call("status").code == 0

    project.write("  one:\n    schedule: {every: 1h}\n    timout: 3m\n    target: {command: [x]}\n", name="bad.yaml")
    fault = service.wait_for("file_broken")
    assert fault["message"].startswith("manifests/bad.yaml:6:5: ")
    assert "timout" in fault["message"]
    status = project.call("status", "--format", "json")
    assert (1, False) == (status.code, status.json["ok"])
    (finding,) = status.json["broken"]
    assert ("manifests/bad.yaml", 6, 5) == (finding["file"], finding["line"], finding["column"])
    assert "manifests/bad.yaml:6:5" in project.call("status").stdout
    assert {"b/one", "s/good"} == set(project.jobs())
    project.write(witnessed("good") + hourly("more"), name="good.yaml")
    service.wait_for("change_applied", action="create", job="s/more")
    service.wait_for("run_ended", job="s/good")
    service.kill()

    service = project.start()
    service.wait_for("file_broken")
    assert {"b/one", "s/good", "s/more"} == set(project.jobs())
    assert project.call("status").code == 1

    project.write(hourly("one", says="second"), name="bad.yaml", job_set="b")
    service.wait_for("file_mended", file="manifests/bad.yaml")
    service.wait_for("change_applied", action="update", job="b/one")
    assert project.call("status").code == 0
    assert service.stop() == 0


def test_sighup_reconciles_now(project: Project) -> None:
    """Though no file changed; it neither ends the service nor touches what is right already."""
    project.write(hourly("one"))
    service = project.start()
    before = reconciled_at(project)
    service.signal(signal.SIGHUP)
    eventually(lambda: reconciled_at(project) > before, what="a reconcile that no edit asked for")
    assert service.stop() == 0
    assert 1 == len(service.events("change_applied"))


def reconciled_at(project: Project) -> int:
    """Return when the last reconcile was, in microseconds."""
    with closing(sqlite3.connect(f"file:{project.state}?mode=ro", uri=True)) as connection:
        ((at,),) = connection.execute("SELECT at FROM sync")
    return int(at)


def test_several_paths_and_links(project: Project) -> None:
    """A folder behind a symlink, swapped as git-sync does it, and a file of its own."""
    for number, jobs in enumerate((hourly("one"), hourly("one") + hourly("two"))):
        checkout = project.root / f"rev-{number}"
        checkout.mkdir()
        (checkout / "jobs.yaml").write_text(f"schedrun: v1\nname: s\njobs:\n{jobs}", encoding="utf-8")
    link = project.root / "current"
    link.symlink_to("rev-0")
    (project.root / "alone.yml").write_text(f"schedrun: v1\nname: t\njobs:\n{hourly('three')}", encoding="utf-8")
    service = project.start("current", "alone.yml")
    assert {"s/one", "t/three"} == set(project.jobs())
    swap = project.root / "next"
    swap.symlink_to("rev-1")
    swap.replace(link)
    service.wait_for("change_applied", action="create", job="s/two")
    assert "current/jobs.yaml" == project.jobs()["s/two"]["file"]
    assert service.stop() == 0
