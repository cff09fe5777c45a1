"""The verb `prune`: forget old history, a bounded part of it for each request."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from schedrun.core.run.recorded import Request
from schedrun.core.run.retention import Pruned, Retention
from schedrun.protocols import Clock
from schedrun.reconcile.requests import Answer, BadRequestError, Verb
from schedrun.scheduler.pruning import Pruning, would_prune
from schedrun.scheduler.rows import Live
from schedrun.settings import OFF

PRUNE = "prune"
"""Forget what is older than `keep_for` (seconds) or beyond `keep_runs`, each `off` for no bound and left out for that
of the service; with `dry_run` only say what would go."""

UNITS_A_REQUEST = 10
"""How many units of work one request does: requests of other people wait no longer for their turn than these take."""


def verb(live: Live, *, logs_dir: Path | None, retention: Retention, clock: Clock) -> Verb:
    """Return the verb; `retention` holds where a request says nothing else.

    The answer counts the `runs`, `spans` and `records` that went and the `logs` that were deleted; while there is
    `more` to forget, the same is to be asked again.
    """

    async def answer(request: Request) -> Answer:
        wanted = _wanted(request.arguments, retention)
        if request.arguments.get("dry_run"):
            now = clock.now()
            return view(await live.store.read(lambda reader: would_prune(reader, wanted, now=now)))
        pruning = Pruning(live.store, wanted, clock=clock, logs_dir=logs_dir)
        more = await pruning.go_on(units=UNITS_A_REQUEST)
        if not more:
            await pruning.delete_orphans()
        return view(pruning.pruned, logs=pruning.logs, more=more)

    return answer


def view(pruned: Pruned, *, logs: int = 0, more: bool = False) -> dict[str, Any]:
    """Return the answer for programs."""
    return {**pruned._asdict(), "logs": logs, "more": more}


def arguments(retention: Mapping[str, object], *, dry_run: bool) -> dict[str, object]:
    """Return what a request says; `retention` holds the fields of a `Retention` that were given."""
    said: dict[str, object] = {"dry_run": dry_run}
    for name, value in retention.items():
        if value is None:
            said[name] = OFF
        else:
            said[name] = value.total_seconds() if isinstance(value, timedelta) else value
    return said


def _wanted(said: Mapping[str, object], retention: Retention) -> Retention:
    wanted = retention
    if (keep_for := said.get("keep_for")) is not None:
        wanted = replace(wanted, keep_for=None if keep_for == OFF else timedelta(seconds=_positive(keep_for)))
    if (keep_runs := said.get("keep_runs")) is not None:
        wanted = replace(wanted, keep_runs=None if keep_runs == OFF else int(_positive(keep_runs)))
    return wanted


def _positive(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < timedelta.max.total_seconds():
        return value
    raise BadRequestError(f"what is kept is a number above zero or `{OFF}`, not {value!r}")
