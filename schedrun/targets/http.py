"""HTTP targets: one request, 2xx is success, the answer's body is the output."""

import asyncio
import json
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from schedrun.core.run.outcome import Outcome
from schedrun.core.spec.instant import utc_text
from schedrun.core.spec.target import HttpRequest, HttpTarget
from schedrun.protocols import RunContext
from schedrun.secret import RunSecrets, SecretError, SecretSource
from schedrun.targets import raised
from schedrun.targets.ending import ended
from schedrun.targets.live_file import Logs
from schedrun.targets.message import Answer, Request
from schedrun.targets.recording import Recording

if TYPE_CHECKING:
    from schedrun.targets.exchange import HttpClient

DEFAULT_TIMEOUT = 30.0
"""Seconds a whole exchange may take where the job says no timeout."""

_NO_CLIENT = "no request can be sent: check the service's proxy and certificate variables"
_FORBIDDEN_IN_HEADERS = frozenset("\r\n\0")


class HttpRequests:
    """Sends requests over one client, which is made when the first is sent."""

    def __init__(
        self, *, secrets: SecretSource, logs: Logs | None = None, default_timeout: float = DEFAULT_TIMEOUT
    ) -> None:
        self._secrets, self._logs, self._default_timeout = secrets, logs, default_timeout
        self._opening: asyncio.Task[HttpClient] | None = None

    async def run(self, spec: HttpTarget, context: RunContext) -> Outcome:
        """Send the request; `exit_code` is the answer's status.

        The exchange ends when `context.stop` is set, or after 30 seconds where the job has no timeout.
        """
        if context.stop.is_set():
            return Outcome()
        secrets = self._secrets.for_run()
        try:
            request = _request(spec.http, context, secrets)
        except (SecretError, _HeaderError) as error:
            return Outcome(error=secrets.masker().text(str(error)))
        try:
            client = await self._opened()
        except Exception as error:  # noqa: BLE001  whatever proxies and certificates make httpx raise, passwords in it
            return Outcome(error=f"{_NO_CLIENT} ({type(error).__name__})", exceptions=raised.names(error))
        answer = Answer(Recording(secrets.masker(), context, logs=self._logs))
        return await self._exchange(client, request, answer, context)

    async def close(self) -> None:
        """Close the client, if a request was ever sent."""
        opening, self._opening = self._opening, None
        if opening is not None:
            await (await opening).close()

    async def _exchange(self, client: "HttpClient", request: Request, answer: Answer, context: RunContext) -> Outcome:
        sending = asyncio.ensure_future(client.send(request, answer))
        limit = self._default_timeout if context.timeout is None else None
        try:
            in_time = await ended(sending, stop=context.stop, seconds=limit)
        finally:
            sending.cancel()
            await asyncio.wait((sending,))
            recorded = await answer.body.end()
        output = recorded.text if answer.status is not None else None
        if in_time:
            error = answer.error or _status_words(answer.status)
            outcome = Outcome(
                answer.status, error, output, exceptions=answer.exceptions, retry_after=answer.retry_after
            )
        elif context.stop.is_set():
            outcome = Outcome(answer.status, None, output)
        else:
            outcome = Outcome(answer.status, f"timed out after {limit:g}s", output, timed_out=True)
        return replace(outcome, discard=recorded.discard)

    async def _opened(self) -> "HttpClient":
        if self._opening is None:
            # Importing httpx and reading the certificates take some hundred milliseconds: not on the event loop.
            self._opening = asyncio.create_task(asyncio.to_thread(_new_client))
        try:
            # Several runs may wait for it, and one that is cancelled must not take it from the others.
            return await asyncio.shield(self._opening)
        except Exception:
            self._opening = None
            raise


def _new_client() -> "HttpClient":
    from schedrun.targets.exchange import HttpClient  # noqa: PLC0415  loads httpx

    return HttpClient()


class _HeaderError(ValueError):
    """A header could not be sent."""


def _request(spec: HttpRequest, context: RunContext, secrets: RunSecrets) -> Request:
    """Return the request to send; raises SecretError, and _HeaderError."""
    content = _content(spec, secrets)
    headers = {"user-agent": "schedrun"}
    if content is not None and spec.body is None:
        headers["content-type"] = "application/json"
    headers |= {name.lower(): secrets.text(value) for name, value in spec.headers.items()}
    headers |= _about_run(context)
    for name, value in headers.items():
        if _FORBIDDEN_IN_HEADERS & set(value):
            raise _HeaderError(f"header {name!r} holds a line break or a NUL, which HTTP does not allow")
    return Request(
        method=spec.method,
        url=secrets.text(spec.url),
        headers=tuple((name.encode(), value.encode()) for name, value in headers.items()),
        content=content,
    )


def _content(spec: HttpRequest, secrets: RunSecrets) -> bytes | None:
    if spec.body is not None:
        return secrets.text(spec.body).encode()
    if spec.json_body is not None:
        return json.dumps(secrets.nested(spec.json_body), ensure_ascii=False).encode()
    return None


def _about_run(context: RunContext) -> dict[str, str]:
    return {
        "schedrun-job": context.job,
        "schedrun-run-id": context.run_id,
        "schedrun-attempt": str(context.attempt),
        "schedrun-fire-time": utc_text(context.fire_time),
        **({} if context.traceparent is None else {"traceparent": context.traceparent}),
    }


def _status_words(status: int | None) -> str | None:
    """Return why a status means failure, None for 2xx."""
    if status is None or 200 <= status < 300:
        return None
    try:
        words = f"HTTP status {status} {HTTPStatus(status).phrase}"
    except ValueError:
        words = f"HTTP status {status}"
    return f"{words} (redirects are not followed)" if 300 <= status < 400 else words
