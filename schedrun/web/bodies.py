"""Bodies of requests: JSON and small, counted while they are read, whatever the request says of them."""

import asyncio
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from schedrun.web.problem import Problem

LARGEST = 64 * 1024
SECONDS = 10.0
"""How long a body may take to come."""


async def taken(scope: Scope, receive: Receive) -> Receive:
    """Read the whole body and return what gives it once more.

    Raises Problem 415 when there is a body that is not said to be JSON, 413 when it is too large, 408 when it does not
    come.
    """
    headers = Headers(scope=scope)
    length = headers.get("content-length", "")
    is_json = _is_json(headers)
    if not is_json and (int(length) if length.isdecimal() else "transfer-encoding" in headers):
        raise _not_json()
    if length.isdecimal() and int(length) > LARGEST:
        raise _too_large()
    try:
        async with asyncio.timeout(SECONDS):
            body = await _read(receive)
    except TimeoutError:
        raise Problem(
            HTTPStatus.REQUEST_TIMEOUT,
            "body_too_slow",
            detail="The body did not come in time.",
            remedy="Send it at once.",
            headers={"Connection": "close"},
        ) from None
    if body and not is_json:
        raise _not_json()
    return _Again(body, receive)


class _Again:
    """A `receive` that gives a body, then whatever comes after it."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST:
            raise _too_large()
        if not message.get("more_body", False):
            return b"".join(parts)


def _is_json(headers: Headers) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _not_json() -> Problem:
    return Problem(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "not_json",
        detail="The body is not said to be JSON.",
        remedy="Send JSON with `Content-Type: application/json`.",
    )


def _too_large() -> Problem:
    return Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "body_too_large",
        detail=f"The body is larger than {LARGEST // 1024} KiB.",
        remedy="Send less.",
        headers={"Connection": "close"},
    )
