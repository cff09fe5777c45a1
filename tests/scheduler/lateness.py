"""Jobs that expect something, and how they come to be late."""

from typing import Any

from schedrun.core.run.lateness import Late
from schedrun.core.run.recorded import Event
from tests.scheduler.rig import Rig
from tests.virtual import VirtualClock, settle

SUCCEED: dict[str, Any] = {"must_succeed_within": "150s"}
"""For jobs that fire every minute: late when two have failed, and half a minute passes."""
FINISH: dict[str, Any] = {"must_finish_by": "12:05", "schedule": {"every": "2m", "anchor": "2026-06-01T12:00:00Z"}}
"""The newest fire before the deadline comes at 12:04."""


async def late(rig: Rig, uid: str = "a") -> Late | None:
    return (await rig.store.read(lambda reader: reader.late_of([uid]))).get(uid)


async def breaches(rig: Rig) -> list[Event]:
    """Return the event rows of breaches, oldest first."""
    return [event for event in reversed(await rig.events()) if event.name == "job_late"]


async def end_all(rig: Rig, *, well: bool) -> None:
    for context in rig.work.begun:
        if rig.work.goes_on(context.run_id):
            (rig.work.finish if well else rig.work.fail)(context.run_id)
    await settle()


async def minutes(rig: Rig, clock: VirtualClock, ends: str) -> None:
    """Let a minute pass for each letter, and whatever runs then end well (.), badly (x) or not (-)."""
    for end in ends:
        await clock.advance(60)
        if end != "-":
            await end_all(rig, well=end == ".")
