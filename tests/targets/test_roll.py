"""The file that tells the next service who leads the runs."""

import asyncio
import json
import os
import subprocess
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from schedrun.core.run.outcome import Outcome
from schedrun.core.spec.target import ShellTarget
from schedrun.secret import SecretSource
from schedrun.targets import attendant, procfs
from schedrun.targets.command import Commands
from schedrun.targets.processes import Processes
from schedrun.targets.roll import Roll
from schedrun.targets.search import Wanted
from tests.targets.contexts import RUN_ID, run_context, until

pytestmark = pytest.mark.real_time


@pytest.fixture
def leader() -> Iterator[subprocess.Popen[bytes]]:
    """Return a process that leads a session."""
    process = subprocess.Popen(["sleep", "300"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def file(tmp_path: Path, leader: subprocess.Popen[bytes]) -> Path:
    """Return the roll that a service left which was killed while it ran `one`, after `two` had ended."""
    file = tmp_path / "roll"
    roll = Roll(file)
    roll.enter("one", pid=leader.pid, pipe=7)
    strike = roll.enter("two", pid=os.getpid(), pipe=8)
    strike()
    roll.close()
    killed(file)
    return file


def killed(file: Path, *, boot: str | None = None, birth: int = 1) -> None:
    """Let the file be that of a service that is gone: it was born as nobody was who lives."""
    lines = file.read_text().splitlines()
    namespace, pid, _ = attendant.ours().split("-")
    lines[0] = json.dumps([boot or attendant.boot(), f"{namespace}-{pid}-{birth}"])
    write(file, lines)


def write(file: Path, lines: list[str]) -> None:
    file.write_text("".join(f"{line.strip():255}\n" for line in lines))


def test_tells_who_led_what_was_left(file: Path, leader: subprocess.Popen[bytes]) -> None:
    """What has ended is not in it."""
    roll = Roll(file)
    assert {"one"} == roll.left()
    one = roll.wanted("one")
    assert (leader.pid, procfs.standing(leader.pid), 7) == (one.session, one.leader, one.pipe)
    assert (None, None, None) == (roll.wanted("two").session, roll.wanted("two").leader, roll.wanted("two").pipe)
    assert 0o600 == file.stat().st_mode & 0o777


def test_takes_no_number_that_was_given_anew(file: Path, leader: subprocess.Popen[bytes]) -> None:
    """Neither of a leader that is gone nor of one that was born at another time."""
    lines = file.read_text().splitlines()
    run_id, pid, born, pipe = json.loads(lines[1])
    write(file, [lines[0], json.dumps([run_id, pid, born - 1, pipe])])
    one = Roll(file).wanted("one")
    assert (None, None) == (one.session, one.leader)
    killed(file)
    leader.kill()
    leader.wait()
    roll = Roll(file)
    assert {"one"} == roll.left()
    assert (None, None, 7) == (roll.wanted("one").session, roll.wanted("one").leader, roll.wanted("one").pipe)


def test_passes_on_what_is_not_gone_yet(file: Path) -> None:
    """The next one may be killed too before it has ended all of it; what is gone is forgotten."""
    first = Roll(file)
    assert {"one"} == first.left()
    first.close()
    killed(file)
    second = Roll(file)
    assert {"one"} == second.left()
    second.forget("one")
    assert frozenset() == second.left()
    second.close()
    killed(file)
    assert frozenset() == Roll(file).left()


def test_uses_the_room_of_what_has_ended_again(tmp_path: Path) -> None:
    """It grows with what runs at once, not with what ever ran."""
    roll = Roll(tmp_path / "roll")
    for number in range(100):
        strikes = [roll.enter(f"{number}-{beside}", pid=os.getpid(), pipe=1) for beside in range(3)]
        for strike in strikes:
            strike()
    assert 4 == len((tmp_path / "roll").read_text().splitlines())


@pytest.mark.parametrize("case", ["alive", "boot", "container", "garbage", "empty", "link"])
def test_believes_nothing_else(file: Path, tmp_path: Path, case: str) -> None:
    """The service lives and the file is a copy; it is from another boot or container; it is no roll at all."""
    namespace, pid, _ = attendant.ours().split("-")
    lines = file.read_text().splitlines()
    if case == "alive":
        write(file, [json.dumps([attendant.boot(), attendant.ours()]), *lines[1:]])
    elif case == "boot":
        killed(file, boot="another")
    elif case == "container":
        write(file, [json.dumps([attendant.boot(), f"{int(namespace) + 1}-{pid}-1"]), *lines[1:]])
    elif case == "garbage":
        file.write_bytes(os.urandom(2000))
    elif case == "empty":
        file.write_bytes(b"")
    else:
        file.rename(tmp_path / "elsewhere")
        file.symlink_to(tmp_path / "elsewhere")
    assert frozenset() == Roll(file).left()


def test_leaves_the_file_of_another_alone(tmp_path: Path) -> None:
    """Who comes next puts its own in its place: what the one before strikes late strikes nothing there."""
    before, after = Roll(tmp_path / "roll"), Roll(tmp_path / "roll")
    strike = before.enter("one", pid=os.getpid(), pipe=1)
    after.enter("two", pid=os.getpid(), pipe=1)
    strike()
    assert '"two"' in (tmp_path / "roll").read_text()


def test_does_without_where_it_cannot_write(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Runs go on, and the log says once what is missing."""
    roll = Roll(tmp_path / "nowhere" / "roll")
    roll.enter("one", pid=os.getpid(), pipe=1)()
    roll.enter("two", pid=os.getpid(), pipe=1)()
    assert ["no_roll"] == [getattr(record, "event", None) for record in caplog.records]
    roll.close()
    assert Wanted("one").session == roll.wanted("one").session


class TestWhileRunsGoOn:
    """What the roll says of a run that `Processes` runs."""

    def run(self, folder: Path, text: str) -> Coroutine[Any, Any, Outcome]:
        """Return the running of `text`, with a roll."""
        environ = {"PATH": os.environ["PATH"]}
        commands = Commands(
            app_dir=folder,
            secrets=SecretSource(environ=environ),
            environ=environ,
            processes=Processes(roll=Roll(folder / "roll")),
        )
        return commands.run(ShellTarget(shell=text), run_context())

    def test_has_it_until_all_of_it_is_gone(self, tmp_path: Path) -> None:
        """Also where it goes on after its verdict."""
        tidies = "trap 'while [ ! -e go ]; do sleep 0.02; done; exit' TERM; echo > set; while :; do sleep 0.02; done"
        text = f'echo $$ > leader\nsh -c "{tidies}" &\nwhile [ ! -e set ]; do sleep 0.01; done'

        async def work() -> None:
            outcome = await self.run(tmp_path, text)
            assert outcome.still_running is not None
            assert f'"{RUN_ID}", {(tmp_path / "leader").read_text().strip()}, ' in (tmp_path / "roll").read_text()
            (tmp_path / "go").touch()
            await outcome.still_running
            await until(lambda: RUN_ID not in (tmp_path / "roll").read_text())

        asyncio.run(work())

    @pytest.mark.parametrize("cut", [True, False], ids=["cancelled", "ended"])
    def test_has_it_no_more_when_it_has_ended(self, tmp_path: Path, *, cut: bool) -> None:
        """By itself, or at once because its task was cancelled."""

        async def work() -> None:
            running = asyncio.create_task(self.run(tmp_path, "echo > ready; while [ ! -e go ]; do sleep 0.02; done"))
            await until((tmp_path / "ready").exists)
            assert RUN_ID in (tmp_path / "roll").read_text()
            if cut:
                running.cancel()
            else:
                (tmp_path / "go").touch()
            await asyncio.wait([running])
            assert cut == running.cancelled()
            assert RUN_ID not in (tmp_path / "roll").read_text()

        asyncio.run(work())
