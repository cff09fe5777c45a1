"""What the API and the pages ask of the ledger: each a function of one snapshot, with a moment and a bound."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.errors import JobNotFoundError, RunNotFoundError
from schedrun.core.ids import CODE_SET, JobKey
from schedrun.core.plan import agenda
from schedrun.core.plan.agenda import Agenda
from schedrun.core.plan.forecast import Window
from schedrun.core.run import gaps
from schedrun.core.run.page import Place, RunFilter
from schedrun.core.run.recorded import RecordedJob, SyncRecord
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.run.why import Answer
from schedrun.core.schedule.fires import TICK, Fires
from schedrun.core.status import JobStatus, Origin
from schedrun.protocols import Reader
from schedrun.render.history import History
from schedrun.render.job_view import JobView
from schedrun.render.run_details import RunDetails
from schedrun.scheduler import explaining
from schedrun.web.backend import Process
from schedrun.web.views import Views

Compiled = Callable[[RecordedJob], Fires]
"""Returns a job's fire times, compiled once a spec."""

_CHUNK = 500
"""How many rows are looked at in one go where a filter may leave most of them out."""
_LAST_RUNS = 10


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs are meant: of one set, with all of some labels, in one of some statuses, and with a text in them.

    The text is looked for in key and description, whatever its case. None and nothing set no bound. `late` leaves those
    that do not do in time what is expected of them.
    """

    job_set: str | None = None
    labels: tuple[tuple[str, str], ...] = ()
    statuses: frozenset[JobStatus] | None = None
    text: str | None = None
    late: bool = False

    @property
    def by_spec(self) -> bool:
        """Whether anything but the key decides."""
        return bool(self.labels or self.text)

    @property
    def by_standing(self) -> bool:
        """Whether how a job stands decides."""
        return self.statuses is not None or self.late

    def takes(self, job: RecordedJob) -> bool:
        """Whether the job is meant, its status left aside."""
        if self.job_set == CODE_SET and job.origin is not Origin.CODE:
            return False
        if any(job.spec.labels.get(name) != value for name, value in self.labels):
            return False
        if self.text is None:
            return True
        text = self.text.casefold()
        return text in job.key.casefold() or text in (job.spec.description or "").casefold()


@dataclass(frozen=True, slots=True)
class JobsPage:
    """A page of jobs by key; `end` is where the next one begins, None where there is none."""

    jobs: Sequence[JobView]
    end: JobKey | None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of runs or of spans, newest first; `end` is where the next one begins, None where there is none."""

    history: History
    end: Place | None


@dataclass(frozen=True, slots=True)
class JobDetails:
    """A job with what a page about it shows: how it stands, its next fires (aware UTC) and its last runs."""

    job: RecordedJob
    view: JobView
    next_fires: Sequence[datetime]
    last_runs: Sequence[Run]


@dataclass(frozen=True, slots=True)
class Synced:
    """What the last reconcile recorded, and what the rows say of themselves; `blocked` and `broken` as of then."""

    sync: SyncRecord | None
    unreadable: Sequence[Diagnostic]


def synced(reader: Reader) -> Synced:
    """Return whether the live jobs are what the manifests say."""
    return Synced(reader.sync(), reader.unreadable())


def job(reader: Reader, key: JobKey) -> RecordedJob:
    """Return the live row of a key. Raises JobNotFoundError."""
    found = reader.job_by_key(key)
    if found is None or found.removed_at is not None:
        raise JobNotFoundError(key)
    return found


def jobs_page(
    reader: Reader, wanted: JobFilter, *, views: Views, now: datetime, after: JobKey = "", limit: int
) -> JobsPage:
    """Return the first `limit` jobs, by key, that are meant and whose keys come after one, as they stand at `now`."""
    rows = standing(reader, wanted, views=views, now=now, after=after, limit=limit)
    found = [view for _, view in islice(rows, limit + 1)]
    more = len(found) > limit
    return JobsPage(found[:limit], found[limit - 1].job if more else None)


