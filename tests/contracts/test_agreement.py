"""Both ledgers give the same answers to the same history, whatever it is."""

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from schedrun.core.errors import StoreError
from schedrun.core.run.outcome import Outcome
from schedrun.core.status import RunKind, RunStatus, SpanStatus
from schedrun.protocols import Reader, Store, Transaction
from schedrun.stores.memory import MemoryStore
from schedrun.stores.sqlite import SqliteStore
from tests.contracts.ledger import a_job, a_run, a_span, at, finish

Step = Callable[[Transaction], object]

UIDS = st.sampled_from(["u1", "u2", "u3"])
KEYS = st.sampled_from(["set/a", "set/b"])
RUN_IDS = st.sampled_from(["r1", "r2", "r3", "r4"])
SECONDS = st.integers(0, 12)
FINAL = st.sampled_from([status for status in RunStatus if not status.active])


def put_job(uid: str, key: str, removed: int | None) -> Step:
    return lambda tx: tx.put_job(a_job(uid, key, removed_at=None if removed is None else at(removed)))


def move_cursor(uid: str, seconds: int) -> Step:
    return lambda tx: tx.move_cursor(uid, at(seconds))


def insert_run(run_id: str, uid: str, fire: int, kind: RunKind, claimed: bool) -> Step:
    run = a_run(run_id, fire, job_uid=uid, kind=kind)
    return lambda tx: tx.insert_run(run.started(at(fire)) if claimed else run)


def start_run(run_id: str, seconds: int) -> Step:
    return lambda tx: tx.start_run(run_id, at=at(seconds))


def finish_run(run_id: str, attempt: int, status: RunStatus, seconds: int, retry: int | None) -> Step:
    outcome = Outcome(error=None if status is RunStatus.SUCCEEDED else status.value)
    retry_at = None if retry is None else at(retry)
    return lambda tx: finish(tx, run_id, seconds, attempt=attempt, status=status, outcome=outcome, retry_at=retry_at)


def drop_run(run_id: str, seconds: int) -> Step:
    return lambda tx: tx.drop_run(run_id, at=at(seconds), reason="dropped")


def insert_span(uid: str, first: int, length: int, status: SpanStatus) -> Step:
    return lambda tx: tx.insert_span(a_span(first, first + length, job_uid=uid, status=status, count=length + 1))


def cut_span(uid: str, second: int, whole: bool) -> Step:
    def step(tx: Transaction) -> object:
        touching = tx.spans_over(uid, first=at(second), last=at(second))
        span = min(touching, key=lambda each: (each.first, each.last), default=a_span(second, second, job_uid=uid))
        return tx.cut_span(span, kept=None if whole else replace(span, last=span.first, count=1))

    return step


def move_retry(run_id: str, seconds: int) -> Step:
    return lambda tx: tx.move_retry(run_id, at=at(seconds))


def start_late(uid: str, micros: int) -> Step:
    return lambda tx: tx.observe_lateness(uid, timedelta(microseconds=micros))


def prune(uid: str, before: int | None, keep: int | None, covered: bool) -> Step:
    def step(tx: Transaction) -> object:
        job = tx.job(uid)
        if job is not None:
            tx.put_job(job._replace(cursor=at(10), covered_until=at(20) if covered else None))
        return tx.prune(uid, before=None if before is None else at(before), keep=keep, limit=100)

    return step


STEPS = st.one_of(
    st.builds(prune, UIDS, st.none() | SECONDS, st.none() | st.integers(1, 3), st.booleans()),
    st.builds(put_job, UIDS, KEYS, st.none() | SECONDS),
    st.builds(move_cursor, UIDS, SECONDS),
    st.builds(insert_run, RUN_IDS, UIDS, SECONDS, st.sampled_from(RunKind), st.booleans()),
    st.builds(start_run, RUN_IDS, SECONDS),
    st.builds(finish_run, RUN_IDS, st.integers(0, 3), FINAL, SECONDS, st.none() | SECONDS),
    st.builds(drop_run, RUN_IDS, SECONDS),
    st.builds(insert_span, UIDS, SECONDS, st.integers(0, 3), st.sampled_from(SpanStatus)),
    st.builds(cut_span, UIDS, SECONDS, st.booleans()),
    st.builds(move_retry, RUN_IDS, SECONDS),
    st.builds(start_late, UIDS, st.integers(-1, 100_000_000_000)),
)
UNITS = st.tuples(st.lists(STEPS, max_size=4), st.booleans())
"""The steps of a unit, and whether it raises at its end."""


