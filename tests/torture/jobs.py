"""The jobs that are tortured: what each is meant to do, as a value and as its manifest."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.torture.timetable import Timetable, duration_text, instant_text

HERE = Path(__file__).parent
HOUR = 3_600_000_000


@dataclass(frozen=True)
class Work:
    """What an attempt does: it takes `milliseconds`, or `other` in `odds` of a hundred runs; `fails` of a hundred fail.

    `kind` is bash, sh, program (all commands), apart (a function in a process of its own), steady (one on the event
    loop) or blocking (one on a thread).
    `traits` of processes: `leaves` and `forks` leave a child in another session behind, `stubborn` ignores SIGTERM.
    """

    kind: str = "bash"
    milliseconds: int = 30
    other: int = 0
    odds: int = 0
    fails: int = 0
    code: int = 1
    traits: str = "-"

    def manifest(self) -> list[str]:
        """Return the lines of the manifest that say so."""
        if self.kind == "steady":
            told = f"{{milliseconds: {self.milliseconds}, fails: {self.fails}}}"
            return [f'target: {{python: "tests.torture.worker:steady", kwargs: {told}}}']
        if self.kind == "blocking":
            told = f"[{self.milliseconds}, {self.other}, {self.odds}, {self.fails}]"
            return [f'target: {{python: "tests.torture.worker:blocking", args: {told}}}']
        if self.kind == "apart":
            told = f"[{self.milliseconds}, {self.other}, {self.odds}, {self.fails}, {self.code}]"
            target = f'target: {{python: "tests.torture.worker:apart", args: {told}}}'
            return [target, "isolation: process", "memory_limit: 1G"]
        if self.kind == "program":
            return [f'target: {{command: ["{sys.executable}", "{HERE / "worker.py"}", "{self.milliseconds}"]}}']
        words = (self.milliseconds, self.other, self.odds, self.fails, self.code, self.traits)
        command = " ".join(["exec bash", str(HERE / "worker.sh"), *map(str, words)])
        interpreter = ", interpreter: [bash, -ec]" if self.kind == "bash" else ""
        return [f'target: {{shell: "{command}"{interpreter}}}']


@dataclass(frozen=True)
class Retries:
    """How often a failed attempt is made again, and after which ends (no codes, no exceptions: after every one)."""

    most: int = 0
    backoff: int = 200_000
    exit_codes: tuple[int, ...] = ()
    exceptions: tuple[str, ...] = ()
    timeout: bool = False
    jitter: bool = True
    idempotent: bool = False

    def manifest(self) -> list[str]:
        """Return the lines of the manifest that say so."""
        if not self.most:
            return []
        when = ""
        if self._selective:
            codes, names = ", ".join(map(str, self.exit_codes)), ", ".join(self.exceptions)
            ends = f"exit_codes: [{codes}], exceptions: [{names}], timeout: {str(self.timeout).lower()}"
            when = f", when: {{{ends}}}"
        jitter = str(self.jitter).lower()
        said = f"max: {self.most}, backoff: {duration_text(self.backoff)}, factor: 1.5, jitter: {jitter}{when}"
        return [f"retries: {{{said}}}", *(["idempotent: true"] if self.idempotent else [])]

    def selects(self, status: str, exit_code: int | None, error: str | None) -> bool:
        """Whether an attempt that ended so is made again, were there one left."""
        match status:
            case "failed" | "timed_out" | "interrupted" if not self._selective:
                return True
            case "failed":
                return exit_code in self.exit_codes or (error or "").partition(":")[0] in self.exceptions
            case "timed_out":
                return self.timeout
            case "interrupted":
                return self.idempotent
            case _:
                return False

    @property
    def _selective(self) -> bool:
        return bool(self.exit_codes or self.exceptions)


@dataclass(frozen=True)
class Pause:
    """A pause of the manifest, until an instant (None: until it is taken away)."""

    until: int | None = None

    def manifest(self) -> list[str]:
        """Return the lines of the manifest that say so."""
        until = "" if self.until is None else f', until: "{instant_text(self.until)}"'
        return [f'paused: {{reason: "torture"{until}}}']


@dataclass(frozen=True)
class Job:
    """A job as it is meant. `version` is in its labels: it tells which of its edits a row shows."""

    key: str
    timetable: Timetable
    version: int = 0
    work: Work = field(default_factory=Work)
    retries: Retries = field(default_factory=Retries)
    overlap: str = "forbid"
    max_instances: int = 1
    catch_up: str = "latest"
    catch_up_limit: int = 100
    grace: int = HOUR
    timeout: int | None = None
    kill_after: int = 300_000
    group: str | None = None
    pause: Pause | None = None
    moved_from: str | None = None

    @property
    def job_set(self) -> str:
        """The name of its set."""
        return self.key.partition("/")[0]

    def manifest(self) -> list[str]:
        """Return its lines below `jobs:`, without indentation."""
        misfire = (
            f"catch_up: {self.catch_up}, catch_up_limit: {self.catch_up_limit}, grace: {duration_text(self.grace)}"
        )
        lines = [
            f'labels: {{v: "{self.version}"}}',
            f"schedule: {self.timetable.manifest()}",
            *self.work.manifest(),
            *self.retries.manifest(),
            f"overlap: {self.overlap}",
            f"misfire: {{{misfire}}}",
            f"kill_after: {duration_text(self.kill_after)}",
        ]
        zone = getattr(self.timetable, "zone", "UTC")
        said: dict[str, object] = {
            "max_instances": None if self.max_instances == 1 else self.max_instances,
            "timezone": None if zone == "UTC" else zone,
            "timeout": None if self.timeout is None else duration_text(self.timeout),
            "group": self.group,
            "moved_from": self.moved_from,
        }
        lines += [f"{name}: {value}" for name, value in said.items() if value is not None]
        lines += [] if self.pause is None else self.pause.manifest()
        return [f"{self.key.partition('/')[2]}:", *(f"  {line}" for line in lines)]


def manifest(jobs: Iterable[Job]) -> str:
    """Return a file that declares the jobs, a document a set."""
    sets: dict[str, list[Job]] = {}
    for job in sorted(jobs, key=lambda job: job.key):
        sets.setdefault(job.job_set, []).append(job)
    return "---\n".join(_document(name, members) for name, members in sets.items())


def _document(name: str, members: Iterable[Job]) -> str:
    lines = [f"  {line}" for job in members for line in job.manifest()]
    return "\n".join(["schedrun: v1", f"name: {name}", "jobs:", *lines, ""])


@dataclass(frozen=True)
class Limits:
    """How many runs may run at once, of each group and of all."""

    groups: Mapping[str, int]
    max_running: int

    def arguments(self) -> list[str]:
        """Return the flags of `schedrun run` that say so."""
        groups = [flag for name, most in self.groups.items() for flag in ("--group", f"{name}={most}")]
        return [*groups, "--max-running", str(self.max_running)]
