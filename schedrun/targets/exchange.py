"""One HTTP exchange. The only file that imports httpx; `http` imports it when the first request is sent."""

import os
import ssl
from collections.abc import Iterator
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from schedrun.blocking import look_up
from schedrun.targets import raised, retry_after
from schedrun.targets.message import Answer, Request

_FAILURES: tuple[tuple[type[Exception], str], ...] = (
    (httpx.ConnectError, "cannot connect: {cause}"),
    (httpx.RemoteProtocolError, "the server closed the connection early, or does not speak HTTP"),
    (httpx.NetworkError, "connection lost: {cause}"),
    (httpx.ProxyError, "the proxy refused"),
    (httpx.DecodingError, "the answer's body does not match its Content-Encoding"),
    (httpx.InvalidURL, "the url is no http or https address"),
    (httpx.UnsupportedProtocol, "the url is no http or https address"),
)


class HttpClient:
    """Sends requests: TLS verified, no redirects, no cookies, a connection for each."""

    def __init__(self) -> None:
        self._client = httpx.AsyncClient(
            follow_redirects=False,
            timeout=None,  # noqa: S113  the caller limits the whole exchange, httpx each step
            # A kept connection that the server is just closing would fail a run.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            # Jobs share the client, and must not share sessions.
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=())),
        )

    async def send(self, request: Request, answer: Answer) -> None:
        """Send `request` and fill `answer` as it arrives, its text as UTF-8."""
        await look_up(request.url)
        try:
            async with self._client.stream(
                request.method, request.url, headers=list(request.headers), content=request.content
            ) as response:
                answer.status = response.status_code
                if response.status_code in retry_after.STATUSES:
                    answer.retry_after = retry_after.parse(response.headers.get("retry-after", ""))
                async for text in response.aiter_text():
                    answer.body.feed(text.encode("utf-8", "replace"))
                    await answer.body.room()
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError, ValueError) as error:
            answer.error = failure_words(error)
            answer.exceptions = raised.names(error)

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()


def failure_words(error: Exception) -> str:
    """Return why an exchange failed, without a word of the request: exceptions quote URLs and headers."""
    for kind, words in _FAILURES:
        if isinstance(error, kind):
            return words.format(cause=_cause_words(error))
    return f"the request cannot be sent ({type(error).__name__})"


def _cause_words(error: BaseException) -> str:
    for cause in _causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                return f"certificate not accepted ({cause.verify_message})"
            case ssl.SSLError():
                return "no TLS connection could be made"
            case OSError(errno=int() as number) if number > 0:
                return os.strerror(number).lower()
            case OSError(errno=int(), strerror=str() as words):  # a failed name lookup has numbers of its own
                return words.lower()
    return "the other side gave no reason"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Return the exceptions behind `error`, the nearest first."""
    cause = error.__cause__ or error.__context__
    while cause is not None:
        yield cause
        if isinstance(cause, BaseExceptionGroup):
            yield from cause.exceptions
        cause = cause.__cause__ or cause.__context__
