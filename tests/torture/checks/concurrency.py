"""What must not run at once never did: attempts of a run, runs of a job, runs of a group, all runs."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush

from tests.torture.evidence import Evidence
from tests.torture.jobs import Job
from tests.torture.ledger import Run
from tests.torture.timetable import instant_text


@dataclass(frozen=True)
class Active:
    """An attempt from one moment to another, on whatever scale; the ends are outside."""

    first: int
    last: int
    run: str
    uid: str
    name: str


def disagreements(evidence: Evidence) -> Iterator[str]:
    """Yield a sentence for each moment at which more ran than may."""
    jobs = {uid: life.job for uid, life in evidence.history.lives.items()}
    runs = evidence.ledger.runs
    yield from _attempts_in_turn(evidence)
    recorded = list(_recorded(runs, jobs))
    working = list(_witnessed(evidence, jobs, left=False))
    lasting = list(_witnessed(evidence, jobs, left=True))
    for what, actives, limits in (
        ("by the ledger", recorded, (_of_job, _of_group, _of_all)),
        ("by the witness", working, (_of_group, _of_all)),
        ("by the witness", lasting, (_of_job,)),
    ):
        for limit in limits:
            yield from (f"{fault} {what}" for fault in _crowded(actives, jobs, limit(evidence)))
    yield from _blamed(evidence)


def _attempts_in_turn(evidence: Evidence) -> Iterator[str]:
    for (run, number), seen in evidence.begun:
        before = evidence.seen.get((run, number - 1))
        if before is None:
            continue
        if before.left > seen.begin.place:
            yield f"{seen.begin}: attempt {number - 1} was still there in line {before.left}"


def _recorded(runs: Mapping[str, Run], jobs: Mapping[str, Job]) -> Iterator[Active]:
    for run in runs.values():
        for attempt in run.attempts:
            if run.uid in jobs:
                name = f"attempt {attempt.number} of run {run.id} of {jobs[run.uid].key}"
                yield Active(attempt.started_at, attempt.finished_at, run.id, run.uid, name)


def _witnessed(evidence: Evidence, jobs: Mapping[str, Job], *, left: bool) -> Iterator[Active]:
    for (run_id, number), seen in evidence.begun:
        run = evidence.ledger.runs.get(run_id)
        if run is None or run.uid not in jobs:
            continue
        # Of one that wrote no line after its begin nobody knows how long it lived.
        last = seen.left if left else seen.alive
        yield Active(seen.begin.place, last, run_id, run.uid, f"attempt {number} of run {run_id} of {seen.begin.job}")


Limit = Callable[[Job, str], tuple[str, int] | None]
"""Says of a job, and its uid, what it shares and how many runs that may have at once; None for no limit."""


def _of_job(_evidence: Evidence) -> Limit:
    def limit(job: Job, uid: str) -> tuple[str, int] | None:
        return None if job.overlap == "allow" else (f"{job.key} ({uid}), which is {job.overlap},", job.max_instances)

    return limit


def _of_group(evidence: Evidence) -> Limit:
    def limit(job: Job, _uid: str) -> tuple[str, int] | None:
        most = evidence.limits.groups.get(job.group or "")
        return None if most is None else (f"group {job.group}", most)

    return limit


def _of_all(evidence: Evidence) -> Limit:
    def limit(job: Job, _uid: str) -> tuple[str, int] | None:
        # A thread that overran its time limit works on after its verdict, and no limit counts it.
        return None if job.work.kind == "blocking" else ("everything", evidence.limits.max_running)

    return limit


def _crowded(actives: Iterable[Active], jobs: Mapping[str, Job], limit: Limit) -> Iterator[str]:
    now: dict[str, list[tuple[int, str]]] = {}
    for active in sorted(actives, key=lambda active: (active.first, active.last)):
        shared = limit(jobs[active.uid], active.uid)
        if shared is None:
            continue
        what, most = shared
        others = now.setdefault(what, [])
        while others and others[0][0] <= active.first:
            heappop(others)
        if len(others) >= most:
            names = ", ".join(name for _, name in sorted(others))
            yield f"{what} may have {most} at once; {active.name} began beside {names},"
        if active.last > active.first:
            heappush(others, (active.last, active.name))


def _blamed(evidence: Evidence) -> Iterator[str]:
    """Yield a sentence for each occurrence that was skipped for a run that was not in its way."""
    for span in evidence.ledger.spans:
        life = evidence.history.lives.get(span.uid)
        if span.blocked_by is None or span.decided_at is None or life is None:
            continue
        named = f"{life.job.key}: the fire of {instant_text(span.last)} was skipped for run {span.blocked_by}"
        run = evidence.ledger.runs.get(span.blocked_by)
        if run is None or run.uid != span.uid:
            yield f"{named}, which is none of its runs"
        elif life.job.overlap not in {"forbid", "queue"}:
            yield f"{named}, but its overlap is {life.job.overlap}"
        elif run.queued_at > span.decided_at:
            yield f"{named}, which came later"
