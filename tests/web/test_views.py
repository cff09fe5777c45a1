"""Rows of jobs that are kept from answer to answer say what they would say anew."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedrun.core.run.lateness import Lateness
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import Override, RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.schedule import fires
from schedrun.core.schedule.fires import Fires
from schedrun.core.spec.job import Job
from schedrun.core.status import RunKind, RunStatus
from schedrun.protocols import Reader
from schedrun.render.job_view import JobView
from schedrun.stores.memory import MemoryStore
from schedrun.web.views import Views
from tests.contracts.ledger import a_job
from tests.reconcile.ledger import at_once

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
STEPS = (
    "pause",
    "resume",
    "start",
    "succeed",
    "fail",
    "edit",
    "move",
    "a minute",
    "an hour",
    "ahead",
    "hold",
    "late",
    "timely",
    "look",
)


def compiled(job: RecordedJob) -> Fires:
    """Return the job's fires."""
    return fires.of(job.spec, key=job.key)


class World:
    """One job, its runs, and a clock."""

    def __init__(self) -> None:
        self.store, self.now, self.runs = MemoryStore(), NOON, 0
        self.put(a_job(spec=self.spec("17 * * * *"), cursor=NOON))

    def spec(self, cron: str) -> Job:
        return Job.model_validate({"schedule": {"cron": cron}, "target": {"command": ["true"]}})

    def put(self, job: RecordedJob) -> None:
        at_once(self.store.write(lambda tx: tx.put_job(job)))

    def job(self) -> RecordedJob:
        (job,) = at_once(self.store.read(lambda reader: reader.jobs()))
        return job

    def step(self, name: str) -> None:
        """Let something happen."""
        job, now = self.job(), self.now
        match name:
            case "pause":
                self.put(job._replace(override=Override(None, "ana", now, now + timedelta(minutes=90))))
            case "resume":
                self.put(job._replace(override=None, cursor=now))
            case "start":
                self.runs += 1
                run = Run(f"r{self.runs}", job.uid, now, RunKind.MANUAL, RunStatus.QUEUED, now)
                at_once(self.store.write(lambda tx: tx.insert_run(run)))
                at_once(self.store.write(lambda tx: tx.start_run(run.id, at=now)))
            case "succeed" | "fail":
                status = RunStatus.SUCCEEDED if name == "succeed" else RunStatus.FAILED
                last = f"r{self.runs}"
                at_once(
                    self.store.write(
                        lambda tx: tx.finish_run(last, attempt=1, status=status, at=now, outcome=Outcome())
                    )
                )
            case "edit":
                self.put(job._replace(spec=self.spec("5 3 * * *"), revision=f"{now:%H%M}"))
            case "move":
                self.put(job._replace(line=(job.line or 0) + 1))
            case "a minute":
                self.now += timedelta(minutes=1)
            case "an hour":
                self.now += timedelta(hours=1)
            case "ahead":
                self.put(job.at_cursor(now + timedelta(hours=2)))
            case "hold":
                self.put(job._replace(held="2 of 3 would go"))
            case "late" | "timely":
                since = now if name == "late" else None
                kept = Lateness(job.uid, None, timedelta(hours=1), NOON, NOON, unsucceeded_since=since)
                at_once(self.store.write(lambda tx: tx.put_lateness(kept)))

    def look(self, views: Views) -> tuple[JobView, list[datetime]]:
        """Return the row and what comes."""

        def ask(reader: Reader) -> tuple[JobView, list[datetime]]:
            (view,) = views.of(reader, [self.job()], now=self.now)
            return view, list(views.next_fires(self.job(), view))

        return at_once(self.store.read(ask))


@settings(max_examples=150)
@given(st.lists(st.sampled_from(STEPS), max_size=12))
def test_what_is_kept_says_what_is_true(steps: list[str]) -> None:
    """Whatever happens to a job between two looks."""
    world, kept = World(), Views(compiled)
    for step in ("look", *steps):
        world.step(step)
        assert world.look(Views(compiled)) == world.look(kept)


def test_compiles_nothing_for_a_job_that_stands_still() -> None:
    """Neither row, runs nor fire: what was said holds."""
    asked: list[str] = []

    def counting(job: RecordedJob) -> Fires:
        asked.append(job.key)
        return compiled(job)

    world, views = World(), Views(counting)
    world.look(views)
    first = len(asked)
    world.step("a minute")
    world.look(views)
    assert first == len(asked)
    world.step("an hour")
    world.look(views)
    assert first < len(asked)


@pytest.mark.parametrize("minutes", [0, 16])
def test_tells_the_next_fires_in_order(minutes: int) -> None:
    """From the row's own on."""
    world = World()
    world.now += timedelta(minutes=minutes)
    view, upcoming = world.look(Views(compiled))
    assert [NOON + timedelta(hours=hours, minutes=17) for hours in range(5)] == upcoming
    assert view.next_fire == upcoming[0]
