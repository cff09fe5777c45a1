"""What a comparison of two trees says, in sentences that text and markdown share; nothing here is escaped yet."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar, assert_never

from schedrun.core.diagnostics import Severity
from schedrun.core.plan.change import Action
from schedrun.core.plan.clock_dates import ClockDate, ClockEffect
from schedrun.core.plan.comparison import Comparison, JobComparison, JobView
from schedrun.core.plan.load import Busiest
from schedrun.core.plan.run_diff import Move
from schedrun.core.spec import duration
from schedrun.core.spec.instant import utc_text
from schedrun.render.counting import counted
from schedrun.render.instants import local_text

Item = TypeVar("Item")

_MOST_NAMED = 5

_NOUNS = {
    Action.CREATE: "created",
    Action.REMOVE: "removed",
    Action.MOVE: "renamed",
    Action.UPDATE: "updated",
    Action.PAUSE: "paused",
    Action.RESUME: "resumed",
}


def verdict(comparison: Comparison, *, failed: bool) -> str:
    """Return the one line that says it all; `failed` is whether the command ends with exit code 1."""
    word = "not ok" if failed else "ok"
    parts = [changed(comparison), *([runs] if (runs := all_runs(comparison)) else []), *_found(comparison)]
    return f"{word}: {'; '.join(parts)}"


def changed(comparison: Comparison) -> str:
    """Return how many jobs change, by what happens to them."""
    numbers = Counter(job.change.action for job in comparison.jobs)
    if not numbers and comparison.unknown:
        return "no job that was compared changes" if comparison.plan.changes else "no job was compared"
    if not numbers:
        return "no job changes"
    verb = "job changes" if len(comparison.jobs) == 1 else "jobs change"
    kinds = ", ".join(f"{numbers[action]:,} {noun}" for action, noun in _NOUNS.items() if numbers[action])
    return f"{len(comparison.jobs):,} {verb} ({kinds})"


def all_runs(comparison: Comparison) -> str:
    """Return how many runs of the window appear, vanish and move; nothing where no job changes."""
    if not comparison.jobs:
        return ""
    diffs = [job.runs for job in comparison.jobs if job.runs is not None]
    words = _numbers(
        appear=sum(len(diff.appear) for diff in diffs),
        vanish=sum(len(diff.vanish) for diff in diffs),
        move=sum(len(diff.move) for diff in diffs),
    )
    window = comparison.window
    uncounted = len(comparison.jobs) - len(diffs)
    rest = f", those of {counted(uncounted, 'job')} not compared" if uncounted else ""
    return f"of the runs in the {period(window.until - window.after)} from {utc_text(window.after)} {words}{rest}"


def _found(comparison: Comparison) -> Iterator[str]:
    numbers = Counter(finding.severity for finding in comparison.findings)
    if numbers:
        yield ", ".join(counted(numbers[severity], severity) for severity in Severity if numbers[severity])
    if comparison.base_findings:
        number = len(comparison.unknown)
        rest = f", so that {counted(number, 'job')} {'was' if number == 1 else 'were'} not compared" if number else ""
        yield f"the base has broken files{rest}"


def period(window: timedelta) -> str:
    """Return the length of a window: `7 days` where it is one of whole days, else as options say it, `1d12h`."""
    days, rest = divmod(window, timedelta(days=1))
    return duration.text_of(window) if rest else counted(days, "day")


def on_merge(comparison: Comparison) -> Iterator[str]:
    """Yield what happens at the moment of the merge: nothing fires but what a rename leaves due, and what is lost."""
    at_once = [(job, due) for job in comparison.jobs for due in job.on_merge]
    if not at_once:
        yield "On merge nothing fires: an edit never runs a job by itself."
    for job, due in at_once:
        yield (
            f"On merge the run of {job.change.job} fires that was due at {utc_text(due)} under its old name: with the"
            " spread of the new one its time has passed."
        )
    for job in comparison.jobs:
        if job.due is not None and job.due.passed is not None:
            yield (
                f"Lost: the run of {job.change.job} due at {utc_text(job.due.due)}; its new time,"
                f" {utc_text(job.due.passed)}, has passed."
            )


def schedule(job: JobComparison) -> Iterator[tuple[str, str]]:
    """Yield (label, words) of the schedule before and after, once where both say the same."""
    before, after = job.before, job.after
    if before is not None and after is not None and before.words == after.words:
        yield "schedule", after.words
        return
    if before is not None:
        yield "before", before.words
    if after is not None:
        yield "after", after.words


def next_runs(job: JobComparison) -> tuple[str, Sequence[str]]:
    """Return a label and the next runs in local time and UTC: those after the change, of a removed job those before."""
    view, label = (job.before, "next runs, without this change") if job.after is None else (job.after, "next runs")
    if view is None or not view.next_runs:
        return label, ("none",)
    return label, tuple(both_clocks(at, view) for at in view.next_runs)


def both_clocks(at: datetime, view: JobView) -> str:
    """Return an instant as the job's clock shows it and in UTC."""
    return f"{local_text(at, view.zone)} ({utc_text(at)})"


