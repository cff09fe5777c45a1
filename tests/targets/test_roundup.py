"""Finding the processes of runs and signalling them: nobody else's, and not for ever."""

import asyncio
import errno
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from schedrun.targets import procfs, roundup, search
from schedrun.targets.procfs import Standing
from schedrun.targets.roundup import Roundup
from schedrun.targets.search import Wanted
from tests.targets.contexts import RUN_ID, alive, until

pytestmark = pytest.mark.real_time

RUN = RUN_ID


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """Return a process of the run, in a session of its own."""
    process = subprocess.Popen(["sleep", "300"], env={"SCHEDRUN_RUN_ID": RUN}, start_new_session=True)
    asyncio.run(until(lambda: procfs.run_named(procfs.environment(process.pid)) == RUN))
    yield process
    process.kill()
    process.wait()


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [getattr(record, "event", "") for record in caplog.records]


class TestProcfs:
    @pytest.mark.parametrize(
        ("variables", "expected"),
        [
            pytest.param(b"SCHEDRUN_RUN_ID=one\0A=b\0", "one", id="first"),
            pytest.param(b"A=b\0SCHEDRUN_RUN_ID=one\0", "one", id="last"),
            pytest.param(b"A=b\0SCHEDRUN_RUN_ID=one", "one", id="without-its-end"),
            pytest.param(b"XSCHEDRUN_RUN_ID=one\0", None, id="another-name"),
            pytest.param(b"A=SCHEDRUN_RUN_ID=one\0", None, id="in-a-value"),
            pytest.param(b"SCHEDRUN_RUN_ID=\0", "", id="empty"),
            pytest.param(b"", None, id="nothing"),
            pytest.param(None, None, id="unreadable"),
        ],
    )
    def test_reads_the_mark(self, variables: bytes | None, expected: str | None) -> None:
        """A whole name at the beginning of a variable, and nothing that looks like one."""
        assert expected == procfs.run_named(variables)

    def test_reads_variables_of_any_length(self) -> None:
        """The mark may stand behind a megabyte of others."""
        many = {f"V{number}": "x" * 1000 for number in range(500)}
        process = subprocess.Popen(["sleep", "300"], env=many | {"SCHEDRUN_RUN_ID": RUN})
        try:
            asyncio.run(until(lambda: procfs.run_named(procfs.environment(process.pid)) == RUN))
        finally:
            process.kill()
            process.wait()

    def test_knows_where_a_process_stands(self, sleeper: subprocess.Popen[bytes]) -> None:
        """As the kernel says it in other words."""
        one = procfs.standing(sleeper.pid)
        assert one is not None
        assert (sleeper.pid, "sleep", os.getpid(), sleeper.pid, sleeper.pid, True) == (
            one.pid,
            one.program,
            one.parent,
            one.session,
            one.group,
            one.alive,
        )
        assert procfs.standing(2**22 + 1) is None


