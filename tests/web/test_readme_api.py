"""What the README shows of the API is true: each request that it shows is answered."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.web.backend import OPERATOR, READER, StoreBackend, client
from tests.web.routes.rig import a_backend

pytestmark = pytest.mark.anyio

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
STREAMS = re.compile(r"/(?:events|log|stream)\b")
"""What has tests of its own."""


def requests() -> Iterator[httpx.Request]:
    """Yield each request of a console block to the API."""
    for block in re.findall(r"^```console\n(.*?)^```$", README, re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("$ curl ") and "/api/v1/" in line and not STREAMS.search(line):
                yield request(shlex.split(line.partition("|")[0])[2:])


def request(words: list[str]) -> httpx.Request:
    """Return what curl would send."""
    method, headers, body, url = "GET", [], None, ""
    rest = iter(words)
    for word in rest:
        match word:
            case "-s" | "-sS":
                continue
            case "-X":
                method = next(rest)
            case "-H":
                name, _, value = next(rest).partition(": ")
                headers.append((name, value))
            case "-d":
                body = next(rest)
            case _:
                assert not word.startswith("-"), f"{word} is not known here"
                url = word
    return httpx.Request(method, url, headers=headers, content=body)


SHOWN = list(requests())


def test_shows_reads_and_actions() -> None:
    """Most routes, and both kinds."""
    assert {"GET", "POST"} == {each.method for each in SHOWN}
    assert len(SHOWN) >= 7


@pytest.mark.parametrize("shown", SHOWN, ids=[f"{each.method} {each.url.path}" for each in SHOWN])
async def test_what_is_shown_is_answered(tmp_path: Path, shown: httpx.Request) -> None:
    """A read by who may read; an action by who sends a token."""
    backend: StoreBackend = await a_backend(tmp_path)
    caller = OPERATOR if "Authorization" in shown.headers else READER
    async with client(backend, caller) as asked:
        answer = await asked.request(
            shown.method, shown.url.raw_path.decode(), headers=shown.headers, content=shown.content
        )
    assert answer.status_code in {200, 202}, answer.text
