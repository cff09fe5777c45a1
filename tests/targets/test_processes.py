"""Runs and everything they start, as real processes: whatever way it goes, nothing of it stays."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from schedrun.core.run.outcome import Outcome
from schedrun.core.spec.target import ShellTarget
from schedrun.secret import SecretSource
from schedrun.targets import processes as processes_module
from schedrun.targets.command import Commands
from schedrun.targets.orphans import adopting
from schedrun.targets.processes import Processes
from tests.targets.contexts import alive, dead, run_context, until

pytestmark = pytest.mark.real_time

RUN = run_context().run_id
ENVIRON = {"PATH": os.environ["PATH"]}
SCRIPTS = {
    "stays": "echo $$ >> pids; exec sleep 300",
    "stubborn": "trap '' TERM; echo $$ >> pids; while :; do sleep 0.05; done",
    "counts": (
        "n=0; trap 'n=$((n+1))' TERM; echo $$ >> pids; while [ $n = 0 ]; do sleep 0.02; done\n"
        "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.02; done; echo $n >> heard"
    ),
    "tidies": "trap 'sleep 0.2; echo tidy >> cleaned; exit' TERM; echo $$ >> pids; while :; do sleep 0.02; done",
    "breeds": "trap 'setsid ./stays & exit' TERM; echo $$ >> pids; while :; do sleep 0.02; done",
    "nests": "(setsid ./stays &); sleep 300",
}
"""Programs that note their pid once they are what they are."""

Work = Callable[[Processes], Coroutine[Any, Any, None]]
Run = Callable[[Work], None]


def commands(folder: Path, processes: Processes) -> Commands:
    return Commands(app_dir=folder, secrets=SecretSource(environ=ENVIRON), environ=ENVIRON, processes=processes)


def noted(folder: Path) -> list[int]:
    """Return the pids that the scripts have noted so far."""
    file = folder / "pids"
    return [int(pid) for pid in file.read_text().split()] if file.exists() else []


def living(folder: Path) -> list[int]:
    """Return those of them that live."""
    return [pid for pid in noted(folder) if alive(pid)]


async def stopped(
    folder: Path, text: str, processes: Processes, *, kill_after: float = 60.0, count: int = 1
) -> Outcome:
    """Run `text`, stop it when so many pids are noted, and return its outcome."""
    stop = asyncio.Event()
    running = asyncio.create_task(
        commands(folder, processes).run(ShellTarget(shell=text), run_context(stop=stop, kill_after=kill_after))
    )
    await until(lambda: running.done() or len(noted(folder)) >= count)
    stop.set()
    return await running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where runs work, with the scripts in it."""
    for name, text in SCRIPTS.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    return tmp_path


@pytest.fixture(params=[True, False], ids=["adopting", "not-adopting"])
def run(request: pytest.FixtureRequest, folder: Path) -> Run:
    """Return what does work as the service does it and as an embedded scheduler would; nothing is left after it."""

    async def adopted(work: Work) -> None:
        with adopting() as orphans:
            assert orphans is not None
            await work(Processes(orphans=orphans))

    def run(work: Work) -> None:
        try:
            asyncio.run(adopted(work) if request.param else work(Processes()))
        finally:
            for pid in living(folder):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    return run


