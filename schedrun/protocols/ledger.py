"""The ledger: what is asked of it, what is written to it, and how both happen."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.ids import JobKey
from schedrun.core.run.attempt import Attempt
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import Event, RecordedJob, Request, Session, SyncRecord
from schedrun.core.run.retention import Pruned
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.status import RunStatus
from schedrun.protocols.changes import ChangesReader
from schedrun.protocols.glances import Glances
from schedrun.protocols.lateness import LatenessReader, LatenessWriter
from schedrun.protocols.notices import NoticeReader, NoticeWriter
from schedrun.protocols.pages import PagesReader
from schedrun.protocols.totals import TotalsReader, TotalsWriter

T = TypeVar("T")


class Reader(NoticeReader, PagesReader, ChangesReader, Glances, LatenessReader, TotalsReader, Protocol):
    """Questions about the recorded state, answered from one consistent snapshot. All instants are aware UTC."""

    def job(self, uid: str) -> RecordedJob | None:
        """Return the row of `uid`, tombstones included; None when there is none."""

    def job_by_key(self, key: JobKey) -> RecordedJob | None:
        """Return the live row of `key`, else its newest tombstone, else None."""

    def jobs(self, *, tombstones: bool = False) -> Sequence[RecordedJob]:
        """Return the live rows ordered by key; with `tombstones` the removed ones too, a key's newest first.

        Rows whose spec this version's models do not accept are left out; `unreadable` names them.
        """

    def unreadable(self) -> Sequence[Diagnostic]:
        """Return a finding for each live row that `jobs` leaves out: job and fault, at the job's place.

        `job` and `job_by_key` raise StoreError for such a row.
        """

    def run(self, run_id: str) -> Run | None:
        """Return the run, None when it is unknown; between two attempts it shows what the last one did."""

    def run_ids(self, prefix: str, *, limit: int = 10) -> Sequence[str]:
        """Return the ids that begin with `prefix`, at most `limit`, in their order."""

    def attempts(self, run_id: str) -> Sequence[Attempt]:
        """Return the attempts of the run that have ended, by number."""

    def active_runs(self, job_uid: str | None = None) -> Sequence[Run]:
        """Return queued and running runs, of one job or of all, oldest first (by queued_at, then fire_time).

        What earlier attempts did is left out.
        """

    def running(self, group: str | None = None) -> int:
        """Return how many runs run now, of all jobs or of those whose spec names the group."""

    def runs(self, *, key: JobKey | None = None, limit: int = 50) -> Sequence[Run]:
        """Return the newest `limit` runs, newest first (by fire_time), of `job_by_key(key)` or of all jobs."""

    def spans(self, *, key: JobKey | None = None, limit: int = 50) -> Sequence[Span]:
        """Return the newest `limit` spans, newest first (by last), of `job_by_key(key)` or of all jobs."""

    def runs_between(self, job_uid: str, *, first: datetime, last: datetime) -> Sequence[Run]:
        """Return the job's runs, of both kinds, whose fire time lies in [first, last], by fire time."""

    def spans_over(self, job_uid: str, *, first: datetime, last: datetime) -> Sequence[Span]:
        """Return the job's spans that touch [first, last], by their first."""

    def verdicts(self, job_uid: str, *, after: datetime, until: datetime) -> Sequence[tuple[datetime, datetime]]:
        """Return what of (after, until] has a verdict: (t, t) a scheduled run, (first, last) a span touching it.

        Ordered by first.
        """

    def last_finished(self) -> dict[str, RunStatus]:
        """Return the status of each job's last finished run, by uid; jobs without one are left out."""

    def keys(self, uids: Iterable[str]) -> dict[str, JobKey]:
        """Return the key of each known uid, tombstones included."""

    def uids(self) -> Sequence[str]:
        """Return the uid of every row, in their order: tombstones and unreadable ones included."""

    def known_runs(self, run_ids: Iterable[str]) -> set[str]:
        """Return which of the ids are those of recorded runs."""

    def forgotten(self, job_uid: str) -> tuple[datetime, datetime] | None:
        """Return the first and the last of the job's occurrences whose verdicts were pruned, None when none was."""

    def prunable(self, job_uid: str, *, before: datetime | None, keep: int | None) -> Pruned:
        """Return how many runs and spans `Transaction.prune` would forget of the job if nothing limited it."""

    def earliest_span(self) -> datetime | None:
        """Return where the span begins that begins first, None when there is none."""

    def prunable_records(self, *, before: datetime, needed: datetime) -> int:
        """Return how many records `Transaction.prune_records` would forget if nothing limited it."""

    def sync(self) -> SyncRecord | None:
        """Return what the last reconcile recorded, None before the first."""

    def last_session(self) -> Session | None:
        """Return the session that was begun last, whatever the clock said then, None before the first."""

    def sessions_around(self, instant: datetime) -> tuple[Session | None, Session | None]:
        """Return the last session that started at or before `instant`, and the first that started after it."""

    def events(self, *, limit: int = 50) -> Sequence[Event]:
        """Return the newest events, newest first."""

    def events_after(self, instant: datetime, *, limit: int = 50) -> Sequence[Event]:
        """Return the first events at or after `instant`, oldest first."""

    def request(self, request_id: str) -> Request | None:
        """Return the request, None when it is unknown."""

    def open_requests(self) -> Sequence[Request]:
        """Return the requests without a result, oldest first."""


