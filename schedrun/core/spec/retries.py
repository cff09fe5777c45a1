"""Retries: after which ends a run is attempted again, and how long it waits before."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from schedrun.core.pattern import Pattern
from schedrun.core.spec.base import Spec, fault
from schedrun.core.spec.duration import Duration
from schedrun.core.spec.shape import NAME, Shape

_NAME = r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*"
_WHOLE_NAME = Pattern(_NAME)

_EXCEPTION_HINT = "write a name such as OSError or json.JSONDecodeError"

_LAST_SIGNAL, _LAST_CODE = 64, 255
_FIRST_FAILURE, _LAST_STATUS = 300, 599


def _exception_name(name: str) -> str:
    if not _WHOLE_NAME.fullmatch(name):
        raise fault("SR102", f"{name!r} names no exception", hint=_EXCEPTION_HINT)
    return name


def _exit_code(code: int) -> int:
    if code == 0:
        raise fault("SR102", "exit code 0 is success, which is never retried", hint="take it away")
    if not -_LAST_SIGNAL <= code <= _LAST_CODE:
        message = f"no process ends with exit code {code}"
        raise fault("SR102", message, hint="write 1 to 255, or a signal as a negative number, such as -9")
    return code


def _status(status: int) -> int:
    if not _FIRST_FAILURE <= status <= _LAST_STATUS:
        success = status // 100 == 2
        message = (
            f"status {status} is success, which is never retried"
            if success
            else f"status {status} is none of HTTP's failures"
        )
        raise fault("SR102", message, hint="write 300 to 599, such as 429 or 503")
    return status


# As a constraint of Pydantic's the pattern would be compiled anew in every model that holds it.
_ExceptionName = Annotated[str, AfterValidator(_exception_name), Shape(rf"^{NAME}(?:\.{NAME})*$", _EXCEPTION_HINT)]
_ExitCode = Annotated[
    int,
    AfterValidator(_exit_code),
    Field(json_schema_extra={"minimum": -_LAST_SIGNAL, "maximum": _LAST_CODE, "not": {"const": 0}}),
]
_Status = Annotated[
    int, AfterValidator(_status), Field(json_schema_extra={"minimum": _FIRST_FAILURE, "maximum": _LAST_STATUS})
]


class When(Spec):
    """Which ends are retried; whoever says `when` says all of them, and any one is enough."""

    exit_codes: Annotated[
        list[_ExitCode], Field(description="Exit codes of commands and shells; -9 is an end by signal 9.")
    ] = []
    statuses: Annotated[list[_Status], Field(description="Statuses that an HTTP server answers.")] = []
    exceptions: Annotated[
        list[_ExceptionName],
        Field(
            description="Exceptions of functions and requests, subclasses included, by any name under which code"
            " reaches them: `OSError`, `json.JSONDecodeError`, `httpx.ConnectError`."
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