class TestSearch:
    def test_signals_nobody_who_got_the_pid_meanwhile(
        self, sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Born at another time means another process."""
        right = procfs.standing
        calls: list[int] = []

        def reborn(pid: int) -> Standing | None:
            one = right(pid)
            if pid != sleeper.pid or one is None:
                return one
            calls.append(pid)
            return one._replace(started=one.started + len(calls))

        monkeypatch.setattr(procfs, "standing", reborn)
        assert [RUN] == list(search.end([Wanted(RUN, kill=True)]))
        assert sleeper.poll() is None

    def test_signals_nobody_who_lost_the_mark_meanwhile(
        self, sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It went off to be a daemon between the look and the signal."""
        right = procfs.environment
        looks: list[int] = []

        def loses(pid: int) -> bytes | None:
            if pid == sleeper.pid:
                looks.append(pid)
                return right(pid) if len(looks) == 1 else b"A=b\0"
            return right(pid)

        monkeypatch.setattr(procfs, "environment", loses)
        search.end([Wanted(RUN)])
        assert sleeper.poll() is None

    def test_takes_no_session_that_is_another_s_by_now(self, sleeper: subprocess.Popen[bytes]) -> None:
        """The number of a leader that is reaped may lead a new session; its own kept it from that."""
        with subprocess.Popen(["sleep", "300"], start_new_session=True) as unmarked:
            assert {} == dict(search.end([Wanted("another", session=unmarked.pid)]))
            assert unmarked.poll() is None
            unmarked.kill()
        leader = procfs.standing(sleeper.pid)
        assert leader is not None
        assert not Wanted("another", session=sleeper.pid).has_session()
        assert not Wanted("another", session=sleeper.pid, leader=leader._replace(started=1)).has_session()
        assert Wanted("another", session=sleeper.pid, leader=leader).has_session()

    def test_sees_no_kernel_thread_and_no_dead(self) -> None:
        """A zombie bears no mark, and is in its session still."""
        process = subprocess.Popen(["true"], start_new_session=True)
        leader = procfs.standing(process.pid)
        asyncio.run(until(lambda: not alive(process.pid)))
        assert {} == dict(search.end([Wanted(RUN, session=process.pid, leader=leader, kill=True)]))
        process.wait()


class TestRoundup:
    def unreachable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let signals come to nothing, as those to another user's process."""

        def refused(descriptor: int, number: int) -> None:
            raise PermissionError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(signal, "pidfd_send_signal", refused)

    def test_waits_no_longer_than_is_of_use(
        self, sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """What cannot be ended is named, and goes on to be looked for."""

        async def work() -> None:
            with monkeypatch.context() as patch:
                self.unreachable(patch)
                patch.setattr(roundup, "PATIENCE_SECONDS", 0.01)
                hunt = Roundup()
                quarry = hunt.clear(RUN, kill_after=0.01)
                await quarry.settled
                assert not quarry.gone.done()
                assert hunt.of(RUN) is quarry
                await asyncio.wait_for(hunt.close(), 20)

        asyncio.run(work())
        assert sleeper.poll() is None
        assert "processes_stay" in events(caplog)

    def test_looks_again_when_it_could_not_look(
        self, sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No descriptor was left at first: that is no sign that nothing lives."""
        right, calls = search.end, [0]

        def fails_at_first(wanted: Sequence[Wanted]) -> Any:
            calls[0] += 1
            if calls[0] < 4:
                raise OSError(errno.EMFILE, "Too many open files")
            return right(wanted)

        monkeypatch.setattr(search, "end", fails_at_first)

        async def work() -> None:
            await Roundup().clear(RUN, kill_after=60).gone

        asyncio.run(work())
        assert -signal.SIGTERM == sleeper.wait()

    def test_a_bug_holds_nobody_up(self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
        """It is told, and the run that waits for the end has its verdict."""

        def broken(wanted: Sequence[Wanted]) -> Any:
            raise ZeroDivisionError("a bug")

        monkeypatch.setattr(search, "end", broken)

        async def work() -> None:
            await Roundup().clear(RUN, kill_after=60).gone

        asyncio.run(work())
        assert "processes_not_ended" in events(caplog)

    def test_kills_when_the_loop_is_closing(self, sleeper: subprocess.Popen[bytes]) -> None:
        """Nobody will look again."""

        async def work() -> None:
            Roundup().clear(RUN, kill_after=600, after=600)
            await asyncio.sleep(0)

        asyncio.run(work())
        assert -signal.SIGKILL == sleeper.wait()

    def test_one_look_serves_all(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Two hundred time limits at one instant do not read all of /proc two hundred times."""
        monkeypatch.setattr(roundup, "_FIRST_PAUSE_SECONDS", 0.0)  # all pause until the same turn of the loop
        right, looks = search.end, [0]

        def counted(wanted: Sequence[Wanted]) -> Any:
            looks[0] += 1
            return right(wanted)

        monkeypatch.setattr(search, "end", counted)

        async def work() -> None:
            hunt = Roundup()
            await asyncio.gather(*(hunt.clear(f"run-{number}", kill_after=60).gone for number in range(200)))

        asyncio.run(work())
        assert 2 == looks[0]
