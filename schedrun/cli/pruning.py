"""What `schedrun state prune` does: ask whoever is active until nothing is left to forget."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from schedrun.cli import control, options
from schedrun.clock import SystemClock
from schedrun.reconcile import prune_verb
from schedrun.reconcile.perform import perform
from schedrun.reconcile.requests import Verb
from schedrun.scheduler.pruning import would_prune
from schedrun.scheduler.rows import Live
from schedrun.settings import Settings
from schedrun.stores import readonly
from schedrun.stores.lock import StateLock


def prune(state: Path, *, keep_for: str | None, keep_runs: str | None, dry_run: bool) -> dict[str, Any]:
    """Forget, or with `dry_run` count, what the bounds let go; return how much that is.

    Raises click.UsageError for a bound that makes no sense, StateMissingError without a state, SchedrunError when the
    service refuses or does not answer.
    """
    settings = options.settings(state=state, keep_for=keep_for, keep_runs=keep_runs)
    readonly.open_reader(state).close()  # nothing is made by pruning
    control.leave_words_to_the_answer()
    if dry_run and not _in_use(state):
        now = SystemClock().now()
        counted = readonly.ask(state, lambda reader: would_prune(reader, settings.retention, now=now))
        return _told(prune_verb.view(counted))
    given = {"keep_for": (keep_for, settings.keep_for), "keep_runs": (keep_runs, settings.keep_runs)}
    said = {name: value for name, (flag, value) in given.items() if flag is not None}
    return asyncio.run(_ask(settings, prune_verb.arguments(said, dry_run=dry_run)))


async def _ask(settings: Settings, arguments: dict[str, object]) -> dict[str, Any]:
    clock, total = SystemClock(), Counter[str]()

    def here(live: Live) -> Mapping[str, Verb]:
        retention, logs_dir = settings.retention, settings.logs_dir
        return {prune_verb.PRUNE: prune_verb.verb(live, logs_dir=logs_dir, retention=retention, clock=clock)}

    more = True
    while more:
        request = control.request(prune_verb.PRUNE, arguments, clock=clock)
        performed = await perform(request, state=settings.state, verbs=here, clock=clock)
        answer: dict[str, Any] = dict(performed.answer)
        more = answer["more"]
        total.update(_told(answer))
    return {name: total[name] for name in ("runs", "spans", "records", "logs")}


def _told(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: count for name, count in answer.items() if name != "more"}


def _in_use(state: Path) -> bool:
    """Whether a process is active on the state."""
    lock = StateLock(state)
    free = lock.try_acquire(None, SystemClock().now())
    lock.release()
    return not free
