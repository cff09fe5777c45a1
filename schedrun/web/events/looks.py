"""Looking what has changed in the ledger since the last look: so much at most, however much there is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from schedrun.core.run.page import Ordered
from schedrun.core.run.state import RunState
from schedrun.protocols import Reader
from schedrun.web.events.hints import Hint, JobHint, RunHint, Sync

MOST_NAMED = 200
"""So many jobs, and so many runs, are named after one look; where more changed, none is."""

MOST_ACTIVE = 1_000
"""So many active runs are told from one another; of more, what happens to one of them is not looked for."""


class Seen(NamedTuple):
    """What there was at a look. `active` is by id, None where there were too many."""

    synced_at: datetime | None
    job_change: int
    last_run: Ordered[RunState] | None
    active: Mapping[str, RunState] | None


class Found(NamedTuple):
    """What there is at a look, and what that changed; None where it is too much to be named."""

    seen: Seen
    hints: Sequence[Hint] | None


def first(reader: Reader) -> Seen:
    """Return what there is."""
    return Seen(reader.synced_at(), reader.last_job_change(), reader.last_run_state(), _active(reader))


def again(reader: Reader, before: Seen) -> Found:
    """Return what there is and what is new since `before`."""
    now = first(reader)
    jobs = [each.record for each in reader.jobs_changed(after=before.job_change, limit=MOST_NAMED + 1)]
    runs = _changed_runs(reader, before, now)
    if runs is None or len(jobs) > MOST_NAMED or len(runs) > MOST_NAMED:
        return Found(now, None)
    synced = [Sync()] if now.synced_at != before.synced_at else []
    return Found(now, [*synced, *map(JobHint, jobs), *_run_hints(reader, runs)])


def _active(reader: Reader) -> Mapping[str, RunState] | None:
    active = reader.active_states(limit=MOST_ACTIVE + 1)
    return {state.id: state for state in active} if len(active) <= MOST_ACTIVE else None


def _changed_runs(reader: Reader, before: Seen, now: Seen) -> Sequence[RunState] | None:
    """Return the runs that are new or otherwise than before; None where that cannot be said."""
    if before.active is None or now.active is None:
        return None
    new = _new_runs(reader, before.last_run)
    if new is None:
        return None
    known = before.active
    gone = reader.run_states(known.keys() - now.active.keys())
    moved = (state for state in now.active.values() if state.id in known and state != known[state.id])
    named = {state.id: state for state in (*gone, *moved, *new)}
    return list(named.values())


def _new_runs(reader: Reader, last: Ordered[RunState] | None) -> Sequence[RunState] | None:
    """Return what was recorded behind `last`; None when that is too much, or when it was forgotten."""
    if last is None:
        return [each.record for each in reader.run_states_from(1, limit=MOST_NAMED + 1)]
    # From itself on: where another run has its ordinal by now, nothing is known of what came behind it.
    found = reader.run_states_from(last.ordinal, limit=MOST_NAMED + 2)
    if not found or found[0].record.id != last.record.id:
        return None
    return [each.record for each in found[1:]]


def _run_hints(reader: Reader, runs: Iterable[RunState]) -> Iterator[Hint]:
    runs = list(runs)
    keys = reader.keys({run.job_uid for run in runs}) if runs else {}
    return (RunHint(run.id, keys[run.job_uid], run.status) for run in runs if run.job_uid in keys)
