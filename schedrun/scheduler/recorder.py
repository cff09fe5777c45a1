"""Writes the verdicts of runs that have ended, as many as there are in one unit of work."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import NamedTuple

from schedrun.core.errors import StoreError
from schedrun.core.run.outcome import Outcome
from schedrun.core.status import RunStatus
from schedrun.protocols import Clock, Store, Transaction
from schedrun.scheduler.planning import Claim, Finished, Planner
from schedrun.stores import faults
from schedrun.stores.faults import StateFullError

log = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
"""How long to wait before a verdict that could not be written is written again."""

PATIENCE_SECONDS = 1.0
"""How long a verdict waits at most while other runs still start: starting late is lateness, recording late is not."""

ENDS_A_UNIT = 200
"""How many verdicts one unit of work writes."""

QUIET_TURNS = 6
"""Turns of the event loop without a start after which no more are on their way: alarm, planning, claim and start
each take one."""


class Ended(NamedTuple):
    """A run that has ended and how; `at` is when, aware UTC."""

    claim: Claim
    status: RunStatus
    outcome: Outcome
    at: datetime


class Recorded(NamedTuple):
    """What became of a verdict; `finished` is None for one that is lost: it could not be written, the log says why."""

    ended: Ended
    finished: Finished | None

    @property
    def accepted(self) -> bool | None:
        """Whether the attempt was still ours to end; None when that is not known, for a verdict that is lost."""
        return None if self.finished is None else self.finished.accepted


class Recorder:
    """The ends that are not written yet. A verdict that the store cannot take is tried again until it can."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        planner: Planner,
        starts: Callable[[], int],
        on_recorded: Callable[[Recorded], None],
    ) -> None:
        """Take what writing needs; `starts()` counts the runs that were started so far."""
        self._store, self._clock, self._planner = store, clock, planner
        self._starts, self._on_recorded = starts, on_recorded
        self._ended: list[Ended] = []
        self._pending: dict[str, int] = {}  # how many verdicts of each job
        self._writing: asyncio.Task[None] | None = None
        self._refused: asyncio.Future[None] | None = None
        self._hurry = False
        self._give_up = False

    @property
    def idle(self) -> bool:
        """Whether every verdict is recorded."""
        return not self._pending

    def put(self, ended: Ended) -> None:
        """Have the verdict written soon."""
        self._ended.append(ended)
        uid = ended.claim.job.uid
        self._pending[uid] = self._pending.get(uid, 0) + 1
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all(), name="recorder")

    async def settle(self, uids: Iterable[str]) -> None:
        """Return once no verdict of these jobs is pending: who plans them must see what has ended.

        Raises StoreError when the store does not take them now.
        """
        if not self._pending.keys().isdisjoint(uids):
            await self.settle_all()

    async def settle_all(self) -> None:
        """Return once no verdict is pending. Raises StoreError when the store does not take one now."""
        if self._writing is None:
            return
        self._hurry = True
        if self._refused is None:
            self._refused = asyncio.get_running_loop().create_future()
        refused = self._refused
        await asyncio.wait([self._writing, refused], return_when=asyncio.FIRST_COMPLETED)
        if refused.done():
            raise StoreError("verdicts of ended runs could not be written, so nothing can be planned on them")

    def give_up(self) -> None:
        """From now on drop what the store cannot take; at the next start those runs are interrupted."""
        self._give_up = True

    async def _write_all(self) -> None:
        try:
            while self._ended:
                await self._let_others_start()
                batch, self._ended = self._ended[:ENDS_A_UNIT], self._ended[ENDS_A_UNIT:]
                await self._write(batch)
        finally:
            self._writing, self._hurry = None, False

    async def _let_others_start(self) -> None:
        begun = self._clock.monotonic()
        started, quiet_turns = self._starts(), 0
        while quiet_turns < QUIET_TURNS and not self._hurry and self._clock.monotonic() - begun < PATIENCE_SECONDS:
            await asyncio.sleep(0)
            quiet_turns = quiet_turns + 1 if started == self._starts() else 0
            started = self._starts()

    async def _write(self, batch: list[Ended]) -> None:
        while True:
            try:
                recorded = await self._store.write(partial(self._finish_all, batch=batch))
            except StoreError as error:  # the store tells it
                self._tell_waiting()
                if self._give_up or faults.is_final(error):
                    _say_lost(batch, error)
                    recorded = [Recorded(ended, None) for ended in batch]
                    break
                await self._clock.sleep(RETRY_SECONDS)
                if len(batch) > 1 and isinstance(error, StateFullError):
                    # Where there is room for a part of it, that part is written.
                    middle = len(batch) // 2
                    await self._write(batch[:middle])
                    await self._write(batch[middle:])
                    return
            except Exception:
                # A unit that raises is undone whole: one by one, a bug costs one run its verdict and not all.
                if len(batch) > 1:
                    for ended in batch:
                        await self._write([ended])
                    return
                facts = {"event": "verdict_failed", "run": batch[0].claim.run.id}
                log.exception("Writing the verdict failed", extra=facts)
                recorded = [Recorded(batch[0], None)]
                break
            else:
                break
        for one in recorded:
            self._forget(one.ended.claim.job.uid)
            self._on_recorded(one)

    def _finish_all(self, tx: Transaction, batch: list[Ended]) -> list[Recorded]:
        room = self._planner.room(tx)
        return [
            Recorded(
                ended,
                self._planner.finish(
                    tx, ended.claim, status=ended.status, outcome=ended.outcome, now=ended.at, room=room
                ),
            )
            for ended in batch
        ]

    def _tell_waiting(self) -> None:
        refused, self._refused = self._refused, None
        if refused is not None:
            refused.set_result(None)

    def _forget(self, uid: str) -> None:
        left = self._pending.pop(uid) - 1
        if left:
            self._pending[uid] = left


def _say_lost(batch: list[Ended], error: StoreError) -> None:
    runs = ", ".join(ended.claim.run.id for ended in batch[:10])
    facts = {"event": "verdicts_lost", "runs": runs, "error": str(error)}
    log.error("Verdicts not written, the next start finds these runs interrupted", extra=facts)
