"""Two ledgers with one history, of which one forgets: nobody who plans can tell them apart."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import Override, RecordedJob
from schedrun.core.spec.job import Job
from schedrun.core.status import Origin, RunStatus
from schedrun.protocols import Store, Transaction
from schedrun.scheduler import transitions
from schedrun.scheduler.planning import Claim, Planner
from schedrun.stores.memory import MemoryStore
from schedrun.stores.sqlite import SqliteStore
from tests.scheduler.test_pruning import ALL, BEGIN

SPREAD = timedelta(seconds=5)

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
            after = row._replace(spec=SPECS[index])
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
                now = back if forgotten is None else max(back, min(now, forgotten[1] + SPREAD))
                # Planning follows the clock before anybody forgets: it opens again what only spans cover.
                now, unit = advance(0)(now)
                claims = [await world.do(unit) for world in worlds]
                assert claims[0] == claims[1] == claims[2]
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


@settings(max_examples=100)
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
