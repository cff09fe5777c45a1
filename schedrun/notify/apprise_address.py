"""Apprise, which knows many more services (https://github.com/caronc/apprise); an extra."""

import asyncio
import importlib.util
import logging
from functools import partial

from schedrun.blocking import on_thread
from schedrun.core.errors import NotDeliveredError
from schedrun.core.run.message import Message
from schedrun.core.run.notice import NoticeKind
from schedrun.core.spec.notify import AppriseChannel
from schedrun.notify import words
from schedrun.secret import SecretSource

TIMEOUT = 30.0
"""Seconds that Apprise may take."""

MISSING = "Apprise is not installed: pip install 'schedrun[apprise]'"

_TYPES = {
    NoticeKind.FAILURE: "failure",
    NoticeKind.RECOVERY: "success",
    NoticeKind.MISSED: "warning",
    NoticeKind.LATE: "warning",
}


class AppriseMessages:
    """Sends plain text through Apprise; the notice's id is its last line."""

    def __init__(self, secrets: SecretSource) -> None:
        self._secrets = secrets

    async def send(self, channel: AppriseChannel, message: Message) -> None:
        """See `Notifier.send`."""
        if not is_installed():
            raise NotDeliveredError(MISSING)
        address = self._secrets.for_run().text(channel.apprise)
        try:
            async with asyncio.timeout(TIMEOUT):
                await on_thread(partial(_send, address, message), name="schedrun-apprise")
        except TimeoutError:
            raise NotDeliveredError(f"Apprise did not send it within {TIMEOUT:g} s") from None
        except NotDeliveredError:
            raise
        except Exception as error:  # noqa: BLE001  whatever a plugin of Apprise raises
            # From None: what Apprise says may quote the address.
            raise NotDeliveredError(f"Apprise cannot send it ({type(error).__name__})") from None


def is_installed() -> bool:
    """Return whether the extra is there."""
    return importlib.util.find_spec("apprise") is not None


def _send(address: str, message: Message) -> None:
    import apprise  # noqa: PLC0415  an extra, and heavy

    # What it logs quotes addresses.
    logging.getLogger("apprise").propagate = False
    way = apprise.Apprise()
    if not way.add(address):
        raise NotDeliveredError("Apprise does not know this kind of address")
    kind = _TYPES[message.notice.kind]
    title, body = words.subject(message), words.text(message)
    taken = way.notify(title=title, body=body, notify_type=kind, body_format="text")
    if not taken:
        raise NotDeliveredError("Apprise could not send it")
