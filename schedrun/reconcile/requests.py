"""What other processes ask of the active one: a row in the store, answered in its result."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial

from schedrun.core.errors import SchedrunError
from schedrun.core.run.recorded import Request
from schedrun.protocols import Clock, Reader, Store, Transaction

log = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0
"""How long the asking side waits."""

EXPIRES = timedelta(seconds=30)
"""The age at which a request has nobody who waits for it: who asked was killed before it could withdraw it."""

_LOOK_SECONDS = 0.05
_LOOKS_A_TRY = 5
"""After how many looks for an answer the asking side looks whether anyone is there to give it."""

Answer = dict[str, object]
_WITHDRAWN: Answer = {"error": "withdrawn: no answer in time", "code": "withdrawn"}
Verb = Callable[[Request], Awaitable[Answer]]
"""Does what is asked and returns a JSON object without the key `error`; raises SchedrunError to refuse."""


class RequestRefusedError(SchedrunError):
    """the running service refused; its reason is the message."""

    def __init__(self, reason: str, *, refusal: str = "refused", facts: Mapping[str, object] | None = None) -> None:
        """Take the reason, and the `code` and the facts of the error that the service met."""
        self.reason, self.refusal, self._facts = reason, refusal, dict(facts or {})
        super().__init__(reason)

    @property
    def facts(self) -> Mapping[str, object]:
        """Return what the service said about its error."""
        return self._facts


class NoAnswerError(SchedrunError):
    """the process that is active on this state did not answer in time; what it has begun it will finish."""

    def __init__(self, verb: str, *, seconds: float) -> None:
        self.verb, self.seconds = verb, seconds
        super().__init__(f"{self.sentence}: `{verb}`, waited {seconds:g} s")


class BadRequestError(SchedrunError):
    """the request makes no sense."""

    code = "bad_request"

    def __init__(self, reason: str) -> None:
        super().__init__(f"{self.sentence}: {reason}")


async def answer_open(store: Store, verbs: Mapping[str, Verb], *, clock: Clock) -> int:
    """Answer every open request, oldest first, and return how many there were.

    A request that cannot be done is answered with an `error`, also when a bug is what stops it, or when it is so old
    that nobody waits for it any more; one that was withdrawn keeps its result.
    """
    requests = await store.read(lambda reader: reader.open_requests())
    for request in requests:
        # Those before it take their time, and who asked may have been told meanwhile that nothing happens.
        if await store.read(partial(is_closed, request_id=request.id)):
            continue
        result = await _result(request, verbs, clock)
        answered = replace(request, result=result, done_at=clock.now())
        await store.write(partial(_close, closed=answered))
    return len(requests)


async def ask(
    store: Store,
    request: Request,
    *,
    clock: Clock,
    seconds: float = ANSWER_SECONDS,
    in_its_place: Callable[[], Awaitable[Answer | None]] | None = None,
    look: Callable[[], Awaitable[None]] | None = None,
) -> Answer:
    """Put the request to the active process and return its answer.

    A request that was done is not done again: who asks with its id once more has its answer.
    `look` returns when it is worth looking for the answer, each time it is called; by itself that is soon.
    `in_its_place` is asked now and then: it does what is asked when no process is active any more, else returns None.
    Raises RequestRefusedError with the service's reason, and NoAnswerError after `seconds`. A request that nobody waits
    for any more is withdrawn, so that a service that comes to it later does nothing by surprise.
    """
    look = look or partial(clock.sleep, _LOOK_SECONDS)
    try:
        # Who is cancelled here may have asked already.
        known = await store.write(partial(_put, request=request))
        if known.result is not None:
            return answer_of(known)
        answer = await _wait(store, request.id, clock=clock, seconds=seconds, in_its_place=in_its_place, look=look)
    except BaseException:
        await _end(store, request, clock, result=_WITHDRAWN)
        raise
    closed = await _end(store, request, clock, result=answer or _WITHDRAWN)
    # By value: another process that asked with this id may have withdrawn it.
    if closed.result == _WITHDRAWN:
        raise NoAnswerError(request.verb, seconds=seconds)
    return answer_of(closed)


def is_closed(reader: Reader, *, request_id: str) -> bool:
    """Whether the request has its result."""
    request = reader.request(request_id)
    return request is not None and request.result is not None


async def _wait(
    store: Store,
    request_id: str,
    *,
    clock: Clock,
    seconds: float,
    in_its_place: Callable[[], Awaitable[Answer | None]] | None,
    look: Callable[[], Awaitable[None]],
) -> Answer | None:
    """Return what was done in the service's place; None once the request has a result, or after `seconds`."""
    give_up_at, looks = clock.monotonic() + seconds, 0
    while clock.monotonic() < give_up_at:
        await look()
        if await store.read(partial(is_closed, request_id=request_id)):
            return None
        looks += 1
        if in_its_place is not None and looks % _LOOKS_A_TRY == 0:
            answer = await in_its_place()
            if answer is not None:
                return answer
    return None


async def _end(store: Store, request: Request, clock: Clock, *, result: Answer) -> Request:
    """Close the request with `result` unless the service has answered it; return it as it stands then."""
    closed = replace(request, result=result, done_at=clock.now())
    return await store.write(partial(_close, closed=closed))


async def _result(request: Request, verbs: Mapping[str, Verb], clock: Clock) -> Answer:
    verb = verbs.get(request.verb)
    if verb is None:
        told = f"the running service does not know {request.verb!r}: it is of another version"
        return {"error": told, "code": "unknown_verb"}
    if clock.now() - request.at > EXPIRES:
        return {"error": "expired: nobody waits for the answer any more", "code": "expired"}
    try:
        return await verb(request)
    except SchedrunError as error:
        return {"error": str(error), "code": error.code, "facts": dict(error.facts)}
    except Exception as error:
        log.exception("Request failed", extra={"event": "request_failed", "verb": request.verb})
        told = f"the running service met a bug of its own, see its log ({type(error).__name__})"
        return {"error": told, "code": "service_bug"}


def _put(tx: Transaction, *, request: Request) -> Request:
    """Put the request unless one with its id waits or was done; return it as it stands then."""
    known = tx.request(request.id)
    if known is not None and (known.result is None or "error" not in known.result):
        return known
    tx.put_request(request)
    return request


def _close(tx: Transaction, *, closed: Request) -> Request:
    """Record the result unless there is one; return the request as it stands then."""
    current = tx.request(closed.id)
    if current is not None and current.result is not None:
        return current
    tx.put_request(closed)
    return closed


def answer_of(request: Request) -> Answer:
    """Return what a closed request was answered. Raises RequestRefusedError with the reason when it was refused."""
    result = request.result or {}
    if "error" in result:
        facts = result.get("facts")
        raise RequestRefusedError(
            str(result["error"]),
            refusal=str(result.get("code", "refused")),
            facts=facts if isinstance(facts, dict) else None,
        )
    return result
