"""Forgetting what is too old or too much, in units so small that nobody waits for them."""

import asyncio
import logging
import math
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from pathlib import Path

from schedrun.core.run.retention import Pruned, Retention
from schedrun.protocols import Reader, Store, Transaction
from schedrun.stores import spilled

log = logging.getLogger(__name__)

ROWS_A_UNIT = 200
"""How many rows one unit of work forgets at most."""

JOBS_A_UNIT = 100
"""How many jobs one unit of work looks at."""


class Pruning:
    """One pass over a ledger, as far as it has come.

    `retention` says what goes, seen from `now` (aware UTC); `pruned` counts what went, `logs` the files of output in
    `logs_dir` whose runs are not known any more.
    """

    def __init__(self, store: Store, retention: Retention, *, now: datetime, logs_dir: Path | None = None) -> None:
        self._store, self._logs_dir = store, logs_dir
        self._before, self._keep = retention.before(now), retention.keep_runs
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
            pruned, done = await self._store.write(partial(self._prune_jobs, uids=tuple(reversed(chunk))))
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
            count = await self._store.write(
                lambda tx: tx.prune_records(before=before, needed=needed, limit=ROWS_A_UNIT)
            )
            self.pruned = self.pruned.plus(Pruned(records=count))
            if count < ROWS_A_UNIT:
                return False
        return True

    def _prune_jobs(self, tx: Transaction, *, uids: Iterable[str]) -> tuple[Pruned, int]:
        """Forget of the jobs in turn; return what went and how many jobs have nothing more to forget."""
        pruned, done = Pruned(), 0
        for uid in uids:
            left = ROWS_A_UNIT - pruned.rows
            went = tx.prune(uid, before=self._before, keep=self._keep, limit=left)
            pruned = pruned.plus(went)
            if went.rows == left:
                break
            done += 1
        return pruned, done


async def prune(store: Store, retention: Retention, *, now: datetime, logs_dir: Path) -> None:
    """Forget all that `retention` lets go, and the output of runs that are not known any more; tell what went."""
    pruning = Pruning(store, retention, now=now, logs_dir=logs_dir)
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


def _known(reader: Reader, *, ids: Iterable[str]) -> set[str]:
    return reader.known_runs(ids)
