"""Whom a job tells of its ends, and the monitor that waits for its pings."""

import hashlib
import json
import re
from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Field, Tag

from schedrun.core.pattern import Pattern
from schedrun.core.spec.base import Spec, fault
from schedrun.core.spec.shape import Shape
from schedrun.core.spec.target import Value, WebAddress

NOTIFY_FIELDS = ("on_failure", "on_recovery", "on_missed", "on_late")
"""The fields of a job that say whom to tell of what."""

CHANNEL_KINDS = ("webhook", "slack", "email", "apprise")
"""The keys of which an entry of these fields has exactly one."""

ADDRESS_FIELDS = (*NOTIFY_FIELDS, "monitor")
"""The fields of a job whose values are addresses: nobody sees them but who reads the manifest."""

_SCHEME = Pattern(r"[a-z][a-z0-9+.-]*://.", re.IGNORECASE | re.ASCII)
_APPRISE_HINT = "write an address such as discord://... or {from_env: NAME}"
_APPRISE_SHAPE = Shape(r"^[A-Za-z][A-Za-z0-9+.-]*://.", _APPRISE_HINT)
_OF_MAILBOXES = r'[^\x00-\x20\x7f@<>(),;:\\"\[\]]+'
_MAILBOX = Pattern(rf"(?!.*\s){_OF_MAILBOXES}@{_OF_MAILBOXES}")
_MAILBOX_HINT = "write it bare, such as oncall@example.com"
_MAILBOX_SHAPE = Shape(f"^{_OF_MAILBOXES}@{_OF_MAILBOXES}$", _MAILBOX_HINT)


def _apprise_address(value: Any) -> Any:
    if isinstance(value, str) and not (_SCHEME.match(value) and value.isprintable()):
        raise fault("SR102", "this is no address of Apprise", hint=_APPRISE_HINT)
    return value


def is_mailbox(text: str) -> bool:
    """Return whether this is a bare mail address."""
    return _MAILBOX.fullmatch(text) is not None


def _mailbox(text: str) -> str:
    if not is_mailbox(text):
        raise fault("SR102", "this is no mail address", hint=_MAILBOX_HINT)
    return text


_Mailbox = Annotated[str, AfterValidator(_mailbox), _MAILBOX_SHAPE]
_AppriseAddress = Annotated[Value, AfterValidator(_apprise_address), _APPRISE_SHAPE]


class WebhookChannel(Spec):
    """A URL that a JSON object about the event is posted to."""

    webhook: Annotated[WebAddress, Field(description="Where the JSON object is posted.")]


class SlackChannel(Spec):
    """An incoming webhook of Slack, or of something that takes the same messages."""

    slack: Annotated[WebAddress, Field(description="The URL of the incoming webhook.")]


class EmailChannel(Spec):
    """Mail addresses; the service knows the server by SCHEDRUN_SMTP_URL."""

    email: Annotated[list[_Mailbox], Field(min_length=1, description="Who gets the mail.")]


class AppriseChannel(Spec):
    """An address of Apprise, which knows many more services; needs the extra `apprise`."""

    apprise: Annotated[_AppriseAddress, Field(description="The address, as Apprise writes it.")]


CHANNEL_MODELS = (WebhookChannel, SlackChannel, EmailChannel, AppriseChannel)


def _kind(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((kind for kind in CHANNEL_KINDS if kind in value), None)
    return next((kind for kind in CHANNEL_KINDS if hasattr(value, kind)), None)


Channel = Annotated[
    Annotated[WebhookChannel, Tag("webhook")]
    | Annotated[SlackChannel, Tag("slack")]
    | Annotated[EmailChannel, Tag("email")]
    | Annotated[AppriseChannel, Tag("apprise")],
    Discriminator(_kind),
]
"""One way to tell people."""


class Monitor(Spec):
    """A check at Healthchecks.io, or at what speaks its protocol: it notices when nothing comes any more."""

    url: Annotated[WebAddress, Field(description="The ping URL of the check.")]


def kind_of(channel: Channel) -> str:
    """Return the kind of a channel: one of CHANNEL_KINDS."""
    return next(kind for kind in CHANNEL_KINDS if hasattr(channel, kind))


def channel_id(channel: Channel) -> str:
    """Return what identifies the channel in the ledger: the same for the same address, and not to be read from it."""
    said = json.dumps(channel.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(f"channel\n{said}".encode()).hexdigest()[:20]