class TestStop:
    """A time limit or a cancel ends everything of the run before its verdict."""

    @pytest.mark.parametrize(
        "begin",
        [
            pytest.param("setsid ./stays &", id="session"),
            pytest.param("(setsid ./stays &);", id="double-fork"),
            pytest.param("(setsid ./nests &);", id="sessions-below-sessions"),
            pytest.param("(./stays &);", id="orphan-in-the-group"),
            pytest.param("env -u SCHEDRUN_RUN_ID ./stays &", id="no-mark-in-the-session"),
            pytest.param("env -i setsid -w ./stays;", id="no-mark-in-the-pipe"),
            pytest.param("(env -i setsid ./stays 2> /dev/null &);", id="no-mark-in-the-pipe-and-no-parent"),
            pytest.param("setsid sh -c 'env -i ./stays > /dev/null 2>&1; :' &", id="no-mark-below-another-session"),
        ],
    )
    def test_ends_what_left_the_group(self, folder: Path, run: Run, begin: str) -> None:
        """All of it is gone when the outcome is there, and nothing of that takes `kill_after`."""

        async def work(processes: Processes) -> None:
            outcome = await stopped(folder, f"{begin} sleep 300", processes)
            assert Outcome(exit_code=-15, error="killed by SIGTERM", output="") == outcome
            assert outcome.still_running is None
            assert [] == living(folder)

        run(work)

    def test_kills_who_does_not_obey(self, folder: Path, run: Run) -> None:
        """In another session too, once `kill_after` has passed; the leader had obeyed."""

        async def work(processes: Processes) -> None:
            text = "setsid ./stubborn & (./stubborn &); sleep 300"
            outcome = await stopped(folder, text, processes, kill_after=0.2, count=2)
            assert "killed by SIGTERM" == outcome.error
            assert [] == living(folder)

        run(work)

    def test_kills_who_has_lost_mark_and_parent(self, folder: Path, run: Run) -> None:
        """It was found by its parent, which obeyed."""

        async def work(processes: Processes) -> None:
            text = "setsid sh -c 'env -i ./stubborn > /dev/null 2>&1; :' & sleep 300"
            await stopped(folder, text, processes, kill_after=0.2)
            assert [] == living(folder)

        run(work)

    def test_asks_everybody_once(self, folder: Path, run: Run) -> None:
        """A second SIGTERM means hurry to many programs."""

        async def work(processes: Processes) -> None:
            await stopped(folder, "setsid ./counts & ./counts & (setsid ./counts &); wait", processes, count=3)
            assert ["1", "1", "1"] == (folder / "heard").read_text().split()

        run(work)

    def test_lets_them_clean_up(self, folder: Path, run: Run) -> None:
        """What an asked process starts to clean up is not asked itself, in the group or outside."""

        async def work(processes: Processes) -> None:
            await stopped(folder, "setsid ./tidies & exec ./tidies", processes, count=2)
            assert "tidy\ntidy\n" == (folder / "cleaned").read_text()

        run(work)

    def test_ends_what_is_born_meanwhile(self, folder: Path, run: Run) -> None:
        """Whoever answers SIGTERM with one more daemon does not win time by it."""

        async def work(processes: Processes) -> None:
            await stopped(folder, "setsid ./breeds & sleep 300", processes)
            assert [] == living(folder)

        run(work)

    def test_touches_nobody_else(self, folder: Path, run: Run) -> None:
        """Neither another run's, nor a stranger, nor who took the mark away, began a session and prints elsewhere."""

        async def work(processes: Processes) -> None:
            others = [
                subprocess.Popen(  # noqa: ASYNC220  starts in no time
                    ["sleep", "300"], env=ENVIRON | variables, start_new_session=True
                )
                for variables in ({}, {"SCHEDRUN_RUN_ID": RUN[:-1]}, {"XSCHEDRUN_RUN_ID": RUN})
            ]
            try:
                free = "env -u SCHEDRUN_RUN_ID setsid ./stays > /dev/null 2>&1 &"
                await stopped(folder, f"{free} sleep 300", processes)
                assert [None, None, None] == [other.poll() for other in others]
                assert noted(folder) == living(folder)
            finally:
                for other in others:
                    other.kill()
                    other.wait()

        run(work)

    def test_leaves_nothing_when_its_task_is_cancelled(self, folder: Path, run: Run) -> None:
        """Not even in other sessions."""

        async def work(processes: Processes) -> None:
            text = ShellTarget(shell="setsid ./stubborn & exec ./stubborn")
            running = asyncio.create_task(commands(folder, processes).run(text, run_context()))
            await until(lambda: len(noted(folder)) == 2)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            assert [] == living(folder)

        run(work)


