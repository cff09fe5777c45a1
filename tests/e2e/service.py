"""A user's folder, and the program in it as real processes: the driver of the end-to-end tests."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from tests.answer import Answer

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "schedrun")
DEADLINE = 120.0
"""Seconds after which what should have happened will not happen; generous, for machines that do other work."""
SELDOM = "{every: 36500d}"
"""The schedule of what must not run by itself while a test runs, at whatever hour that is."""

T = TypeVar("T")
Event = dict[str, Any]


def environment(**settings: str) -> dict[str, str]:
    """Return this process's environment without settings of schedrun, and with `settings`; warnings are errors.

    Nothing is served unless a setting says so.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SCHEDRUN_", "PYTEST"))}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", "SCHEDRUN_NO_WEB": "1"} | settings


def eventually(ask: Callable[[], T], *, what: str, seconds: float = DEADLINE) -> T:
    """Return the first answer of `ask` that is true; fail, naming `what`, when none comes."""
    give_up = time.monotonic() + seconds  # noqa: TID251  real processes take real time
    while not (answer := ask()):
        assert time.monotonic() < give_up, f"still waiting for {what}"  # noqa: TID251  as above
        time.sleep(0.02)
    return answer


@dataclass
class Project:
    """A folder with manifests and a state, as a user has it; `witness` is a file that jobs append lines to."""

    root: Path
    settings: dict[str, str] = field(default_factory=dict)
    services: list["Service"] = field(default_factory=list)

    @property
    def witness(self) -> Path:
        """The file that jobs of `witnessed` append to."""
        return self.root / "witness"

    @property
    def state(self) -> Path:
        """The default state."""
        return self.root / ".schedrun" / "state.db"

    def write(self, text: str, *, name: str = "jobs.yaml", job_set: str = "s") -> Path:
        """Write manifests/NAME at once, as a good editor does: `text` holds the jobs, two spaces deep."""
        return self.write_raw(f"schedrun: v1\nname: {job_set}\njobs:\n{text}", name=name)

    def write_raw(self, text: str, *, name: str = "jobs.yaml") -> Path:
        """Write manifests/NAME at once, word for word."""
        path = self.root / "manifests" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.draft")
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
        return path

    def start(self, *arguments: str, ready: bool = True, **settings: str) -> "Service":
        """Start `schedrun run`; return once it follows the manifests, or at once without `ready`."""
        service = Service(self.root, arguments, environment(**self.settings, **settings))
        self.services.append(service)
        if ready:
            service.wait_for("started")
        return service

    def call(self, *arguments: str, **settings: str) -> Answer:
        """Run a command until it ends."""
        ended = subprocess.run(
            [*PROGRAM, *arguments],
            cwd=self.root,
            env=environment(**self.settings, **settings),
            capture_output=True,
            text=True,
            check=False,
            timeout=DEADLINE,
        )
        return Answer(ended.returncode, ended.stdout, ended.stderr)

    def ask(self, *arguments: str) -> dict[str, Any]:
        """Run a command with `--format json` and return what it printed, whatever its exit code."""
        answer = self.call(*arguments, "--format", "json")
        assert answer.stdout, answer.stderr
        return answer.json

    def jobs(self) -> dict[str, Event]:
        """Return what `jobs` lists, by job."""
        return {job["job"]: job for job in self.ask("jobs")["jobs"]}

    def runs(self, job: str | None = None) -> list[Event]:
        """Return what `runs` lists, newest first."""
        listed: list[Event] = self.ask("runs", *([] if job is None else [job]), "-n", "1000")["runs"]
        return listed

    def lines(self) -> list[str]:
        """Return the lines of the witness."""
        return self.witness.read_text(encoding="utf-8").splitlines() if self.witness.exists() else []

    def close(self) -> None:
        """End what still runs, and then all that it has left alive here: the next test has the machine to itself."""
        with ExitStack() as last_first:
            last_first.callback(self._end_the_rest)
            for service in self.services:
                last_first.callback(service.close)

    def _end_the_rest(self) -> None:
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "cwd").readlink().is_relative_to(self.root) and int(process.name) != os.getpid():
                    os.kill(int(process.name), signal.SIGKILL)
            except OSError:
                continue  # it has ended, or is another user's