def standing(
    reader: Reader, wanted: JobFilter, *, views: Views, now: datetime, after: JobKey, limit: int
) -> Iterator[tuple[RecordedJob, JobView]]:
    """Yield the jobs that are meant by key, with how each stands at `now`, looking no further than who asks.

    They come after a key; `limit` is how many will be asked for, where that is known.
    """
    size = _CHUNK if wanted.by_spec or wanted.by_standing or wanted.job_set == CODE_SET else limit + 1
    after, below = _bounds(wanted.job_set, after)
    while chunk := reader.jobs_page(after=after, below=below, limit=size):
        taken = [row for row in chunk if wanted.takes(row)]
        for row, view in zip(taken, views.of(reader, taken, now=now) if taken else (), strict=True):
            fits = wanted.statuses is None or view.status in wanted.statuses
            if fits and (view.late is not None or not wanted.late):
                yield row, view
        if len(chunk) < size:
            return
        after = chunk[-1].key


def view(reader: Reader, key: JobKey, *, views: Views, now: datetime) -> JobView:
    """Return the row of one job. Raises JobNotFoundError."""
    return views.of(reader, [job(reader, key)], now=now)[0]


def job_details(reader: Reader, key: JobKey, *, views: Views, now: datetime) -> JobDetails:
    """Return a job with its next fires and last runs. Raises JobNotFoundError."""
    row = job(reader, key)
    last = reader.runs_page(RunFilter(job_uid=row.uid), limit=_LAST_RUNS)
    view = views.of(reader, [row], now=now)[0]
    return JobDetails(row, view, views.next_fires(row, view), [each.record for each in last])


def runs_page(reader: Reader, wanted: RunFilter, *, before: Place | None = None, limit: int) -> HistoryPage:
    """Return the newest `limit` of the wanted runs before a place, without what they printed."""
    found = reader.runs_page(wanted, before=before, limit=limit + 1)
    runs = [each.record for each in found[:limit]]
    keys = reader.keys({run.job_uid for run in runs})
    return HistoryPage(History(runs, (), keys), found[limit - 1].place if len(found) > limit else None)


def spans_page(reader: Reader, *, job_uid: str | None, before: Place | None = None, limit: int) -> HistoryPage:
    """Return the newest `limit` spans, of one job or of all, before a place."""
    found = reader.spans_page(job_uid=job_uid, before=before, limit=limit + 1)
    spans: list[Span] = [each.record for each in found[:limit]]
    keys = reader.keys({span.job_uid for span in spans})
    return HistoryPage(History((), spans, keys), found[limit - 1].place if len(found) > limit else None)


def run_details(
    reader: Reader, run_id: str, *, fires: Compiled, now: datetime, process: Process
) -> tuple[RunDetails, Answer]:
    """Return everything that is known of a run, and why it went as it did. Raises RunNotFoundError."""
    run = reader.run(run_id)
    row = None if run is None else reader.job(run.job_uid)
    if run is None or row is None:
        raise RunNotFoundError(run_id)
    compiled = fires(row)
    since = down_since(reader, process, now=now)
    details = RunDetails(run, row, run.fire_time + compiled.offset, reader.attempts(run.id), None, since)
    return details, explaining.of_run(reader, row, run, compiled=compiled, now=now, down_since=since)


def down_since(reader: Reader, process: Process, *, now: datetime) -> datetime | None:
    """Return when a service was last heard of that ought to run now; None while one does, or when none ever ran."""
    session = reader.last_session()
    if session is None or process.active_pid is not None:
        return None
    return gaps.ended(session, now=now) or session.last_seen


def forecast(reader: Reader, *, fires: Compiled, begin: datetime, end: datetime, now: datetime) -> Agenda:
    """Return what fires in [begin, end), as schedules and the pauses of now have it."""
    window = Window(begin - TICK, end - TICK)
    return agenda.of(((row, fires(row)) for row in reader.jobs()), window, now=now)


def _bounds(job_set: str | None, after: JobKey) -> tuple[JobKey, JobKey | None]:
    """Return between which keys the jobs of a set lie, from behind `after`."""
    if job_set is None or job_set == CODE_SET:
        return after, None
    return max(f"{job_set}/", after), f"{job_set}{chr(ord('/') + 1)}"
