"""A process that ends in the middle of applying leaves no trace, and the next one converges."""

import pytest

from schedrun.core.plan.desired import Desired
from schedrun.core.run.run import Run
from schedrun.core.status import RunKind, RunStatus
from tests.core.plan.builders import declared, desired, job, row
from tests.reconcile.ledger import Crash, Ledger, paused_by
from tests.reconcile.quarters import CURSOR, NOW, at


def before() -> Ledger:
    """Return a ledger with a job for each kind of change."""
    held = Ledger(NOW)
    for key in ("a/edited", "a/moves", "a/goes", "a/pauses", "a/same", "a/elsewhere", "b/one", "b/two", "b/three"):
        held.put(row(key, cursor=CURSOR))
    held.put(row("a/resumes", job(paused=True), cursor=CURSOR))
    held.put(row("a/overridden", cursor=CURSOR, override=paused_by("ann", since=CURSOR)))
    held.put(row("a/returns", cursor=CURSOR, removed_at=CURSOR))
    held.put(row("a/held", cursor=CURSOR, held="too many at once"))
    held.insert(Run("waits", "uid of a/goes", at(11), RunKind.SCHEDULED, RunStatus.QUEUED, CURSOR))
    return held


def wanted() -> Desired:
    """Return manifests that ask for every kind of change at once."""
    specs = {
        "a/edited": job(schedule={"every": "20m"}),
        "a/moved": job(moved_from="moves"),
        "a/pauses": job(paused=True),
        "a/same": job(),
        "a/resumes": job(),
        "a/overridden": job(schedule={"every": "20m"}),
        "a/returns": job(),
        "a/held": job(),
        "a/new": job(),
        "a/past": job(schedule={"at": "2026-07-01T09:00:00Z"}),
    }
    elsewhere = declared("a/elsewhere", file="other.yaml", line=9)
    return desired([*(declared(key, spec) for key, spec in specs.items()), elsewhere])


def test_a_crash_between_any_two_steps_converges() -> None:
    """Whichever call is the last, nothing stands; applied anew, everything does."""
    whole = before()
    whole.reconcile(wanted())
    assert whole.watched is not None
    calls = whole.watched.calls
    assert {"put_job", "insert_run", "insert_span", "drop_run", "put_sync"} <= set(calls)
    for crash_at in range(len(calls)):
        crashed = before()
        untouched = crashed.everything()
        plan = crashed.plan(wanted())
        with pytest.raises(Crash):
            crashed.apply(plan, crash_at=crash_at)
        assert untouched == crashed.everything()
        crashed.apply(plan)
        assert whole.everything() == crashed.everything()


def test_a_crash_after_the_commit_converges() -> None:
    """The next process plans anew: there is nothing left to write."""
    held = before()
    held.reconcile(wanted())
    done = held.everything()
    applied = held.reconcile(wanted())
    assert (done, (), ()) == (held.everything(), applied.changes, applied.claims)