class Service:
    """`schedrun run --log-format json` as a process; its lines on stderr are its events."""

    def __init__(self, folder: Path, arguments: tuple[str, ...], env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [*PROGRAM, "run", "--log-format", "json", *arguments],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self._told: set[int] = set()
        self._news = threading.Condition()
        self._ended = False
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid

    def events(self, name: str | None = None, **facts: object) -> list[Event]:
        """Return the events so far, of this name and with these facts."""
        return [event for _, event in self._matching(name, facts)]

    def said(self, name: str, **facts: object) -> Event:
        """Return the only event of this name and with these facts, of a service that has ended."""
        assert self.process.poll() is not None
        (event,) = self.events(name, **facts)
        return event

    def wait_for(self, name: str, **facts: object) -> Event:
        """Return the first event of this name, with these facts, that no earlier call has returned."""
        give_up = time.monotonic() + DEADLINE  # noqa: TID251  real processes take real time
        with self._news:
            while True:
                for index, event in self._matching(name, facts):
                    if index not in self._told:
                        self._told.add(index)
                        return event
                left = give_up - time.monotonic()  # noqa: TID251  as above
                said = "\n".join(line[:600] for line in self.lines[-40:])
                assert not self._ended, f"ended without {name} {facts}:\n{said}"
                assert left > 0, f"still waiting for {name} {facts}:\n{said}"
                self._news.wait(left)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def wait(self) -> int:
        """Return the exit code once the process has ended and everything it said is heard."""
        code = self.process.wait(DEADLINE)
        self._listener.join(DEADLINE)
        return code

    def stop(self) -> int:
        """Press Ctrl-C once; return the exit code."""
        self.signal(signal.SIGINT)
        return self.wait()

    def stop_at_once(self) -> int:
        """Ask twice, so that it does not wait for what runs; return its exit code."""
        self.signal(signal.SIGINT)
        self.wait_for("stopping")  # two signals at one moment are one
        self.signal(signal.SIGINT)
        return self.wait()

    def freeze(self) -> None:
        """Stop it in the middle of whatever it does, until SIGCONT; return once all of it stands."""
        self.signal(signal.SIGSTOP)
        threads = Path(f"/proc/{self.pid}/task")
        eventually(lambda: all(map(_stands, threads.iterdir())), what="a service that stands")

    def kill(self) -> None:
        """End it as a crash does."""
        self.process.kill()
        self.wait()

    def close(self) -> None:
        """End it if it still runs, and check that nothing but JSON lines without a traceback was said."""
        if self.process.poll() is None:
            self.process.kill()
        code = self.wait()
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        printed = self.process.stdout.read()
        self.process.stdout.close()
        self.process.stderr.close()
        assert printed == ""
        if code == 0:
            # A job's own function may raise; that is its traceback, not ours.
            ours = [event for event in self.events() if event.get("event") != "function_raised"]
            assert [] == [event for event in ours if "traceback" in event]

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._news:
                self.lines.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _matching(self, name: str | None, facts: dict[str, object]) -> Iterator[tuple[int, Event]]:
        for index, line in enumerate(tuple(self.lines)):
            # Whoever is killed may leave half a line.
            if not (line.startswith("{") and line.endswith("}")):
                continue
            event: Event = json.loads(line)
            if (name is None or event.get("event") == name) and facts.items() <= event.items():
                yield index, event


def witnessed(job_id: str, schedule: str = "{every: 1s}", *, then: str = "", more: str = "") -> str:
    """Return a job that appends its key, fire time and run id to the witness, then runs the shell text `then`."""
    line = 'echo "$SCHEDRUN_JOB $SCHEDRUN_FIRE_TIME $SCHEDRUN_RUN_ID" >> witness'
    shell = f"{line}; {then}" if then else line
    return f"  {job_id}:\n    schedule: {schedule}\n    target:\n      shell: |\n        {shell}\n{more}"


@contextmanager
def ended_in_the_end(pids: list[int]) -> Iterator[None]:
    """Kill what a test left behind on purpose."""
    try:
        yield
    finally:
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


def alive(pid: int) -> bool:
    """Whether a process exists that is not merely waiting to be reaped."""
    try:
        return _status(Path(f"/proc/{pid}")) != "Z"
    except OSError:
        return False


def _stands(thread: Path) -> bool:
    """Whether a thread does nothing until SIGCONT; one that has ended meanwhile does nothing either."""
    try:
        return _status(thread) == "T"
    except OSError:
        return True


def _status(task: Path) -> str:
    """Return the letter by which Linux says what a process or thread does."""
    return (task / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
