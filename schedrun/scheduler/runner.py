"""Executes claimed runs, each under its time limit, and records how they ended."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime

from schedrun.core.ids import JobKey
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.run import Run
from schedrun.core.spec import duration
from schedrun.core.status import RunStatus
from schedrun.protocols import Clock, RunContext, Store
from schedrun.scheduler.outgoing import Outgoing
from schedrun.scheduler.planning import REPLACED, Claim, Finished, Planner
from schedrun.scheduler.recorder import Ended, Recorded, Recorder
from schedrun.scheduler.retries import Retries
from schedrun.scheduler.traced import Execute

log = logging.getLogger(__name__)

LINGERING_SECONDS = 1.0
"""How long work may outlive its run before that is said."""


class Runner:
    """The runs that this process executes right now."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        planner: Planner,
        execute: Execute,
        on_room: Callable[[str], None],
        out: Outgoing,
    ) -> None:
        """Take what every run needs; `on_room(uid)` is told when a run of the job may be able to start.

        That is when what lingered has ended, and when the time of a retry has come. `out` tells of starts and ends.
        """
        self._out = out
        self._clock, self._planner, self._execute, self._on_room = clock, planner, execute, on_room
        self.retries = Retries(clock=clock, on_due=on_room)
        self.recorder = Recorder(
            store=store, clock=clock, planner=planner, starts=lambda: self._started, on_recorded=self._recorded
        )
        self._started = 0
        self._active: dict[str, _Execution] = {}
        self._lingering: set[asyncio.Future[None]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self.unsuccessful = 0
        """How many runs ended without success, cancelled ones too, or with a verdict that was not taken."""

    @property
    def active(self) -> tuple[Claim, ...]:
        """What runs now, oldest first."""
        return tuple(execution.claim for execution in self._active.values())

    def job_of(self, run_id: str) -> JobKey | None:
        """Return the job of a run that runs here, else None; any thread may ask."""
        execution = self._active.get(run_id)
        return None if execution is None else execution.claim.job.key

    def start(self, claims: Iterable[Claim]) -> None:
        """Start claimed runs. Call it only after the transaction that claimed them is durable."""
        create_task = asyncio.get_running_loop().create_task
        for claim in claims:
            run_id = claim.run.id
            execution = self._active[run_id] = _Execution(claim)
            execution.task = create_task(self._run(execution), name=run_id)
            self._started += 1
            self._out.run_started(claim.job, claim.run)
        if self._active:
            self._idle.clear()

    def carry_out(self, claims: Iterable[Claim], cancels: Iterable[str]) -> None:
        """Start claimed runs and end those that must make room, after the transaction that says so is durable."""
        self.start(claims)
        for run_id in cancels:
            self.cancel(run_id, reason=REPLACED)

    def cancel(self, run_id: str, *, status: RunStatus = RunStatus.CANCELLED, reason: str = "cancelled") -> bool:
        """Ask a run to end with `status`, as cancelled for the `reason`; False if it does not run here."""
        execution = self._active.get(run_id)
        if execution is None:
            return False
        execution.end(status, reason=reason)
        return True

    async def wait_idle(self) -> None:
        """Return once nothing runs and every verdict is recorded."""
        await self._idle.wait()

    async def stop(self) -> None:
        """End everything that still runs as interrupted, and return when each verdict is recorded."""
        self.recorder.give_up()
        for execution in tuple(self._active.values()):
            execution.end(RunStatus.INTERRUPTED)
        await self._idle.wait()

    async def _run(self, execution: "_Execution") -> None:
        run, job = execution.claim
        context, alarm = _context(execution), None
        if context.timeout is not None:
            alarm = asyncio.get_running_loop().call_later(context.timeout, execution.end, RunStatus.TIMED_OUT)
        try:
            outcome = await self._execute(job, context)
        except Exception as error:
            # Targets report failures as outcomes, so this is a bug of ours; the run still gets its verdict.
            log.exception("Target raised", extra={"event": "target_raised", "job": job.key, "run": run.id})
            outcome = Outcome(error=f"{type(error).__name__}: {error}")
        finally:
            if alarm is not None:
                alarm.cancel()
        self._ended(execution, outcome)

    def _ended(self, execution: "_Execution", outcome: Outcome) -> None:
        claim = execution.claim
        status = execution.ending or _status_of(outcome)
        if execution.ending is not None:
            known = f" ({outcome.error})" if outcome.error else ""
            outcome = replace(outcome, error=f"{_words(execution)}{known}")
        if outcome.still_running is not None:
            self.linger(claim.run._replace(status=status), job=claim.job.key, working=outcome.still_running)
        # From here on only the end is kept: in a burst, thousands of them wait for their verdict.
        del self._active[claim.run.id]
        self.recorder.put(Ended(claim, status, outcome, self._clock.now()))

    def _recorded(self, recorded: Recorded) -> None:
        ended, finished = recorded.ended, recorded.finished
        if finished is None or not finished.accepted:
            self.unsuccessful += 1
        elif finished.retry_at is None:
            self.unsuccessful += ended.status is not RunStatus.SUCCEEDED
        if finished is not None:
            self._follow(ended, finished)
        if not self._active and self.recorder.idle:
            self._idle.set()

    def _follow(self, ended: Ended, finished: Finished) -> None:
        """Say how the attempt ended, and start or await what comes after it."""
        if finished.accepted:
            if ended.outcome.discard is not None:
                ended.outcome.discard()
            _tell(ended, finished.retry_at)
            run, job = ended.claim
            last = finished.retry_at is None
            self._out.attempt_ended(ended, last=last)
            if last:
                self._out.run_ended(job, run, status=ended.status, outcome=ended.outcome)
        else:
            facts = {"event": "result_rejected", "job": ended.claim.job.key, "run": ended.claim.run.id}
            log.warning("Result rejected: this attempt is no longer the run's", extra=facts)
        if finished.retry_at is not None:
            self.retries.put(ended.claim.run.id, uid=ended.claim.job.uid, at=finished.retry_at)
        if finished.claims:
            self.start(finished.claims)

    def linger(self, ended: Run, *, job: JobKey, working: Awaitable[object]) -> None:
        """Count a run that has ended as active for its job until `working`, what still goes on of it, is done."""
        uid = ended.job_uid
        self._planner.lingering[uid] = (*self._planner.lingering.get(uid, ()), ended)
        waiter = asyncio.ensure_future(self._await_return(ended, job, asyncio.ensure_future(working)))
        self._lingering.add(waiter)
        waiter.add_done_callback(self._lingering.discard)

    async def _await_return(self, ended: Run, job: JobKey, working: asyncio.Future[object]) -> None:
        uid = ended.job_uid
        await asyncio.wait((working,), timeout=LINGERING_SECONDS)
        if not working.done():
            facts = {"event": "run_lingers", "job": job, "run": ended.id}
            log.warning("Run has ended and its work goes on; it counts as active until that is done", extra=facts)
        await working
        rest = tuple(run for run in self._planner.lingering.get(uid, ()) if run.id != ended.id)
        if rest:
            self._planner.lingering[uid] = rest
        else:
            self._planner.lingering.pop(uid, None)
        self._on_room(uid)


class _Execution:
    """One claim being executed: how it must end early, once it must, and why where it is cancelled."""

    __slots__ = ("claim", "ending", "reason", "stop", "task")

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.stop = asyncio.Event()
        self.ending: RunStatus | None = None
        self.reason = ""
        self.task: asyncio.Task[None] | None = None

    def end(self, status: RunStatus, *, reason: str = "") -> None:
        """Ask for the end; the first reason counts, but one who cancels wants no retry, whatever else ends the run."""
        if self.ending is None or (status is RunStatus.CANCELLED and self.ending is not status):
            self.ending, self.reason = status, reason
            self.stop.set()


def _context(execution: _Execution) -> RunContext:
    run, job = execution.claim
    spec = job.spec
    return RunContext(
        job=job.key,
        run_id=run.id,
        attempt=run.attempt,
        fire_time=run.fire_time,
        stop=execution.stop,
        kill_after=spec.kill_after.total_seconds(),
        timeout=None if spec.timeout is None else spec.timeout.total_seconds(),
        isolation=spec.isolation,
        memory_limit=spec.memory_limit,
        retried=() if spec.retries.when is None else tuple(spec.retries.when.exceptions),
    )


def _status_of(outcome: Outcome) -> RunStatus:
    if outcome.error is None:
        return RunStatus.SUCCEEDED
    return RunStatus.TIMED_OUT if outcome.timed_out else RunStatus.FAILED


def _words(execution: _Execution) -> str:
    match execution.ending:
        case RunStatus.TIMED_OUT:
            limit = execution.claim.job.spec.timeout
            assert limit is not None  # only a time limit times out
            return f"timed out after {duration.text_of(limit)}"
        case RunStatus.INTERRUPTED:
            return "the service shut down while this ran"
        case _:
            return execution.reason


def _tell(ended: Ended, retry_at: datetime | None) -> None:
    level = logging.WARNING if ended.status.unsuccessful else logging.INFO
    if not log.isEnabledFor(level):
        return
    claim, outcome = ended.claim, ended.outcome
    again: dict[str, object] = {} if retry_at is None else {"retry_at": retry_at}
    log.log(
        level,
        "Run ended" if retry_at is None else "Attempt ended, another one follows",
        extra={
            "event": "run_ended" if retry_at is None else "attempt_ended",
            "job": claim.job.key,
            "run": claim.run.id,
            "attempt": claim.run.attempt,
            "status": str(ended.status),
            "seconds": round((ended.at - (claim.run.started_at or ended.at)).total_seconds(), 3),
            "exit_code": outcome.exit_code,
            "error": outcome.error,
            **again,
        },
    )
