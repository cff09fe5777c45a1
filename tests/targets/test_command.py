"""Commands and shell texts as real processes."""

import asyncio
import os
import sys
from collections.abc import Coroutine, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest

from schedrun.core.run.outcome import Outcome
from schedrun.core.spec.target import CommandTarget, FromEnv, ShellTarget
from schedrun.secret import SecretSource
from schedrun.targets.cap import OUTPUT_CAP
from schedrun.targets.command import Commands
from schedrun.targets.process import install_child_watcher
from tests.targets.contexts import alive, dead, run_context, until

T = TypeVar("T")
ENVIRON = {"PATH": os.defpath, "FX_TOKEN": "s3cret", "SCHEDRUN_STATE": "/var/lib/state.db"}


def commands(app_dir: Path, environ: Mapping[str, str] = ENVIRON) -> Commands:
    return Commands(app_dir=app_dir, secrets=SecretSource(environ=environ), environ=environ)


def run(app_dir: Path, spec: CommandTarget | ShellTarget) -> Outcome:
    return asyncio.run(commands(app_dir).run(spec, run_context()))


def watched(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` with the child watcher that the service installs, then put back the one before."""
    if sys.version_info >= (3, 12):
        return asyncio.run(work)
    before = asyncio.get_child_watcher()
    install_child_watcher()
    try:
        return asyncio.run(work)
    finally:
        asyncio.set_child_watcher(before)


class TestEnds:
    @pytest.mark.parametrize(
        ("script", "exit_code", "error"),
        [
            pytest.param("exit 0", 0, None, id="success"),
            pytest.param("exit 3", 3, "exit code 3", id="failure"),
            pytest.param("kill -KILL $$", -9, "killed by SIGKILL", id="signal"),
            pytest.param("kill -TERM $$", -15, "killed by SIGTERM", id="terminated-by-itself"),
            pytest.param("false; echo unreached", 1, "exit code 1", id="shell-stops-at-the-first-failure"),
        ],
    )
    def test_says_how_the_process_ended(self, tmp_path: Path, script: str, exit_code: int, error: str | None) -> None:
        """Exit code as a number, failure in words."""
        assert Outcome(exit_code=exit_code, error=error, output="") == run(tmp_path, ShellTarget(shell=script))

    def test_runs_the_interpreter_that_is_said(self, tmp_path: Path) -> None:
        """The text is the interpreter's last argument."""
        spec = ShellTarget(shell="print(6 * 7)", interpreter=[sys.executable, "-c"])
        assert Outcome(exit_code=0, output="42\n") == run(tmp_path, spec)

    def test_ends_the_same_under_the_service_child_watcher(self, tmp_path: Path) -> None:
        """Waiting without a thread for each child changes nothing else."""
        outcome = watched(commands(tmp_path).run(ShellTarget(shell="echo hi; exit 4"), run_context()))
        assert Outcome(exit_code=4, error="exit code 4", output="hi\n") == outcome


class TestNotStarted:
    @pytest.mark.parametrize(
        ("argv", "error"),
        [
            pytest.param(["no-such-program"], "program not found: no-such-program", id="not-on-the-path"),
            pytest.param(["./none"], "program not found: ./none", id="not-in-the-folder"),
            pytest.param(["./plain"], "program not executable: ./plain", id="not-executable"),
            pytest.param(
                ["./broken"], "program has no known format: ./broken (a script begins with a #! line)", id="exec-format"
            ),
            pytest.param(
                ["./orphan"], "program's interpreter not found: see the #! line of ./orphan", id="no-interpreter"
            ),
            pytest.param(["true", "x" * 200_000], "arguments and environment are too long for true", id="too-long"),
            pytest.param(["true", "a\0b"], "program not started: embedded null byte", id="nul"),
        ],
    )
    def test_says_why(self, tmp_path: Path, argv: list[str], error: str) -> None:
        """Nothing ran, so there is neither exit code nor output."""
        for name, content, mode in (
            ("plain", "#!/bin/sh\n", 0o644),
            ("broken", "\x7fnot an executable", 0o755),
            ("orphan", "#!/no/such/interpreter\n", 0o755),
        ):
            (tmp_path / name).write_text(content)
            (tmp_path / name).chmod(mode)
        assert Outcome(error=error) == run(tmp_path, CommandTarget.model_construct(command=argv))

    def test_names_a_working_folder_that_is_missing(self, tmp_path: Path) -> None:
        """A missing folder must not read as a missing program."""
        spec = CommandTarget(command=["true"], workdir="none")
        assert Outcome(error=f"working folder not found: {tmp_path}/none") == run(tmp_path, spec)

    def test_names_a_secret_that_cannot_be_read(self, tmp_path: Path) -> None:
        """The run fails before it starts."""
        outcome = run(tmp_path, ShellTarget(shell="true", env={"A": FromEnv(from_env="NOT_SET")}))
        assert outcome.error is not None
        assert "from_env NOT_SET is not set" in outcome.error

    def test_starts_nothing_once_it_must_stop(self, tmp_path: Path) -> None:
        """A run that is cancelled before it begins leaves no trace."""

        async def work() -> Outcome:
            stop = asyncio.Event()
            stop.set()
            return await commands(tmp_path).run(ShellTarget(shell="touch ran"), run_context(stop=stop))

        assert Outcome() == asyncio.run(work())
        assert not (tmp_path / "ran").exists()


class TestFolders:
    def test_starts_in_the_app_dir(self, tmp_path: Path) -> None:
        """And nowhere else, whatever folder the service itself is in."""
        assert f"{tmp_path}\n" == run(tmp_path, CommandTarget(command=["pwd"])).output

    def test_finds_a_relative_program_in_the_workdir(self, tmp_path: Path) -> None:
        """As a shell would after `cd`."""
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "tool").write_text("#!/bin/sh\npwd\n")
        (tmp_path / "bin" / "tool").chmod(0o755)
        outcome = run(tmp_path, CommandTarget(command=["./tool"], workdir="bin"))
        assert Outcome(exit_code=0, output=f"{tmp_path}/bin\n") == outcome

    def test_finds_a_program_where_the_system_would(self, tmp_path: Path) -> None:
        """In the first folder of the path that has it, and neither a folder of its name nor a file of no format."""
        for name in ("one", "two", "three", "four"):
            (tmp_path / name).mkdir()
        (tmp_path / "one" / "tool").mkdir()
        (tmp_path / "two" / "tool").touch(0o644)
        for name in ("three", "four"):
            (tmp_path / name / "tool").write_text(f"#!/bin/sh\necho {name}\n")
            (tmp_path / name / "tool").chmod(0o755)
        path = ":".join(f"{tmp_path}/{name}" for name in ("one", "two", "three", "four"))
        spec = CommandTarget(command=["tool"], env={"PATH": path})
        assert Outcome(exit_code=0, output="three\n") == run(tmp_path, spec)


class TestOutput:
    def test_keeps_both_streams_in_the_order_they_were_written(self, tmp_path: Path) -> None:
        """One pipe for both."""
        assert "1\n2\n3\n" == run(tmp_path, ShellTarget(shell="echo 1; echo 2 >&2; echo 3")).output

    def test_gives_nothing_to_read(self, tmp_path: Path) -> None:
        """A program that reads its input finds its end, and takes nothing from the service's own."""
        ours = os.dup(0)
        read_end, write_end = os.pipe()
        try:
            os.dup2(read_end, 0)
            assert Outcome(exit_code=0, output="/dev/null\n") == run(
                tmp_path, ShellTarget(shell="readlink /proc/self/fd/0")
            )
        finally:
            os.dup2(ours, 0)
            for descriptor in (ours, read_end, write_end):
                os.close(descriptor)

    def test_replaces_what_is_no_utf8(self, tmp_path: Path) -> None:
        """Bytes that mean nothing must not fail the run."""
        assert "a\N{REPLACEMENT CHARACTER}b" == run(tmp_path, ShellTarget(shell=r"printf 'a\377b'")).output

    def test_cuts_what_is_too_long_and_says_how_much(self, tmp_path: Path) -> None:
        """The first MiB stays; the program is read to its end and never blocks."""
        outcome = run(tmp_path, ShellTarget(shell=f"head -c {OUTPUT_CAP + 1234} /dev/zero | tr '\\0' x; echo end >&2"))
        assert outcome.output is not None
        assert Outcome(exit_code=0, output=outcome.output) == outcome
        assert "x" * OUTPUT_CAP + "\n[output cut here: 1,238 more bytes]" == outcome.output

    def test_masks_a_secret_written_in_two_parts(self, tmp_path: Path) -> None:
        """Whatever the reads were, the value never appears."""
        spec = ShellTarget(
            shell="printf '%.3s' $TOKEN; sleep 0.05; printf '%s' ${TOKEN#???}",
            env={"TOKEN": FromEnv(from_env="FX_TOKEN")},
        )
        assert Outcome(exit_code=0, output="***") == run(tmp_path, spec)

    def test_does_not_wait_for_a_grandchild_that_holds_the_pipe(self, tmp_path: Path) -> None:
        """The run ends with its own process; what that left running is ended after that."""

        async def work() -> None:
            spec = ShellTarget(shell="sleep 300 & echo $! > pid; echo started")
            outcome = await commands(tmp_path).run(spec, run_context())
            pid = int((tmp_path / "pid").read_text())
            assert Outcome(exit_code=0, output="started\n") == outcome
            assert alive(pid)
            assert outcome.still_running is not None
            await outcome.still_running
            assert dead(pid)

        asyncio.run(work())


class TestStop:
    def stopped(self, app_dir: Path, script: str, *, kill_after: float, once: str = "ready") -> Outcome:
        """Run `script`, stop it when the file `once` exists, and return its outcome."""

        async def work() -> Outcome:
            stop = asyncio.Event()
            context = run_context(stop=stop, kill_after=kill_after)
            running = asyncio.create_task(commands(app_dir).run(ShellTarget(shell=script), context))
            await until((app_dir / once).exists)
            stop.set()
            return await running

        return asyncio.run(work())

    def assert_ends(self, *pid_files: Path) -> None:
        """Wait for the kernel to carry a SIGKILL out; without one these would sleep for minutes."""
        for file in pid_files:
            pid = int(file.read_text())
            asyncio.run(until(partial(dead, pid)))

    def test_asks_first(self, tmp_path: Path) -> None:
        """SIGTERM lets the program clean up, and its output and exit code count."""
        outcome = self.stopped(tmp_path, "trap 'echo bye; exit 7' TERM; : > ready; while :; do :; done", kill_after=60)
        assert Outcome(exit_code=7, error="exit code 7", output="bye\n") == outcome

    def test_kills_the_whole_group_when_asking_does_not_help(self, tmp_path: Path) -> None:
        """Children that ignore SIGTERM like their parent die with it."""
        script = "trap '' TERM; sleep 300 & echo $! > child; echo $$ > leader; touch ready; wait"
        outcome = self.stopped(tmp_path, script, kill_after=0.1)
        assert Outcome(exit_code=-9, error="killed by SIGKILL", output="") == outcome
        self.assert_ends(tmp_path / "child", tmp_path / "leader")

    def test_kills_what_outlives_the_leader(self, tmp_path: Path) -> None:
        """The leader obeys, its child does not: the group is ended all the same."""
        script = "(trap '' TERM; touch set; exec sleep 300) & echo $! > child\n"
        script += "while [ ! -e set ]; do sleep 0.01; done; touch ready; wait"
        outcome = self.stopped(tmp_path, script, kill_after=0.2)
        assert "killed by SIGTERM" == outcome.error
        self.assert_ends(tmp_path / "child")

    def test_lets_children_finish_in_time(self, tmp_path: Path) -> None:
        """A child that cleans up longer than the leader is not cut short."""
        script = "(trap 'sleep 0.1; touch cleaned; exit' TERM; touch ready; while :; do sleep 0.01; done) & wait"
        self.stopped(tmp_path, script, kill_after=60)
        assert (tmp_path / "cleaned").exists()

    def test_leaves_nothing_behind_when_its_task_is_cancelled(self, tmp_path: Path) -> None:
        """Cancelling the caller is rough, but no process survives it."""

        async def work() -> None:
            running = asyncio.create_task(
                commands(tmp_path).run(ShellTarget(shell="echo $$ > pid; touch ready; sleep 300"), run_context())
            )
            await until((tmp_path / "ready").exists)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            pid = int((tmp_path / "pid").read_text())
            assert dead(pid)

        asyncio.run(work())


def test_runs_many_at_once(tmp_path: Path) -> None:
    """Each has its own pipe, group and outcome."""

    async def work() -> list[Outcome]:
        target = commands(tmp_path)
        return await asyncio.gather(
            *(target.run(ShellTarget(shell=f"echo {number}"), run_context()) for number in range(40))
        )

    assert [Outcome(exit_code=0, output=f"{number}\n") for number in range(40)] == watched(work())
