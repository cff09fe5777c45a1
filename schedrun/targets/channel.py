"""A conversation with a child: it is told one thing, up to the end, and answers one thing."""

import asyncio
import socket
from contextlib import suppress
from typing import Self

_PIECE_BYTES = 1 << 16
_MOST_BYTES = 16 << 20


class Channel:
    """One end here, the other for a child to inherit. Nothing here ever waits for the child."""

    def __init__(self, request: bytes) -> None:
        """Open it. Raises OSError when there is no descriptor left."""
        self._loop = asyncio.get_running_loop()
        self._unsent, self._answer = memoryview(request), bytearray()
        self._ours, self._theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._loop.add_writer(self._ours, self._send)
        self._loop.add_reader(self._ours, self._receive)

    @property
    def childs_end(self) -> int:
        """The descriptor to pass to the child."""
        return self._theirs.fileno()

    def answer(self) -> bytes:
        """Return what the child has written until now: call it once it has ended."""
        while self._receive():
            continue
        return bytes(self._answer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close both ends."""
        self._loop.remove_writer(self._ours)
        self._loop.remove_reader(self._ours)
        self._ours.close()
        self._theirs.close()

    def _send(self) -> None:
        with suppress(BlockingIOError):
            self._unsent = self._unsent[self._ours.send(self._unsent[:_PIECE_BYTES]) :]
        if not self._unsent:
            self._loop.remove_writer(self._ours)
            self._ours.shutdown(socket.SHUT_WR)

    def _receive(self) -> bool:
        """Take the next piece; whether there was one."""
        try:
            piece = self._ours.recv(_PIECE_BYTES)
        except BlockingIOError:
            return False
        if not piece or len(self._answer) > _MOST_BYTES:
            # Too much is no answer: somebody else found the descriptor.
            self._loop.remove_reader(self._ours)
            return False
        self._answer += piece
        return True
