"""A browser of sorts before the pages of a small service."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path

import httpx

from schedrun.web.access import Caller
from tests.web.backend import OPERATOR, StoreBackend, client

HTML = {"Accept": "text/html,application/xhtml+xml"}
MANIFEST = """\
schedrun: v1
name: billing
jobs:
  close-day:
    schedule: {cron: "17 4 * * *"}
    target: {command: ["true"], env: {TOKEN: hunter2hunter2}}
  refunds:
    schedule: {every: 10m}
    target: {command: ["true"]}
"""


@asynccontextmanager
async def asked(backend: StoreBackend, caller: Caller = OPERATOR) -> AsyncIterator[httpx.AsyncClient]:
    """Open a browser of sorts."""
    async with client(backend, caller) as opened:
        opened.headers.update(HTML)
        yield opened


async def backend_of(folder: Path) -> StoreBackend:
    """Return a backend that has applied the manifest."""
    (folder / "billing.yaml").write_text(MANIFEST)
    backend = StoreBackend(manifests=folder)
    await backend.reconcile()
    return backend


def words(answer: httpx.Response) -> str:
    """Return a page's text, its blanks joined."""
    text = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", answer.text, flags=re.DOTALL)
    return re.sub(r"\s+(?=[,.:)])|(?<=\()\s+", "", re.sub(r"\s+", " ", unescape(text)))
