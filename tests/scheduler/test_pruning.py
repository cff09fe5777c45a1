"""Forgetting in the background: in small units, whole, and without any effect on what is planned."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedrun.core.ids import log_name, scheduled_run_id
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import Event, Override, RecordedJob, Session
from schedrun.core.run.retention import Pruned, Retention
from schedrun.core.spec.job import Job
from schedrun.core.status import Origin, RunStatus
from schedrun.protocols import Store, Transaction
from schedrun.scheduler import pruning, transitions
from schedrun.scheduler.planning import Claim, Planner
from schedrun.scheduler.pruning import FEWEST_ROWS, JOBS_A_UNIT, LONG_SECONDS, ROWS_A_UNIT, Pruning, would_prune
from schedrun.stores.memory import MemoryStore
from schedrun.stores.sqlite import SqliteStore
from tests.contracts.ledger import a_job, a_run, a_span, at, recording, run_through
from tests.virtual import VirtualClock

T = TypeVar("T")
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
ALL = 1_000_000


class Counting(MemoryStore):
    """A ledger that keeps everything and notes how many rows each unit forgot."""

    def __init__(self) -> None:
        super().__init__(keep=ALL)
        self.units: list[int] = []

    async def write(self, unit: Callable[[Transaction], T]) -> T:
        def counted(tx: Transaction) -> tuple[T, int]:
            before = _held(tx)
            result = unit(tx)
            return result, before - _held(tx)

        result, gone = await super().write(counted)
        self.units.append(gone)
        return result


def _held(tx: Transaction) -> int:
    return len(tx.runs(limit=ALL)) + len(tx.spans(limit=ALL)) + len(tx.events(limit=ALL))


async def filled(store: Store, jobs: int, runs: int) -> None:
    """Record jobs with so many finished runs each, one a second."""

    def unit(tx: Transaction) -> None:
        for number in range(jobs):
            uid = f"u{number:04}"
            tx.put_job(a_job(uid, f"set/{number}", cursor=at(10_000)))
            for fire in range(runs):
                run = a_run(scheduled_run_id(uid, at(fire)), fire, job_uid=uid)
                run_through(tx, run, end=fire)

    await store.write(unit)


def forget(store: Store, retention: Retention, *, now: datetime, logs_dir: Path | None = None) -> Pruning:
    async def go() -> Pruning:
        pass_ = Pruning(store, retention, clock=VirtualClock(now), logs_dir=logs_dir)
        await pass_.finish()
        return pass_

    return asyncio.run(go())


@pytest.mark.parametrize(
    ("jobs", "runs"),
    [pytest.param(3, 450, id="many-runs"), pytest.param(JOBS_A_UNIT * 2 + 5, 3, id="many-jobs")],
)
def test_a_unit_forgets_a_bounded_number_of_rows(jobs: int, runs: int) -> None:
    """And a pass forgets all that may go."""
    store = Counting()
    asyncio.run(filled(store, jobs, runs))
    store.units.clear()
    done = forget(store, Retention(None, 1), now=at(20_000))
    assert Pruned(jobs * (runs - 1)) == done.pruned
    assert ROWS_A_UNIT >= max(store.units)
    assert jobs * (runs - 1) == sum(store.units)
    store.units.clear()
    assert Pruned() == forget(store, Retention(None, 1), now=at(20_000)).pruned
    assert -(-jobs // JOBS_A_UNIT) == len(store.units)


def test_units_that_take_long_become_smaller() -> None:
    """Down to the fewest rows, and larger again once they are fast."""
    slow = True
    sizes: list[int] = []

    class Slow(Counting):
        async def write(self, unit: Callable[[Transaction], T]) -> T:
            result = await super().write(unit)
            clock._move(2 * LONG_SECONDS if slow else 0)
            return result

    async def go() -> None:
        nonlocal slow
        pass_ = Pruning(store, Retention(None, 1), clock=clock)
        for takes_long in (False, False, False, True, True, True, True, True, False, False):
            slow = takes_long
            await pass_.go_on(units=1)
            sizes.append(store.units[-1])

    clock = VirtualClock(at(20_000))
    store = Slow()
    asyncio.run(filled(store, 1, 1_500))
    asyncio.run(go())
    assert [50, 100, 200, 200, 100, 50, 25, FEWEST_ROWS, FEWEST_ROWS, 40] == sizes


def test_age_is_seen_from_now() -> None:
    """What is older than `keep_for` goes, records of the service included; the rest stays."""
    store = MemoryStore(keep=ALL)
    asyncio.run(filled(store, 2, 100))
    sessions = [Session(f"s{when}", 1, at(when), at(when)) for when in (0, 30, 60, 90)]

    async def more() -> None:
        await store.write(recording(*(Event(at(when), str(when), {}) for when in range(100))))
        for session in sessions:
            await store.write(lambda tx, session=session: tx.put_session(session))  # type: ignore[misc]  # bound early

    asyncio.run(more())
    retention = Retention(timedelta(seconds=50), None)
    told = asyncio.run(store.read(lambda reader: would_prune(reader, retention, now=at(100))))
    done = forget(store, retention, now=at(100))
    assert Pruned(2 * 50, 0, 50 + 1) == done.pruned == told


def test_sessions_that_explain_a_kept_span_are_kept() -> None:
    """A span that is kept may begin long before what is too old."""
    store = MemoryStore(keep=ALL)

    async def fill() -> None:
        await store.write(recording(a_job(cursor=at(1_000)), a_span(45, 95)))
        for when in (0, 20, 40, 60):
            await store.write(lambda tx, when=when: tx.put_session(Session(f"s{when}", 1, at(when), at(when))))  # type: ignore[misc]

    asyncio.run(fill())
    assert Pruned(0, 0, 2) == forget(store, Retention(timedelta(seconds=10), None), now=at(100)).pruned
    before, after = asyncio.run(store.read(lambda reader: reader.sessions_around(at(45))))
    assert before is not None
    assert after is not None
    assert ("s40", "s60") == (before.id, after.id)


def test_without_bounds_nothing_goes() -> None:
    """Not even records of the service."""
    store = MemoryStore(keep=ALL)
    asyncio.run(filled(store, 1, 10))
    asyncio.run(store.write(recording(Event(at(0), "old", {}))))
    assert Pruned() == forget(store, Retention(None, None), now=at(10**8)).pruned


def test_a_pass_stops_and_goes_on() -> None:
    """A bounded number of units at a time, until there is no more."""
    store = Counting()
    asyncio.run(filled(store, 2, 501))

    async def go() -> list[bool]:
        pass_ = Pruning(store, Retention(None, 1), clock=VirtualClock(at(20_000)))
        more = [await pass_.go_on(units=2) for _ in range(4)]
        assert 1_000 == pass_.pruned.runs
        return more

    assert [True, True, True, False] == asyncio.run(go())


def test_output_of_forgotten_runs_is_deleted(tmp_path: Path) -> None:
    """That of known runs stays, and so does what is not ours."""
    store = MemoryStore(keep=ALL)
    asyncio.run(filled(store, 1, 4))
    logs = tmp_path / "state.db.logs"
    logs.mkdir()
    ids = [scheduled_run_id("u0000", at(fire)) for fire in range(4)]
    names = [log_name(run_id, attempt) for run_id in ids for attempt in (1, 2)]
    strange = ["notes.txt", "abc-1.gz", f"{ids[0]}-1.gz.tmp", f"{ids[0]}-01.gz", f"{'0' * 20}-1.txt"]
    for name in (*names, *strange, log_name("f" * 20, 1)):
        (logs / name).touch()
    done = forget(store, Retention(None, 2), now=at(20_000), logs_dir=logs)
    assert (Pruned(2), 5) == (done.pruned, done.logs)
    assert {*names[4:], *strange} == {file.name for file in logs.iterdir()}


def test_no_folder_of_output_is_none_to_look_through(tmp_path: Path) -> None:
    """It is made when it is needed."""
    done = forget(MemoryStore(), Retention(), now=at(0), logs_dir=tmp_path / "none")
    assert 0 == done.logs


def test_the_log_says_what_went(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    """Nothing when nothing did."""
    store = MemoryStore(keep=ALL)
    asyncio.run(filled(store, 1, 4))
    with caplog.at_level("INFO"):
        for _ in range(2):
            asyncio.run(pruning.prune(store, Retention(None, 1), clock=VirtualClock(at(20_000)), logs_dir=tmp_path))
    (record,) = caplog.records
    assert ("pruned", 3) == (getattr(record, "event", None), getattr(record, "runs", None))


SPECS = [
    Job.model_validate({"schedule": schedule, "target": {"command": ["true"]}} | policy)
    for schedule in ({"every": "7s"}, {"every": "10s"}, {"cron": "* * * * *", "spread": "5s"})
    for policy in (
        {},
        {"overlap": "queue"},
        {"misfire": {"grace": "20s", "catch_up": "all", "catch_up_limit": 3}},
        {"misfire": {"catch_up": "none", "grace": "15s"}, "retries": {"max": 2, "backoff": "5s"}},
    )
]


@dataclass
class World:
    """One ledger, its planner, and what runs in it."""

    store: Store
    planner: Planner = field(default_factory=lambda: Planner(roll=lambda: 0.5))
    running: dict[str, Claim] = field(default_factory=dict)

    async def do(self, unit: Callable[[Transaction, Planner], Sequence[Claim]]) -> list[Claim]:
        claims = list(await self.store.write(lambda tx: unit(tx, self.planner)))
        self.running.update({claim.run.id: claim for claim in claims})
        return claims


def advance(seconds: int) -> Callable[[datetime], Any]:
    def step(now: datetime) -> Any:
        later = now + timedelta(seconds=seconds)
        return later, lambda tx, planner: planner.plan_all(tx, {"a": True}, now=later).claims

    return step


def edit(index: int) -> Callable[[datetime], Any]:
    def step(now: datetime) -> Any:
        def unit(tx: Transaction, planner: Planner) -> Sequence[Claim]:
            row = tx.job("a")
            assert row is not None
            after = replace(row, spec=SPECS[index])
            changed = row.spec.schedule != after.spec.schedule
            return transitions.amend(tx, row, after=after, planner=planner, rescheduled=changed, now=now).claims

        return now, unit

    return step


def pause() -> Callable[[datetime], Any]:
    def step(now: datetime) -> Any:
        def unit(tx: Transaction, planner: Planner) -> Sequence[Claim]:
            row = tx.job("a")
            assert row is not None
            return transitions.pause(tx, row, planner=planner, override=Override("rain", "ann", now)).claims

        return now, unit

    return step


def resume() -> Callable[[datetime], Any]:
    def step(now: datetime) -> Any:
        def unit(tx: Transaction, planner: Planner) -> Sequence[Claim]:
            row = tx.job("a")
            assert row is not None
            transitions.resume(tx, row, planner=planner, now=now)
            return ()

        return now, unit

    return step


def remove_and_return() -> Callable[[datetime], Any]:
    def step(now: datetime) -> Any:
        def unit(tx: Transaction, planner: Planner) -> Sequence[Claim]:
            row = tx.job("a")
            assert row is not None
            claims = transitions.remove(tx, row, planner=planner, now=now).claims
            tombstone = tx.job("a")
            assert tombstone is not None
            transitions.revive(tx, tombstone, planner=planner, now=now)
            return claims

        return now, unit

    return step


def a_step(dice: random.Random) -> tuple[str, Any]:
    """Return what happens next: mostly time that passes and runs that end, now and then something rarer."""
    kind = dice.choices(["advance", "end", "change", "step back", "prune"], [8, 8, 3, 2, 4])[0]
    match kind:
        case "advance":
            return "do", advance(dice.choice([1, 7, 10, 30, 60, 200]))
        case "change":
            changes = [edit(dice.randrange(len(SPECS))), pause(), resume(), resume(), remove_and_return()]
            return "do", dice.choice(changes)
        case "end":
            return kind, dice.choice([RunStatus.SUCCEEDED, RunStatus.FAILED])
        case "step back":
            return kind, dice.randrange(2, 300)
        case _:
            return kind, (dice.randrange(400), dice.choice([None, 1, 2, 5]), dice.choice([1, 3, 50]))


async def tell_apart(steps: list[tuple[str, Any]], folder: Path) -> None:
    """Do the same on a ledger that keeps everything and on two that forget; nothing may come out otherwise."""
    sqlite = await SqliteStore.open(folder / "state.db")
    whole = World(MemoryStore(keep=ALL))
    pruned = [World(MemoryStore(keep=ALL)), World(sqlite)]
    worlds = [whole, *pruned]
    now = BEGIN
    job = RecordedJob("a", "set/a", Origin.MANIFEST, SPECS[0], now, file="a.yaml", line=1)
    for world in worlds:
        await world.store.write(lambda tx: tx.put_job(job))
    for kind, what in steps:
        match kind:
            case "do":
                now, unit = what(now)
                claims = [await world.do(unit) for world in worlds]
                assert claims[0] == claims[1] == claims[2]
            case "end":
                for run_id in list(whole.running):
                    now += timedelta(seconds=1)
                    finished = [await end(world, run_id, what, now) for world in worlds]
                    assert finished[0] == finished[1] == finished[2]
            case "step back":
                forgotten = await sqlite.read(lambda reader: reader.forgotten("a"))
                back = now - timedelta(seconds=what)
                # Behind what was forgotten only its bounds are known: the next test has that.
                now = back if forgotten is None else max(back, min(now, forgotten[1]))
            case "prune":
                age, keep, limit = what
                before = now - timedelta(seconds=age)
                went = [
                    await world.store.write(
                        lambda tx: tx.prune("a", before=before, keep=keep, limit=limit)  # noqa: B023  called at once
                    )
                    for world in pruned
                ]
                assert went[0].rows == went[1].rows
        rows = [await world.store.read(lambda reader: reader.job("a")) for world in worlds]
        assert rows[0] == rows[1] == rows[2]
        active = [await world.store.read(lambda reader: list(reader.active_runs("a"))) for world in worlds]
        assert active[0] == active[1] == active[2]
        await assert_all_verdicts_are_kept(worlds)
    await sqlite.close()


async def end(world: World, run_id: str, status: RunStatus, now: datetime) -> object:
    claim = world.running.pop(run_id)
    error = None if status is RunStatus.SUCCEEDED else "exit code 1"

    def unit(tx: Transaction) -> Any:
        return world.planner.finish(tx, claim, status=status, outcome=Outcome(error=error), now=now)

    finished = await world.store.write(unit)
    world.running.update({claim.run.id: claim for claim in finished.claims})
    return finished


async def assert_all_verdicts_are_kept(worlds: list[World]) -> None:
    first, last = BEGIN - timedelta(days=1), BEGIN + timedelta(days=10)
    every = [await world.store.read(lambda reader: reader.verdicts("a", after=first, until=last)) for world in worlds]
    for kept in every[1:]:
        lost = [
            (begin, until)
            for begin, until in every[0]
            if not any(low <= begin and until <= high for low, high in _joined(kept))
        ]
        assert [] == lost


def _joined(stretches: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Return the stretches, those that one span became two of put together again."""
    joined: list[tuple[datetime, datetime]] = []
    for first, last in stretches:
        if joined and first <= joined[-1][1] + timedelta(minutes=2):
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


