"""Units of work that give due occurrences their verdict and claim the runs that may start.

Each runs inside one store transaction. A claimed run may be started only after that transaction is durable.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import NamedTuple, assert_never

from schedrun.core.errors import JobBusyError, StoreError
from schedrun.core.ids import manual_run_id
from schedrun.core.run import occurrences, overlap, retry, set_back
from schedrun.core.run.limits import UNLIMITED, Limits, Room
from schedrun.core.run.occurrences import Decision
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.overlap import Replace, Skip, Start, Wait
from schedrun.core.run.recorded import Event, RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.schedule import fires
from schedrun.core.schedule.fires import Fires
from schedrun.core.spec.job import Job
from schedrun.core.spec.policy import Overlap
from schedrun.core.status import RunKind, RunStatus
from schedrun.protocols import Transaction
from schedrun.scheduler.dropping import Dropping
from schedrun.scheduler.held_back import HeldBack
from schedrun.scheduler.judging import Judging
from schedrun.scheduler.telling import Telling

REPLACED = "replaced by a later run"
"""Why a run is cancelled that had to make room."""


class Claim(NamedTuple):
    """A run that this process has moved to running, with the row whose spec it executes."""

    run: Run
    job: RecordedJob


class Planned(NamedTuple):
    """What a planning left behind: the row as it is now, runs to start and active runs to cancel after the commit."""

    job: RecordedJob
    claims: tuple[Claim, ...] = ()
    cancel: tuple[str, ...] = ()


@dataclass(slots=True)
class Work:
    """What plannings leave to do after their commit: claimed runs to start, ids of running ones to cancel.

    `reopened` says of jobs whose clock was set back how many occurrences have no verdict any more, `silent` until when
    nothing of them fires, because what was forgotten reaches that far.
    """

    claims: list[Claim] = field(default_factory=list)
    cancel: list[str] = field(default_factory=list)
    reopened: dict[str, int] = field(default_factory=dict)
    silent: dict[str, datetime] = field(default_factory=dict)


class Finished(NamedTuple):
    """What the end of an attempt left behind.

    `accepted` says whether the attempt was still ours to end; `retry_at` when it is made again, None when it was the
    last; `claims` the waiting runs that start in its place.
    """

    accepted: bool
    claims: tuple[Claim, ...] = ()
    retry_at: datetime | None = None


@dataclass(slots=True)
class Planner:
    """Plans jobs; knows what the ledger cannot: compiled schedules and work that outlives its run's verdict.

    `lingering` holds, by job uid, ended runs whose work goes on: they count as active for overlap. With
    `may_start` False everything that is planned stays queued. `roll` throws the dice for the jitter of retries.
    `telling` queues what people are told of the verdicts, `judging` judges what is expected of jobs by when, `dropping`
    ends what waits.
    """

    may_start: bool = True
    limits: Limits = UNLIMITED
    roll: Callable[[], float] = random.random  # what makes retries scatter guards no secret
    lingering: dict[str, tuple[Run, ...]] = field(default_factory=dict)
    telling: Telling = field(default_factory=Telling)
    dropping: Dropping = field(default_factory=Dropping)
    judging: Judging = field(init=False)
    _held: HeldBack = field(default_factory=HeldBack)
    _compiled: dict[str, tuple[Job, str, Fires]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.judging = Judging(self.fires, self.telling)

    def fires(self, job: RecordedJob) -> Fires:
        """Return the compiled schedule of the row, from memory while its spec and key are the same."""
        known = self._compiled.get(job.uid)
        if known is not None and known[0] is job.spec and known[1] == job.key:
            return known[2]
        compiled = fires.of(job.spec, key=job.key)
        self._compiled[job.uid] = (job.spec, job.key, compiled)
        return compiled

    def forget(self, uids: Iterable[str]) -> None:
        """Drop what is known of removed jobs."""
        for uid in uids:
            self._compiled.pop(uid, None)

    def plan_due(self, tx: Transaction, job: RecordedJob, *, now: datetime, start_waiting: bool = True) -> Planned:
        """Give everything of `job` that is due at `now` its verdict, and claim what may start.

        Without `start_waiting` what has waited in the queue goes on waiting.
        """
        work = Work()
        row, decision = self._plan(tx, job, work, now, room=self.room(tx), start_waiting=start_waiting)
        if decision is not None:
            row = _decided(row, decision)
        return Planned(row, tuple(work.claims), tuple(work.cancel))

    def plan_all(self, tx: Transaction, due: Mapping[str, bool], *, now: datetime) -> Work:
        """Do as `plan_due` does for every live job of `due`; return what is left to do.

        `due` says of each whether its fires are planned, or only started what waits in the queue.
        """
        work, room = Work(), self.room(tx)
        for uid, fires_too in due.items():
            if not fires_too:
                work.claims += self._claim_for(tx, uid, now, room)
                continue
            job = tx.job(uid)
            if job is not None and job.removed_at is None:
                self._plan(tx, job, work, now, room=room)
        return work

    def plan_manual(self, tx: Transaction, job: RecordedJob, *, request_id: str, now: datetime) -> tuple[Run, Planned]:
        """Admit a manual run as its job's overlap policy says, and claim it when it may start.

        The same `request_id` gives the same run. Raises JobBusyError, naming the active run, when it is refused.
        """
        run_id = manual_run_id(request_id)
        known = tx.run(run_id)
        if known is not None:
            return known, Planned(job)
        admission = overlap.admit(
            self._active(tx, job.uid), overlap=job.spec.overlap, max_instances=job.spec.max_instances
        )
        run, room = Run(run_id, job.uid, now, RunKind.MANUAL, RunStatus.QUEUED, now), self.room(tx)
        match admission:
            case Skip(blocked_by=blocker):
                raise JobBusyError(job.key, active_run=blocker.id, waits=job.spec.overlap is Overlap.QUEUE)
            case Start():
                claims = self._insert(tx, job, (run.started(now),), room)
                return (claims[0].run if claims else run), Planned(job, tuple(claims))
            case Wait():
                self._insert(tx, job, (run,), room)
                return run, Planned(job)
            case Replace(victims=victims, at_once=at_once):
                cancel = self._make_room(tx, victims, now)
                claims = self._insert(tx, job, (run.started(now) if at_once else run,), room)
                return (claims[0].run if claims else run), Planned(job, tuple(claims), cancel)
            case _:
                assert_never(admission)

    def finish(
        self,
        tx: Transaction,
        claim: Claim,
        *,
        status: RunStatus,
        outcome: Outcome,
        now: datetime,
        room: Room | None = None,
    ) -> Finished:
        """End the attempt, and have it made again where the job's retries say so; let follow what waited for it.

        A unit that ends several attempts gives each the same `room`.
        """
        run, uid, group = claim.run, claim.job.uid, claim.job.spec.group
        retry_at = self.retry_at(tx, run, status=status, outcome=outcome, now=now) if status.unsuccessful else None
        if retry_at is not None and (asked := _asked_to_end(tx, run)) is not None:
            # It ended by itself just then: what was asked still holds, and the record says why it is not made again.
            words = f"no further attempt: {asked}"
            retry_at, outcome = None, replace(outcome, error=f"{outcome.error}; {words}" if outcome.error else words)
        accepted = tx.finish_run(run.id, attempt=run.attempt, status=status, at=now, outcome=outcome, retry_at=retry_at)
        if accepted and retry_at is None:
            self.telling.of_end(tx, claim.job, run, status=status, now=now)
            if status is RunStatus.SUCCEEDED:
                self.judging.succeeded(tx, run, at=now)
        if not self.limits.bound(group):
            claims = self.claim_waiting(tx, uid, now=now, after_end=True)
        else:
            room = room or self.room(tx)
            if accepted:
                room.ended(group)
            # Behind those that wait already: a job with a backlog must not keep the others from their turn.
            self._held.put(group, uid)
            claims = self._claim_held_back(tx, group, now, room)
        return Finished(accepted, claims, retry_at if accepted else None)

    def room(self, tx: Transaction) -> Room:
        """Return the room that a unit of work finds, for what it starts and ends."""
        return Room(self.limits, partial(self._working, tx))

    def _working(self, tx: Transaction, group: str | None) -> int:
        """Count what works: running runs, and ended ones whose work goes on, of one group or of all."""
        lingering = sum(
            len(ended) for uid, ended in tuple(self.lingering.items()) if group is None or _group_of(tx, uid) == group
        )
        return tx.running(group) + lingering

    def retry_at(
        self, tx: Transaction, run: Run, *, status: RunStatus, outcome: Outcome, now: datetime
    ) -> datetime | None:
        """Return when the run's next attempt may begin, as its job's spec of this moment says; None when none comes."""
        job = tx.job(run.job_uid)
        if job is None or job.removed_at is not None:
            return None
        return retry.decide(job.spec, attempt=run.attempt, status=status, outcome=outcome, at=now, roll=self.roll())

    def claim_waiting(
        self, tx: Transaction, job_uid: str, *, now: datetime, after_end: bool = False, room: Room | None = None
    ) -> tuple[Claim, ...]:
        """Claim the queued runs of the job that may start now, each with the row's spec of this moment."""
        if not self.may_start:
            return ()
        active = self._active(tx, job_uid)
        if not active or not any(run.status is RunStatus.QUEUED for run in active):
            return ()
        job = tx.job(job_uid)
        if job is None:
            return ()
        rule = overlap.startable_after_end if after_end else overlap.startable
        waiting = rule(active, overlap=job.spec.overlap, max_instances=job.spec.max_instances, now=now)
        return self._start(tx, job, waiting, now, room or self.room(tx))

    def _claim_for(self, tx: Transaction, uid: str, now: datetime, room: Room) -> tuple[Claim, ...]:
        """Claim what waits of the job; where it is limited, also what waited for the room that work of it took."""
        claims = self.claim_waiting(tx, uid, now=now, room=room)
        group = _group_of(tx, uid)
        if self.limits.bound(group):
            claims += self._claim_held_back(tx, group, now, room)
        return claims

    def _claim_held_back(self, tx: Transaction, group: str | None, now: datetime, room: Room) -> tuple[Claim, ...]:
        """Claim what waits for room, the job that has waited longest first."""
        claims: tuple[Claim, ...] = ()
        for waiting in self._held.groups(group if self.limits.max_running is None else None):
            for uid in self._held.jobs(waiting):
                if not room.is_left(waiting):
                    break
                claims += self.claim_waiting(tx, uid, now=now, room=room)
                self._held.drop(waiting, uid)
                if any(run.status is RunStatus.QUEUED for run in tx.active_runs(uid)):
                    self._held.put(waiting, uid)
        return claims

    def _active(self, tx: Transaction, uid: str) -> Sequence[Run]:
        active = tx.active_runs(uid)
        lingering = self.lingering.get(uid)
        return (*lingering, *active) if lingering else active

    def _plan(
        self, tx: Transaction, job: RecordedJob, work: Work, now: datetime, *, room: Room, start_waiting: bool = True
    ) -> tuple[RecordedJob, Decision | None]:
        """Decide and write; add to `work` what is left to do, and return what was decided on which row."""
        active = self._active(tx, job.uid)
        verdicts: Sequence[tuple[datetime, datetime]] = ()
        reach = set_back.reach(job, now=now)
        if reach is not None:
            job = self._follow_clock(tx, job, work, now=now, reach=reach)
        if job.covered_until is not None:
            verdicts = tx.verdicts(job.uid, after=job.cursor, until=job.covered_until)
        expected = self.judging.judge(tx, job, now=now)
        decision = occurrences.decide(job, self.fires(job), now=now, active=active, verdicts=verdicts)
        if decision is None:
            return job, None
        work.claims += self._insert(tx, job, decision.runs, room)
        for span in decision.spans:
            self.telling.record(tx, job, span, now=now)
        self.judging.planned(tx, expected, decision)
        _record_cursor(tx, job, decision)
        if decision.start and start_waiting and self.may_start:
            work.claims += self._start(tx, job, decision.start, now, room)
        if decision.cancel:
            work.cancel += self._make_room(tx, decision.cancel, now)
        return job, decision

    def _follow_clock(
        self, tx: Transaction, job: RecordedJob, work: Work, *, now: datetime, reach: datetime
    ) -> RecordedJob:
        """Open again what only a span covers ahead of a clock that was set back; what has a run keeps it."""
        compiled = self.fires(job)
        cursor, after = set_back.followed(job, compiled, now=now), set_back.come(job, compiled, now=now)
        ahead = tx.spans_over(job.uid, first=after + fires.TICK, last=reach)
        cuts = [set_back.cut(span, compiled, after=after, now=now) for span in ahead]
        for each in cuts:
            if each.reopened:
                tx.cut_span(each.span, kept=each.kept)
        reopened = sum(each.reopened for each in cuts)
        if cursor == job.cursor and not reopened:
            return job
        covered = max((last for _, last in tx.verdicts(job.uid, after=cursor, until=reach)), default=None)
        row = job._replace(cursor=cursor, covered_until=covered)
        tx.put_job(row)
        facts: dict[str, str | int | float] = {"job": job.key, "cursor": job.cursor.isoformat(), "reopened": reopened}
        tx.add_event(Event(now, "clock_stepped", facts))
        if reopened:
            work.reopened[job.key] = reopened
        forgotten = tx.forgotten(job.uid)
        if forgotten is not None and set_back.silences(forgotten, compiled, after=after):
            work.silent[job.key] = forgotten[1]
        return row

    def _insert(self, tx: Transaction, job: RecordedJob, runs: Iterable[Run], room: Room) -> list[Claim]:
        """Insert the runs, held back where nothing may start; return the claims of those that begin."""
        claims: list[Claim] = []
        for run in runs:
            if run.status is RunStatus.QUEUED:
                tx.insert_run(run)
            elif not self.may_start:
                tx.insert_run(_held_back(run))
            elif room.is_left(job.spec.group):
                tx.insert_run(run)
                self._observe_lateness(tx, job, run)
                room.started(job.spec.group)
                claims.append(Claim(run, job))
            else:
                tx.insert_run(_held_back(run))
                self._held.put(job.spec.group, job.uid)
        return claims

    def _make_room(self, tx: Transaction, victims: Iterable[Run], now: datetime) -> tuple[str, ...]:
        """End the victims that wait at once; return the ids of those that run and must be asked to end."""
        running: list[str] = []
        for victim in victims:
            if victim.status is RunStatus.QUEUED:
                self.dropping.drop(tx, victim, what=REPLACED, now=now)
            elif victim.status is RunStatus.RUNNING:
                tx.ask_to_end(victim.id, reason=REPLACED)
                running.append(victim.id)
        return tuple(running)

    def _start(
        self, tx: Transaction, job: RecordedJob, waiting: Iterable[Run], now: datetime, room: Room
    ) -> tuple[Claim, ...]:
        claims: list[Claim] = []
        for run in waiting:
            if not room.is_left(job.spec.group):
                self._held.put(job.spec.group, job.uid)
                break
            started = tx.start_run(run.id, at=now)
            if started is not None:
                self._observe_lateness(tx, job, started)
                room.started(job.spec.group)
                claims.append(Claim(started, job))
        return tuple(claims)

    def _observe_lateness(self, tx: Transaction, job: RecordedJob, run: Run) -> None:
        """Measure how long after its due time, spread included, a scheduled run begins its first attempt."""
        if run.attempt == 1 and run.kind is RunKind.SCHEDULED and run.started_at is not None:
            tx.observe_lateness(job.uid, run.started_at - run.fire_time - self.fires(job).offset)


def _asked_to_end(tx: Transaction, run: Run) -> str | None:
    """Return why a run that runs is to end, None when nobody asked for that."""
    current = tx.run(run.id)
    return None if current is None or current.status is not RunStatus.RUNNING else current.error


def _group_of(tx: Transaction, uid: str) -> str | None:
    try:
        job = tx.job(uid)
    except StoreError:
        return None  # its spec cannot be read, so nobody knows; `unreadable` names it
    return None if job is None else job.spec.group


def _record_cursor(tx: Transaction, job: RecordedJob, decision: Decision) -> None:
    if decision.covered_until != job.covered_until or decision.override != job.override:
        tx.put_job(_decided(job, decision))
    elif decision.cursor != job.cursor:
        tx.move_cursor(job.uid, decision.cursor)


def _decided(job: RecordedJob, decision: Decision) -> RecordedJob:
    """Return the row as the decision leaves it."""
    return job._replace(cursor=decision.cursor, covered_until=decision.covered_until, override=decision.override)


def _held_back(run: Run) -> Run:
    return run._replace(status=RunStatus.QUEUED, attempt=0, started_at=None)
