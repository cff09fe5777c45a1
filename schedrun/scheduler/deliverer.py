"""Delivers what was queued for people: a task of its own, which no run ever waits for."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from schedrun.core.errors import NotDeliveredError, StoreError
from schedrun.core.ids import JobKey, log_name
from schedrun.core.run import notice as notices
from schedrun.core.run import tail
from schedrun.core.run.message import Message
from schedrun.core.run.notice import Delivery
from schedrun.core.run.recorded import Event
from schedrun.core.run.run import Run
from schedrun.core.spec.notify import Channel, channel_id, kind_of
from schedrun.protocols import Clock, Notifiers, Reader, Store, Transaction
from schedrun.scheduler import waiting
from schedrun.scheduler.telling import channels_of
from schedrun.stores import faults, logs
from schedrun.stores.faults import UnreadableJobError

log = logging.getLogger(__name__)

AT_ONCE = 8
"""How many deliveries are tried at the same time."""

OF_ONE_CHANNEL = 4
"""How many of these to one channel: a server that does not answer must not keep others from being told."""

OF_FAILING_ONES = AT_ONCE // 2
"""How many of these to all channels together of which the last try failed, for the same reason."""

LOOKED_AT = 200
"""How many deliveries one look finds."""

RETRY_SECONDS = 1.0
"""How long to wait before the ledger is asked again that could not be read or written."""

STOP_SECONDS = 5.0
"""How long an end waits for what is due to be delivered; the rest is left to the next start."""

_LONGEST_LOG = 64 << 20
"""Of an output of more characters the end is not looked for."""


class _Found(NamedTuple):
    """What a delivery is about; `channel` is None where the job's spec names it no more, `run` has its output."""

    channel: Channel | None
    message: Message
    run: Run | None


class _Room:
    """How many more may be tried at once, given the channels of those that are, and the channels that are failing."""

    def __init__(self, going: Iterable[str], failing: Collection[str]) -> None:
        self._failing, self._of_failing_ones = failing, 0
        self._busy: Counter[str] = Counter()
        for channel in going:
            self.enter(channel)

    def enter(self, channel: str) -> None:
        """Count one more to this channel."""
        self._busy[channel] += 1
        self._of_failing_ones += channel in self._failing

    def is_left(self, channel: str) -> bool:
        """Whether one more may be tried to this channel."""
        crowded = channel in self._failing and self._of_failing_ones >= OF_FAILING_ONES
        return not crowded and self._busy[channel] < OF_ONE_CHANNEL

    def full(self) -> frozenset[str]:
        """Return the channels to which no more is sent until something ends."""
        return frozenset(channel for channel in {*self._busy, *self._failing} if not self.is_left(channel))