def answers(reader: Reader) -> list[object]:
    """Everything that a ledger can be asked; ties that no contract orders are sorted."""
    return [
        list(reader.jobs()),
        sorted(reader.jobs(tombstones=True), key=lambda job: job.uid),
        sorted(reader.runs(), key=lambda run: run.id),
        sorted(reader.active_runs(), key=lambda run: run.id),
        [run.fire_time for run in reader.runs()],
        [list(reader.attempts(run_id)) for run_id in ("r1", "r2", "r3", "r4")],
        list(reader.run_ids("r")),
        reader.running(),
        [sorted(reader.runs_between(uid, first=at(2), last=at(9)), key=lambda run: run.id) for uid in ("u1", "u2")],
        [sorted(reader.spans_over(uid, first=at(2), last=at(9)), key=repr) for uid in ("u1", "u2")],
        [[run.fire_time for run in reader.runs(key=key, limit=3)] for key in ("set/a", "set/b")],
        [span.last for span in reader.spans()],
        sorted(reader.spans(), key=repr),
        [list(reader.verdicts(uid, after=at(2), until=at(9))) for uid in ("u1", "u2", "u3")],
        reader.last_finished(),
        reader.totals(),
        reader.keys(["u1", "u2", "u3"]),
        [reader.forgotten(uid) for uid in ("u1", "u2", "u3")],
        [reader.prunable(uid, before=at(6), keep=2) for uid in ("u1", "u2", "u3")],
        [reader.uids(), reader.known_runs(["r1", "r2", "r9"]), reader.earliest_span()],
    ]


async def tell(store: Store, steps: list[Step], refuses: bool) -> object:
    """Write the steps as one unit; return their results, or what kind of error undid them."""

    def unit(tx: Transaction) -> list[object]:
        results = [step(tx) for step in steps]
        if refuses:
            raise LookupError
        return results

    try:
        return await store.write(unit)
    except (StoreError, LookupError) as error:
        return type(error)


@settings(max_examples=60)
@given(st.lists(UNITS, max_size=12))
def test_memory_and_sqlite_agree(units: list[tuple[list[Step], bool]]) -> None:
    """Each unit ends the same way, and all questions have the same answers after it."""

    async def compare(folder: Path) -> None:
        memory, sqlite = MemoryStore(), await SqliteStore.open(folder / "state.db")
        for steps, refuses in units:
            assert await tell(memory, steps, refuses) == await tell(sqlite, steps, refuses)
            assert await memory.read(answers) == await sqlite.read(answers)
        await sqlite.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(compare(Path(folder)))


def counted(reader: Reader) -> dict[tuple[str, ...], tuple[int, int]]:
    totals = reader.totals()
    found: dict[tuple[str, ...], tuple[int, int]] = {}
    found.update({(each.job, each.verdict): (each.runs, each.occurrences) for each in totals.totals})
    found.update({(each.measure, each.job_set, str(each.upto)): (each.values, each.micros) for each in totals.buckets})
    return found


def covered(reader: Reader) -> int:
    ended = [run for run in reader.runs(limit=1_000) if not run.status.active]
    return len(ended) + sum(span.count for span in reader.spans(limit=1_000))


@settings(max_examples=60)
@given(st.lists(UNITS, max_size=12))
def test_no_total_ever_goes_down(units: list[tuple[list[Step], bool]]) -> None:
    """Whatever is pruned, cut, renamed or undone; and never is more kept than was counted."""

    async def watch() -> None:
        store = MemoryStore()
        before: dict[tuple[str, ...], tuple[int, int]] = {}
        for steps, refuses in units:
            await tell(store, steps, refuses)
            now = await store.read(counted)
            for name, told in before.items():
                assert all(low <= high for low, high in zip(told, now[name], strict=True))
            verdicts = sum(max(told) for name, told in now.items() if len(name) == 2)
            assert await store.read(covered) <= verdicts
            before = now

    asyncio.run(watch())
