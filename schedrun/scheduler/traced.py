"""Runs that leave traces: what they call is told where it belongs, and their ends are told."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime

from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.status import RunStatus
from schedrun.protocols import EndedAttempt, Reader, RunContext, Traces

Execute = Callable[[RecordedJob, RunContext], Awaitable[Outcome]]
"""Executes a job's target; failures are outcomes."""


def traced(execute: Execute, traces: Traces | None) -> Execute:
    """Return what executes a job's target below its attempt's span; `execute` itself where nobody traces."""
    if traces is None:
        return execute

    async def below_attempt(job: RecordedJob, context: RunContext) -> Outcome:
        parent = traces.parent(context.run_id, context.attempt)
        with traces.within(parent):
            return await execute(job, context._replace(traceparent=parent))

    return below_attempt


def cut_off(reader: Reader, runs: Iterable[Run], *, now: datetime) -> Sequence[EndedAttempt]:
    """Return how attempts ended that nobody attended to any more, as the ledger now has it; `runs` are as they ran."""
    jobs = {job.uid: job for job in reader.jobs(tombstones=True)}
    ended = []
    for run in runs:
        recorded, job = reader.run(run.id), jobs.get(run.job_uid)
        if recorded is None or job is None:
            continue
        last = not recorded.status.active
        status = recorded.status if last else RunStatus.INTERRUPTED
        outcome = Outcome(error=recorded.error)
        ended.append(EndedAttempt(job, run, status, outcome, now, last))
    return ended
