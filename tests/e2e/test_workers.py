"""An application with several processes on one state: workers, reloads, and kill -9 of the active one."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.service import DEADLINE, alive, ended_in_the_end, environment, eventually
from tests.free_port import free_port

pytestmark = pytest.mark.real_time

APPLICATION = """
from fastapi import FastAPI

from schedrun import SchedulerConfig, TaskScheduler, create_scheduler_lifespan, current_run
from schedrun.web import create_app

scheduler = TaskScheduler(SchedulerConfig(state="state/state.db", drain_timeout=1))


@scheduler.interval(seconds=1)
def beat() -> None:
    with open("beats", "a") as file:
        file.write(f"{current_run().fire_time.isoformat()}\\n")


app = FastAPI(lifespan=create_scheduler_lifespan(scheduler, manifests=["manifests/"]))
app.mount("/schedrun", create_app(scheduler))
"""
MANIFEST = """
schedrun: v1
name: s
jobs:
  tick:
    schedule: {every: 1s}
    target: {shell: 'echo "$SCHEDRUN_FIRE_TIME" >> ticks'}
"""


class Application:
    """The application as uvicorn runs it, and who asks it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        (folder / "manifests").mkdir(exist_ok=True)
        (folder / "manifests" / "s.yaml").write_text(MANIFEST, encoding="utf-8")
        (folder / "application.py").write_text(APPLICATION, encoding="utf-8")
        self.port = free_port()
        self.said = folder / "said"
        with self.said.open("w", encoding="utf-8") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "uvicorn", "application:app", "--port", str(self.port), *options],
                cwd=folder, env=environment(), stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip

    def ask(self, path: str, *, method: str = "GET", token: str | None = None) -> tuple[int, Any]:
        """Return status and document; 0 while nobody answers. Each time on a new connection, so by any process."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/schedrun{path}", method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)
        except OSError:
            return 0, {}

    def process_of(self) -> dict[str, Any]:
        """Return what some process says of itself."""
        status, answer = self.ask("/api/v1/status")
        found: dict[str, Any] = answer["process"] if status == 200 else {}
        return found

    def standby(self) -> dict[str, Any]:
        """Return what a standby says of itself, nothing when another process answered."""
        found = self.process_of()
        return found if found.get("role") == "standby" else {}

    def active(self, *, but: int | None = None) -> int:
        """Return the pid of the active process once there is one, another one than `but`."""

        def found() -> int:
            pid = self.process_of().get("active_pid")
            return pid if pid is not None and pid != but and alive(pid) else 0

        return eventually(found, what="an active process")

    def fires(self, name: str) -> list[str]:
        """Return the fire times in one of the witnesses."""
        path = self.folder / name
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def more_fires(self, count: int) -> None:
        """Return once both jobs have fired so many times more."""
        beats, ticks = len(self.fires("beats")), len(self.fires("ticks"))
        eventually(lambda: len(self.fires("beats")) >= beats + count, what="more of the code's job")
        eventually(lambda: len(self.fires("ticks")) >= ticks + count, what="more of the manifest's job")

    @property
    def token(self) -> str:
        """The token that it made itself."""
        return (self.folder / "state" / "state.db.token").read_text(encoding="utf-8").split()[1]


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Application]:
    """Give the application, and end all of it after that."""
    application = Application(folder, *options)
    try:
        yield application
    finally:
        application.process.send_signal(signal.SIGTERM)
        try:
            application.process.wait(DEADLINE)
        finally:
            with ended_in_the_end([-application.process.pid]):
                pass
            if application.process.returncode not in {0, -signal.SIGTERM}:
                sys.stderr.write(application.said.read_text(encoding="utf-8"))


def each_once(fires: list[str]) -> bool:
    """Whether no occurrence ran twice."""
    return {1} == set(Counter(fires).values())


def test_of_four_workers_one_is_active_and_another_takes_over(tmp_path: Path) -> None:
    """Each occurrence runs once, before and after kill -9 of the active one; any worker answers and acts."""
    with running(tmp_path, "--workers", "4") as application:
        active = application.active()
        application.more_fires(2)
        standby = eventually(application.standby, what="a standby")
        assert active == standby["active_pid"] != standby["pid"]
        ready = [application.ask("/readyz") for _ in range(12)]
        assert {(200, True)} == {(status, answer["ok"]) for status, answer in ready}

        answers = [application.ask("/api/v1/jobs/s/tick/trigger", method="POST") for _ in range(2)]
        assert {401} == {status for status, _ in answers}
        paused = [
            application.ask("/api/v1/jobs/s/tick/resume", method="POST", token=application.token) for _ in range(8)
        ]
        assert {200} == {status for status, _ in paused}, paused
        pids = {standby["pid"]}

        def another_answers() -> bool:
            pids.add(application.process_of().get("pid"))
            return len(pids - {None}) > 1

        eventually(another_answers, what="an answer of another process")

        os.kill(active, signal.SIGKILL)
        assert active != application.active(but=active)
        application.more_fires(2)
        for name in ("beats", "ticks"):
            assert each_once(application.fires(name)), application.fires(name)
        status, listed = application.ask("/api/v1/runs?job=s/tick&limit=500")
        assert 200 == status
        _, skipped = application.ask("/api/v1/spans?job=s/tick&limit=500")
        fires = sorted(datetime.fromisoformat(run["fire_time"]) for run in listed["runs"])
        every_second = [fires[0] + timedelta(seconds=number) for number in range(_seconds(fires[0], fires[-1]) + 1)]
        # The spans were asked for later: what they say of the time after the last run is left aside.
        passed_over = [at for span in skipped["spans"] for at in _fires_of(span) if fires[0] <= at <= fires[-1]]
        assert every_second == sorted([*fires, *passed_over])


def _fires_of(span: dict[str, Any]) -> list[datetime]:
    """Return the fires of a span of a job that fires each second."""
    first, last = datetime.fromisoformat(span["first"]), datetime.fromisoformat(span["last"])
    assert span["count"] == _seconds(first, last) + 1
    return [first + timedelta(seconds=number) for number in range(span["count"])]


def _seconds(first: datetime, last: datetime) -> int:
    return int((last - first).total_seconds())


def test_a_reload_doubles_nothing(tmp_path: Path) -> None:
    """The process before has let go of the state before the next one fires; an open stream does not keep it."""
    with running(tmp_path, "--reload", "--reload-include", "application.py") as application:
        first = application.active()
        application.more_fires(2)
        with socket.create_connection(("127.0.0.1", application.port), timeout=DEADLINE) as stream:
            stream.sendall(b"GET /schedrun/api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b"200" in stream.makefile("rb").readline()
            (tmp_path / "application.py").write_text(APPLICATION + "\n# edited\n", encoding="utf-8")
            second = application.active(but=first)
            application.more_fires(2)
        assert not alive(first)
        assert alive(second)
        for name in ("beats", "ticks"):
            assert each_once(application.fires(name)), application.fires(name)