@pytest.mark.parametrize("seed", range(24))
def test_a_ledger_that_forgets_plans_as_one_that_does_not(seed: int, tmp_path: Path) -> None:
    """Edits, pauses, removals, retries, downtime and a clock that is set back: the same runs, rows and verdicts."""
    dice = random.Random(seed)
    asyncio.run(tell_apart([a_step(dice) for _ in range(100)], tmp_path / "state"))


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 400), st.integers(1, 400), st.integers(1, 30))
def test_a_clock_set_behind_what_was_forgotten_runs_nothing_twice(back: int, forward: int, keep: int) -> None:
    """All of the forgotten stretch has its verdict, whatever the clock says."""

    async def scenario() -> None:
        world = World(MemoryStore(keep=ALL))
        job = RecordedJob("a", "set/a", Origin.MANIFEST, SPECS[0], BEGIN, file="a.yaml", line=1)
        await world.store.write(lambda tx: tx.put_job(job))
        now, ran = BEGIN, set[datetime]()
        for seconds in [7] * 40 + [-back] + [7] * (forward // 7):
            now += timedelta(seconds=seconds)
            claims = await world.do(lambda tx, planner: planner.plan_all(tx, {"a": True}, now=now).claims)  # noqa: B023
            fires = {claim.run.fire_time for claim in claims}
            assert set() == fires & ran
            ran |= fires
            for run_id in list(world.running):
                await end(world, run_id, RunStatus.SUCCEEDED, now)
            await world.store.write(lambda tx: tx.prune("a", before=None, keep=keep, limit=ALL))

    asyncio.run(scenario())
