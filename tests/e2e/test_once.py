"""`schedrun run --once`: reconcile, run what is due or queued, wait for it, and say how it went."""

from itertools import count

import pytest

from tests.e2e.service import SELDOM, Project, eventually, witnessed

pytestmark = pytest.mark.real_time


def once(project: Project, *arguments: str) -> int:
    """Return the exit code of `run --once`."""
    return project.start("--once", *arguments, ready=False).wait()


def test_it_runs_what_is_due_and_no_more(project: Project) -> None:
    """At first sight nothing is due; later what came due runs; a failed run makes it 1; a broken file is logged."""
    project.write(witnessed("hourly", SELDOM))
    assert 0 == once(project)
    assert [] == project.lines()
    assert {"s/hourly"} == set(project.jobs())
    project.write(witnessed("a") + witnessed("hourly", SELDOM))
    eventually(lambda: once(project) == 0 and project.lines(), what="something that is due")
    assert {"s/a"} == {line.split()[0] for line in project.lines()}
    assert {"succeeded"} == {run["status"] for run in project.runs()}

    project.write(witnessed("a", then="exit 4") + witnessed("hourly", SELDOM))
    eventually(lambda: once(project) == 1, what="a run that fails")
    assert "failed" == project.runs("a")[0]["status"]
    project.write_raw("schedrun: v1\n", name="bad.yaml")
    service = project.start("--once", ready=False)
    service.wait()
    assert service.said("file_broken", code="SR103")
    assert {"s/a", "s/hourly"} == set(project.jobs())


def test_what_was_planned_without_a_service_waits_for_it(project: Project) -> None:
    """An edited schedule: what was due under the old one is queued by `apply`, and starts here."""
    project.write(witnessed("a"))
    assert 0 == project.call("apply").code
    milliseconds = count(1001)

    def waiting() -> set[str]:
        project.write(witnessed("a", f"{{every: {next(milliseconds)}ms}}"))
        assert 0 == project.call("apply").code
        return {run["id"] for run in project.runs("a")}

    queued = eventually(waiting, what="something that is due when the schedule is edited")
    assert ["queued"] == [run["status"] for run in project.runs("a")]
    assert [] == project.lines()
    assert 0 == once(project)
    assert queued <= {line.split()[2] for line in project.lines()}
    assert {"succeeded"} == {run["status"] for run in project.runs("a")}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "nowhere"),
        (("--drain-timeout", "soon"), "--drain-timeout"),
        (("--allow-targets", "carrier-pigeon"), "--allow-targets"),
        (("--app-dir", "nowhere"), "--app-dir"),
        (("--state", "."), "."),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_what_cannot_be_is_refused_in_one_line(project: Project, arguments: tuple[str, ...], said: str) -> None:
    """As wrong usage, before anything is written."""
    project.write(witnessed("a"))
    service = project.start("--once", *arguments, ready=False)
    assert service.wait() == 2
    assert said in service.lines[-1]
    assert "Traceback" not in "\n".join(service.lines)
    assert not project.state.exists()
