"""A process of schedrun that is going to be killed, and what it says until then."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.torture.timetable import instant_of

ENDS_WITHIN = 60.0
"""Seconds after which a process that was told to end is stuck."""

_TROUBLE = {"error", "critical"}
_EXPECTED = {"file_broken", "function_raised"}
_NEVER = {"planning_failed", "verdict_failed", "target_raised", "result_rejected", "verdicts_lost", "job_unreadable"}


class Victim:
    """`schedrun ARGUMENTS` as a process; its lines on stderr are its events."""

    def __init__(self, arguments: Sequence[str], *, folder: Path, env: dict[str, str], dies: str | None = None) -> None:
        self.begun = time.time_ns() // 1000  # noqa: TID251  before anything of it reads the same clock
        program = [sys.executable, "-m", "schedrun" if dies is None else "tests.torture.dying"]
        self.process = subprocess.Popen(
            [*program, *arguments],
            cwd=folder,
            env=env | ({} if dies is None else {"TORTURE_DIES": dies}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.told = " ".join(arguments) + ("" if dies is None else f" (dies {dies})")
        self.started = threading.Event()
        self.lines: list[str] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield what it has said so far."""
        for line in tuple(self.lines):
            if line.startswith("{") and line.endswith("}"):
                yield json.loads(line)

    def applied(self, key: str, since: int) -> int | None:
        """Return when it first said, not before `since`, that a change of the job was applied."""
        for event in self.events():
            if (
                event.get("event") == "change_applied"
                and event["job"] == key
                and (at := instant_of(event["at"])) >= since
            ):
                return at
        return None

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal; no-op when it has ended."""
        if self.alive:
            os.kill(self.pid, number)

    def wait(self, seconds: float = ENDS_WITHIN) -> int | None:
        """Return its exit code once it has ended and everything it said is heard; None when it does not end."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        self._listener.join(ENDS_WITHIN)
        return code

    def kill(self) -> None:
        """End it as a crash does."""
        self.signal(signal.SIGKILL)
        self.wait()
        if self.process.stderr is not None:
            self.process.stderr.close()

    def trouble(self) -> Iterator[str]:
        """Yield what it said and ought not to have said."""
        for event in self.events():
            name = event.get("event")
            if name in _NEVER or (event["level"] in _TROUBLE and name not in _EXPECTED):
                facts = {key: value for key, value in event.items() if key not in {"logger", "level"}}
                yield f"schedrun {self.told} said: {json.dumps(facts)}"
        loose = [line for line in self.lines if not line.startswith("{")]
        if loose:
            yield f"schedrun {self.told} printed: {' / '.join(loose[:20])}"

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))
            if '"event": "started"' in line:
                self.started.set()
