"""What tells people and pings monitors."""

from typing import Any, Protocol

from schedrun.core.run.message import Message
from schedrun.core.run.ping import Ping
from schedrun.core.spec.notify import Channel, Monitor


class Notifier(Protocol):
    """Delivers to one kind of channel."""

    async def send(self, channel: Any, message: Message) -> None:
        """Deliver the message to `channel` (this kind's model), with the notice's id in it.

        Returns once whoever is responsible has taken it; else NotDeliveredError is raised, which says why without a
        word of the address.
        """


class Notifiers(Protocol):
    """Every kind of channel, and the pings."""

    async def send(self, channel: Channel, message: Message) -> None:
        """Deliver the message as its kind's `Notifier` does, within bounded time."""

    async def ping(self, monitor: Monitor, ping: Ping) -> None:
        """Send the ping within bounded time; raises NotDeliveredError as `send` does."""

    async def close(self) -> None:
        """Release what is held; idempotent."""
