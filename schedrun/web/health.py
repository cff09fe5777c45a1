"""Whether a process works and whether it is ready, each with the reasons why not."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from schedrun.core.errors import StoreError
from schedrun.core.run.recorded import Session, SyncRecord
from schedrun.protocols import Reader, Transaction
from schedrun.scheduler.engine import Engine
from schedrun.scheduler.live import LiveScheduler
from schedrun.service.upkeep import Upkeep

OLDEST = timedelta(seconds=60)
"""How long ago the last reconcile, and the last sign of life of the active process, may be."""

WRITE_SECONDS = 5.0
"""How long one try to write holds: probes need no token, and must not wear out a disk."""


class Health:
    """What `/healthz` and `/readyz` ask of one process."""

    def __init__(self, live: LiveScheduler, upkeep: Upkeep) -> None:
        self._live, self._upkeep = live, upkeep
        self._written: tuple[float, Engine, str | None] | None = None

    def faults(self) -> Sequence[str]:
        """Return why this process can do nothing any more and should be started anew; nothing when all is well."""
        engine = self._live.engine
        return [] if engine is None or engine.failure is None else [str(engine.failure)]

    async def hindrances(self) -> Sequence[str]:
        """Return why this process is not ready; nothing when it is."""
        engine = self._live.engine
        if not self._live.started:
            return ["the scheduler is not started"]
        if engine is not None and (engine.failure is not None or (cannot := await self._cannot_write(engine))):
            return [str(engine.failure or cannot)]
        try:
            ledger = await self._live.ledger()
            sync, last = await ledger.read(_recorded)
        except StoreError as error:
            return [str(error)]
        now = self._live.clock.now()
        return [*(_of_standby(last, now) if engine is None else ()), *self._of_manifests(sync, now)]

    def _of_manifests(self, sync: SyncRecord | None, now: datetime) -> Sequence[str]:
        manifests = self._upkeep.manifests
        if manifests is None:
            return []
        if sync is None:
            return ["no manifests were applied yet"]
        found = [f"broken: {file}" for file in dict.fromkeys(fault.position.file for fault in sync.broken)]
        if manifests.failing is not None and self._live.engine is not None:
            found.append(f"the manifests could not be applied: {manifests.failing}")
        if now - sync.at > OLDEST:
            found.append(f"the manifests were applied last at {sync.at:%Y-%m-%d %H:%M:%S} UTC")
        return found

    async def _cannot_write(self, engine: Engine) -> str | None:
        """Say on the ledger that the process is alive; return why that cannot be."""
        now = self._live.clock.monotonic()
        if self._written is not None and self._written[1] is engine and now - self._written[0] < WRITE_SECONDS:
            return self._written[2]
        cannot: str | None = None
        try:
            await engine.store.write(partial(_say_alive, now=self._live.clock.now()))
        except StoreError as error:
            cannot = str(error)
        self._written = now, engine, cannot
        return cannot


def _recorded(reader: Reader) -> tuple[SyncRecord | None, Session | None]:
    return reader.sync(), reader.last_session()


def _say_alive(tx: Transaction, *, now: datetime) -> None:
    last = tx.last_session()
    if last is not None and last.ended_at is None:
        tx.put_session(replace(last, alive_at=max(last.alive_at, now)))


def _of_standby(last: Session | None, now: datetime) -> Sequence[str]:
    if last is None or last.ended_at is not None:
        return ["no process is active"]
    if now - last.alive_at > OLDEST:
        return [f"the active process was heard of last at {last.alive_at:%Y-%m-%d %H:%M:%S} UTC"]
    return []