class Deliverer:
    """Tries each delivery until it succeeds, `notices.TRIES` times at most; whoever is told twice knows by the id."""

    def __init__(self, *, store: Store, clock: Clock, notifiers: Notifiers, logs_dir: Path | None = None) -> None:
        """Take what delivering needs; `logs_dir` is the folder of outputs that outgrow the ledger, if there is one."""
        self._store, self._clock, self._notifiers, self._logs_dir = store, clock, notifiers, logs_dir
        self._going: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._failing: set[str] = set()  # channels
        self._wanted = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to deliver, what was left over first."""
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._serve(), name="deliverer")

    def wake(self) -> None:
        """Look for deliveries soon; any thread may say so, also before the unit that queues them is written."""
        loop = self._loop
        if loop is not None:
            loop.call_soon_threadsafe(self._wanted.set)

    async def stop(self, *, at_once: bool = False) -> None:
        """Deliver what is due, for STOP_SECONDS at most or not at all, then stop."""
        task, self._task, self._loop = self._task, None, None
        if task is None:
            return
        task.cancel()
        await asyncio.wait([task])
        if not at_once:
            rest = asyncio.create_task(self._deliver_due(), name="last deliveries")
            await asyncio.wait([rest], timeout=STOP_SECONDS)
            rest.cancel()
            await asyncio.wait([rest])
        going = tuple(self._going.values())
        for each in going:
            each.cancel()
        if going:
            await asyncio.wait(going)

    async def _serve(self) -> None:
        while True:
            self._wanted.clear()
            seconds: float | None = RETRY_SECONDS
            try:
                seconds = await self._begin_due()
            except StoreError as error:  # the store tells it
                if faults.is_final(error):
                    return
            except Exception:
                log.exception("Looking for notices failed", extra={"event": "delivering_failed"})
            await waiting.for_hint(self._wanted, clock=self._clock, seconds=seconds)

    async def _deliver_due(self) -> None:
        """Return once nothing is due any more."""
        while True:
            try:
                await self._begin_due()
            except StoreError:
                return  # what is due stays so
            if not self._going:
                return
            await asyncio.wait(self._going.values(), return_when=asyncio.FIRST_COMPLETED)

    async def _begin_due(self) -> float | None:
        """Begin what is due, as far as there is room; return when to look again, None when something ends or comes."""
        looks = True
        while looks:
            full = self._room().full()
            # As a unit of work: units are written in order, so what was queued by the one that woke us is there.
            found = await self._store.write(partial(_open_deliveries, besides=full))
            now = self._clock.now()
            for delivery in self._startable(found, now):
                self._begin(delivery)
            # Behind what waits for channels that have become full there may be others.
            looks = len(found) == LOOKED_AT and len(self._going) < AT_ONCE and full != self._room().full()
        later = [each.next_at for each in found if not notices.is_due(each, now=now)]
        return (min(later) - now).total_seconds() if later else None

    def _begin(self, delivery: Delivery) -> None:
        key = (delivery.notice_id, delivery.channel)
        task = self._going[key] = asyncio.create_task(self._deliver(delivery), name=f"notice {delivery.notice_id}")
        task.add_done_callback(partial(self._ended, key))

    def _room(self) -> _Room:
        return _Room((channel for _, channel in self._going), self._failing)

    def _startable(self, found: Sequence[Delivery], now: datetime) -> Sequence[Delivery]:
        room = self._room()
        chosen: list[Delivery] = []
        for each in found:
            if len(self._going) + len(chosen) == AT_ONCE:
                break
            waits = (each.notice_id, each.channel) in self._going or not notices.is_due(each, now=now)
            if not waits and room.is_left(each.channel):
                room.enter(each.channel)
                chosen.append(each)
        return chosen

    def _ended(self, key: tuple[str, str], task: asyncio.Task[None]) -> None:
        del self._going[key]
        self._wanted.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            facts = {"event": "delivering_failed", "notice": key[0]}
            log.error("Noting a delivery failed", extra=facts, exc_info=error)

    async def _deliver(self, delivery: Delivery) -> None:
        job, way, reason = "", "", None
        try:
            found = await self._store.read(partial(_find, delivery=delivery))
            if found is None or found.channel is None:
                facts = {"event": "notice_dropped", "notice": delivery.notice_id}
                log.info("Notice dropped: its job does not name this address any more", extra=facts)
            else:
                job, way = found.message.job, kind_of(found.channel)
                await self._notifiers.send(found.channel, await self._with_tail(found))
        except UnreadableJobError:
            reason = "the recorded job cannot be read"
        except NotDeliveredError as error:
            reason = error.reason
            self._failing.add(delivery.channel)
        except StoreError:  # the store tells it
            await self._clock.sleep(RETRY_SECONDS)
            return
        except Exception as error:  # a bug; it would be tried without a pause if it did not count
            facts = {"event": "delivering_failed", "notice": delivery.notice_id}
            log.exception("Delivering a notice failed", extra=facts)
            reason = f"a bug of schedrun: {type(error).__name__}"
        if reason is None:
            self._failing.discard(delivery.channel)
            await self._write(lambda tx: tx.end_delivery(delivery))
            if way:
                facts = {"event": "notice_delivered", "job": job, "notice": delivery.notice_id, "way": way}
                log.info("Notice delivered", extra=facts)
        else:
            await self._fail(delivery, job=job, way=way, reason=reason)

    async def _with_tail(self, found: _Found) -> Message:
        """Return the message with the end of what its run printed."""
        run = found.run
        if run is None:
            return found.message
        output = run.output or ""
        path = None if self._logs_dir is None else self._logs_dir / log_name(run.id, run.attempt)
        text = tail.of(output)
        if path is not None and path.exists():
            text = await asyncio.to_thread(_end_of, path) or text
        return replace(found.message, run=run._replace(output=None), log_tail=text)

    async def _fail(self, delivery: Delivery, *, job: JobKey, way: str, reason: str) -> None:
        now = self._clock.now()
        following = notices.next_try(delivery, now=now)
        told = {"job": job, "notice": delivery.notice_id, "way": way, "reason": reason}
        if following is None:
            await self._write(partial(_give_up, delivery=delivery, event=Event(now, "notice_given_up", {**told})))
            log.error("Notice given up", extra={"event": "notice_given_up", "tries": notices.TRIES, **told})
        else:
            await self._write(lambda tx: tx.put_delivery(following))
            facts = {"event": "notice_delayed", "next_at": following.next_at, **told}
            log.warning("Notice not delivered, trying again", extra=facts)

    async def _write(self, unit: Callable[[Transaction], object]) -> None:
        """Write, trying until the store takes it: until then nobody else tries this delivery."""
        while True:
            try:
                await self._store.write(unit)
            except StoreError as error:  # the store tells it
                if faults.is_final(error):
                    return
                await self._clock.sleep(RETRY_SECONDS)
            else:
                return


def _open_deliveries(tx: Transaction, *, besides: frozenset[str]) -> Sequence[Delivery]:
    return tx.deliveries(limit=LOOKED_AT, besides=besides)


def _give_up(tx: Transaction, delivery: Delivery, event: Event) -> None:
    if tx.end_delivery(delivery):
        tx.add_event(event)


def _find(reader: Reader, delivery: Delivery) -> _Found | None:
    notice = reader.notice(delivery.notice_id)
    job = None if notice is None else reader.job(notice.job_uid)
    if notice is None or job is None:
        return None
    channels = channels_of(job.spec, notice.kind)
    channel = next((each for each in channels if channel_id(each) == delivery.channel), None)
    run = None if notice.run_id is None else reader.run(notice.run_id)
    spec = job.spec
    return _Found(channel, Message(notice, job.key, spec.owner, spec.description, spec.labels), run)


def _end_of(path: Path) -> str:
    """Return the end of the output in a file; nothing where that cannot be told, or not soon."""
    kept, length = "", 0
    try:
        for piece in logs.read(path):
            kept, length = (kept + piece)[-4 * tail.CHARACTERS :], length + len(piece)
            if length > _LONGEST_LOG:
                return ""
    except OSError:
        return ""
    return tail.of(kept)
