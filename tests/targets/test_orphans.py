"""Children that others left to this process: reaped, and never taken from who waits for them."""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from schedrun.targets import orphans as module
from schedrun.targets import procfs
from schedrun.targets.orphans import Orphans, adopting
from schedrun.targets.process import install_child_watcher
from tests.targets.contexts import dead, run_context, until

pytestmark = pytest.mark.real_time

RUN = run_context().run_id
Work = Callable[[Orphans], Coroutine[Any, Any, None]]


@pytest.fixture(autouse=True)
def reaps_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be reaped by itself, so that tests see the zombies."""
    monkeypatch.setattr(module, "SWEEP_SECONDS", 600.0)


def adopt(work: Work) -> None:
    """Do `work` where this process adopts orphans."""

    async def go() -> None:
        with adopting() as orphans:
            assert orphans is not None
            await work(orphans)

    asyncio.run(go())


def zombies() -> set[int]:
    """Return the children of this process that wait to be reaped."""
    children = []
    for one in Path("/proc/self/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # that thread has just ended
            children += one.read_text().split()
    return {int(pid) for pid in children if dead(int(pid))}


def loaded(pid: int) -> bool:
    """Whether the process has become `sleep` all through: while it is loaded nobody can read its variables."""
    one = procfs.standing(pid)
    return one is not None and one.program == "sleep" and bool(procfs.environment(pid))


def reaped_all(orphans: Orphans) -> bool:
    """Reap, and return whether nobody waits for it any more."""
    orphans.reap()
    return not zombies()


def orphan(text: str, **variables: str) -> None:
    """Have `text` run in a shell that is nobody's child any more when this returns."""
    subprocess.run(["sh", "-c", f"({text}) > /dev/null 2>&1 &"], env=os.environ | variables, check=True)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("setsid sleep 0.05", id="own-session"),
        pytest.param("setsid sh -c '(sleep 0.05 &)'", id="session-of-one-that-ended"),
        pytest.param("sleep 0.05", id="our-session"),
    ],
)
@pytest.mark.parametrize("variables", [{"SCHEDRUN_RUN_ID": RUN}, {}], ids=["marked", "unmarked"])
def test_reaps_them(monkeypatch: pytest.MonkeyPatch, text: str, variables: dict[str, str]) -> None:
    """However they left, and whosever they were: also those that ended before anybody looked."""
    monkeypatch.setattr(module, "_BEGINNINGS", frozenset())  # it is this test that starts them, in this process

    async def work(orphans: Orphans) -> None:
        for _ in range(5):
            orphan(text, **variables)
        await until(lambda: len(zombies()) >= 5)
        await until(lambda: reaped_all(orphans))

    adopt(work)


