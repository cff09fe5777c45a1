"""What other processes ask of the active one: a row in the store, answered in its result."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from schedrun.core.errors import SchedrunError
from schedrun.core.run.recorded import Request
from schedrun.protocols import Clock, Reader, Store, Transaction
from schedrun.reconcile.reconciler import Reconciler
from schedrun.render import plan_text
from schedrun.render.plan_json import plan_view

log = logging.getLogger(__name__)

APPLY = "apply"
"""The verb that reconciles now; `paths` (absolute) and `allow_remove` (integer) are optional arguments."""

ANSWER_SECONDS = 5.0
"""How long the asking side waits."""

_LOOK_SECONDS = 0.05

Answer = dict[str, object]
Verb = Callable[[Mapping[str, object]], Awaitable[Answer]]
"""Does what is asked and returns a JSON object without the key `error`; raises SchedrunError to refuse."""


class RequestRefusedError(SchedrunError):
    """the running service refused."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"{self.sentence}: {reason}")


class NoAnswerError(SchedrunError):
    """the running service did not answer in time; what it has begun it will finish."""

    def __init__(self, verb: str, *, seconds: float) -> None:
        self.verb, self.seconds = verb, seconds
        super().__init__(f"{self.sentence}: `{verb}`, waited {seconds:g} s")


class OtherPathsError(SchedrunError):
    """the running service applies other paths."""

    def __init__(self, asked: Sequence[str], *, served: Sequence[str]) -> None:
        self.asked, self.served = tuple(asked), tuple(served)
        super().__init__(f"{self.sentence}: it applies {', '.join(served)}, not {', '.join(asked)}")


class BadRequestError(SchedrunError):
    """the request makes no sense."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{self.sentence}: {reason}")


def apply_verb(reconciler: Reconciler, *, settled: Callable[[], Awaitable[None]]) -> Verb:
    """Return the verb `apply`: reconcile once the manifests hold still, and answer with the applied plan.

    `settled()` returns when they do.
    The answer's `plan` is it for programs, in the shape of `plan_view`, its `text` for people, unpainted.
    It refuses paths that are not the service's, compared after symlinks are followed.
    """

    async def answer(arguments: Mapping[str, object]) -> Answer:
        paths, allow_remove = _paths(arguments.get("paths")), _allow_remove(arguments.get("allow_remove"))
        if paths is not None and _real(paths) != _real(reconciler.paths):
            raise OtherPathsError(paths, served=reconciler.paths)
        await settled()
        reconciled = await reconciler.reconcile(allow_remove=allow_remove)
        return {"plan": plan_view(reconciled.plan), "text": plan_text.text(reconciled.plan)}

    return answer


async def answer_open(store: Store, verbs: Mapping[str, Verb], *, clock: Clock) -> int:
    """Answer every open request, oldest first, and return how many there were.

    A request that cannot be done is answered with an `error`, also when a bug is what stops it; one that was
    withdrawn keeps its result.
    """
    requests = await store.read(_open_requests)
    for request in requests:
        result = await _result(request, verbs)
        answered = replace(request, result=result, done_at=clock.now())
        await store.write(partial(_close, closed=answered))
    return len(requests)


async def ask(store: Store, request: Request, *, clock: Clock, seconds: float = ANSWER_SECONDS) -> Answer:
    """Put the request to the active process and return its answer.

    Raises RequestRefusedError with the service's reason, and NoAnswerError after `seconds`; the request is
    then withdrawn, so that a service that comes to it later does nothing by surprise.
    """
    await store.write(lambda tx: tx.put_request(request))
    give_up_at = clock.monotonic() + seconds
    answered: Request | None = None
    while answered is None and clock.monotonic() < give_up_at:
        await clock.sleep(_LOOK_SECONDS)
        answered = await store.read(lambda reader: _answered(reader, request.id))
    if answered is None:
        withdrawn = replace(request, result={"error": "withdrawn: no answer in time"}, done_at=clock.now())
        answered = await store.write(partial(_close, closed=withdrawn))
        if answered is withdrawn:
            raise NoAnswerError(request.verb, seconds=seconds)
    return _unwrapped(answered)


async def _result(request: Request, verbs: Mapping[str, Verb]) -> Answer:
    verb = verbs.get(request.verb)
    if verb is None:
        return {"error": f"this service does not know {request.verb!r}"}
    try:
        return await verb(request.arguments)
    except SchedrunError as error:
        return {"error": str(error)}
    except Exception as error:
        log.exception("Request failed", extra={"event": "request_failed", "verb": request.verb})
        return {"error": f"it met a bug of its own, see its log ({type(error).__name__})"}


def _close(tx: Transaction, *, closed: Request) -> Request:
    """Record the result unless there is one; return the request as it stands then."""
    current = tx.request(closed.id)
    if current is not None and current.result is not None:
        return current
    tx.put_request(closed)
    return closed


def _unwrapped(request: Request) -> Answer:
    result = request.result or {}
    if "error" in result:
        raise RequestRefusedError(str(result["error"]))
    return result


def _open_requests(reader: Reader) -> Sequence[Request]:
    return reader.open_requests()


def _answered(reader: Reader, request_id: str) -> Request | None:
    request = reader.request(request_id)
    return request if request is not None and request.result is not None else None


def _paths(value: object) -> list[str] | None:
    if value is None:
        return None
    if isinstance(value, list) and value and all(isinstance(path, str) for path in value):
        return value
    raise BadRequestError(f"`paths` is a list of paths, not {value!r}")


def _allow_remove(value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise BadRequestError(f"`allow_remove` is a number of removals, not {value!r}")


def _real(paths: Sequence[str]) -> set[Path]:
    return {Path(path).resolve() for path in paths}
