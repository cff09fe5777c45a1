"""Webhooks: a JSON object about the event, posted to a URL."""

import json
from typing import Any

from schedrun.core.run.message import Message
from schedrun.core.run.run import Run
from schedrun.core.spec.notify import WebhookChannel
from schedrun.notify import words
from schedrun.notify.post import Poster
from schedrun.secret import SecretSource


class Webhooks:
    """Posts `document(message)`; the notice's id is in the header `Schedrun-Notice-Id` too."""

    def __init__(self, poster: Poster, secrets: SecretSource) -> None:
        self._poster, self._secrets = poster, secrets

    async def send(self, channel: WebhookChannel, message: Message) -> None:
        """See `Notifier.send`."""
        await self._poster.post(
            self._secrets.for_run().text(channel.webhook),
            content=json.dumps(document(message), ensure_ascii=False).encode("utf-8", "replace"),
            headers={"content-type": "application/json", "schedrun-notice-id": message.notice.id},
        )


def document(message: Message) -> dict[str, Any]:
    """Return what is posted: JSON values, times in RFC 3339, UTC.

    `run` is null where it is about none; `missed` and `late` are there for these kinds.
    """
    notice = message.notice
    told = {
        "id": notice.id,
        "kind": notice.kind.value,
        "job": message.job,
        "at": words.instant(notice.at),
        "text": words.subject(message),
        "held_back": notice.held_back,
        "description": message.description,
        "owner": message.owner,
        "labels": dict(message.labels),
        "run": None if message.run is None else _run(message.run),
        "log_tail": message.log_tail,
        "link": message.link,
    }
    return told if notice.facts is None else {**told, notice.kind.value: dict(notice.facts)}


def _run(run: Run) -> dict[str, Any]:
    took = None
    if run.started_at is not None and run.finished_at is not None:
        took = (run.finished_at - run.started_at).total_seconds()
    return {
        "id": run.id,
        "fire_time": words.instant(run.fire_time),
        "kind": run.kind.value,
        "status": run.status.value,
        "attempt": run.attempt,
        "started_at": words.instant(run.started_at),
        "finished_at": words.instant(run.finished_at),
        "duration_seconds": took,
        "exit_code": run.exit_code,
        "error": run.error,
    }
