"""Which of a job's versions was in force when, as far as an outsider can tell."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from tests.torture.jobs import Job
from tests.torture.ledger import Row
from tests.torture.timetable import ALWAYS, BEFORE_ALL, Bounds, InForce, instant_text


@dataclass(frozen=True)
class Paused:
    """A stretch in which a job was paused, at the latest until `until` where the pause has an end."""

    begun: Bounds
    until: int | None
    ended: Bounds = ALWAYS


@dataclass
class Life:
    """What one row of the ledger went through. `jobs` are the versions it had, the newest last."""

    uid: str
    jobs: list[Job] = field(default_factory=list)
    stretches: list[InForce] = field(default_factory=list)
    pauses: list[Paused] = field(default_factory=list)
    removals: list[Bounds] = field(default_factory=list)

    @property
    def job(self) -> Job:
        """The newest version: what never changes over its versions may be asked of it."""
        return self.jobs[-1]

    def required(self, *, until: int) -> list[int]:
        """Return the instants that must have a verdict when everything due at `until` has one."""
        return sorted({at for stretch in self.stretches for at in stretch.required(until=until)})

    def allowed(self, *, until: int) -> list[int]:
        """Return the instants that may have a verdict when nothing later than `until` was looked at."""
        return sorted({at for stretch in self.stretches for at in stretch.allowed(until=until)})


class History:
    """What was written when, and what the rows were seen to say."""

    def __init__(self) -> None:
        self.lives: dict[str, Life] = {}
        self.faults: list[str] = []
        self._written: dict[int, int] = {}
        self._taken_away: dict[int, int] = {}
        self._jobs: dict[int, Job] = {}
        self._in_force: dict[str, int | None] = {}
        self._lineage: dict[int, str] = {}
        self._uids: dict[str, str] = {}
        self._cursors: dict[str, int] = {}

    def wrote(self, job: Job, *, lineage: str, at: int) -> None:
        """Note that this version is about to be written; versions of one `lineage` share one row."""
        self._jobs[job.version], self._written[job.version] = job, at
        self._lineage[job.version] = lineage

    def takes_away(self, job: Job, *, at: int) -> None:
        """Note that the manifests are about to hold this job no more."""
        self._taken_away[job.version] = at

    def standing(self, key: str) -> int | None:
        """Return the version of the live row of `key` when the rows were last seen; None when there was none."""
        for uid, version in self._in_force.items():
            if version is not None and self.lives[uid].job.key == key:
                return version
        return None

    def live_rows(self) -> set[str]:
        """Return the uids of the live rows, as last seen."""
        return {uid for uid, version in self._in_force.items() if version is not None}

    def live(self) -> dict[str, Job]:
        """Return the live rows' versions by key, as last seen."""
        jobs = [self._jobs[version] for version in self._in_force.values() if version is not None]
        return {job.key: job for job in jobs}

    def saw(
        self, rows: Mapping[str, Row], *, begun: int, read_at: int, applied: Callable[[str, int], int | None]
    ) -> None:
        """Take in what the rows say at `read_at`, written by a process that began at `begun`.

        `applied(key, since)` is when that process said that a change of the job was applied, None when it did not.
        """
        for uid, row in rows.items():
            if row.cursor < self._cursors.get(uid, row.cursor):
                self.faults.append(f"the cursor of {row.key} ({uid}) went back to {instant_text(row.cursor)}")
            self._cursors[uid] = row.cursor
            if uid not in self._in_force or self._in_force[uid] != row.version:
                self._changed(row, begun=begun, read_at=read_at, applied=applied)
        for uid in self._in_force.keys() - rows.keys():
            self.faults.append(f"the row of {self.lives[uid].job.key} ({uid}) has vanished")

    def _changed(self, row: Row, *, begun: int, read_at: int, applied: Callable[[str, int], int | None]) -> None:
        before = self._in_force.get(row.uid)
        since = self._since(row, before)
        if since is None:
            return
        no_earlier = max(since, begun)
        moment = Bounds(no_earlier, min(read_at, applied(row.key, no_earlier) or read_at))
        self._in_force[row.uid] = row.version
        unseen = self._unseen(row, since)
        if unseen:
            # Each may have been applied, and then what was said to be applied may have been one of them.
            moment = Bounds(max(self._written[unseen[0].version], begun), read_at)
            self._passed_by(self.lives.setdefault(row.uid, Life(row.uid)), unseen, moment)
        if row.version is None:
            self._end(self.lives[row.uid], moment)
            return
        job = self._jobs[row.version]
        if job.key != row.key:
            self.faults.append(f"version {job.version} of {job.key} stands in the row of {row.key}")
        owner = self._uids.setdefault(self._lineage[job.version], row.uid)
        if owner != row.uid:
            self.faults.append(f"{job.key} has a second row {row.uid} beside {owner}")
        self._amend(self.lives.setdefault(row.uid, Life(row.uid)), job, moment, live_before=before is not None)

    def _unseen(self, row: Row, since: int) -> list[Job]:
        """Return the versions written between the last that was seen in the row and what it shows now, oldest first."""
        life = self.lives.get(row.uid)
        seen = life.job.version if life is not None else row.version
        lineage = self._lineage.get(seen) if seen is not None else None
        written = sorted((at, version) for version, at in self._written.items() if self._lineage[version] == lineage)
        after = self._written[seen] if life is not None and seen is not None else BEFORE_ALL
        return [self._jobs[version] for at, version in written if after < at < since and version != row.version]

    @staticmethod
    def _passed_by(life: Life, unseen: Iterable[Job], moment: Bounds) -> None:
        """Allow what versions that nobody saw in the row may have left there."""
        for job in unseen:
            life.stretches.insert(0, InForce(job.timetable, moment, ended=moment, certain=False))
            if job.pause is not None:
                life.pauses.insert(0, Paused(ALWAYS, job.pause.until))

    def _since(self, row: Row, before: int | None) -> int | None:
        """Return when what the row shows was written; None, and a fault, when nobody wrote that."""
        known = self._taken_away if row.version is None else self._written
        version = before if row.version is None else row.version
        if version is not None and version in known:
            return known[version]
        self.faults.append(f"{row.key} ({row.uid}) changed from version {before} to {row.version}, which nobody wrote")
        return None

    @staticmethod
    def _amend(life: Life, job: Job, moment: Bounds, *, live_before: bool) -> None:
        before = life.jobs[-1] if life.jobs and live_before else None
        life.jobs.append(job)
        if before is None:
            life.stretches.append(InForce(job.timetable, moment))
        elif before.timetable != job.timetable:
            life.stretches[-1] = life.stretches[-1].until(moment)
            life.stretches.append(InForce(job.timetable, moment))
        if before is not None and before.pause is not None and before.pause != job.pause:
            _end_pause(life, moment)
        if job.pause is not None and (before is None or before.pause != job.pause):
            life.pauses.append(Paused(moment, job.pause.until))

    @staticmethod
    def _end(life: Life, moment: Bounds) -> None:
        life.stretches[-1] = life.stretches[-1].until(moment)
        life.removals.append(moment)
        if life.job.pause is not None:
            _end_pause(life, moment)


def _end_pause(life: Life, moment: Bounds) -> None:
    last = life.pauses[-1]
    life.pauses[-1] = Paused(last.begun, last.until, moment)


def first_after(instants: Iterable[int], since: int) -> int | None:
    """Return the first of the ascending instants that is not before `since`."""
    return next((instant for instant in instants if instant >= since), None)
