"""What a block of code leaves behind is ended with it, wherever it went; what was there before goes on."""

import os
import signal
import subprocess

import pytest

from schedrun.clock import SystemClock
from schedrun.targets import procfs, subreaper

pytestmark = pytest.mark.real_time

_LEAVES = "env -i setsid sh -c 'sleep 1000 & sleep 1000' >/dev/null 2>&1 & echo $!"


def _slowly() -> float:
    """Let the seconds that it waits at most be minutes: how soon what it killed has ended is not in its hands."""
    return SystemClock().monotonic() / 60


def _session(leader: int) -> list[int]:
    found = (procfs.standing(pid) for pid in procfs.pids())
    return [each.pid for each in found if each is not None and each.session == leader]


def test_ends_what_went_off_to_a_session_of_its_own() -> None:
    """Without variables, and with its children; a child of before lives."""
    with subprocess.Popen(["sleep", "1000"], start_new_session=True) as other:
        with subreaper.ending_orphans(monotonic=_slowly):
            leader = int(subprocess.check_output(["sh", "-c", _LEAVES]))
        left, alive = _session(leader), other.poll() is None
        for pid in (*left, other.pid):
            os.kill(pid, signal.SIGKILL)
    assert ([], True) == (left, alive)


def test_goes_on_where_nobody_may_adopt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox may forbid it: then groups are all that is ended."""

    def refused(*, yes: bool) -> None:
        raise OSError(f"no {yes}")

    monkeypatch.setattr(subreaper, "be_subreaper", refused)
    with subreaper.ending_orphans(monotonic=SystemClock().monotonic):
        done = True
    assert done
