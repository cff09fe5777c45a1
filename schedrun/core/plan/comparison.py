"""Two trees of manifests, compared: what the change between them does to jobs and to their runs.

Nothing live is asked: the base stands for what is applied, as if each of its jobs had just been seen.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from schedrun.core.diagnostics import Diagnostic, in_order
from schedrun.core.ids import JobKey, job_key
from schedrun.core.plan import change_findings, clock_dates, due_run, fan_out, forecast, guard, renames, run_diff
from schedrun.core.plan.change import Action, Change, Plan
from schedrun.core.plan.clock_dates import ClockDate
from schedrun.core.plan.desired import DeclaredJob
from schedrun.core.plan.due_run import DueRun
from schedrun.core.plan.fan_out import FanOut
from schedrun.core.plan.forecast import Timeline, Window
from schedrun.core.plan.inspected import Inspected
from schedrun.core.plan.load import Busiest, Minutes
from schedrun.core.plan.plan import in_broken_file, make_plan
from schedrun.core.plan.renames import Suspect
from schedrun.core.plan.run_diff import RunDiff
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.schedule import misfire
from schedrun.core.schedule.cron import Cron
from schedrun.core.schedule.describe import describe
from schedrun.core.schedule.fires import BEGINNING
from schedrun.core.spec.job import Job
from schedrun.core.status import Origin

NEXT_RUNS = 3
"""How many of a job's next runs are shown."""

MOST_RUNS = 2_000_000
"""How many runs of one job, before and after, are compared one by one."""


@dataclass(frozen=True, slots=True)
class JobView:
    """One side of a changed job: its schedule in words, its clock, and its next runs (aware UTC)."""

    words: str
    zone: str
    next_runs: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class JobComparison:
    """A change with what it does to the job's runs.

    `before` and `after` are None for a job that comes and one that goes. `runs` is None when there are more than
    MOST_RUNS to compare; `counts` then says how many there are before and after. `clock_dates` are those of the
    schedule that comes, for twelve months, where they skip or repeat one of its times; empty when it stays.
    `on_merge` are the runs of a renamed job, as they were due, that start at the merge: the spread of the new name
    would have carried them out already.
    """

    change: Change
    before: JobView | None
    after: JobView | None
    runs: RunDiff | None
    counts: tuple[int, int]
    clock_dates: tuple[ClockDate, ...]
    due: DueRun | None
    on_merge: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changes between two trees, complete by itself.

    `jobs` are the changes that are not noop, ordered by key. `findings` are those of the head: its broken files and
    what the change itself does wrong; those in `found_in_base` have their places in the base. `base_findings` say why
    files of the base are broken: what their jobs were is not known, so that the jobs `unknown` are neither new nor
    changed. `busiest` is the busiest minute before and after (None: nothing runs, or too much to count). `zones` are
    the clock changes of the zones in which changed schedules are read, for twelve months.
    """

    plan: Plan
    now: datetime
    window: Window
    jobs: tuple[JobComparison, ...]
    findings: tuple[Diagnostic, ...]
    found_in_base: frozenset[Diagnostic]
    base_findings: tuple[Diagnostic, ...]
    unknown: tuple[JobKey, ...]
    busiest: tuple[Busiest | None, Busiest | None]
    suspects: tuple[Suspect, ...]
    fan_outs: tuple[FanOut, ...]
    zones: Mapping[str, tuple[ClockDate, ...]]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say: no change, no finding, nothing that is not known."""
        return not (self.jobs or self.findings or self.base_findings or self.unknown)


def compare(base: Inspected, head: Inspected, *, now: datetime, horizon: timedelta) -> Comparison:
    """Return what changes from `base` to `head` at `now` (aware UTC), with the runs of the `horizon` from there."""
    window, year = Window(now, now + horizon), Window(now, _a_year_after(now))
    rows = [_row(job, now) for job in base.desired.jobs.values()]
    plan = make_plan(head.desired, rows, now=now, uids=_no_uid)
    plan = guard.check(plan, head.desired, recorded=rows)
    plan, unknown = _without_unknown(plan, base, now=now)
    lines = _Lines(base.desired.jobs, now)
    jobs = tuple(_compared(change, lines, window=window, year=year) for change in plan.effective)
    suspects = tuple(renames.suspects(plan.effective))
    fan_outs = fan_out.of(plan.effective, base.desired.jobs)
    in_base = [
        *change_findings.removals(plan, base.desired.jobs),
        *change_findings.wide_defaults(one for one in fan_outs if one.gone),
    ]
    findings = [
        *plan.findings,
        *in_base,
        *change_findings.likely_renames(suspects, base.desired.jobs),
        *change_findings.wide_defaults(one for one in fan_outs if not one.gone),
        *change_findings.due_runs((job.change, job.due) for job in jobs if job.due is not None),
        *change_findings.past_instants(plan.effective, now=now),
    ]
    return Comparison(
        plan=plan,
        now=now,
        window=window,
        jobs=jobs,
        findings=tuple(in_order(findings)),
        found_in_base=frozenset(in_base),
        base_findings=tuple(in_order([fault for faults in base.desired.broken.values() for fault in faults])),
        unknown=unknown,
        busiest=_busiest(plan, lines, window=window),
        suspects=suspects,
        fan_outs=fan_outs,
        zones=dict(_zones(jobs, lines, year=year)),
    )


