"""How several jobs stand at once is how each stands by itself."""

from datetime import timedelta

from schedrun.core.run.recorded import Override
from schedrun.core.schedule import fires
from schedrun.core.status import JobStatus, RunStatus
from schedrun.protocols import Reader
from schedrun.scheduler import standings
from schedrun.stores.memory import MemoryStore
from tests.contracts.ledger import a_job, a_run, at, recording, run_through
from tests.reconcile.ledger import at_once


def test_tells_each_job_apart() -> None:
    """By its own runs, its own last end and its own pause, in the order of the jobs."""
    store = MemoryStore()
    paused = Override("why", "ana", at(0))
    jobs = [a_job("u1", "a/1"), a_job("u2", "a/2"), a_job("u3", "a/3", override=paused), a_job("u4", "a/4")]
    at_once(store.write(recording(*jobs, a_run("active", 1, job_uid="u1"))))
    at_once(store.write(lambda tx: tx.start_run("active", at=at(1))))
    failed = a_run("failed", 1, job_uid="u2")
    at_once(store.write(lambda tx: run_through(tx, failed, end=2, status=RunStatus.FAILED)))

    def ask(reader: Reader) -> list[JobStatus]:
        found = standings.of(reader, jobs[::-1], fires=lambda job: fires.of(job.spec, key=job.key), now=at(10))
        assert [at(0) + timedelta(hours=2), None, at(0) + timedelta(hours=2), at(0) + timedelta(hours=2)] == [
            each.next_fire for each in found
        ]
        return [each.status for each in found]

    expected = [JobStatus.PENDING, JobStatus.PAUSED, JobStatus.FAILED, JobStatus.RUNNING]
    assert expected == at_once(store.read(ask))
