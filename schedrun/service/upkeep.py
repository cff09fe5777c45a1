"""What goes on beside an engine while it is active: edits are followed, requests answered, old history forgotten."""

import asyncio
import logging
from collections.abc import Coroutine, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from schedrun.core.errors import StoreError
from schedrun.core.run.retention import Retention
from schedrun.protocols import Clock
from schedrun.reconcile import prune_verb, requests, verbs
from schedrun.reconcile.requests import Verb
from schedrun.scheduler.engine import Engine
from schedrun.scheduler.pruning import prune
from schedrun.service.manifests import Manifests

log = logging.getLogger(__name__)

LOOK_FOR_REQUESTS_SECONDS = 0.25
PRUNE_SECONDS = 3600.0
"""How long after one look for history that may be forgotten the next one comes."""


class Upkeep:
    """A `Companion` of each engine that its scheduler has, from one start to the next.

    Without `manifests` none are followed; with `only_answers` set everything but requests is left alone.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        retention: Retention,
        logs_dir: Path | None,
        manifests: Manifests | None = None,
    ) -> None:
        self._clock, self._retention, self._logs_dir = clock, retention, logs_dir
        self.only_answers = False
        self.manifests = manifests
        self._engine: Engine | None = None
        self._verbs: Mapping[str, Verb] = {}
        self._stopping = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._answering: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    def take(self, manifests: Manifests, *, retention: Retention) -> None:
        """Follow these manifests from the next start on, and forget what `retention` lets go."""
        self.manifests, self._retention = manifests, retention

    def begin(self, engine: Engine) -> None:
        """See `Companion.begin`."""
        self._engine, self._stopping = engine, asyncio.Event()
        self._verbs = self._known(engine)
        self._answering = self._begin(self._answer_requests(engine), name="answer requests")
        if self.only_answers:
            return
        if self.manifests is not None:
            self._begin(self.manifests.follow(stop=self._stopping), name="follow edits")
            self._begin(self.manifests.repeat(), name="reconcile now and then")
        self._begin(self._prune_hourly(engine), name="prune hourly")
        self._begin(self._verify_state(engine), name="verify the state")

    async def hold(self) -> None:
        """See `Companion.hold`.

        Requests are answered until the drain is over: it may wait for the very run that someone wants to cancel.
        """
        self._stopping.set()
        await cancelled(self._tasks - {self._answering})

    async def end(self) -> None:
        """See `Companion.end`."""
        self._stopping.set()
        await cancelled(self._tasks)
        self._engine = self._answering = None

    async def answer_now(self) -> None:
        """Answer what this process asks itself: only what others have written is seen from the ledger's version."""
        engine = self._engine
        if engine is not None:
            with suppress(StoreError):  # the store tells it, and who asked sees that nothing was answered
                await self._answer_open(engine)

    def _begin(self, work: Coroutine[Any, Any, None], *, name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _known(self, engine: Engine) -> Mapping[str, Verb]:
        prunes = prune_verb.verb(engine, logs_dir=self._logs_dir, retention=self._retention, clock=self._clock)
        of_manifests = {} if self.manifests is None else self.manifests.verbs()
        return {**of_manifests, **verbs.control_verbs(engine, clock=self._clock), prune_verb.PRUNE: prunes}

    async def _answer_open(self, engine: Engine) -> None:
        async with self._turn:
            await requests.answer_open(engine.store, self._verbs, clock=self._clock)

    async def _answer_requests(self, engine: Engine) -> None:
        """Look four times a second whether another process has written, and answer what it asks."""
        seen: int | None = None
        while True:
            try:
                version = engine.store.version()
                if version != seen:
                    seen = version
                    await self._answer_open(engine)
            except StoreError:  # the store tells it
                seen = None  # what was not answered is still open
            await self._clock.sleep(LOOK_FOR_REQUESTS_SECONDS)

    async def _prune_hourly(self, engine: Engine) -> None:
        """Forget what is too old or too much, now and each hour."""
        while True:
            try:
                await prune(engine.store, self._retention, clock=self._clock, logs_dir=self._logs_dir)
            except (StoreError, OSError) as error:
                facts = {"event": "pruning_failed", "error": str(error)}
                log.warning("Old history not forgotten, trying again in an hour", extra=facts)
            except Exception:
                log.exception("Old history not forgotten", extra={"event": "pruning_failed"})
            await self._clock.sleep(PRUNE_SECONDS)

    async def _verify_state(self, engine: Engine) -> None:
        """Look at what the start left out of a large state; damage ends the service."""
        with suppress(StoreError):  # the engine's store tells it, and ends the service where no waiting mends it
            await engine.store.verify()


async def cancelled(tasks: Iterable[asyncio.Task[None] | None]) -> None:
    """Cancel the tasks and return when each has ended."""
    going = {task for task in tasks if task is not None}
    for task in going:
        task.cancel()
    if going:
        await asyncio.wait(going)
