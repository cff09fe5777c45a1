"""Forgetting what is too old or too much, in units so small that nobody waits for them."""

import asyncio
import logging
import math
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from schedrun.core.run.retention import Pruned, Retention
from schedrun.protocols import Clock, Reader, Store, Transaction
from schedrun.stores import spilled

log = logging.getLogger(__name__)

T = TypeVar("T")

ROWS_A_UNIT = 200
"""How many rows one unit of work forgets at most."""

FEWEST_ROWS = 20
"""How many it forgets where that takes long: the output of a run may fill hundreds of pages."""

FIRST_ROWS = 50
"""How many the first one forgets, before anything is known."""

LONG_SECONDS = 0.25
"""A unit that takes longer makes the next one half as large."""

JOBS_A_UNIT = 100
"""How many jobs one unit of work looks at."""


class Pruning:
    """One pass over a ledger, as far as it has come.

    `retention` says what goes, seen from the moment at which this is made; `pruned` counts what went, `logs` the
    files of output in `logs_dir` whose runs are not known any more.
    """

    def __init__(self, store: Store, retention: Retention, *, clock: Clock, logs_dir: Path | None = None) -> None:
        self._store, self._clock, self._logs_dir = store, clock, logs_dir
        self._before, self._keep = retention.before(clock.now()), retention.keep_runs
        self._rows = FIRST_ROWS
        self._jobs: list[str] | None = None
        self.pruned = Pruned()
        self.logs = 0

    async def go_on(self, *, units: float) -> bool:
        """Forget for that many units of work; whether there is more to forget."""
        if self._jobs is None:
            self._jobs = list(reversed(await self._store.read(lambda reader: reader.uids())))
        while units and self._jobs:
            units -= 1
            chunk = self._jobs[-JOBS_A_UNIT:]
            pruned, done = await self._write(partial(self._prune_jobs, uids=tuple(reversed(chunk))))
            self.pruned = self.pruned.plus(pruned)
            if done:
                del self._jobs[-done:]
        if self._jobs:
            return True
        return await self._go_on_with_records(units)

    async def finish(self) -> None:
        """Forget all there is to forget."""
        await self.go_on(units=math.inf)
        await self.delete_orphans()

    async def delete_orphans(self) -> None:
        """Delete the output of runs that are not known, whether this pass has forgotten them or another."""
        if self._logs_dir is not None:
            self.logs += await _delete_orphans(self._store, self._logs_dir)

    async def _go_on_with_records(self, units: float) -> bool:
        if self._before is None:
            return False
        before = self._before
        needed = _needed(await self._store.read(lambda reader: reader.earliest_span()), before)
        while units:
            units -= 1
            limit = self._rows
            count = await self._write(partial(_prune_records, before=before, needed=needed, limit=limit))
            self.pruned = self.pruned.plus(Pruned(records=count))
            if count < limit:
                return False
        return True

    async def _write(self, unit: Callable[[Transaction], T]) -> T:
        """Write the unit, and make the next one smaller or larger by how long it took."""
        begun = self._clock.monotonic()
        result = await self._store.write(unit)
        took = self._clock.monotonic() - begun
        if took > LONG_SECONDS:
            self._rows = max(self._rows // 2, FEWEST_ROWS)
        elif took < LONG_SECONDS / 4:
            self._rows = min(self._rows * 2, ROWS_A_UNIT)
        return result

    def _prune_jobs(self, tx: Transaction, *, uids: Iterable[str]) -> tuple[Pruned, int]:
        """Forget of the jobs in turn; return what went and how many jobs have nothing more to forget."""
        pruned, done = Pruned(), 0
        for uid in uids:
            left = self._rows - pruned.rows
            went = tx.prune(uid, before=self._before, keep=self._keep, limit=left)
            pruned = pruned.plus(went)
            if went.rows == left:
                break
            done += 1
        return pruned, done


async def prune(store: Store, retention: Retention, *, clock: Clock, logs_dir: Path | None) -> None:
    """Forget all that `retention` lets go, and the output of runs that are not known any more; tell what went."""
    pruning = Pruning(store, retention, clock=clock, logs_dir=logs_dir)
    await pruning.finish()
    runs, spans, records = pruning.pruned
    if pruning.pruned.rows or pruning.logs:
        facts = {"event": "pruned", "runs": runs, "spans": spans, "records": records, "logs": pruning.logs}
        log.info("Old history forgotten", extra=facts)


def would_prune(reader: Reader, retention: Retention, *, now: datetime) -> Pruned:
    """Return what a pass would forget; of the service's own records it may be more, once the spans are gone."""
    before, total = retention.before(now), Pruned()
    for uid in reader.uids():
        total = total.plus(reader.prunable(uid, before=before, keep=retention.keep_runs))
    if before is None:
        return total
    needed = _needed(reader.earliest_span(), before)
    return total.plus(Pruned(records=reader.prunable_records(before=before, needed=needed)))


def _needed(earliest_span: datetime | None, before: datetime) -> datetime:
    """Return from when on sessions and events are needed: they explain the spans that are kept."""
    return before if earliest_span is None else min(before, earliest_span)


async def _delete_orphans(store: Store, folder: Path) -> int:
    deleted = 0
    batches = spilled.batches(folder)
    while (batch := await asyncio.to_thread(next, batches, None)) is not None:
        known = await store.read(partial(_known, ids=tuple(batch)))
        orphans = [name for run_id, names in batch.items() if run_id not in known for name in names]
        deleted += await asyncio.to_thread(spilled.delete, folder, orphans)
    return deleted


def _prune_records(tx: Transaction, *, before: datetime, needed: datetime, limit: int) -> int:
    return tx.prune_records(before=before, needed=needed, limit=limit)


def _known(reader: Reader, *, ids: Iterable[str]) -> set[str]:
    return reader.known_runs(ids)