class TestEndsByItself:
    """A leader that ends by itself has its verdict at once; what it left behind is ended after that."""

    async def ended(self, folder: Path, text: str, processes: Processes, *, kill_after: float = 60.0) -> Outcome:
        """Run `text` to its end."""
        return await commands(folder, processes).run(ShellTarget(shell=text), run_context(kill_after=kill_after))

    LEAVES = "while [ ! -e pids ]; do sleep 0.01; done; echo done"

    @pytest.mark.parametrize(
        ("begin", "adopting_only"),
        [
            pytest.param("./stays &", False, id="group"),
            pytest.param("./stays > /dev/null 2>&1 &", False, id="group-without-the-pipe"),
            pytest.param("env -u SCHEDRUN_RUN_ID ./stays &", False, id="group-without-the-mark"),
            pytest.param("setsid ./stays &", True, id="session"),
            pytest.param("(setsid ./stays > /dev/null 2>&1 &)", True, id="double-fork"),
            pytest.param("(setsid ./nests > /dev/null 2>&1 &)", True, id="sessions-below-sessions"),
        ],
    )
    def test_ends_what_it_left(
        self, folder: Path, run: Run, request: pytest.FixtureRequest, begin: str, adopting_only: bool
    ) -> None:
        """The outcome is there while that lives; `still_running` is done when it is gone."""
        if adopting_only and "not-adopting" in request.node.callspec.id:
            pytest.skip("what leaves the group is found by those who adopt it")

        async def work(processes: Processes) -> None:
            outcome = await self.ended(folder, f"{begin}\n{self.LEAVES}", processes)
            assert Outcome(exit_code=0, output="done\n") == outcome
            assert outcome.still_running is not None
            assert noted(folder) == living(folder)
            await outcome.still_running
            assert [] == living(folder)

        run(work)

    def test_kills_who_does_not_obey(self, folder: Path, run: Run, caplog: pytest.LogCaptureFixture) -> None:
        """After `kill_after`; the log names what was ended."""

        async def work(processes: Processes) -> None:
            outcome = await self.ended(folder, f"./stubborn & {self.LEAVES}", processes, kill_after=0.2)
            assert outcome.still_running is not None
            await outcome.still_running
            assert [] == living(folder)

        run(work)
        told = [record for record in caplog.records if getattr(record, "event", None) == "leftovers"]
        assert [RUN] == [getattr(record, "run", None) for record in told]
        assert f"stubborn ({noted(folder)[0]})" in getattr(told[0], "processes", "")

    def test_leaves_alone_who_took_the_mark_away(self, folder: Path, run: Run) -> None:
        """That, and a session of its own, is the way to outlive a run."""

        async def work(processes: Processes) -> None:
            free = "env -u SCHEDRUN_RUN_ID setsid ./stays > /dev/null 2>&1 &"
            outcome = await self.ended(folder, f"{free}\n{self.LEAVES}", processes)
            if outcome.still_running is not None:  # seen before it had taken the mark away
                await outcome.still_running
            assert noted(folder) == living(folder) != []
            # Nor does it make the next run's end dear or long.
            assert (await self.ended(folder, "true", processes)).still_running is None

        run(work)

    def test_lets_go_who_is_about_to_end(
        self, folder: Path, run: Run, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What a shell's last output goes through ends a moment later than the shell, and is heard."""
        monkeypatch.setattr(processes_module, "GRACE_SECONDS", 30.0)  # a moment is long where much else runs

        async def work(processes: Processes) -> None:
            text = "mkfifo fifo; (trap '' TERM; cat < fifo; sleep 0.05; echo last) & exec > fifo; echo done"
            outcome = await self.ended(folder, text, processes)
            assert "done\nlast\n" == outcome.output
            if outcome.still_running is not None:
                await outcome.still_running

        run(work)
        assert [] == [record for record in caplog.records if getattr(record, "event", None) == "leftovers"]

    def test_has_nothing_to_wait_for_in_the_common_case(self, folder: Path, run: Run) -> None:
        """Children that ended before their parent are no leftovers."""

        async def work(processes: Processes) -> None:
            outcomes = await asyncio.gather(
                *(self.ended(folder, "(true); sleep 0 & sleep 0.01 & wait; echo ok", processes) for _ in range(20))
            )
            assert [Outcome(exit_code=0, output="ok\n")] * 20 == outcomes
            assert [None] * 20 == [outcome.still_running for outcome in outcomes]

        run(work)

    def test_lets_the_next_attempt_wait(self, folder: Path, run: Run) -> None:
        """It bears the same mark, and would be ended with what the one before left behind."""

        async def work(processes: Processes) -> None:
            first = await self.ended(folder, f"./tidies & {self.LEAVES}", processes)
            assert first.still_running is not None
            assert "tidy\n" == (await self.ended(folder, "cat cleaned", processes)).output

        run(work)

    def test_closing_waits_for_the_last_of_it(self, folder: Path, run: Run) -> None:
        """A service that ends leaves nothing to the machine."""

        async def work(processes: Processes) -> None:
            await self.ended(folder, f"./tidies & {self.LEAVES}", processes)
            await processes.close()
            assert [] == living(folder)
            assert (folder / "cleaned").exists()
            await processes.close()

        run(work)


def test_an_exit_code_that_others_took_is_a_failure(folder: Path) -> None:
    """Not a success, as it would look to the one who comes second."""

    async def work() -> Outcome:
        running = asyncio.create_task(
            commands(folder, Processes()).run(ShellTarget(shell="echo $$ > pids; read x < fifo"), run_context())
        )
        await until(lambda: noted(folder) != [])
        (pid,) = noted(folder)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)  # noqa: ASYNC222  before the loop can
        return await running

    os.mkfifo(folder / "fifo")
    outcome = asyncio.run(work())
    assert (None, "its exit code is lost: other code of the service waited for it") == (
        outcome.exit_code,
        outcome.error,
    )


def test_works_where_the_kernel_has_no_pidfds(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread waits then; everything is ended all the same."""

    def missing(pid: int) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", missing)

    async def work() -> None:
        outcome = await stopped(folder, "setsid ./stays & exec ./stays", Processes(), count=2)
        assert "killed by SIGTERM" == outcome.error
        assert [] == living(folder)
        code = (await commands(folder, Processes()).run(ShellTarget(shell="exit 7"), run_context())).exit_code
        assert 7 == code

    asyncio.run(work())
    assert all(dead(pid) for pid in noted(folder))
