"""Notices, queued within the unit of work that writes the verdict: what is told stands and falls with it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from schedrun.core.errors import StoreError
from schedrun.core.run import notice as notices
from schedrun.core.run.notice import Notice, NoticeKind
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.spec.job import Job
from schedrun.core.spec.notify import Channel, channel_id
from schedrun.core.status import RunStatus, SpanStatus
from schedrun.protocols import Transaction


@dataclass(slots=True)
class Telling:
    """Queues what people asked to be told; jobs that ask for nothing cost a look at their spec.

    `on_told()` hints that something may be on its way: it is called within the unit of work, on its thread, so what
    was queued is there only after the commit, and not at all where the unit is undone.
    """

    on_told: Callable[[], None] = lambda: None

    def tell(self, tx: Transaction, job: RecordedJob, notice: Notice) -> bool:
        """Queue the notice for everybody whom the job's spec names; False when nobody is told, or not now.

        Whether it is held back is judged by `notice.at`; a notice that is known already is told once.
        """
        channels = channels_of(job.spec, notice.kind)
        if not channels or tx.notice(notice.id) is not None:
            return False
        admission = notices.admit(notice.kind, tx.told(job.uid, notice.kind), now=notice.at)
        tx.put_told(job.uid, notice.kind, admission.told)
        if not admission.tells:
            return False
        tx.put_notice(replace(notice, held_back=admission.held_back), channels=map(channel_id, channels))
        self.on_told()
        return True

    def of_end(self, tx: Transaction, job: RecordedJob, run: Run, *, status: RunStatus, now: datetime) -> None:
        """Tell that a run has ended for good: that it failed, or that it is the first to succeed after a failure.

        `job` is the row as it was when the run began; whom to tell is said by the row of this moment.
        """
        row = _row_now(tx, job)
        if status.unsuccessful:
            self.tell(tx, row, notices.of_failure(run, now=now))
        elif status is RunStatus.SUCCEEDED and row.spec.on_recovery:
            told = tx.told(row.uid, NoticeKind.FAILURE)
            if told is not None and told.unrecovered:
                tx.put_told(row.uid, NoticeKind.FAILURE, told._replace(unrecovered=False))
                self.tell(tx, row, notices.of_recovery(run, now=now))

    def of_cut(self, tx: Transaction, run: Run, *, now: datetime) -> None:
        """Tell that a run was interrupted for good while no service attended to it."""
        try:
            job = tx.job(run.job_uid)
        except StoreError:
            return  # its spec cannot be read, so nobody knows whom to tell; `unreadable` names it
        if job is not None:
            self.tell(tx, job, notices.of_failure(run, now=now))

    def record(self, tx: Transaction, job: RecordedJob, span: Span, *, now: datetime) -> None:
        """Insert the span, and tell of what was missed, once a span however it grows."""
        tx.insert_span(span)
        if span.status is SpanStatus.MISSED and job.spec.on_missed:
            whole = next((each for each in tx.spans_over(job.uid, first=span.last, last=span.last)), span)
            self.tell(tx, job, notices.of_missed(whole, now=now))


def channels_of(spec: Job, kind: NoticeKind) -> list[Channel]:
    """Return whom a job tells of this."""
    match kind:
        case NoticeKind.FAILURE:
            return spec.on_failure
        case NoticeKind.RECOVERY:
            return spec.on_recovery
        case NoticeKind.MISSED:
            return spec.on_missed
        case NoticeKind.LATE:
            return spec.on_late


def _row_now(tx: Transaction, job: RecordedJob) -> RecordedJob:
    try:
        return tx.job(job.uid) or job
    except StoreError:
        return job
