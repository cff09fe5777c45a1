"""The driver of these tests: whatever becomes of one of them, nothing of it is left."""

from pathlib import Path

import pytest

from tests.e2e.service import SELDOM, Project, alive, eventually, witnessed

pytestmark = pytest.mark.real_time


def test_nothing_is_left_of_a_test_that_failed(tmp_path: Path) -> None:
    """Each of its services is ended although one has said what it should not, and so is what they started."""
    project = Project(tmp_path)
    project.write(witnessed("a", SELDOM, then="echo $$ > pid.draft; mv pid.draft pid; exec sleep 600"))
    spoken, service = project.start("--once", ready=False), project.start("--state", "other.db")
    assert 0 == spoken.wait()
    spoken.lines.append('{"event": "bug", "traceback": "..."}')
    assert 0 == project.call("trigger", "a", "--state", "other.db").code
    eventually((tmp_path / "pid").exists, what="the job")
    pid = int((tmp_path / "pid").read_text())
    with pytest.raises(AssertionError):
        project.close()
    assert not alive(service.pid)
    eventually(lambda: not alive(pid), what="the end of the job")
