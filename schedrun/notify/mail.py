"""Mail, handed to the server that SCHEDRUN_SMTP_URL names."""

import asyncio

from schedrun.blocking import on_thread
from schedrun.core.errors import NotDeliveredError
from schedrun.core.run.message import Message
from schedrun.core.spec.notify import EmailChannel
from schedrun.core.spec.smtp import MailServer

TIMEOUT = 30.0
"""Seconds that handing in a mail may take."""

NO_SERVER = "no mail can be sent: SCHEDRUN_SMTP_URL is not set"


class Mails:
    """Sends one mail to all addresses of a channel; its Message-ID and a header hold the notice's id."""

    def __init__(self, server: MailServer | None, *, sender: str | None) -> None:
        """Take the server, None where the operator names none; `sender` None sends as `schedrun` of this machine."""
        self._server, self._sender = server, sender

    async def send(self, channel: EmailChannel, message: Message) -> None:
        """See `Notifier.send`."""
        server, sender = self._server, self._sender
        if server is None:
            raise NotDeliveredError(NO_SERVER)

        def work() -> None:
            from schedrun.notify import smtp  # noqa: PLC0415  loads smtplib and what makes mails

            smtp.hand_in(server, smtp.mail_of(message, channel, sender=sender), recipients=channel.email)

        try:
            async with asyncio.timeout(TIMEOUT):
                await on_thread(work, name="schedrun-mail")
        except TimeoutError:
            raise NotDeliveredError(f"the mail server did not take it within {TIMEOUT:g} s") from None
