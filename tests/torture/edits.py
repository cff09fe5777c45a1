"""The manifests of a torture, and what people do to them: edits, removals, returns, renames, breakages."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from tests.torture import zoo
from tests.torture.history import History
from tests.torture.jobs import Job, Pause, manifest
from tests.torture.timetable import SECOND, Every, Once

FILES = ("a.yaml", "b.yaml", "c.yml", "deep/d.yaml", "deep/er/e.yaml")
BREAKAGES = ("\n  - this is: [no manifest\n", "\nunknown: field\n", "\n---\nschedrun: v1\nname: Broken!\njobs: {}\n")


def now() -> int:
    """Return the wall clock in microseconds since 1970."""
    return time.time_ns() // 1000  # noqa: TID251  the service reads the same clock


class Manifests:
    """A folder of manifests. A job is edited only when its last edit is known to be in force: so each edit is seen."""

    def __init__(self, folder: Path, jobs: Sequence[Job], *, history: History, rng: Random) -> None:
        self._folder, self._history, self._rng = folder, history, rng
        self.wanted: dict[str, Job] = {}
        self._file_of: dict[str, str] = {}
        self._lineage: dict[str, str] = {}
        self._away: dict[str, Job] = {}
        self._broken: dict[str, str] = {}
        self._last_version = max(job.version for job in jobs)
        self._renames = 0
        for job in jobs:
            self._lineage[job.key] = job.key
            self._file_of[job.key] = rng.choice(FILES)
            self._note(job)
        self._write(*FILES)

    def edit(self) -> str:
        """Do one thing to the manifests, and return what it was."""
        kinds: list[tuple[int, Callable[[], str | None]]] = [
            (6, self._reschedule),
            (3, self._touch),
            (4, self._pause_or_resume),
            (4, self._remove),
            (6, self._return),
            (4, self._rename),
            (3, self._move),
            (3, self._break),
            (5, self._mend),
            (4, self._add),
        ]
        deeds = [deed for weight, deed in kinds for _ in range(weight)]
        while (done := self._rng.choice(deeds)()) is None:
            pass
        return done

    def settle_down(self) -> None:
        """Write what shall stand at the end: nothing broken, nothing paused for ever, nothing held back."""
        self._broken.clear()
        for key, job in self._history.live().items():
            if key not in self.wanted and not self._renamed_away(key):
                # A removal that waits, or that the guard holds back: it is taken back.
                self._note(self._next(job))
        for job in list(self.wanted.values()):
            if job.pause is not None and job.pause.until is None and self._settled(job):
                self._note(self._next(job, pause=None))
        self._write(*FILES)

    @property
    def broken(self) -> bool:
        """Whether a file is broken."""
        return bool(self._broken)

    def outstanding(self) -> list[str]:
        """Return the jobs whose last edit is not known to be in force yet."""
        live = self._history.live()
        late = [key for key, job in self.wanted.items() if not self._settled(job)]
        return sorted([*late, *(key for key in live if key not in self.wanted)])

    def _settled(self, job: Job) -> bool:
        return self._history.standing(job.key) == job.version

    def _renamed_away(self, key: str) -> bool:
        return any(self._lineage.get(key) == self._lineage[new] for new in self.wanted)

    def _choose(self, suits: Callable[[Job], bool] = lambda _job: True) -> Job | None:
        """Return some job that is settled and suits; None when there is none."""
        jobs = [job for job in self.wanted.values() if suits(job) and self._settled(job)]
        return self._rng.choice(jobs) if jobs else None

    def _next(self, job: Job, **changes: Any) -> Job:
        self._last_version += 1
        return replace(job, version=self._last_version, **changes)

    def _note(self, job: Job) -> None:
        """Take the job up as it shall be written next."""
        self.wanted[job.key] = job
        self._history.wrote(job, lineage=self._lineage[job.key], at=now())

    def _write(self, *names: str) -> None:
        for name in names:
            path = self._folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            members = [job for key, job in self.wanted.items() if self._file_of[key] == name]
            text = manifest(members) if members else "schedrun: v1\nname: nothing\njobs: {}\n"
            draft = path.with_name(f".{path.name}.draft")
            draft.write_text(text + self._broken.get(name, ""), encoding="utf-8")
            draft.replace(path)

    def _amend(self, job: Job, **changes: Any) -> Job:
        amended = self._next(job, **changes)
        self._note(amended)
        self._write(self._file_of[job.key])
        return amended

    def _touch(self) -> str | None:
        job = self._choose()
        return None if job is None else f"touched {self._amend(job).key}"

    def _reschedule(self) -> str | None:
        job = self._choose(lambda job: isinstance(job.timetable, Every | Once))
        if job is None:
            return None
        if isinstance(job.timetable, Once):
            timetable = zoo.one_time(self._rng, "x", at=now() + self._rng.randrange(-2_000, 9_000) * zoo.MS).timetable
            timetable = replace(timetable, spread=job.timetable.spread)
        else:
            timetable = replace(zoo.timetable(self._rng, now=now()), spread=job.timetable.spread)
        return f"rescheduled {self._amend(job, timetable=timetable).key}: {timetable.manifest()}"

    def _pause_or_resume(self) -> str | None:
        job = self._choose(lambda job: not isinstance(job.timetable, Once))
        if job is None:
            return None
        if job.pause is not None:
            return f"resumed {self._amend(job, pause=None).key}"
        until = self._rng.choice([None, now() + self._rng.randrange(-1_000, 6_000) * zoo.MS])
        return f"paused {self._amend(job, pause=Pause(until)).key}"

    def _remove(self) -> str | None:
        job = self._choose()
        if job is None:
            return None
        self._history.takes_away(job, at=now())
        self._away[job.key] = self.wanted.pop(job.key)
        self._write(self._file_of[job.key])
        return f"removed {job.key}"

    def _return(self) -> str | None:
        live = self._history.live()
        gone = [job for key, job in self._away.items() if key not in live and key not in self.wanted]
        if not gone:
            return None
        job = self._rng.choice(gone)
        del self._away[job.key]
        timetable = self._rng.choice([job.timetable, replace(job.timetable, end=None)])
        return f"returned {self._amend(job, timetable=timetable).key}"

    def _rename(self) -> str | None:
        job = self._choose()
        if job is None:
            return None
        self._renames += 1
        job_set, _, old = job.key.partition("/")
        key = f"{job_set}/{old.partition('.')[0]}.r{self._renames}"
        self._lineage[key] = self._lineage[job.key]
        self._file_of[key] = self._file_of[job.key]
        del self.wanted[job.key]
        self._amend(job, key=key, moved_from=old)
        return f"renamed {job.key} to {key}"

    def _move(self) -> str | None:
        job = self._rng.choice(list(self.wanted.values()))
        old, new = self._file_of[job.key], self._rng.choice(FILES)
        if old == new or old in self._broken or new in self._broken:
            return None
        self._file_of[job.key] = new
        # There first, then gone here: for a moment both files declare it.
        self._write(new)
        self._write(old)
        return f"moved {job.key} from {old} to {new}"

    def _break(self) -> str | None:
        name = self._rng.choice(FILES)
        self._broken[name] = self._rng.choice(BREAKAGES)
        self._write(name)
        return f"broke {name}"

    def _mend(self) -> str | None:
        if not self._broken:
            return None
        name = self._rng.choice(list(self._broken))
        del self._broken[name]
        self._write(name)
        return f"mended {name}"

    def _add(self) -> str | None:
        at = now() + self._rng.randrange(-1_500, 8_000) * zoo.MS
        job = self._next(zoo.one_time(self._rng, f"added-{self._last_version}", at=at))
        self._lineage[job.key] = job.key
        self._file_of[job.key] = self._rng.choice(FILES)
        self._note(job)
        self._write(self._file_of[job.key])
        return f"added {job.key} at {(at - now()) / SECOND:+.1f} s"
