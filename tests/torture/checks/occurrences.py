"""Every occurrence has exactly one verdict, and nothing else has one."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tests.torture.evidence import Evidence
from tests.torture.history import Life
from tests.torture.ledger import Run, Span
from tests.torture.timetable import Once, instant_text

DISPATCH_DELAY = 10_000_000
"""What `catch_up: none` still runs is less late than this."""

EVERYTHING = 10_000
"""A `catch_up_limit` that no downtime of a test exceeds."""


def disagreements(evidence: Evidence) -> Iterator[str]:
    """Yield a sentence for each occurrence whose verdict is missing, doubled, or not to be had."""
    for uid, life in evidence.history.lives.items():
        runs = sorted(evidence.scheduled.get(uid, ()), key=lambda run: run.fire_time)
        spans = sorted(evidence.spans.get(uid, ()), key=lambda span: span.first)
        named = f"{life.job.key} ({uid})"
        for fault in (
            *_doubles(runs, spans),
            *_holes(life, runs, spans, evidence.all_due_at),
            *_strangers(life, runs, spans, evidence.looked_until),
            *_run_while_paused(life, runs),
            *_wrong_kind(life, runs, spans, paused=bool(life.pauses) or uid in evidence.overridden),
        ):
            yield f"{named}: {fault}"
    for uid in {run.uid for run in evidence.ledger.runs.values()} - evidence.history.lives.keys():
        yield f"{uid}: has runs, but never had a row"


def _doubles(runs: Sequence[Run], spans: Sequence[Span]) -> Iterator[str]:
    for before, after in pairwise(runs):
        if before.fire_time == after.fire_time:
            yield f"{_at(after.fire_time)} has two runs: {before.id} and {after.id}"
    for one, other in pairwise(spans):
        if other.first <= one.last:
            yield f"two spans cover {_at(other.first)}: {_span(one)} and {_span(other)}"
    fires = [run.fire_time for run in runs]
    for span in spans:
        for run in runs[bisect_left(fires, span.first) : bisect_right(fires, span.last)]:
            yield f"{_at(run.fire_time)} has two verdicts: run {run.id} ({run.status}) and {_span(span)}"


def _holes(life: Life, runs: Sequence[Run], spans: Sequence[Span], until: int) -> Iterator[str]:
    ran = {run.fire_time for run in runs}
    firsts = [span.first for span in spans]
    without: list[int] = []
    for at in life.required(until=until):
        index = bisect_right(firsts, at) - 1
        if at not in ran and not (index >= 0 and at <= spans[index].last):
            without.append(at)
    if without:
        yield f"{len(without)} occurrences without a verdict: {_some(without)}"


def _strangers(life: Life, runs: Sequence[Run], spans: Sequence[Span], until: int) -> Iterator[str]:
    allowed, required = life.allowed(until=until), life.required(until=until)
    known = set(allowed)
    for run in runs:
        if run.fire_time not in known:
            yield f"run {run.id} has the fire time {_at(run.fire_time)}, which the schedule does not have"
    for span in spans:
        for end in {span.first, span.last}:
            if end not in known:
                yield f"{_span(span)} names {_at(end)}, which the schedule does not have"
        fewest, most = _within(required, span), _within(allowed, span)
        if not fewest <= span.count <= most:
            yield f"{_span(span)} counts {span.count}, the schedule has {_range(fewest, most)} there"


def _run_while_paused(life: Life, runs: Sequence[Run]) -> Iterator[str]:
    for pause in life.pauses:
        until = pause.ended.no_earlier if pause.until is None else min(pause.until, pause.ended.no_earlier)
        until -= max(stretch.timetable.spread for stretch in life.stretches)
        for run in runs:
            if pause.begun.no_later < run.fire_time <= until:
                yield f"run {run.id} of {_at(run.fire_time)} exists, while the job was paused until {_at(until)}"


def _wrong_kind(life: Life, runs: Sequence[Run], spans: Sequence[Span], *, paused: bool) -> Iterator[str]:
    job = life.job
    patience = min(job.grace, DISPATCH_DELAY) if job.catch_up == "none" else job.grace
    for run in runs:
        late = run.queued_at - run.fire_time - job.timetable.spread
        if late > patience:
            yield f"run {run.id} of {_at(run.fire_time)} was planned {late / 1e6} s late, grace is {patience / 1e6} s"
    for span in spans:
        # One that had passed when the job was first seen is missed whatever its grace.
        if any(isinstance(one.timetable, Once) for one in life.stretches) or span.decided_at is None:
            continue
        if span.status == "missed" and span.decided_at - span.last < patience:
            yield f"{_span(span)} was within its grace when it was decided, at {_at(span.decided_at)}"
        if span.status == "superseded" and job.catch_up == "all" and job.catch_up_limit >= EVERYTHING:
            yield f"{_span(span)} was superseded, though all are to be caught up"
        if span.status == "skipped" and span.blocked_by is None and not paused:
            yield f"{_span(span)} was skipped for no run, and the job was never paused"


def _within(instants: Sequence[int], span: Span) -> int:
    return bisect_right(instants, span.last) - bisect_left(instants, span.first)


def _range(fewest: int, most: int) -> str:
    return str(most) if fewest == most else f"{fewest} to {most}"


def _span(span: Span) -> str:
    stretch = _at(span.first) if span.first == span.last else f"{_at(span.first)} to {_at(span.last)}"
    return f"the span {span.status} {stretch} ({span.reason})"


def _some(instants: Sequence[int]) -> str:
    shown = ", ".join(_at(at) for at in instants[:4])
    return shown if len(instants) <= 4 else f"{shown}, ... {_at(instants[-1])}"


def _at(instant: int) -> str:
    return instant_text(instant)
