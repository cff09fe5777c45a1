"""Why an occurrence ran or did not, asked of the ledger."""

from dataclasses import replace
from datetime import datetime, timedelta

from schedrun.core.run import why
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.run.why import Answer, Occurrence, Surroundings, Window
from schedrun.core.schedule import fires
from schedrun.core.schedule.fires import BEGINNING, Fires
from schedrun.protocols import Reader

_LAST_DAYS = timedelta(days=7)


def at(reader: Reader, job: RecordedJob, window: Window, *, now: datetime, down_since: datetime | None) -> Answer:
    """Return what is known of the occurrence that a time means.

    `down_since` is when the service was last heard of that ought to run now, None while there is one.
    """
    compiled = fires.of(job.spec, key=job.key)
    found = _look(reader, job, window=window, compiled=compiled)
    if found is None and compiled.offset and why.nominal(window, compiled) is None:
        # Perhaps the time is when it was carried out, which is later by the spread offset.
        earlier = window.earlier(compiled.offset)
        found = _look(reader, job, window=earlier, compiled=compiled)
        if found is not None or why.nominal(earlier, compiled) is not None:
            window = earlier
    around = replace(_surroundings(reader, job, window=window, compiled=compiled, found=found), down_since=down_since)
    return why.explain(job, compiled, window=window, occurrence=found, around=around, now=now)


def of_run(
    reader: Reader, job: RecordedJob, run: Run, *, compiled: Fires, now: datetime, down_since: datetime | None
) -> Answer:
    """Return why this very run of a job, whose schedule is compiled, went as it did; `down_since` as in `at`."""
    window, found = Window(run.fire_time, run.fire_time), Occurrence(run.fire_time, run=run)
    around = replace(_surroundings(reader, job, window=window, compiled=compiled, found=found), down_since=down_since)
    return why.explain(job, compiled, window=window, occurrence=found, around=around, now=now)


def _look(reader: Reader, job: RecordedJob, *, window: Window, compiled: Fires) -> Occurrence | None:
    return why.choose(
        window,
        compiled,
        runs=reader.runs_between(job.uid, first=window.first, last=window.last),
        spans=reader.spans_over(job.uid, first=window.first, last=window.last),
    )


def _surroundings(
    reader: Reader, job: RecordedJob, *, window: Window, compiled: Fires, found: Occurrence | None
) -> Surroundings:
    at = window.first if found is None else found.fire_time
    due = at + compiled.offset
    run, span = (None, None) if found is None else (found.run, found.span)
    return Surroundings(
        sessions=reader.sessions_around(due),
        no_service_yet=reader.last_session() is None,
        events=reader.events_after(due),
        attempts=() if run is None else reader.attempts(run.id),
        active=() if run is None else reader.active_runs(job.uid),
        blocker=None if span is None or span.blocked_by is None else reader.run(span.blocked_by),
        forgotten=reader.forgotten(job.uid) if found is None else None,
        seen_before=found is None and why.nominal(window, compiled) is not None and _seen_before(reader, job, at),
    )


def _seen_before(reader: Reader, job: RecordedJob, at: datetime) -> bool:
    # Verdicts and not runs, which carry what was printed; and where a look at the last days does, not all of them.
    return any(reader.verdicts(job.uid, after=after, until=at) for after in (at - _LAST_DAYS, BEGINNING))
