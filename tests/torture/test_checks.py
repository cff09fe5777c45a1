"""The checks find what is wrong: an honest ledger and witness, and what becomes of them in wrong hands."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.torture import verdict
from tests.torture.evidence import Evidence
from tests.torture.history import History
from tests.torture.jobs import Job, Limits, Pause, Retries
from tests.torture.ledger import Attempt, Ledger, Row, Run, Span
from tests.torture.timetable import SECOND, Every, Once
from tests.torture.witness import Line

LIMITS = Limits(groups={"g": 1}, max_running=2)
A, B, ONCE, PAUSED = "uid-a", "uid-b", "uid-once", "uid-paused"
TENTH = SECOND // 10


def run(uid: str, second: int, status: str = "succeeded", *, attempts: Sequence[Attempt] = (), run_id: str = "") -> Run:
    at = second * SECOND
    made = tuple(attempts) or (Attempt(1, status, at, at + 4 * TENTH, 0 if status == "succeeded" else 1),)
    run_id = run_id or f"{uid}@{second}"
    return Run(run_id, uid, at, "scheduled", status, at, len(made), made[-1].finished_at, made)


def lines(*told: tuple[str, str, int, int, str]) -> tuple[Line, ...]:
    """Return a witness: kind, uid, second, attempt and detail of each line."""
    keys = {A: "s/a", B: "s/b", ONCE: "s/once", PAUSED: "s/paused"}
    return tuple(
        Line(place, kind, keys[uid], second * SECOND, f"{uid}@{second}", attempt, 1, 0.0, detail)
        for place, (kind, uid, second, attempt, detail) in enumerate(told)
    )


def history() -> History:
    """Return that of four jobs that were there from the first second on; one is removed after the eighth."""
    jobs = {
        A: Job("s/a", Every(), version=1, group="g"),
        B: Job("s/b", Every(period=4 * SECOND), version=2, retries=Retries(2, exit_codes=(75,)), group="g"),
        ONCE: Job("s/once", Once(at=5 * SECOND), version=3),
        PAUSED: Job("s/paused", Every(period=2 * SECOND), version=4, pause=Pause(until=9 * SECOND)),
    }
    known = History()
    for job in jobs.values():
        known.wrote(job, lineage=job.key, at=TENTH)
    rows = {uid: Row(uid, job.key, job.version, 0) for uid, job in jobs.items()}
    known.saw(rows, begun=0, read_at=5 * TENTH, applied=lambda _key, _since: None)
    known.takes_away(jobs[B], at=85 * TENTH)
    rows[B] = replace(rows[B], version=None)
    known.saw(rows, begun=0, read_at=88 * TENTH, applied=lambda _key, _since: None)
    return known


@pytest.fixture
def honest() -> Evidence:
    """Return what is known after ten seconds in which everything went well, a crash at 6 included."""
    four, eight = 4 * SECOND + 5 * TENTH, 8 * SECOND + 5 * TENTH
    failed_first = (
        Attempt(1, "failed", four, four + TENTH, 75),
        Attempt(2, "succeeded", four + 2 * TENTH, four + 3 * TENTH, 0),
    )
    cut_short = (Attempt(1, "interrupted", eight, eight + 2 * TENTH),)
    runs = [
        *(run(A, second) for second in (1, 2, 3, 4, 5, 8, 9, 10)),
        run(B, 4, attempts=failed_first),
        run(B, 8, "interrupted", attempts=cut_short),
        run(ONCE, 5),
        run(PAUSED, 10),
    ]
    spans = (
        Span(A, 6 * SECOND, 6 * SECOND, 1, "superseded", "", 7 * SECOND),
        Span(A, 7 * SECOND, 7 * SECOND, 1, "skipped", "", 7 * SECOND + 1, f"{A}@5"),
        Span(PAUSED, 2 * SECOND, 8 * SECOND, 4, "skipped", "paused", 9 * SECOND),
    )
    told: list[tuple[str, str, int, int, str]] = []
    for uid, second, attempt, code in [
        (A, 1, 1, "0"), (A, 2, 1, "0"), (A, 3, 1, "0"), (A, 4, 1, "0"), (B, 4, 1, "75"), (B, 4, 2, "0"),
        (A, 5, 1, "0"), (ONCE, 5, 1, "0"), (A, 8, 1, "0"), (B, 8, 1, ""), (A, 9, 1, "0"), (A, 10, 1, "0"),
        (PAUSED, 10, 1, "0"),
    ]:  # fmt: skip
        told += [("begin", uid, second, attempt, "-"), ("alive", uid, second, attempt, "-")]
        told += [("end", uid, second, attempt, code)] if code else []
    return Evidence(
        ledger=Ledger({}, {one.id: one for one in runs}, spans),
        lines=lines(*told),
        history=history(),
        limits=LIMITS,
        all_due_at=10 * SECOND,
        looked_until=11 * SECOND,
        cut={(f"{B}@8", 1): "interrupted"},
    )


def test_an_honest_ledger_and_witness_agree(honest: Evidence) -> None:
    assert [] == verdict.disagreements(honest)


Doctor = Callable[[Evidence], Evidence]


def with_run(one: Run) -> Doctor:
    return lambda honest: replace(honest, ledger=replace(honest.ledger, runs=honest.ledger.runs | {one.id: one}))


def without_run(run_id: str) -> Doctor:
    def doctor(honest: Evidence) -> Evidence:
        runs = {key: one for key, one in honest.ledger.runs.items() if key != run_id}
        seen = [line for line in honest.lines if line.run != run_id]
        return replace(honest, ledger=replace(honest.ledger, runs=runs), lines=seen)

    return doctor


def changed_run(run_id: str, **changes: Any) -> Doctor:
    def doctor(honest: Evidence) -> Evidence:
        one = replace(honest.ledger.runs[run_id], **changes)
        return with_run(one)(honest)

    return doctor


def changed_attempt(run_id: str, **changes: Any) -> Doctor:
    def doctor(honest: Evidence) -> Evidence:
        one = honest.ledger.runs[run_id]
        last = replace(one.attempts[-1], **changes)
        return with_run(replace(one, status=last.status, attempts=(*one.attempts[:-1], last)))(honest)

    return doctor


def with_span(span: Span) -> Doctor:
    return lambda honest: replace(honest, ledger=replace(honest.ledger, spans=(*honest.ledger.spans, span)))


def changed_span(index: int, **changes: Any) -> Doctor:
    def doctor(honest: Evidence) -> Evidence:
        spans = list(honest.ledger.spans)
        spans[index] = replace(spans[index], **changes)
        return replace(honest, ledger=replace(honest.ledger, spans=tuple(spans)))

    return doctor


def with_line(kind: str, run_id: str, attempt: int = 1, *, behind: str | None = None, detail: str = "-") -> Doctor:
    """Return a doctor that puts a further line behind the last one of run `behind` (none: at the end)."""

    def doctor(honest: Evidence) -> Evidence:
        told = list(honest.lines)
        places = [place for place, line in enumerate(told) if behind in {None, line.run}]
        like = next(line for line in told if line.run == run_id)
        told.insert(places[-1] + 1, replace(like, kind=kind, attempt=attempt, detail=detail))
        return replace(honest, lines=[replace(line, place=place) for place, line in enumerate(told)])

    return doctor


def without_lines(run_id: str, *kinds: str) -> Doctor:
    def doctor(honest: Evidence) -> Evidence:
        return replace(honest, lines=[line for line in honest.lines if line.run != run_id or line.kind not in kinds])

    return doctor


TWICE = replace(run(A, 3, run_id="other"), attempts=(Attempt(1, "cancelled", 0, 1),), status="cancelled")
LATE = replace(run(A, 2), queued_at=4000 * SECOND)

DOCTORED: dict[str, tuple[Doctor, str]] = {
    "begun-twice": (with_line("begin", f"{A}@2"), "begun 2 times"),
    "ended-twice": (with_line("end", f"{A}@2", detail="0"), "ended 2 times"),
    "begun-after-its-end": (with_line("begin", f"{B}@4", 3), "the ledger knows no such attempt"),
    "attempts-overlap": (with_line("alive", f"{B}@4", 1, behind=f"{B}@4"), "attempt 1 was still there in line"),
    "left-behind": (with_line("left", f"{B}@4", 1, behind=f"{B}@4"), "attempt 1 was still there in line"),
    "run-unknown-to-the-ledger": (
        lambda honest: replace(honest, lines=[*honest.lines, replace(honest.lines[0], run="unknown")]),
        "the ledger knows no such run",
    ),
    "told-another-fire-time": (changed_run(f"{ONCE}@5", fire_time=5 * SECOND + 1), "it was told 1970-01-01T00:00:05Z"),
    "lost-run": (without_run(f"{A}@2"), "1 occurrences without a verdict: 1970-01-01T00:00:02Z"),
    "lost-once": (without_run(f"{ONCE}@5"), "s/once (uid-once): 1 occurrences without a verdict"),
    "lost-span": (changed_span(0, first=7 * SECOND, last=7 * SECOND), "without a verdict: 1970-01-01T00:00:06Z"),
    "two-runs": (with_run(TWICE), "has two runs"),
    "run-and-span": (with_span(Span(A, 2 * SECOND, 2 * SECOND, 1, "missed")), "has two verdicts: run uid-a@2"),
    "two-spans": (with_span(Span(A, 6 * SECOND, 6 * SECOND, 1, "missed")), "two spans cover"),
    "miscounted": (changed_span(2, count=5), "counts 5, the schedule has 4 there"),
    "off-the-grid": (changed_run(f"{A}@2", fire_time=2 * SECOND + 1), "which the schedule does not have"),
    "span-off-the-grid": (changed_span(0, first=6 * SECOND - 1), "which the schedule does not have"),
    "after-its-removal": (with_run(run(B, 12)), "which the schedule does not have"),
    "ran-while-paused": (with_run(run(PAUSED, 6)), "exists, while the job was paused"),
    "planned-too-late": (with_run(LATE), "s late, grace is"),
    "missed-in-time": (changed_span(0, status="missed"), "was within its grace"),
    "skipped-for-nothing": (changed_span(1, blocked_by=None), "was skipped for no run"),
    "skipped-for-another": (changed_span(1, blocked_by=f"{B}@4"), "which is none of its runs"),
    "skipped-for-a-later-one": (changed_span(1, blocked_by=f"{A}@10"), "which came later"),
    "no-verdict": (changed_run(f"{A}@9", status="queued"), "it has no verdict, it is queued"),
    "attempts-lost": (changed_run(f"{B}@4", attempt=3), "it says 3 attempts, the rows are [1, 2]"),
    "too-many-attempts": (changed_run(f"{A}@9", attempt=2), "2 attempts, 1 are allowed"),
    "verdicts-differ": (changed_run(f"{A}@9", status="failed"), "it is failed, its last attempt succeeded"),
    "not-made-again": (changed_attempt(f"{B}@4", status="failed", exit_code=75), "was not made again"),
    "made-again-unasked": (
        changed_run(f"{B}@4", attempts=(Attempt(1, "failed", 0, 1, 1), Attempt(2, "succeeded", 2, 3, 0))),
        "followed one that failed with 1, unasked",
    ),
    "cut-yet-succeeded": (changed_attempt(f"{B}@8", status="succeeded"), "ran when the service was killed"),
    "cut-yet-cancelled": (
        lambda honest: changed_attempt(f"{B}@8", status="interrupted")(
            replace(honest, cut={(f"{B}@8", 1): "cancelled"})
        ),
        "is called interrupted instead of cancelled",
    ),
    "never-begun": (without_lines(f"{A}@3", "begin", "alive", "end"), "without having begun"),
    "never-ended": (without_lines(f"{A}@3", "end"), "is called succeeded, and ended with nothing"),
    "ended-otherwise": (changed_attempt(f"{A}@3", status="failed", exit_code=3), "is called failed"),
    "forbid-overlaps": (
        with_line("alive", f"{A}@1", behind=f"{A}@2"),
        "s/a (uid-a), which is forbid, may have 1 at once; attempt 1 of run uid-a@2 of s/a began beside attempt 1 of",
    ),
    "group-overlaps": (with_line("alive", f"{A}@4", behind=f"{B}@4"), "group g may have 1 at once"),
    "group-overlaps-in-the-ledger": (
        changed_attempt(f"{A}@4", finished_at=4 * SECOND + 6 * TENTH),
        "group g may have 1 at once; attempt 1 of run uid-b@4 of s/b began beside attempt 1 of run uid-a@4",
    ),
    "everything-overlaps": (
        lambda honest: replace(honest, limits=Limits(groups={}, max_running=1)),
        "everything may have 1 at once",
    ),
    "promise-broken": (lambda honest: replace(honest, promised=["no-run"]), "somebody was told that it was triggered"),
    "left-over": (lambda honest: replace(honest, leftovers=["pid 7 is still there"]), "pid 7 is still there"),
    "no-such-row": (with_run(run("uid-nobody", 3)), "uid-nobody: has runs, but never had a row"),
}  # fmt: skip


@pytest.mark.parametrize(("doctor", "finding"), DOCTORED.values(), ids=DOCTORED.keys())
def test_finds(doctor: Doctor, finding: str, honest: Evidence) -> None:
    """Each disagreement is found, and named so that one finds it too."""
    found = verdict.disagreements(doctor(honest))
    assert any(finding in sentence for sentence in found), found


def test_history_knows_what_nobody_wrote() -> None:
    known = history()
    rows = {A: Row(A, "s/a", 7, 0), B: Row(B, "s/b", None, 0), ONCE: Row(ONCE, "s/once", None, 0)}
    known.saw(rows, begun=0, read_at=SECOND, applied=lambda _key, _since: None)
    assert [
        "s/a (uid-a) changed from version 1 to 7, which nobody wrote",
        "s/once (uid-once) changed from version 3 to None, which nobody wrote",
        "the row of s/paused (uid-paused) has vanished",
    ] == known.faults


def test_history_knows_a_second_row() -> None:
    known = history()
    known.wrote(Job("s/a", Every(), version=9), lineage="s/a", at=SECOND)
    known.saw(
        {uid: Row(uid, life.job.key, None if uid == B else life.job.version, 0) for uid, life in known.lives.items()}
        | {"uid-new": Row("uid-new", "s/a", 9, 0)},
        begun=0,
        read_at=2 * SECOND,
        applied=lambda _key, _since: None,
    )
    assert ["s/a has a second row uid-new beside uid-a"] == known.faults


def test_history_knows_a_cursor_that_went_back() -> None:
    known = history()
    rows = {uid: Row(uid, life.job.key, None if uid == B else life.job.version, 5) for uid, life in known.lives.items()}
    known.saw(rows, begun=0, read_at=SECOND, applied=lambda _key, _since: None)
    known.saw(rows | {A: replace(rows[A], cursor=4)}, begun=0, read_at=SECOND, applied=lambda _key, _since: None)
    assert ["the cursor of s/a (uid-a) went back to 1970-01-01T00:00:00.000004Z"] == known.faults


def test_history_allows_what_a_version_left_that_was_replaced_before_anybody_looked() -> None:
    """Nothing says whether it was ever applied: its fires may have verdicts and need none."""
    known = history()
    for version, period in ((10, 3), (11, 5)):
        timetable = Every(period=period * SECOND, anchor=TENTH)
        known.wrote(Job("s/a", timetable, version=version), lineage="s/a", at=(10 + version) * SECOND)
    rows = {uid: Row(uid, life.job.key, None if uid == B else life.job.version, 5) for uid, life in known.lives.items()}
    known.saw(
        rows | {A: Row(A, "s/a", 11, 5)},
        begun=0,
        read_at=26 * SECOND,
        applied=lambda _key, since: since + TENTH,  # what was said may have been of the one before
    )
    life = known.lives[A]
    only_unseen = 24 * SECOND + TENTH
    assert only_unseen in life.allowed(until=30 * SECOND)
    assert only_unseen not in life.required(until=30 * SECOND)
    assert 25 * SECOND in life.allowed(until=30 * SECOND), "the version before may have lasted until the look"
    assert 21 * SECOND in life.allowed(until=30 * SECOND)
    assert 21 * SECOND not in life.required(until=30 * SECOND)
    assert 30 * SECOND + TENTH in life.required(until=31 * SECOND)
    assert [] == known.faults
