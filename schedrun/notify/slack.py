"""Slack: blocks for its incoming webhooks (https://docs.slack.dev/reference/block-kit/blocks)."""

import json
from typing import Any

from schedrun.core.run.message import Message
from schedrun.core.run.notice import NoticeKind
from schedrun.core.spec.notify import SlackChannel
from schedrun.notify import words
from schedrun.notify.post import Poster
from schedrun.secret import SecretSource

_SIGNS = {NoticeKind.FAILURE: "🔴", NoticeKind.RECOVERY: "🟢", NoticeKind.MISSED: "🟠", NoticeKind.LATE: "🟠"}
_LONGEST_TITLE = 150
_LONGEST_SECTION = 3_000
_LONGEST_FACT = 250
_LIKE_A_TICK = "\u02cb"
"""Stands for a backtick within code, where Slack has no way to write one."""

_FENCE = "```"


class SlackMessages:
    """Posts messages to incoming webhooks; the notice's id is at their end."""

    def __init__(self, poster: Poster, secrets: SecretSource) -> None:
        self._poster, self._secrets = poster, secrets

    async def send(self, channel: SlackChannel, message: Message) -> None:
        """See `Notifier.send`."""
        await self._poster.post(
            self._secrets.for_run().text(channel.slack),
            content=json.dumps(payload(message)).encode(),
            headers={"content-type": "application/json", "schedrun-notice-id": message.notice.id},
        )


def payload(message: Message) -> dict[str, Any]:
    """Return the message as Slack wants it: a text for notifications, blocks for the channel.

    No text of a job can mention anybody, lead anywhere or end the code that it stands in.
    """
    title = f"{_SIGNS[message.notice.kind]} {words.subject(message)}"
    facts = [f"*{name}:* `{_in_code(_short(value))}`" for name, value in words.facts_of(message)]
    blocks: list[dict[str, Any]] = [{"type": "header", "text": _plain(_cut(title, _LONGEST_TITLE))}]
    blocks += [_section(part) for part in _packed(facts)]
    if message.log_tail:
        blocks.append(_section(f"{_FENCE}\n{_last(message.log_tail)}\n{_FENCE}"))
    if message.link:
        # The operator's own address, with ids in it: nothing of it is a job's.
        blocks.append(_section(f"<{message.link}|Open it in schedrun>"))
    blocks.append({"type": "context", "elements": [_plain(f"schedrun notice {message.notice.id}")]})
    return {"text": escaped(title), "blocks": blocks}


def escaped(text: str) -> str:
    """Return the text with the three characters escaped that mean something to Slack wherever they stand."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _in_code(text: str) -> str:
    return escaped(" ".join(text.split()).replace("`", _LIKE_A_TICK))


def _last(text: str) -> str:
    """Return the end of the text, as much as a section takes once it is escaped."""
    room = _LONGEST_SECTION - 2 * len(_FENCE) - 2
    text = text.replace("`", _LIKE_A_TICK)
    while len(shown := escaped(text)) > room:
        text = text[len(shown) - room :]
    return shown


def _packed(lines: list[str]) -> list[str]:
    """Return the lines in as few texts as sections take."""
    packed: list[str] = []
    for line in lines:
        if packed and len(packed[-1]) + len(line) < _LONGEST_SECTION:
            packed[-1] += f"\n{line}"
        else:
            packed.append(line)
    return packed


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _short(value: str) -> str:
    return _cut(value, _LONGEST_FACT)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
