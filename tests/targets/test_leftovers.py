"""What a crash left alive, found by its mark anywhere on the machine."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from schedrun.targets import search
from schedrun.targets.leftovers import end_leftovers
from schedrun.targets.procfs import Standing
from schedrun.targets.roundup import Roundup
from schedrun.targets.search import Wanted
from tests.targets.contexts import RUN_ID, alive, until

pytestmark = pytest.mark.real_time

STUBBORN = "trap '' TERM; echo ready; while :; do sleep 0.05; done"
ONE, TWO, THREE, HASTY, PATIENT, NONE, LOST, MINE = (f"{RUN_ID}-{number}" for number in range(8))
ROOT = Path(__file__).parents[2]


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    """Return a list of processes that are ended after the test."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def start(run_id: str | None, text: str = "echo ready; exec sleep 300") -> subprocess.Popen[str]:
    """Start a shell in a session of its own, with the run's mark, and return once it runs."""
    mark = {} if run_id is None else {"SCHEDRUN_RUN_ID": run_id}
    process = subprocess.Popen(
        ["sh", "-c", text],
        env={"PATH": os.environ["PATH"]} | mark,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert "ready\n" == process.stdout.readline()
    return process


def test_ends_what_lives_and_says_at_once_what_that_is(started: list[subprocess.Popen[str]]) -> None:
    """A run of which nothing lives has nothing to wait for; others' processes are left alone."""
    first, second, other, stranger = (start(run_id) for run_id in (ONE, ONE, THREE, None))
    started += [first, second, other, stranger]

    async def work() -> None:
        found = await end_leftovers({ONE: 60, TWO: 60}, roundup=Roundup())
        assert [ONE] == list(found)
        await found[ONE]
        assert [False, False, True, True] == [alive(each.pid) for each in (first, second, other, stranger)]

    asyncio.run(work())
    assert [-15, -15] == [first.wait(), second.wait()]


def test_kills_each_after_its_own_time(started: list[subprocess.Popen[str]]) -> None:
    """The one that is patient waits longer, and both can be awaited by themselves."""
    hasty, patient = start(HASTY, STUBBORN), start(PATIENT, STUBBORN)
    started += [hasty, patient]

    async def work() -> None:
        found = await end_leftovers({HASTY: 0.05, PATIENT: 600}, roundup=Roundup())
        await found[HASTY]
        assert [False, True] == [alive(each.pid) for each in (hasty, patient)]
        assert not found[PATIENT].done()
        patient.kill()
        await found[PATIENT]

    asyncio.run(work())
    assert -9 == hasty.wait()


def test_finds_nothing() -> None:
    """The usual start."""

    async def work() -> None:
        assert {} == dict(await end_leftovers({NONE: 1}, roundup=Roundup()))
        assert {} == dict(await end_leftovers({}, roundup=Roundup()))

    asyncio.run(work())


def test_ends_what_was_just_loading_its_program(
    started: list[subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a moment nobody's variables can be read: one look that finds nothing proves nothing."""
    right, looks = search.end, [0]

    def blind_at_first(wanted: Sequence[Wanted]) -> Mapping[str, Sequence[Standing]]:
        looks[0] += 1
        return {} if looks[0] == 1 else right(wanted)

    monkeypatch.setattr(search, "end", blind_at_first)
    started.append(start(ONE))

    async def work() -> None:
        found = await end_leftovers({ONE: 60}, roundup=Roundup())
        await found[ONE]

    asyncio.run(work())
    assert -15 == started[0].wait()


def test_spares_itself_and_all_above(started: list[subprocess.Popen[str]]) -> None:
    """A service may have been started anew by the very run that it finds interrupted."""
    recovers = (
        "import asyncio, sys; from schedrun.targets.leftovers import end_leftovers\n"
        "from schedrun.targets.roundup import Roundup\n"
        "async def go():\n"
        f"    found = await end_leftovers({{'{MINE}': 60}}, roundup=Roundup())\n"
        f"    await found['{MINE}']\n"
        "asyncio.run(go())"
    )
    text = f'sleep 300 & echo ready; {sys.executable} -c "{recovers}"; echo code $?; wait; echo over'
    process = subprocess.Popen(
        ["sh", "-c", text],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "SCHEDRUN_RUN_ID": MINE},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    started.append(process)
    printed, _ = process.communicate(timeout=120)
    assert "ready\ncode 0\nover\n" == printed


def test_ends_what_lost_its_parents(started: list[subprocess.Popen[str]], tmp_path: Path) -> None:
    """As a crash leaves them: children of init, or of whoever adopts."""
    (tmp_path / "stays").write_text(
        f"echo $$ > {tmp_path}/pid.draft; mv {tmp_path}/pid.draft {tmp_path}/pid; sleep 300; :"
    )
    started.append(start(LOST, f"(setsid sh {tmp_path}/stays > /dev/null &); echo ready"))

    async def work() -> None:
        await until((tmp_path / "pid").exists)
        pid = int((tmp_path / "pid").read_text())
        assert alive(pid)
        found = await end_leftovers({LOST: 60}, roundup=Roundup())
        await found[LOST]
        assert not alive(pid)

    asyncio.run(work())
