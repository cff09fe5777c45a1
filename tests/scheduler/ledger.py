"""What a scheduler has recorded, and a function for jobs that need not run."""

from schedrun import TaskScheduler
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span


async def runs_of(scheduler: TaskScheduler) -> list[Run]:
    """Return every run, oldest first."""
    engine = scheduler._live.engine
    assert engine is not None
    return list(reversed(await engine.store.read(lambda reader: reader.runs(limit=1000))))


async def spans_of(scheduler: TaskScheduler) -> list[Span]:
    """Return every span, oldest first."""
    engine = scheduler._live.engine
    assert engine is not None
    return list(reversed(await engine.store.read(lambda reader: reader.spans(limit=1000))))


def other() -> None:
    """Do nothing, under another name."""