class _Lines:
    """The runs of the base's jobs and of the jobs that come, each compiled once, when it is asked for."""

    def __init__(self, base: Mapping[JobKey, DeclaredJob], now: datetime) -> None:
        self._jobs, self._now = base, now
        self._base: dict[JobKey, Timeline] = {}
        self._coming: dict[JobKey, Timeline] = {}

    def before(self, change: Change) -> Timeline | None:
        return None if change.before is None else self.of_base(change.before.key)

    def after(self, change: Change) -> Timeline | None:
        if change.after is None:
            return None
        line = self._coming.get(change.job)
        if line is None:
            line = forecast.timeline(change.after.spec, key=change.job)
            before = self.before(change)
            line = line if before is None else forecast.taking_over(line, before, now=self._now)
            self._coming[change.job] = line
        return line

    def of_base(self, key: JobKey) -> Timeline:
        line = self._base.get(key)
        if line is None:
            line = self._base[key] = forecast.timeline(self._jobs[key].spec, key=key)
        return line

    def of_base_without(self, keys: Collection[JobKey]) -> Iterator[Timeline]:
        return (self.of_base(key) for key in self._jobs if key not in keys)


def _row(job: DeclaredJob, now: datetime) -> RecordedJob:
    """Return the row that the job would have if it had just been applied."""
    file, line = job.position.file, job.position.line
    return RecordedJob(job.key, job.key, Origin.MANIFEST, job.spec, now, file, line)


def _no_uid(_job: JobKey) -> str:
    """Return the uid of a job at first sight: none, since this plan is shown and never applied."""
    return ""


def _without_unknown(plan: Plan, base: Inspected, *, now: datetime) -> tuple[Plan, tuple[JobKey, ...]]:
    """Take the jobs out that look new only because the base has a broken file which may have declared them."""
    if not base.desired.broken:
        return plan, ()
    declared = set(_declared_in_broken_files(base))
    unknown = {
        change.job
        for change in plan.changes
        if change.action is Action.CREATE and change.after is not None
        if change.job in declared or in_broken_file(_row(change.after, now), base.desired)
    }
    kept = tuple(change for change in plan.changes if change.job not in unknown)
    return replace(plan, changes=kept), tuple(sorted(unknown))


def _declared_in_broken_files(base: Inspected) -> Iterator[JobKey]:
    for name in base.desired.broken:
        file = base.files.get(name)
        for document in () if file is None else file.documents:
            if document.job_set is not None:
                yield from (job_key(document.job_set, job_id) for job_id in document.ids)


def _compared(change: Change, lines: _Lines, *, window: Window, year: Window) -> JobComparison:
    before, after = lines.before(change), lines.after(change)
    now = window.after
    counts = tuple(0 if line is None else forecast.count(line, window) for line in (before, after))
    resumes = change.action in {Action.CREATE, Action.RESUME} or change.schedule_changed
    dates = tuple(clock_dates.affecting(after, year)) if after is not None and resumes else ()
    runs = run_diff.between(before, after, window=window) if sum(counts) <= MOST_RUNS else None
    old = None if change.before is None or before is None else _view(change.before.spec, before, now=now)
    new = None if change.after is None or after is None else _view(change.after.spec, after, now=now)
    due = None
    if change.schedule_changed and before is not None and after is not None:
        due = due_run.touched((before, after), now=now, upcoming=(_first(old), _first(new)), runs=runs)
    at_once = tuple(_at_once(change, before, after, now=now))
    return JobComparison(change, old, new, runs, (counts[0], counts[1]), dates, due, at_once)


def _at_once(change: Change, before: Timeline | None, after: Timeline | None, *, now: datetime) -> Iterator[datetime]:
    """Yield the runs that a rename leaves over though their time under the new name has passed: it keeps the cursor."""
    if change.after is None or before is None or after is None or change.schedule_changed:
        return
    if before.opens == after.opens == BEGINNING:
        due = misfire.due(after.fires, cursor=now - before.fires.offset, now=now, misfire=change.after.spec.misfire)
        yield from () if due is None else (at + before.fires.offset for at in due.run)


def _first(view: JobView | None) -> datetime | None:
    return view.next_runs[0] if view is not None and view.next_runs else None


def _view(job: Job, line: Timeline, *, now: datetime) -> JobView:
    return JobView(describe(job), line.zone.key, forecast.following(line, after=now, number=NEXT_RUNS))


def _busiest(plan: Plan, lines: _Lines, *, window: Window) -> tuple[Busiest | None, Busiest | None]:
    """Count the load before and after; what the guard holds back counts as if it were confirmed."""
    if not plan.effective:
        return None, None
    leaving = {change.before.key for change in plan.effective if change.before is not None}
    before = Minutes(window)
    before.tell(lines.of_base_without(leaving))
    after = before.copy()
    before.tell(map(lines.of_base, leaving))
    after.tell(line for change in plan.effective if (line := lines.after(change)) is not None)
    return before.busiest(), after.busiest()


def _zones(
    jobs: Iterable[JobComparison], lines: _Lines, *, year: Window
) -> Iterator[tuple[str, tuple[ClockDate, ...]]]:
    """Yield each zone in which a changed crontab is read, with its clock changes, in order of names."""
    changed = {
        job.after.zone: line
        for job in jobs
        if job.after is not None and (job.change.schedule_changed or job.change.action is Action.RESUME)
        if (line := lines.after(job.change)) is not None and isinstance(line.fires.rule, Cron)
    }
    for zone in sorted(changed):
        if dates := clock_dates.of(changed[zone], year):
            yield zone, dates


def _a_year_after(now: datetime) -> datetime:
    try:
        return now.replace(year=now.year + 1)
    except ValueError:  # the 29th of February
        return now.replace(year=now.year + 1, day=28)
