"""Retries: after which ends a run is attempted again, and how long it waits before."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from schedrun.core.spec.base import Spec
from schedrun.core.spec.duration import Duration

_ExceptionName = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")]


class When(Spec):
    """Which ends are retried; whoever says `when` says all of them, and any one is enough."""

    exit_codes: Annotated[
        list[int], Field(description="Exit codes of commands and shells; -9 is an end by signal 9.")
    ] = []
    statuses: Annotated[
        list[Annotated[int, Field(ge=100, le=599)]], Field(description="Statuses that an HTTP server answers.")
    ] = []
    exceptions: Annotated[
        list[_ExceptionName],
        Field(
            description="Exceptions of functions and requests, subclasses included: `OSError`, `httpx.ConnectError`."
        ),
    ] = []
    timeout: Annotated[bool, Field(description="Whether an attempt that took too long is made again.")] = False


class Retries(Spec):
    """How often, and how long after its end, an attempt that did not succeed is made again."""

    max: Annotated[int, Field(ge=0, le=1_000, description="How many attempts may follow the first.")] = 0
    backoff: Annotated[Duration, Field(description="The longest wait before the first retry.")] = timedelta(seconds=10)
    factor: Annotated[float, Field(ge=1, le=100, description="What the wait is multiplied with at each retry.")] = 2.0
    max_backoff: Annotated[Duration, Field(description="No wait is longer, unless a server asks for it.")] = timedelta(
        hours=1
    )
    jitter: Annotated[
        bool, Field(description="Whether each wait is drawn from nothing up to its length, so that retries scatter.")
    ] = True
    when: Annotated[
        When | None,
        Field(description="Which ends are retried: every failure, timeout and interruption when nothing is said."),
    ] = None