def run_lines(job: JobComparison, *, most: int) -> Iterator[tuple[str, str]]:
    """Yield (label, instants) of the runs that appear, vanish and move, at most so many of each."""
    if job.runs is None:
        before, after = job.counts
        yield "runs", f"too many to compare one by one: {before:,} before, {after:,} after"
        return
    if not job.runs:
        yield "runs", _no_difference(job)
    for label, instants in (("appear", job.runs.appear), ("vanish", job.runs.vanish)):
        if instants:
            yield f"{label} ({len(instants)})", _cut(instants, utc_text, most=most)
    if job.runs.move:
        yield f"move ({len(job.runs.move)})", _cut(job.runs.move, _move, most=most)


def _no_difference(job: JobComparison) -> str:
    change = job.change
    if change.before is None or change.after is None:
        return "none in this time"
    # A new name may move a spread, and a pause that ends beyond the window skips what comes until then.
    stays = not change.schedule_changed and change.before.spec.paused == change.after.spec.paused
    for_ever = stays and change.action is Action.UPDATE
    return "the same as before" if for_ever else "the same as before in this time"


def run_numbers(job: JobComparison) -> str:
    """Return how many runs of the job appear, vanish and move."""
    if job.runs is None:
        return "too many runs to compare"
    return _numbers(appear=len(job.runs.appear), vanish=len(job.runs.vanish), move=len(job.runs.move))


def _numbers(*, appear: int, vanish: int, move: int) -> str:
    verbs = ((appear, "appears", "appear"), (vanish, "vanishes", "vanish"), (move, "moves", "move"))
    said = [f"{number:,} {one if number == 1 else several}" for number, one, several in verbs if number]
    return ", ".join(said) or "none changes"


def _cut(items: Sequence[Item], words: Callable[[Item], str], *, most: int) -> str:
    shown = ", ".join(words(item) for item in items[:most])
    rest = len(items) - most
    return f"{shown} and {rest:,} more" if rest > 0 else shown


def _move(move: Move) -> str:
    return f"{utc_text(move.before)} -> {utc_text(move.after)}"


def clock_line(date: ClockDate) -> str:
    """Return what a clock change makes of a job's times."""
    return f"{clock_change(date)}: {_effect(date)}"


def clock_change(date: ClockDate) -> str:
    """Return when the clocks change, and from what to what."""
    return f"{utc_text(date.at)}, {date.before:%H:%M} -> {date.after:%H:%M}"


def _effect(date: ClockDate) -> str:
    times = counted(date.times, "time")
    match date.effect:
        case ClockEffect.MADE_UP:
            return f"{times} skipped, one run right after the gap"
        case ClockEffect.LOST:
            return f"{times} skipped, no run for it" if date.times == 1 else f"{times} skipped, no runs for them"
        case ClockEffect.ONCE:
            return f"{times} shown twice, run once"
        case ClockEffect.TWICE:
            return f"{times} shown twice, run twice"
        case ClockEffect.NONE:
            return "no run there"
        case _:
            assert_never(date.effect)


def load(comparison: Comparison) -> str:
    """Return the busiest minute before and after; nothing where it was not counted."""
    before, after = comparison.busiest
    if before == after:
        return "" if after is None else f"Busiest minute: as before, {_busiest(after)}."
    held = any(change.blocked is not None for change in comparison.plan.removals)
    when = "once what is held back has gone" if held else "after"
    return f"Busiest minute: {_busiest(before)} before, {_busiest(after)} {when}."


def _busiest(busiest: Busiest | None) -> str:
    return "none" if busiest is None else f"{counted(busiest.runs, 'start')} at {utc_text(busiest.minute)}"


def sharing(comparison: Comparison) -> Iterator[str]:
    """Yield the values that are written once and change several jobs."""
    for one in comparison.fan_outs:
        what = "taken away from" if one.gone else "written once at"
        yield f"{one.path}, {what} {one.position}, changes {len(one.jobs):,} jobs."


def removals(comparison: Comparison) -> Iterator[str]:
    """Yield the guard's verdict on what goes, once for each reason."""
    held: dict[str, list[str]] = {}
    going = comparison.plan.removals
    for change in going:
        if change.blocked is not None:
            held.setdefault(change.blocked, []).append(change.job)
    if free := len(going) - sum(map(len, held.values())):
        yield f"Removals: {free:,}; the removal guard lets them go."
    for reason, jobs in held.items():
        if len(jobs) == 1:
            yield f"Removal of {jobs[0]} is held back: {reason}. Until it is confirmed the job goes on."
            continue
        yield f"Removal of {_named(jobs)} is held back: {reason}. Until it is confirmed the jobs go on."


def _named(jobs: Sequence[str]) -> str:
    rest = len(jobs) - _MOST_NAMED
    return ", ".join(jobs[:_MOST_NAMED]) + (f" and {rest:,} more" if rest > 0 else "")


def unknown(comparison: Comparison) -> Iterator[str]:
    """Yield what cannot be said because the base is broken."""
    if comparison.base_findings:
        files = sorted({finding.position.file for finding in comparison.base_findings})
        yield f"Broken in the base, so that what their jobs were is not known: {', '.join(files)}."
    if comparison.unknown:
        yield f"Not compared, since the base may have declared them: {', '.join(comparison.unknown)}."