def test_reaps_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to ask."""
    monkeypatch.setattr(module, "_BEGINNINGS", frozenset())
    monkeypatch.setattr(module, "SWEEP_SECONDS", 0.01)

    async def work(orphans: Orphans) -> None:
        orphan("setsid true")
        orphan("setsid true")
        await asyncio.sleep(0.1)
        await until(lambda: not zombies())

    adopt(work)


class TestOthersChildren:
    """Functions of the application have children too, and their exit codes are theirs."""

    @pytest.fixture(autouse=True)
    def looks_as_late_as_can_be(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let each look come when what others began is long ago, as after a loop that stood still."""
        monkeypatch.setattr(module, "_BEGUN_WITHIN_SECONDS", 0.0)

    @pytest.mark.parametrize("new_session", [False, True])
    @pytest.mark.parametrize("thread", [False, True])
    def test_leaves_those_of_subprocess(self, new_session: bool, thread: bool) -> None:
        """Also when nobody asks for the code for long, from whatever thread it was started."""

        async def work(orphans: Orphans) -> None:
            started: list[subprocess.Popen[bytes]] = []

            def start() -> None:
                started.append(subprocess.Popen(["sh", "-c", "exit 7"], start_new_session=new_session))

            if thread:
                worker = threading.Thread(target=start)
                worker.start()
                worker.join()
            else:
                start()
            await until(lambda: started[0].pid in zombies())
            for _ in range(5):
                orphans.reap()
            assert 7 == started[0].wait()

        adopt(work)

    def test_leaves_those_of_fork(self) -> None:
        """Whoever forks by hand, reaps by hand."""

        async def work(orphans: Orphans) -> None:
            pid = os.fork()
            if pid == 0:
                os._exit(7)
            await until(lambda: pid in zombies())
            orphans.reap()
            assert 7 == os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])  # noqa: ASYNC222  it has ended

        adopt(work)

    @pytest.mark.parametrize("method", ["fork", "spawn"])
    @pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # fork beside threads: what users do
    def test_leaves_those_of_multiprocessing(self, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
        """Its way to start one does not announce itself always."""
        monkeypatch.setattr(module, "_BEGINNINGS", frozenset())

        async def work(orphans: Orphans) -> None:
            process = (
                multiprocessing.get_context("fork").Process(target=os._exit, args=(7,))
                if method == "fork"
                else multiprocessing.get_context("spawn").Process(target=os._exit, args=(7,))
            )
            process.start()
            await until(lambda: process.pid in zombies())
            orphans.reap()
            process.join()
            assert 7 == process.exitcode

        adopt(work)

    def test_leaves_those_of_asyncio(self) -> None:
        """Ten at once, each with a code of its own."""

        async def work(orphans: Orphans) -> None:
            async def one(code: int) -> int:
                process = await asyncio.create_subprocess_exec("sh", "-c", f"exit {code}")
                return await process.wait()

            asking = asyncio.gather(*(one(code) for code in range(10)))
            while not asking.done():
                orphans.reap()
                await asyncio.sleep(0)
            assert list(range(10)) == await asking

        if sys.version_info >= (3, 12):
            adopt(work)
            return
        before = asyncio.get_child_watcher()
        install_child_watcher()
        try:
            adopt(work)
        finally:
            asyncio.set_child_watcher(before)

    def test_takes_those_that_nobody_wanted_for_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An orphan that appeared while others started something may look like theirs; it does not stay for ever."""

        async def work(orphans: Orphans) -> None:
            orphan("setsid true")
            await until(lambda: zombies() != set())
            orphans.reap()
            assert zombies() != set()
            monkeypatch.setattr(module, "_FORSAKEN_SECONDS", 0.0)
            await until(lambda: reaped_all(orphans))

        adopt(work)


class TestLeftBy:
    """Which run an orphan is of."""

    async def met(self, text: str, **variables: str) -> int:
        """Start an orphan that prints its pid, and return that once it is what it shall be."""
        shell = await asyncio.create_subprocess_exec(
            "sh", "-c", f"({text.format(note='echo $$; exec sleep 300 > /dev/null')} &)",
            env=os.environ | variables, stdout=subprocess.PIPE,
        )  # fmt: skip
        printed, _ = await shell.communicate()
        await until(lambda: loaded(int(printed)))
        return int(printed)

    def test_knows_it_by_its_mark(self) -> None:
        """And by nothing else, where it left the session; the dead are no leftovers."""

        async def work(orphans: Orphans) -> None:
            assert not orphans.left_by(RUN, session=1)
            pid = await self.met("setsid sh -c '{note}'", SCHEDRUN_RUN_ID=RUN)
            assert orphans.left_by(RUN, session=1)
            assert not orphans.left_by("another", session=1)
            os.kill(pid, signal.SIGKILL)
            await until(lambda: pid in zombies())
            assert not orphans.left_by(RUN, session=1)
            orphans.reap()
            assert not zombies()

        adopt(work)

    def test_knows_it_though_it_bore_no_mark_when_it_was_met(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It was just loading its program when another run looked: for a moment nobody's variables can be read."""

        async def work(orphans: Orphans) -> None:
            pid = await self.met("setsid sh -c '{note}'", SCHEDRUN_RUN_ID=RUN)
            with monkeypatch.context() as loading:
                loading.setattr(procfs, "environment", lambda _pid: b"")
                assert orphans.left_by("another", session=1)  # it may be
            assert not orphans.left_by("another", session=1)
            assert orphans.left_by(RUN, session=1)
            os.kill(pid, signal.SIGKILL)
            await until(lambda: pid in zombies())
            orphans.reap()

        adopt(work)

    def test_knows_it_by_its_session(self) -> None:
        """Where it has no mark."""

        async def work(orphans: Orphans) -> None:
            pid = await self.met("setsid sh -c '{note}'")
            assert orphans.left_by(RUN, session=os.getsid(pid))
            assert not orphans.left_by(RUN, session=1)
            os.kill(pid, signal.SIGKILL)
            await until(lambda: pid in zombies())
            orphans.reap()

        adopt(work)


def test_says_that_the_system_refuses(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """In one line with the reason; the service goes on without it."""

    def refused(*, yes: bool) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(module, "be_subreaper", refused)

    async def work() -> None:
        with adopting() as orphans:
            assert orphans is None

    asyncio.run(work())
    (told,) = caplog.records
    assert ("no_subreaper", "Operation not permitted") == (getattr(told, "event", ""), getattr(told, "error", ""))
