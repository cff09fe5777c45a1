"""What the jobs saw of their attempts and what the ledger says of them is one story."""

from collections.abc import Iterator
from itertools import pairwise

from tests.torture.evidence import Evidence
from tests.torture.history import Life
from tests.torture.ledger import FINAL, Attempt, Run
from tests.torture.timetable import instant_text
from tests.torture.witness import Seen


def disagreements(evidence: Evidence) -> Iterator[str]:
    """Yield a sentence for each attempt, of the witness or of the ledger, that the other contradicts."""
    yield from _witnessed(evidence)
    for run_id in evidence.promised:
        if run_id not in evidence.ledger.runs:
            yield f"run {run_id}: somebody was told that it was triggered, and the ledger does not know it"
    for run in evidence.ledger.runs.values():
        life = evidence.history.lives.get(run.uid)
        if life is None:
            continue
        named = f"run {run.id} of {life.job.key} at {instant_text(run.fire_time)}"
        for fault in (*_whole(run), *_retried(run, life)):
            yield f"{named}: {fault}"
        for attempt in run.attempts:
            seen = evidence.seen.get((run.id, attempt.number))
            for fault in _told(attempt, seen, cut=evidence.cut.get((run.id, attempt.number))):
                yield f"{named}, attempt {attempt.number}: {fault}"


def _witnessed(evidence: Evidence) -> Iterator[str]:
    for (run_id, number), seen in evidence.seen.items():
        if not seen.begins:
            yield f"run {run_id}, attempt {number}: it was seen, but never seen to begin"
            continue
        line = seen.begin
        if len(seen.begins) > 1:
            places = " and ".join(str(begin) for begin in seen.begins)
            yield f"run {run_id}, attempt {number}: begun {len(seen.begins)} times: {places}"
        if len(seen.ends) > 1:
            yield f"run {run_id}, attempt {number}: ended {len(seen.ends)} times"
        run = evidence.ledger.runs.get(run_id)
        if run is None:
            yield f"{line}: the ledger knows no such run"
        elif number not in {attempt.number for attempt in run.attempts}:
            yield f"{line}: the ledger knows no such attempt"
        elif line.fire_time != run.fire_time:
            yield f"{line}: it was told {instant_text(line.fire_time)}, the ledger says {instant_text(run.fire_time)}"
        elif (life := evidence.history.lives.get(run.uid)) and line.job not in {job.key for job in life.jobs}:
            yield f"{line}: it was told that it is {line.job}, the ledger says {life.job.key}"
    occurrences: dict[tuple[str, int], str] = {}
    for (run_id, _), seen in evidence.begun:
        run = evidence.ledger.runs.get(run_id)
        if run is None or run.kind != "scheduled":
            continue
        other = occurrences.setdefault((run.uid, seen.begin.fire_time), run_id)
        if other != run_id:
            yield f"{seen.begin}: run {other} had begun for this occurrence"


def _whole(run: Run) -> Iterator[str]:
    if run.status not in FINAL:
        yield f"it has no verdict, it is {run.status}"
    numbers = [attempt.number for attempt in run.attempts]
    if numbers != list(range(1, run.attempt + 1)):
        yield f"it says {run.attempt} attempts, the rows are {numbers}"
    if run.attempts and run.status != "cancelled" and run.status != run.attempts[-1].status:
        yield f"it is {run.status}, its last attempt {run.attempts[-1].status}"
    for before, after in pairwise(run.attempts):
        if after.started_at < before.finished_at:
            yield f"attempt {after.number} began at {instant_text(after.started_at)}, before {before.number} had ended"
        if before.status in {"succeeded", "cancelled"}:
            yield f"attempt {after.number} followed one that {before.status}"


def _retried(run: Run, life: Life) -> Iterator[str]:
    retries = life.job.retries
    if run.attempt > 1 + retries.most:
        yield f"{run.attempt} attempts, {1 + retries.most} are allowed"
    for before, after in pairwise(run.attempts):
        if not retries.selects(before.status, before.exit_code, before.error):
            yield f"attempt {after.number} followed one that {before.status} with {before.exit_code}, unasked"
        if not retries.jitter and after.started_at - before.finished_at < retries.backoff:
            yield f"attempt {after.number} began {(after.started_at - before.finished_at) / 1e6} s after the last"
    if not run.attempts or run.status not in FINAL or run.status == "cancelled":
        return
    last = run.attempts[-1]
    removed = any(moment.no_earlier <= last.finished_at for moment in life.removals)
    asked = "no further attempt: " in (last.error or "")
    retried = retries.selects(last.status, last.exit_code, last.error)
    if last.number <= retries.most and retried and not removed and not asked:
        yield f"it {last.status} in attempt {last.number} of {1 + retries.most} and was not made again"


def _told(attempt: Attempt, seen: Seen | None, *, cut: str | None) -> Iterator[str]:
    began, ends = seen is not None and bool(seen.begins), () if seen is None else seen.ends
    codes = {line.detail for line in ends}
    if cut not in {None, attempt.status}:
        yield f"it ran when the service was killed, and is called {attempt.status} instead of {cut}"
    if not began and attempt.status in {"succeeded", "failed"}:
        yield f"it {attempt.status} ({attempt.error}) without having begun"
    if attempt.status == "succeeded" and codes != {"0"}:
        yield f"it is called succeeded, and ended with {codes or 'nothing'}"
    if (
        attempt.status == "failed"
        and began
        and codes != {"raised" if attempt.exit_code is None else str(attempt.exit_code)}
    ):
        yield f"it is called failed ({attempt.error}), and ended with {codes or 'nothing'}"
