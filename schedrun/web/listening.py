"""Sockets that listen, before anything is loaded that could answer on them."""

import errno
import os
import socket
from contextlib import ExitStack

from schedrun.core.errors import SchedrunError
from schedrun.settings import Address

_BACKLOG = 128
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  compared, not listened on


class ListenError(SchedrunError):
    """nothing can listen there."""

    def __init__(self, address: Address, fault: str) -> None:
        self.address = address
        super().__init__(
            f"{self.sentence}: {address}: {fault} (choose another with `--listen HOST:PORT`, or `--no-web`)"
        )


class Listening:
    """The sockets of one address: of each address that a name stands for, on the same port."""

    def __init__(self, address: Address, sockets: list[socket.socket]) -> None:
        port = sockets[0].getsockname()[1]
        self.address = Address(address.host, port)
        self.sockets = sockets

    @property
    def url(self) -> str:
        """Where somebody on this machine reaches it."""
        host, port = self.address
        return f"http://{Address(_WILDCARDS.get(host, host), port)}"

    def close(self) -> None:
        """Listen no more; idempotent."""
        for one in self.sockets:
            one.close()


def listen(address: Address) -> Listening:
    """Listen at the address. Raises ListenError when that cannot be, because another process does or for good."""
    host, port = address
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise ListenError(address, f"no such host: {getattr(error, 'strerror', None) or error}") from error
    with ExitStack() as stack:
        sockets: list[socket.socket] = []
        for family, kind, protocol, _, place in found:
            try:
                one = stack.enter_context(socket.socket(family, kind, protocol))
                _listen(one, family, (place[0], port or _port_of(sockets), *place[2:]))
            except OSError as error:
                if error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT} and len(found) > 1:
                    continue  # one of the two protocols is switched off here
                raise ListenError(address, _words(error)) from error
            sockets.append(one)
        if not sockets:
            raise ListenError(address, _words(OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))))
        stack.pop_all()
        return Listening(address, sockets)


def _listen(one: socket.socket, family: int, place: tuple[object, ...]) -> None:
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    one.setblocking(False)
    one.bind(place)
    # At once: two sockets that may reuse an address are told apart only by listening.
    one.listen(_BACKLOG)


def _port_of(sockets: list[socket.socket]) -> int:
    return int(sockets[0].getsockname()[1]) if sockets else 0


def _words(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another process listens there"
    return (error.strerror or str(error)).lower()
