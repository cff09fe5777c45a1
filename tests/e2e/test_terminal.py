"""`schedrun run` as a person sees it: on a terminal, with Ctrl-C typed into it."""

import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import ioctl
from pathlib import Path

import pytest

from tests.e2e.service import DEADLINE, PROGRAM, Project, environment, eventually, witnessed

pytestmark = pytest.mark.real_time

HOURLY = "  {}: {{schedule: {{every: 1h}}, target: {{command: [echo]}}}}\n"
BERLIN = "  berlin: {schedule: {cron: '30 8 * * mon-fri'}, timezone: Europe/Berlin, target: {command: [echo]}}\n"


class Terminal:
    """The program with a terminal of some columns as its controlling one."""

    def __init__(self, folder: Path, *arguments: str, columns: int, **settings: str) -> None:
        self._master, slave = pty.openpty()
        ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        self.process = subprocess.Popen(
            [*PROGRAM, *arguments],
            cwd=folder,
            env=environment(TERM="xterm-256color", NO_COLOR="1", **settings),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  only this makes Ctrl-C a signal
        )
        os.close(slave)
        self._seen = bytearray()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def lines(self) -> list[str]:
        """What the screen shows, line by line."""
        return bytes(self._seen).decode(errors="replace").replace("\r\n", "\n").split("\n")

    def shows(self, pattern: str) -> str:
        """Return the first line that matches, as soon as there is one and all of it has come."""
        return eventually(lambda: next(filter(re.compile(pattern).search, self.lines[:-1]), ""), what=pattern)

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._master, keys)

    def wait(self) -> int:
        """Return the exit code once everything is shown."""
        code = self.process.wait(DEADLINE)
        self._reader.join(DEADLINE)
        return code

    def close(self) -> None:
        """End it if it still runs."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(DEADLINE)
        self._reader.join(DEADLINE)
        os.close(self._master)

    def _read(self) -> None:
        while True:
            try:
                chunk = os.read(self._master, 65536)
            except OSError:  # how Linux says that the other side of a terminal has gone
                return
            if not chunk:
                return
            self._seen += chunk


@contextmanager
def terminal(project: Project, *arguments: str, columns: int = 100, **settings: str) -> Iterator[Terminal]:
    """Give the program a terminal."""
    shown = Terminal(project.root, *arguments, columns=columns, **settings)
    try:
        yield shown
    finally:
        shown.close()


def test_a_table_then_one_line_a_change_and_one_a_run(project: Project) -> None:
    """Next fires in words; a broken file by its place; Ctrl-C says what it waits for, and ends it with 0."""
    project.write(witnessed("often") + BERLIN + HOURLY.format("h"))
    with terminal(project, "run") as screen:
        screen.shows("Following manifests")
        assert "every second" in screen.shows(r"^s/often\b")
        assert "08:30" in screen.shows(r"^s/berlin\b")
        assert "in " in screen.shows(r"^s/h\b")
        assert re.fullmatch(
            r"\d\d:\d\d:\d\d s/often succeeded after \d+\.\d s \[run \w{8}\]", screen.shows("s/often succeeded")
        )
        waits = "until [ -e go ]; do sleep 0.05; done"
        project.write(witnessed("often", then=waits) + BERLIN + HOURLY.format("h") + HOURLY.format("new"))
        assert re.fullmatch(
            r"\d\d:\d\d:\d\d \+ create s/new: new in manifests/jobs.yaml:\d+", screen.shows("create s/new")
        )
        assert "~ update s/often" in screen.shows("update s/often")
        project.write("  x: {schdule: 1}\n", name="bad.yaml", job_set="t")
        assert re.match(r"\d\d:\d\d:\d\d manifests/bad.yaml:4:\d+: (unknown|missing) field", screen.shows("bad.yaml"))
        eventually(lambda: project.runs("often")[0]["status"] == "running", what="a run to wait for")
        screen.press(b"\x03")
        assert "s/often" in screen.shows("waiting for")
        (project.root / "go").touch()
        assert 0 == screen.wait()
        assert "Traceback" not in "\n".join(screen.lines)
        assert not [line for line in screen.lines if line.startswith("{") or "event=" in line]
    assert {"succeeded", "skipped"} >= {run["status"] for run in project.runs("often")}


def test_a_link_that_logs_in(project: Project) -> None:
    """With the token of the file, behind a # that no server is ever sent."""
    project.write(HOURLY.format("h"))
    with terminal(project, "run", "--listen", "127.0.0.1:0", SCHEDRUN_NO_WEB="") as screen:
        link = screen.shows("Dashboard: http://127.0.0.1:")
        token = project.state.with_name("state.db.token").read_text(encoding="utf-8").split()[1]
        assert re.fullmatch(rf"Dashboard: http://127\.0\.0\.1:\d+/login#{token}", link)
        screen.press(b"\x03")
        assert 0 == screen.wait()
        assert 1 == "\n".join(screen.lines).count(token)


def test_sixty_columns(project: Project) -> None:
    """The table fits; no line of it is broken by the terminal, and no job is left out."""
    project.write(BERLIN + HOURLY.format("a-rather-long-name-for-a-job-" + "x" * 20) + HOURLY.format("h"))
    with terminal(project, "run", columns=60) as screen:
        screen.shows("Following manifests")
        table = screen.lines[: screen.lines.index(screen.shows("create s/berlin"))] + screen.lines
        shown = [line for line in table if not re.match(r"\d\d:\d\d:\d\d ", line)]
        assert 60 >= max(map(len, shown))
        for job in ("berlin", "a-rather-long", "h"):
            screen.shows(rf"^s/{job}")
        screen.press(b"\x03")
        assert 0 == screen.wait()


def test_what_jobs_say_cannot_move_the_cursor(project: Project) -> None:
    """Not through an error, nor through the traceback of a function."""
    (project.root / "task.py").write_text("def evil():\n    raise ValueError('\\x1b[2Jgone')\n")
    project.write("  evil: {schedule: {every: 1s}, target: {python: 'task:evil'}}\n")
    with terminal(project, "run") as screen:
        screen.shows("s/evil failed")
        screen.press(b"\x03")
        assert 0 == screen.wait()
        assert "\x1b" not in "\n".join(screen.lines)
        assert screen.shows(r"\\x1b\[2Jgone")


def test_two_ctrl_c(project: Project) -> None:
    """The second cuts what the first waits for."""
    project.write("  long: {schedule: {every: 1s}, target: {shell: 'echo on > going; exec sleep 60'}}\n")
    with terminal(project, "run") as screen:
        eventually((project.root / "going").exists, what="the job")
        screen.press(b"\x03")
        assert "s/long" in screen.shows("waiting for")
        screen.press(b"\x03")
        assert 0 == screen.wait()
        assert "interrupted" in screen.shows("s/long interrupted")
    assert ["interrupted"] == [run["status"] for run in project.runs()]
