"""Names of servers, looked up where it holds up nobody else."""

import ipaddress
import socket
from contextlib import suppress
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from schedrun.targets.thread import on_thread


async def look_up(url: str) -> None:
    """Return once the name in `url` was looked up, on a thread of its own; what is wrong with it, a request will say.

    The event loop, and httpx with it, looks names up on the few threads that the whole process shares: a resolver that
    hangs would take them from other runs, edits and the end of the service.
    """
    with suppress(OSError, ValueError, RuntimeError):  # RuntimeError: no further thread
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        if host is not None and not _is_address(host) and not _is_proxied(parts.netloc):
            await on_thread(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), name="schedrun-lookup")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_proxied(netloc: str) -> bool:
    """Whether a proxy looks the name up: here there may be no resolver that knows it."""
    return not {"http", "https", "all"}.isdisjoint(getproxies()) and not proxy_bypass(netloc)
