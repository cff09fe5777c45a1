"""Removals wait where they could be a mistake, and are confirmed by their exact number."""

import pytest

from tests.e2e.service import Project, eventually

pytestmark = pytest.mark.real_time


def hourly(*job_ids: str, more: str = "") -> str:
    """Return jobs that do not fire while a test lasts."""
    return "".join(f"  {one}: {{schedule: {{every: 1h}}, target: {{command: [echo]}}{more}}}\n" for one in job_ids)


def blocked(project: Project) -> list[str]:
    """Return the jobs whose removal `status` shows as blocked."""
    return [removal["job"] for removal in project.ask("status")["blocked"]]


def test_the_running_service_holds_removals_until_they_are_confirmed(project: Project) -> None:
    """They go on firing and status exits 1; the wrong number is refused, and only the right one removes."""
    project.write(hourly("a", "b", "c", "d"))
    service = project.start()
    project.write(hourly("a"))
    held = [service.wait_for("change_blocked", job=f"s/{job_id}") for job_id in "bcd"]
    assert {"3 of 4 jobs of s would go at once"} == {event["reason"] for event in held}
    assert ["s/b", "s/c", "s/d"] == blocked(project)
    assert project.call("status").code == 1
    assert ("disabled", True) == (project.jobs()["s/b"]["status"], project.jobs()["s/b"]["next_fire"] is not None)

    plan = project.call("plan", "--exit-code", "--format", "json")
    assert (2, 3, 3) == (plan.code, plan.json["summary"]["remove"], plan.json["summary"]["blocked"])
    assert 3 == len([change for change in plan.json["changes"] if change["blocked"]])

    wrong = project.call("apply", "--allow-remove", "2")
    assert (1, "") == (wrong.code, wrong.stdout)
    assert "--allow-remove 3" in wrong.stderr
    assert 4 == len(project.jobs())

    elsewhere = project.root / "elsewhere"
    elsewhere.mkdir()
    other = project.call("apply", "elsewhere", "--allow-remove", "4")
    assert (1, "") == (other.code, other.stdout)
    assert "other paths" in other.stderr
    assert str(elsewhere) in other.stderr
    assert "manifests" in other.stderr

    applied = project.call("apply", "--allow-remove", "3", "--format", "json")
    assert (0, 3, 0) == (applied.code, applied.json["summary"]["remove"], applied.json["summary"]["blocked"])
    for job_id in "bcd":
        service.wait_for("change_applied", action="remove", job=f"s/{job_id}")
    assert ["s/a"] == list(project.jobs())
    assert project.call("status").code == 0
    assert "unchanged" in project.call("apply").stdout
    assert service.stop() == 0


def test_without_a_service_apply_does_it_itself_and_starts_nothing(project: Project) -> None:
    """The same guard, the same numbers; no state is needed before, and what came due waits for `run`."""
    project.write("  a: {schedule: {every: 1s}, target: {command: [touch, ran]}}\n" + hourly("b", "c", "d"))
    created = project.call("apply", "--format", "json")
    assert (0, 4) == (created.code, created.json["summary"]["create"])
    project.write(hourly("b"))
    eventually(lambda: project.call("apply").code == 0 and blocked(project) == ["s/a", "s/c", "s/d"], what="the guard")
    assert project.call("apply", "--allow-remove", "1").code == 1
    assert project.call("apply", "--allow-remove", "3").code == 0
    assert ["s/b"] == list(project.jobs())
    assert not (project.root / "ran").exists()


def test_an_empty_tree_removes_nothing(project: Project) -> None:
    """Whether the file, or the folder as a whole, is gone; the jobs come back with their history."""
    path = project.write(hourly("a"))
    service = project.start()
    path.unlink()
    assert "no job at all" in service.wait_for("change_blocked", job="s/a")["reason"]
    path.parent.rmdir()
    eventually(lambda: project.call("status").code == 1, what="a status that is degraded")
    assert ["s/a"] == list(project.jobs())
    project.write(hourly("a"))
    eventually(lambda: project.call("status").code == 0, what="a status that is well again")
    assert 1 == len(service.events("change_applied"))
    assert service.stop() == 0


def test_remove_confirm_holds_its_job_alone(project: Project) -> None:
    """It is read from the last good manifest, as the job is in none any more."""
    project.write(hourly("precious", more=", remove: confirm") + hourly("a", "b", "c", "d", "e"))
    service = project.start()
    project.write(hourly("a", "b", "c", "d"))
    assert "remove: confirm" in service.wait_for("change_blocked", job="s/precious")["reason"]
    service.wait_for("change_applied", action="remove", job="s/e")
    assert ["s/precious"] == blocked(project)
    assert service.stop() == 0
    assert project.call("apply", "--allow-remove", "1").code == 0
    assert [] == blocked(project)


def test_a_broken_file_blocks_every_removal(project: Project) -> None:
    """Its jobs may belong to any set; mending it lets the removal happen, without a word of anyone."""
    project.write(hourly("a", "b", "c", "d", "e"))
    project.write(hourly("x"), name="other.yaml", job_set="t")
    service = project.start()
    project.write("  x: [\n", name="other.yaml", job_set="t")
    service.wait_for("file_broken")
    project.write(hourly("a", "b", "c", "d"))
    assert "manifests/other.yaml" in service.wait_for("change_blocked", job="s/e")["reason"]
    project.write(hourly("x"), name="other.yaml", job_set="t")
    service.wait_for("change_applied", action="remove", job="s/e")
    assert ["s/a", "s/b", "s/c", "s/d", "t/x"] == list(project.jobs())
    assert service.stop() == 0
