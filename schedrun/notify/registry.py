"""Every kind of channel by its name, and which of them cannot be used here."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from schedrun.core.errors import NotDeliveredError
from schedrun.core.run.message import Message
from schedrun.core.run.ping import Ping
from schedrun.core.spec import smtp
from schedrun.core.spec.job import Job
from schedrun.core.spec.notify import NOTIFY_FIELDS, Channel, Monitor, kind_of
from schedrun.core.spec.smtp import MailServer
from schedrun.notify import apprise_address
from schedrun.notify.apprise_address import AppriseMessages
from schedrun.notify.healthchecks import Healthchecks
from schedrun.notify.mail import NO_SERVER, Mails
from schedrun.notify.post import Poster
from schedrun.notify.slack import SlackMessages
from schedrun.notify.webhook import Webhooks
from schedrun.protocols import Notifier
from schedrun.secret import SecretError, SecretSource

log = logging.getLogger(__name__)


class Registry:
    """The notifiers of a service; itself the `Notifiers` of its scheduler."""

    def __init__(
        self,
        *,
        secrets: SecretSource,
        mail_server: MailServer | None = None,
        sender: str | None = None,
        pages: str | None = None,
    ) -> None:
        """Take what resolves addresses, the mail server (None: no mail is sent) and the sender of mails.

        `pages` is where people reach the service's pages, without a slash at its end; None leaves links out.
        """
        self._pages = pages
        self._poster = Poster()
        self._mail_server = mail_server
        self._healthchecks = Healthchecks(self._poster, secrets)
        self._by_kind: Mapping[str, Notifier] = {
            "webhook": Webhooks(self._poster, secrets),
            "slack": SlackMessages(self._poster, secrets),
            "email": Mails(mail_server, sender=sender),
            "apprise": AppriseMessages(secrets),
        }

    async def send(self, channel: Channel, message: Message) -> None:
        """See `Notifiers.send`."""
        if self._pages is not None:
            place = f"runs/{message.notice.run_id}" if message.notice.run_id else f"jobs/{quote(message.job)}"
            message = replace(message, link=f"{self._pages}/{place}")
        try:
            await self._by_kind[kind_of(channel)].send(channel, message)
        except SecretError as error:
            raise NotDeliveredError(str(error)) from None

    async def ping(self, monitor: Monitor, ping: Ping) -> None:
        """See `Notifiers.ping`."""
        try:
            await self._healthchecks.ping(monitor, ping)
        except SecretError as error:
            raise NotDeliveredError(str(error)) from None

    async def close(self) -> None:
        """See `Notifiers.close`."""
        await self._poster.close()

    def refusals(self, job: Job) -> Iterator[tuple[str, str]]:
        """Yield which fields of the job tell nobody here, each with the reason."""
        for field in NOTIFY_FIELDS:
            channels: list[Any] = getattr(job, field)
            for reason in dict.fromkeys(filter(None, map(self._refusal, channels))):
                yield field, reason

    def _refusal(self, channel: Channel) -> str | None:
        match kind_of(channel):
            case "email" if self._mail_server is None:
                return NO_SERVER
            case "apprise" if not apprise_address.is_installed():
                return apprise_address.MISSING
            case _:
                return None


def from_environ(environ: Mapping[str, str], *, state_dir: Path | None) -> Registry:
    """Return the notifiers of an application that has no settings of schedrun's but its environment.

    A mail server that cannot be understood is said so, and no mail is sent.
    """
    server = None
    if url := environ.get("SCHEDRUN_SMTP_URL"):
        try:
            server = smtp.parse(url)
        except ValueError as error:
            facts = {"event": "setting_unusable", "setting": "SCHEDRUN_SMTP_URL", "reason": f"{error}; {smtp.FORMS}"}
            log.warning("Setting cannot be used, no mail is sent", extra=facts)
    secrets = SecretSource(environ=environ, state_dir=state_dir)
    return Registry(secrets=secrets, mail_server=server, sender=environ.get("SCHEDRUN_SMTP_FROM") or None)
