"""Judgements of expectations on time, within the unit of work that writes what they depend on."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from schedrun.core.errors import StoreError
from schedrun.core.ids import JobKey
from schedrun.core.run import lateness
from schedrun.core.run import notice as notices
from schedrun.core.run.lateness import Late, Lateness
from schedrun.core.run.occurrences import Decision
from schedrun.core.run.recorded import Event, RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.schedule import fires
from schedrun.core.schedule.fires import TICK, Fires
from schedrun.protocols import Transaction
from schedrun.scheduler.telling import Telling

LATE_EVENT = "job_late"
"""The name of the event row of a breach; its facts are `job`, `expectation` and `since` (RFC 3339, UTC)."""


class Breach(NamedTuple):
    """A job that is late, and by what."""

    job: JobKey
    late: Late


@dataclass(slots=True)
class Judging:
    """Judges jobs that declare expectations on time; to others it costs a look at their spec.

    Everything that has passed is judged before what changes it is written: so the answer is the same whoever comes
    first. `of_job` compiles a row's schedule, `telling` queues what is told. `watched` are the uids of jobs of which
    something may be kept; those of others are not looked up when their runs end. `on_change(uid)` hints that the job
    is judged at another time than was said, `on_late()` that something was appended to `found`: both are called within
    the unit of work, on its thread, and hold after its commit.
    """

    of_job: Callable[[RecordedJob], Fires]
    telling: Telling
    on_change: Callable[[str], None] = lambda _uid: None
    on_late: Callable[[], None] = lambda: None
    watched: set[str] = field(default_factory=set)
    found: deque[Breach] = field(default_factory=deque)

    def judge(
        self, tx: Transaction, job: RecordedJob, *, now: datetime, until: datetime | None = None
    ) -> Lateness | None:
        """Judge what had to be done by `until` (None: by now) of a live job, and return what is kept of it from now on.

        None where it expects nothing.
        """
        if not lateness.expects(job.spec):
            return None
        self.watched.add(job.uid)
        moment, known = until or now, tx.lateness(job.uid)
        kept = self._followed(tx, job, known, now=moment)
        compiled, elapsed = self.of_job(job), lateness.elapsed_at(kept)
        # Asked only where it matters: it is a question to the ledger.
        completed = elapsed is not None and elapsed <= moment and _is_completed(tx, job, compiled)
        judged = lateness.judge(job, compiled, kept, completed=completed, now=moment)
        if judged.kept != known:
            tx.put_lateness(judged.kept)
        for late in judged.breaches:
            self._tell(tx, job, late, now=now)
        return judged.kept

    def next_look(self, tx: Transaction, job: RecordedJob, kept: Lateness, *, now: datetime) -> datetime | None:
        """Return when to judge the job again if nothing happens to it until then."""
        completed = kept.within is not None and _is_completed(tx, job, self.of_job(job))
        return lateness.next_look(job, kept, completed=completed, now=now)

    def follow(self, tx: Transaction, before: RecordedJob, *, after: RecordedJob, resumes: bool, now: datetime) -> None:
        """Judge an edited job by what its row says now; call `judge` with `before` ahead of the edit.

        `resumes` says that the edit ended a pause.
        """
        if not lateness.expects(after.spec):
            if lateness.expects(before.spec):
                tx.drop_lateness(after.uid)
            return
        if resumes:
            self.resumed(tx, after, now=now)
        self.judge(tx, after, now=now)

    def resumed(self, tx: Transaction, job: RecordedJob, *, now: datetime) -> None:
        """Note that a pause of the job was ended."""
        kept = tx.lateness(job.uid) if lateness.expects(job.spec) else None
        if kept is not None:
            tx.put_lateness(lateness.resumed(kept, at=now))

    def removed(self, tx: Transaction, job: RecordedJob) -> None:
        """Keep nothing of a job that is removed."""
        if lateness.expects(job.spec):
            tx.drop_lateness(job.uid)

    def planned(self, tx: Transaction, kept: Lateness | None, decision: Decision) -> None:
        """Note what was planned, of a job of which `judge` has just returned what is kept."""
        if kept is not None and kept.finish_by is not None:
            self._note(tx, kept, lateness.planned(kept, runs=decision.runs, spans=decision.spans))

    def missed(self, tx: Transaction, job: RecordedJob, span: Span) -> None:
        """Note a one-time instant that had passed before it could be planned."""
        kept = tx.lateness(job.uid) if job.spec.must_finish_by is not None else None
        if kept is not None:
            self._note(tx, kept, lateness.planned(kept, runs=(), spans=(span,)))

    def succeeded(self, tx: Transaction, run: Run, *, at: datetime) -> None:
        """Note that a run has succeeded: until the next deadline its job is not late."""
        if run.job_uid not in self.watched:
            return
        try:
            job = tx.job(run.job_uid)
        except StoreError:
            return  # its spec cannot be read, so nobody knows what is expected; `unreadable` names it
        if job is None or job.removed_at is not None:
            return
        kept = self.judge(tx, job, now=at, until=at - TICK)
        if kept is None:
            return
        tx.put_lateness(lateness.succeeded(kept, run, at=at))
        if lateness.late(kept) is not None:
            self.on_change(job.uid)

    @staticmethod
    def _followed(tx: Transaction, job: RecordedJob, known: Lateness | None, *, now: datetime) -> Lateness:
        """Return what is kept, in line with what the row says now; occurrences are noted only for who must finish."""
        notes = known is not None and known.finish_by is not None
        newest = None if notes or job.spec.must_finish_by is None else tx.newest_occurrence(job.uid)
        if known is None:
            return lateness.begun(job, newest=newest, now=now)
        return lateness.followed(known if newest is None else known.with_newest(newest), job.spec, now=now)

    @staticmethod
    def _note(tx: Transaction, kept: Lateness, noted: Lateness) -> None:
        if noted is not kept:
            tx.put_lateness(noted)

    def _tell(self, tx: Transaction, job: RecordedJob, late: Late, *, now: datetime) -> None:
        notice = notices.of_late(job.uid, expectation=late.expectation, since=late.since, now=now)
        assert notice.facts is not None  # they say what is late
        tx.add_event(Event(now, LATE_EVENT, {"job": job.key, **notice.facts}))
        self.telling.tell(tx, job, notice)
        self.found.append(Breach(job.key, late))
        self.on_late()


def _is_completed(tx: Transaction, job: RecordedJob, compiled: Fires) -> bool:
    return fires.next_fire(compiled, after=job.cursor) is None and not tx.active_runs(job.uid)
