"""The torture: start, kill, start again, many times over; then let it rest and gather the evidence."""

import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.e2e.service import environment
from tests.torture import ledger, witness, zoo
from tests.torture.dying import PLACES
from tests.torture.edits import Manifests, now
from tests.torture.evidence import Evidence
from tests.torture.history import History
from tests.torture.people import People
from tests.torture.victim import ENDS_WITHIN, Victim
from tests.torture.witness import Attempt

CALM_SECONDS = 60.0
"""How long the last service may take until it shows every edit."""

LAST_PASS_SECONDS = 240.0
"""How long everything that waits may take to run at the end: retries of a whole queue, one after another."""


@dataclass
class Torture:
    """One torture in a folder of its own. `say` is told what happens."""

    folder: Path
    seed: int
    seconds: float
    extra: int = 0
    say: Callable[[str], None] = lambda _sentence: None
    rounds: int = 0
    kills: int = 0
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Write the first manifests."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._rng = Random(self.seed)
        self._history = History()
        self._id = uuid.uuid4().hex
        self._state = self.folder / ".schedrun" / "state.db"
        self._witness = self.folder / "witness"
        self._witness.touch()
        self._final: dict[str, str] = {}
        self._cut: dict[Attempt, str] = {}
        self._env = environment(
            TORTURE_WITNESS=str(self._witness), TORTURE_ID=self._id, PYTHONWARNINGS="error", LC_ALL="C.UTF-8"
        )
        self._people = People(self.folder, self._env, self._history, self._rng)
        jobs = zoo.jobs(self._rng, now=now(), extra=self.extra, seconds=int(self.seconds) + 5)
        self._manifests = Manifests(self.folder / "manifests", jobs, history=self._history, rng=self._rng)

    def run(self) -> Evidence:
        """Torture for so many seconds, and return the evidence after a last calm stretch and a clean end."""
        give_up = time.monotonic() + self.seconds  # noqa: TID251  real processes take real time
        while time.monotonic() < give_up:  # noqa: TID251  as above
            self._round()
        try:
            return self._rest()
        finally:
            self.bury()

    def bury(self) -> None:
        """End every process that is left of it."""
        for pid, _ in self._leftovers():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def _round(self) -> None:
        self.rounds += 1
        if self._rng.random() < 0.25:
            self._edit("while it was down")
        if self._rng.random() < 0.1:
            self._ask("while it was down")
            self.faults += self._people.hear()
        if self._rng.random() < 0.25:
            time.sleep(self._rng.choice([0.3, 1.0, 2.5]))
        end = self._rng.choices(
            [self._dies_in_start, self._dies_by_itself, self._is_killed, self._is_stopped, self._applies, self._once],
            [15, 30, 30, 15, 5, 5],
        )[0]
        end()

    def _dies_in_start(self) -> None:
        victim = self._start()
        time.sleep(self._rng.uniform(0.05, 1.2))
        self._kill(victim, "in its start")

    def _dies_by_itself(self) -> None:
        often = int(self._rng.expovariate(1 / 20)) + 1
        victim = self._start(dies=f"{self._rng.choice(PLACES)}:{often}")
        self._live(victim, seconds=4.0)
        self._kill(victim, "by its own hand" if not victim.alive else "after all")

    def _is_killed(self) -> None:
        victim = self._start()
        victim.started.wait(10)
        self._live(victim, seconds=self._rng.expovariate(1 / 1.5))
        if self._rng.random() < 0.3:
            victim.signal(signal.SIGSTOP)
            time.sleep(self._rng.uniform(0.05, 1.5))
            if self._rng.random() < 0.6:
                victim.signal(signal.SIGCONT)
                time.sleep(self._rng.uniform(0.0, 0.3))
        self._kill(victim, "while it ran")

    def _is_stopped(self) -> None:
        victim = self._start()
        victim.started.wait(10)
        self._live(victim, seconds=self._rng.expovariate(1 / 1.5))
        victim.signal(self._rng.choice([signal.SIGINT, signal.SIGTERM]))
        match self._rng.choice(["wait", "wait", "again", "kill"]):
            case "again":
                time.sleep(self._rng.uniform(0, 0.3))
                victim.signal(signal.SIGTERM)
            case "kill":
                time.sleep(self._rng.uniform(0, 0.5))
                self._kill(victim, "while it drained")
                return
            case _:
                pass
        self._expect_end(victim)

    def _applies(self) -> None:
        self._edit("before an apply")
        match self._rng.choice(["wait", "kill", "dies"]):
            case "wait":
                self._expect_end(self._start(command="apply"), codes=(1,) if self._manifests.broken else (0,))
            case "kill":
                victim = self._start(command="apply")
                time.sleep(self._rng.uniform(0.1, 0.8))
                self._kill(victim, "while it applied")
            case _:
                victim = self._start(command="apply", dies=f"{self._rng.choice(PLACES[:2])}:{self._rng.randint(1, 3)}")
                victim.wait()
                self._kill(victim, "by its own hand")

    def _once(self) -> None:
        victim = self._start("--once")
        self._live(victim, seconds=self._rng.uniform(0.3, 3.0))
        self._kill(victim, "while it ran once")

    def _live(self, victim: Victim, *, seconds: float) -> None:
        """Let it live so long, unless it dies before, and edit its manifests meanwhile."""
        give_up = time.monotonic() + seconds  # noqa: TID251  real processes take real time
        while victim.alive and (left := give_up - time.monotonic()) > 0:  # noqa: TID251  as above
            time.sleep(min(left, 0.05))
            if self._rng.random() < 0.03 and victim.started.is_set():
                self._ask("while it ran")
            if self._rng.random() < 0.03:
                self._look(victim)
                self._edit("while it ran")
                if self._rng.random() < 0.3:
                    victim.signal(signal.SIGHUP)

    def _ask(self, when: str) -> None:
        if ledger.exists(self._state):
            self.say(f"round {self.rounds}: {self._people.ask()} {when}")

    def _start(self, *arguments: str, command: str = "run", dies: str | None = None) -> Victim:
        flags: list[str] = []
        if command == "run":
            drain = self._rng.choice(["0s", "500ms", "2s"])
            flags = ["--log-format", "json", "--drain-timeout", drain, "--keep-runs", "off", *zoo.LIMITS.arguments()]
        return Victim([command, *flags, *arguments], folder=self.folder, env=self._env, dies=dies)

    def _kill(self, victim: Victim, when: str) -> None:
        victim.kill()
        self.kills += 1
        self._ended(victim, f"killed {when}")

    def _expect_end(self, victim: Victim, codes: tuple[int, ...] = (0,), *, seconds: float = ENDS_WITHIN) -> None:
        code = victim.wait(seconds)
        if code is None:
            self.faults.append(f"schedrun {victim.told} did not end: {victim.lines[-5:]}")
        elif code not in codes:
            self.faults.append(f"schedrun {victim.told} ended with {code}: {victim.lines[-5:]}")
        victim.kill()
        self._ended(victim, f"ended with {code}")

    def _ended(self, victim: Victim, how: str) -> None:
        self.faults += self._people.hear()
        self.say(f"round {self.rounds}: {victim.told} {how}")
        self.faults += victim.trouble()
        if not ledger.exists(self._state):
            return
        self._look(victim)
        final, running = ledger.verdicts(self._state)
        for run, status in self._final.items():
            if final.get(run) != status:
                self.faults.append(f"run {run} had {status}, and then {final.get(run, 'no verdict')}")
        self._final = final
        self._cut |= running

    def _look(self, victim: Victim) -> None:
        """Take in what the rows say now."""
        if ledger.exists(self._state):
            seen = ledger.jobs(self._state)
            self._history.saw(seen.rows, begun=victim.begun, read_at=seen.read_at, applied=victim.applied)

    def _edit(self, when: str) -> None:
        self.say(f"round {self.rounds}: {self._manifests.edit()} {when}")

    def _rest(self) -> Evidence:
        """Let everything come to its end: a calm service, a clean stop, and one last pass over what is due."""
        calm = self._start()
        calm.started.wait(10)
        self._manifests.settle_down()
        self._await_edits(calm)
        self._manifests.settle_down()  # what was on its way may have brought a pause
        self._await_edits(calm)
        self.faults += self._people.lift_pauses()
        time.sleep(2.0)
        calm.signal(signal.SIGINT)
        self._expect_end(calm)
        all_due_at = now()
        last = self._start("--once")
        self._expect_end(last, codes=(0, 1), seconds=LAST_PASS_SECONDS)
        looked_until = now()
        leftovers = [told for _, told in self._leftovers()]
        if (found := ledger.faults(self._state)) != "ok":
            self.faults.append(f"the state is damaged: {found}")
        self.faults += self._history.faults
        return Evidence(
            ledger=ledger.read(self._state),
            lines=tuple(witness.read(self._witness.read_text(encoding="utf-8"))),
            history=self._history,
            limits=zoo.LIMITS,
            all_due_at=all_due_at,
            looked_until=looked_until,
            cut=self._cut,
            leftovers=leftovers,
            promised=tuple(self._people.promised),
            overridden=frozenset(self._people.paused),
        )

    def _await_edits(self, calm: Victim) -> None:
        give_up = time.monotonic() + CALM_SECONDS  # noqa: TID251  real processes take real time
        while True:
            self._look(calm)
            outstanding = self._manifests.outstanding()
            if not outstanding:
                return
            if not calm.alive or time.monotonic() > give_up:  # noqa: TID251  as above
                self.faults.append(f"edits were never applied: {', '.join(outstanding)}")
                return
            time.sleep(0.1)

    def _leftovers(self) -> Iterator[tuple[int, str]]:
        """Yield each living process that a run of this torture has started."""
        mark = f"TORTURE_ID={self._id}".encode()
        for process in Path("/proc").glob("[0-9]*"):
            try:
                variables = (process / "environ").read_bytes().split(b"\0")
                state = (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                # It has ended while we looked.
                continue
            told = {name: value for name, _, value in (variable.partition(b"=") for variable in variables)}
            if mark in variables and b"SCHEDRUN_RUN_ID" in told and state != "Z":
                run, job = told[b"SCHEDRUN_RUN_ID"].decode(), told.get(b"SCHEDRUN_JOB", b"?").decode()
                yield int(process.name), f"pid {process.name} of run {run} of {job} is still there: {command}"


def summary(torture: Torture, evidence: Evidence) -> str:
    """Return in a few lines what happened."""
    counts: dict[str, int] = {}
    for run in evidence.ledger.runs.values():
        counts[run.status] = counts.get(run.status, 0) + 1
    for span in evidence.ledger.spans:
        counts[span.status] = counts.get(span.status, 0) + span.count
    attempts = sum(len(run.attempts) for run in evidence.ledger.runs.values())
    verdicts = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    return (
        f"seed {torture.seed}: {torture.rounds} rounds, {torture.kills} kills, {len(evidence.history.lives)} jobs, "
        f"{len(evidence.ledger.runs)} runs, {attempts} attempts, {len(evidence.begun)} of them witnessed\n"
        f"verdicts: {verdicts}"
    )
