"""People at other terminals: they look, apply, pause, resume, trigger and cancel, while the service dies or is down."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.torture.edits import now
from tests.torture.history import History
from tests.torture.timetable import SECOND, instant_text

ANSWERS_WITHIN = 60.0
"""Seconds after which a command is stuck."""

_LOOKING = {"runs", "jobs"}


@dataclass
class People:
    """Commands beside the service. What one was told is promised: `promised` are the runs that were triggered."""

    folder: Path
    env: dict[str, str]
    history: History
    rng: Random
    promised: list[str] = field(default_factory=list)
    paused: set[str] = field(default_factory=set)
    """The rows over which somebody may have laid a pause."""
    _asking: list[subprocess.Popen[str]] = field(default_factory=list)

    def ask(self) -> str:
        """Let somebody ask something, wait for no answer, and return what it was."""
        command = self._command()
        self._asking.append(self._start(*command))
        return " ".join(command)

    def hear(self) -> Iterator[str]:
        """Wait for every answer, some of those who ask being killed first; yield what is wrong with them."""
        for asking in self._asking:
            if self.rng.random() < 0.15:
                asking.kill()
            yield from self._heard(asking)
        self._asking.clear()

    def lift_pauses(self) -> Iterator[str]:
        """Resume whatever was paused; yield what goes wrong."""
        for uid in sorted(self.paused):
            if uid in self.history.live_rows():
                asking = self._start("resume", self.history.lives[uid].job.key, "--format", "json")
                yield from self._heard(asking)
                if asking.returncode != 0:
                    yield f"the pause of {self.history.lives[uid].job.key} cannot be lifted"

    def _command(self) -> list[str]:
        rows = self.history.live_rows()
        uid = self.rng.choice(sorted(rows)) if rows else None
        key = None if uid is None else self.history.lives[uid].job.key
        match self.rng.choice(["look", "apply", "pause", "resume", "trigger", "trigger", "cancel", "cancel"]):
            case "apply":
                return ["apply", "--format", "json"]
            case "pause" if uid is not None and key is not None:
                self.paused.add(uid)
                until = instant_text(now() + self.rng.randrange(1_000, 5_000) * SECOND // 1000)
                ends = self.rng.choice([[], ["--until", until]])
                return ["pause", key, "--reason", "people", *ends, "--format", "json"]
            case "resume" if self.paused:
                return ["resume", self.history.lives[self.rng.choice(sorted(self.paused))].job.key, "--format", "json"]
            case "trigger" if key is not None:
                return ["trigger", key, "--format", "json"]
            case "cancel" if active := self._active():
                return ["cancel", self.rng.choice(active), "--format", "json"]
            case _:
                return self.rng.choice([["runs", "-n", "20"], ["jobs"], ["status"], ["plan"]])

    def _active(self) -> list[str]:
        state = (self.folder / ".schedrun" / "state.db").absolute().as_uri()
        with closing(sqlite3.connect(f"{state}?mode=ro", uri=True, timeout=10)) as connection:
            return [run for (run,) in connection.execute("SELECT id FROM run WHERE finished_at IS NULL")]

    def _start(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "schedrun", *command],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _heard(self, asking: subprocess.Popen[str]) -> Iterator[str]:
        said = " ".join(map(str, asking.args[3:])) if isinstance(asking.args, list) else str(asking.args)
        try:
            printed, complained = asking.communicate(timeout=ANSWERS_WITHIN)
        except subprocess.TimeoutExpired:
            asking.kill()
            yield f"schedrun {said} did not answer"
            return
        code, command = asking.returncode, said.partition(" ")[0]
        # Whether a service lives is luck; that there are words for it is not.
        fine = {0, -9} if command in _LOOKING else {0, 1, -9}
        if code == 2 and " has passed: " in complained:
            return  # a slow machine: its `--until` was still to come when it was started
        if code not in fine or "Traceback" in complained or (code == 1 and not (complained or printed)):
            yield f"schedrun {said} ended with {code}: {complained[-2000:]}"
        if code == 0 and command == "trigger":
            answer: dict[str, Any] = json.loads(printed)
            self.promised.append(str(answer["run"]))
