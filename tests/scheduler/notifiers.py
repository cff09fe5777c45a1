"""Notifiers that note what they are given, and refuse it or do not answer when they are told to."""

import asyncio

from schedrun.core.errors import NotDeliveredError
from schedrun.core.run.message import Message
from schedrun.core.run.ping import Ping
from schedrun.core.spec.notify import Channel, Monitor


class NotedNotifiers:
    """`Notifiers` for tests: `refusals` come next, `hangs` lets none end, `hangs_for` none to such an address."""

    def __init__(self) -> None:
        self.sent: list[tuple[Channel, Message]] = []
        self.pings: list[tuple[str, Ping]] = []
        self.tried = 0
        self.going = 0
        self.most_going = 0
        self.refusals = 0
        self.hangs = False
        self.hangs_for: str | None = None
        self.raises: Exception | None = None
        self.closed = False

    @property
    def told(self) -> list[str]:
        """What was delivered: kind and id of each notice."""
        return [f"{message.notice.kind} {message.notice.id}" for _, message in self.sent]

    @property
    def signals(self) -> list[str]:
        """How the paths of the pings ended."""
        return [ping.path for _, ping in self.pings]

    async def send(self, channel: Channel, message: Message) -> None:
        await self._take(str(channel))
        self.sent.append((channel, message))

    async def ping(self, monitor: Monitor, ping: Ping) -> None:
        await self._take(str(monitor.url))
        self.pings.append((str(monitor.url), ping))

    async def close(self) -> None:
        self.closed = True

    async def _take(self, address: str) -> None:
        self.tried += 1
        self.going += 1
        self.most_going = max(self.most_going, self.going)
        try:
            await asyncio.sleep(0)
            if self.hangs or (self.hangs_for is not None and self.hangs_for in address):
                await asyncio.get_running_loop().create_future()
            if self.raises is not None:
                raise self.raises
            if self.refusals:
                self.refusals -= 1
                raise NotDeliveredError("no answer")
        finally:
            self.going -= 1
