"""Exit codes in words, and the child watcher of Python 3.11."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from schedrun.targets.pipe import Pipe
from schedrun.targets.process import exit_words, found, install_child_watcher
from tests.targets.contexts import until


@pytest.mark.parametrize(
    ("exit_code", "words"),
    [
        (0, None),
        (1, "exit code 1"),
        (127, "exit code 127"),
        (-9, "killed by SIGKILL"),
        (-11, "killed by SIGSEGV"),
        (-40, "killed by signal 40"),
    ],
)
def test_says_what_an_exit_code_means(exit_code: int, words: str | None) -> None:
    """A negative code is a signal, which has a name unless it is a real-time one."""
    assert words == exit_words(exit_code)


class TestPipe:
    def test_waits_for_the_end_of_what_is_written(self) -> None:
        """A child that writes a moment after its parent has ended is heard."""
        heard: list[bytes] = []

        def write(pipe: Pipe) -> None:
            os.write(pipe.write_end, b"late")
            os.close(pipe.write_end)

        async def work() -> None:
            with Pipe() as pipe:
                pipe.listen(heard.append)
                asyncio.get_running_loop().call_later(0.01, write, pipe)
                await pipe.finish(grace=60)

        asyncio.run(work())
        assert [b"late"] == heard

    def test_waits_no_longer_than_its_grace(self) -> None:
        """Who holds the pipe for ever is left alone, but what stood in it is read."""
        heard: list[bytes] = []

        async def work() -> None:
            with Pipe() as pipe:
                pipe.listen(heard.append)
                os.write(pipe.write_end, b"early")
                await pipe.finish(grace=0.01)
                os.close(pipe.write_end)

        asyncio.run(work())
        assert [b"early"] == heard


class TestPause:
    def test_leaves_what_is_written_in_the_pipe(self) -> None:
        """Who is paused is heard later, the last of it in the end."""
        heard: list[bytes] = []

        async def work() -> None:
            with Pipe() as pipe:
                pipe.listen(heard.append)
                pipe.pause()
                os.write(pipe.write_end, b"one")
                await asyncio.sleep(0.01)
                assert [] == heard
                pipe.resume()
                await until(lambda: heard == [b"one"])
                pipe.pause()
                os.write(pipe.write_end, b"two")
                await pipe.finish(grace=0.01)
                os.close(pipe.write_end)

        asyncio.run(work())
        assert [b"one", b"two"] == heard


class TestFound:
    """Where a program is, asked before the new process would try each folder."""

    def test_takes_the_first_that_can_be_executed(self, tmp_path: Path) -> None:
        """As the system does."""
        for name, mode in (("one", 0o644), ("two", 0o755), ("three", 0o755)):
            (tmp_path / name).mkdir()
            (tmp_path / name / "tool").touch(mode)
        assert f"{tmp_path}/two/tool" == found(
            "tool", ":".join(f"{tmp_path}/{name}" for name in ("one", "two", "three"))
        )

    @pytest.mark.parametrize(
        ("name", "path"),
        [
            pytest.param("none", "/bin", id="nowhere"),
            pytest.param("./sh", "/bin", id="a-path-already"),
            pytest.param("sh", "bin:/bin", id="relative-to-where-it-starts"),
            pytest.param("sh", ":/bin", id="where-it-starts"),
            pytest.param("s\0h", "/bin", id="nul"),
        ],
    )
    def test_leaves_the_rest_to_the_system(self, name: str, path: str) -> None:
        """And with it the words for what went wrong."""
        assert found(name, path) is None


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="asyncio picks its watcher itself")
class TestChildWatcher:
    def test_waits_without_threads(self) -> None:
        """One file descriptor a child instead of one thread."""
        before = asyncio.get_child_watcher()
        try:
            install_child_watcher()
            assert asyncio.PidfdChildWatcher is type(asyncio.get_child_watcher())
        finally:
            asyncio.set_child_watcher(before)

    def test_leaves_the_default_where_the_kernel_has_no_pidfds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Slower, but it works."""

        def missing(pid: int) -> int:
            raise OSError(38, "Function not implemented")

        monkeypatch.setattr(os, "pidfd_open", missing)
        before = asyncio.get_child_watcher()
        install_child_watcher()
        assert before is asyncio.get_child_watcher()
