"""Pings to the monitor of a job, in the protocol of Healthchecks (https://healthchecks.io/docs/http_api/)."""

import uuid
from enum import StrEnum
from typing import NamedTuple

from schedrun.core.run import tail
from schedrun.core.run.outcome import Outcome
from schedrun.core.spec.job import Job
from schedrun.core.spec.target import HttpTarget
from schedrun.core.status import RunStatus

BODY_CHARACTERS = 8_000
"""How much of an output a ping takes along at most."""

_RUNS = uuid.UUID("6f0f3a53-5c5e-5b0e-9a2c-0d1c6a1f3b77")
_LAST_EXIT_CODE = 255


class Signal(StrEnum):
    """What a ping says; the values are how the protocol ends its path, nothing for success."""

    START = "start"
    SUCCESS = ""
    FAILURE = "fail"
    LOG = "log"


class Ping(NamedTuple):
    """One ping: `rid` is the same for all of a run; `exit_code` (1 to 255) says of a failure more than `signal`."""

    signal: Signal
    rid: str
    exit_code: int | None = None
    body: str = ""

    @property
    def path(self) -> str:
        """What the ping adds to the path of the check's URL."""
        return self.signal.value if self.exit_code is None else str(self.exit_code)


def of_start(run_id: str) -> Ping:
    """Return the ping of a run that begins."""
    return Ping(Signal.START, rid_of(run_id))


def of_end(run_id: str, job: Job, *, status: RunStatus, outcome: Outcome) -> Ping:
    """Return the ping of a run that has ended for good; one that was cancelled neither succeeded nor failed."""
    rid = rid_of(run_id)
    if status is RunStatus.SUCCEEDED:
        return Ping(Signal.SUCCESS, rid)
    body = tail.of(outcome.output or "", lines=BODY_CHARACTERS, characters=BODY_CHARACTERS)
    said = f"{status}: {outcome.error}" if outcome.error else str(status)
    text = f"{said}\n\n{body}" if body else said
    if status is RunStatus.CANCELLED:
        return Ping(Signal.LOG, rid, body=text)
    code = outcome.exit_code
    told = status is RunStatus.FAILED and not isinstance(job.target, HttpTarget) and code is not None
    return Ping(Signal.FAILURE, rid, code if told and code is not None and 0 < code <= _LAST_EXIT_CODE else None, text)


def rid_of(run_id: str) -> str:
    """Return the UUID that stands for a run: always the same."""
    return str(uuid.uuid5(_RUNS, run_id))
