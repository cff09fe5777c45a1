"""One POST over HTTP. Nothing that it says repeats the address, the headers or the body."""

import asyncio
import os
import ssl
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from schedrun.blocking import look_up
from schedrun.core.errors import NotDeliveredError

if TYPE_CHECKING:
    import httpx

TIMEOUT = 10.0
"""Seconds that a whole exchange may take."""


class Poster:
    """Posts over one client, which is made when the first is sent: TLS verified, no redirects, no cookies kept."""

    def __init__(self) -> None:
        self._opening: asyncio.Task[httpx.AsyncClient] | None = None

    async def post(self, url: str, *, content: bytes, headers: Mapping[str, str]) -> None:
        """Post `content`; any answer but 2xx raises NotDeliveredError, and so does none within TIMEOUT seconds."""
        try:
            async with asyncio.timeout(TIMEOUT):
                status = await self._exchange(await self._opened(), url, content=content, headers=headers)
        except TimeoutError:
            raise NotDeliveredError(f"no answer within {TIMEOUT:g} s") from None
        except Exception as error:  # noqa: BLE001  whatever proxies and certificates make httpx raise
            # From None: what httpx says quotes the address.
            raise NotDeliveredError(_words(error)) from None
        if not 200 <= status < 300:
            redirects = " (redirects are not followed)" if 300 <= status < 400 else ""
            raise NotDeliveredError(f"the server answered {status}{redirects}")

    async def close(self) -> None:
        """Close the client, if anything was ever sent."""
        opening, self._opening = self._opening, None
        if opening is not None:
            await (await opening).aclose()

    @staticmethod
    async def _exchange(client: "httpx.AsyncClient", url: str, *, content: bytes, headers: Mapping[str, str]) -> int:
        await look_up(url)
        # What it answers is of no use here, and could be endless.
        async with client.stream("POST", url, content=content, headers={"user-agent": "schedrun", **headers}) as answer:
            return answer.status_code

    async def _opened(self) -> "httpx.AsyncClient":
        if self._opening is None:
            # Importing httpx and reading the certificates take some hundred milliseconds: not on the event loop.
            self._opening = asyncio.create_task(asyncio.to_thread(_new_client))
        try:
            return await asyncio.shield(self._opening)
        except Exception:
            self._opening = None
            raise


def _new_client() -> "httpx.AsyncClient":
    from http.cookiejar import CookieJar, DefaultCookiePolicy  # noqa: PLC0415  with httpx

    import httpx  # noqa: PLC0415  most services tell nobody anything

    return httpx.AsyncClient(
        follow_redirects=False,
        timeout=None,  # noqa: S113  the whole exchange is limited
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=())),
    )


def _words(error: BaseException) -> str:
    for cause in _causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                return f"its certificate is not accepted ({cause.verify_message})"
            case ssl.SSLError():
                return "no TLS connection could be made"
            case OSError(errno=int() as number) if number > 0:
                return f"cannot connect: {os.strerror(number).lower()}"
            case OSError(errno=int(), strerror=str() as words):  # a failed name lookup has numbers of its own
                return f"cannot connect: {words.lower()}"
    return f"the request cannot be sent ({type(error).__name__})"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Return `error` and the exceptions behind it, the nearest first."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        if isinstance(cause, BaseExceptionGroup):
            yield from cause.exceptions
        cause = cause.__cause__ or cause.__context__