class Transaction(Reader, LatenessWriter, NoticeWriter, TotalsWriter, Protocol):
    """A unit of work's view: what it writes it reads back at once; others see all of it or nothing."""

    def put_job(self, job: RecordedJob) -> None:
        """Insert the row, or replace the one with its uid whole. Two live rows of one key raise StoreError.

        An unreadable row gives way: it becomes a tombstone at the new row's cursor, and what it has queued is
        cancelled.
        """

    def move_cursor(self, uid: str, cursor: datetime) -> None:
        """Set the cursor of a known job and nothing else; an unknown one raises StoreError."""

    def insert_run(self, run: Run) -> None:
        """Insert the run of a known job as it stands: queued, or claimed already (`run.started(now)`).

        Raises AlreadyRecordedError when its id, or for a scheduled run its (job_uid, fire_time), is recorded,
        also when the job is unknown; else StoreError when the job is unknown.
        """

    def start_run(self, run_id: str, *, at: datetime) -> Run | None:
        """Move a queued run to running with its next attempt and return it; None when it is not queued.

        Whether the time of a retry has come is for the caller to judge.
        """

    def finish_run(  # the fields of one end; they have no life as a value of their own
        self,
        run_id: str,
        *,
        attempt: int,
        status: RunStatus,
        at: datetime,
        outcome: Outcome,
        retry_at: datetime | None = None,
    ) -> bool:
        """End attempt `attempt` of a run that is running with that very attempt; False when it is not (fenced).

        The attempt ends as `status`, which must be final, else ValueError; and so does the run, unless it is to be
        made again: with `retry_at` it goes back to queued and waits until then.
        """

    def ask_to_end(self, run_id: str, *, reason: str) -> bool:
        """Note on a running run that it is to end as cancelled and why; False when it does not run.

        Until its attempt has ended its `error` says so, also in `active_runs`: whoever recovers it keeps the word.
        """

    def move_retry(self, run_id: str, *, at: datetime) -> bool:
        """Let a run that waits for its next attempt wait until `at` instead; False when it waits for none."""

    def drop_run(self, run_id: str, *, at: datetime, reason: str) -> bool:
        """End a queued run as cancelled, `reason` as its error; False when it is not queued.

        What earlier attempts did stays.
        """

    def insert_span(self, span: Span) -> None:
        """Record the span of a known job (StoreError otherwise).

        It extends the job's newest span when verdict and reason are the same, it begins after that one's last,
        and no scheduled run of the job has a fire time between the two.
        """

    def cut_span(self, span: Span, *, kept: Span | None) -> bool:
        """Let the job's span with that first and last end as `kept` does, or go; False when there is none.

        Of `kept` its last, its count and when it was decided are taken over. What is cut off has no verdict any more.
        """

    def prune(self, job_uid: str, *, before: datetime | None, keep: int | None, limit: int) -> Pruned:
        """Forget runs with their attempts, then spans of the job: of each the oldest first, together at most `limit`.

        Too old is a run whose fire time and end, and a span whose last occurrence and verdict, lie before `before`; too
        many are those that are older than the newest `keep` (from 1) of their kind. None sets no such bound.
        Active runs stay, and so does everything beyond the job's cursor; nothing is forgotten while `covered_until` is
        set, or of an unknown job. Occurrences that are forgotten keep their verdict: from the first to the last of them
        they count in `verdicts`, and `insert_run` refuses them with AlreadyRecordedError. How the job's last run ended
        is not forgotten.
        """

    def prune_records(self, *, before: datetime, needed: datetime, limit: int) -> int:
        """Forget records of the service's own, the oldest of each kind first, at most `limit`; return how many.

        These are requests that were answered before `before`, notices from before it of which no delivery is open,
        events before `needed`, and sessions that ended their turn by then: the last one that had started at `needed`
        stays, and all after it.
        """

    def put_sync(self, sync: SyncRecord) -> None:
        """Replace what the last reconcile recorded."""

    def put_session(self, session: Session) -> None:
        """Insert or replace the session with its id."""

    def add_event(self, event: Event) -> None:
        """Record that something happened to the service."""

    def put_request(self, request: Request) -> None:
        """Insert or replace the request with its id."""


class Store(Protocol):
    """The ledger. It reads no clock: every instant is an argument."""

    async def write(self, unit: Callable[[Transaction], T]) -> T:
        """Run `unit` in a transaction and return its result once that is durable.

        Units run one after another, in the order they came. A unit that raises is undone alone and its exception
        is raised here; when the COMMIT fails StoreError is raised for every unit it held, and nothing of them stands.
        A caller that is cancelled while it waits withdraws nothing: its unit runs all the same. On a closed
        store StoreError is raised.
        The unit may run on another thread: it must touch nothing but the transaction and its own values.
        """

    async def read(self, query: Callable[[Reader], T]) -> T:
        """Run `query` on a snapshot of what is committed and return its result.

        It waits for no writer and may run on another thread, as a unit may. On a closed store StoreError is
        raised.
        """

    def version(self) -> int:
        """Return a number that changes when another process has written; cheap enough to ask four times a second."""

    async def verify(self) -> None:
        """Look through all that is kept, beside everything else; StoreError is raised where a part of it is damaged."""

    async def close(self) -> None:
        """Finish the units that wait, then release everything; idempotent."""
