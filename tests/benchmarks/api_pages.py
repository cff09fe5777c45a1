"""Answers of the API over 10,000 jobs and 1,000,000 runs, each beside the very queries that it asks, bare.

An answer is asked of the application in this process, without sockets. Its queries are noted while it is made, and
then asked of the store alone, in one snapshot. Run with `python -m tests.benchmarks.api_pages`.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from schedrun.core.run.page import Place
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.schedule import fires
from schedrun.core.schedule.fires import Fires
from schedrun.protocols import Reader
from schedrun.stores.sqlite import SqliteStore
from schedrun.web import app, cursors
from schedrun.web.parameters import RunsQuery
from tests.benchmarks import large_state
from tests.benchmarks.promise import Promise, report
from tests.virtual import VirtualClock
from tests.web.backend import OPERATOR, StoreBackend

T = TypeVar("T")

ROUNDS = 41
DEEP = 900_000
"""How many runs stand before the deep page."""

PAGES = {
    "status": "/api/v1/status",
    "jobs": "/api/v1/jobs",
    "jobs of a set": "/api/v1/jobs?set=set-050",
    "jobs that failed": "/api/v1/jobs?status=failed",
    "jobs with a text": "/api/v1/jobs?q=number+777",
    "one job": "/api/v1/jobs/set-050/job-05012",
    "runs": "/api/v1/runs",
    "runs that failed": "/api/v1/runs?status=failed",
    "runs of a job": "/api/v1/runs?job=set-050/job-05012",
    "one run": f"/api/v1/runs/{500_000:020x}",
    "500 runs": "/api/v1/runs?limit=500",
    "spans": "/api/v1/spans",
}
DEEP_PAGE = "runs, a deep page"
"""The name of the page that begins at `deep_place`."""


class _Noting:
    """A reader that notes what it is asked."""

    def __init__(self, reader: Reader, calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]]) -> None:
        self._reader, self._calls = reader, calls

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            known = tuple(
                list(each) if isinstance(each, Iterable) and not isinstance(each, str) else each for each in args
            )
            self._calls.append((name, known, kwargs))
            return getattr(self._reader, name)(*known, **kwargs)

        return call


class Measured(StoreBackend):
    """A backend that compiles each schedule once, as a service does, and can note what the ledger is asked."""

    def __init__(self, store: SqliteStore) -> None:
        super().__init__(store, clock=VirtualClock(large_state.NOW))
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] | None = None
        self._compiled: dict[str, tuple[RecordedJob, Fires]] = {}

    async def read(self, query: Callable[[Reader], T]) -> T:
        """See `Backend.read`."""
        calls = self.calls
        if calls is None:
            return await self.store.read(query)
        return await self.store.read(lambda reader: query(cast("Reader", _Noting(reader, calls))))

    def fires(self, job: RecordedJob) -> Fires:
        """See `Backend.fires`."""
        known = self._compiled.get(job.uid)
        if known is None or known[0].spec is not job.spec:
            known = self._compiled[job.uid] = (job, fires.of(job.spec, key=job.key))
        return known[1]


async def answer(application: Any, url: str) -> bytes:
    """Return the body of the application's answer to a GET. Raises AssertionError when it is not 200."""
    path, _, query = url.partition("?")
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 40000),
        "server": ("127.0.0.1", 8321),
        "schedrun.caller": OPERATOR,
    }
    await application(scope, receive, send)
    assert sent[0]["status"] == 200, b"".join(message.get("body", b"") for message in sent)
    return b"".join(message.get("body", b"") for message in sent[1:])


async def measure(backend: Measured, pages: dict[str, str]) -> dict[str, tuple[float, float]]:
    """Return for each page the median seconds of its answer, and of its queries bare."""
    application, measured = app.of(backend), {}
    for name, url in pages.items():
        backend.calls = []
        await answer(application, url)
        calls, backend.calls = backend.calls, None

        def bare(reader: Reader, calls: Sequence[tuple[str, tuple[Any, ...], dict[str, Any]]] = calls) -> None:
            for asked, args, kwargs in calls:
                getattr(reader, asked)(*args, **kwargs)

        wholes, bares = [], []
        for _ in range(ROUNDS):
            wholes.append(await _seconds(partial(answer, application, url)))
            bares.append(await _seconds(partial(backend.store.read, bare)))
        measured[name] = statistics.median(wholes), statistics.median(bares)
    return measured


def deep_place() -> Place:
    """Return a place in the list of runs that has most of them before it, in the middle of a fire time."""
    minutes = DEEP * 60 // large_state.JOBS
    at = large_state.NOW.replace(minute=0) - timedelta(minutes=minutes)
    return Place(at, large_state.JOBS * large_state.RUNS_A_JOB - DEEP)


def deep_url() -> str:
    """Return the URL of the page of runs that begins at that place."""
    return f"/api/v1/runs?cursor={cursors.of_place(deep_place(), of=RunsQuery().list_name())}"


async def _seconds(ask: Callable[[], Awaitable[object]]) -> float:
    begun = time.perf_counter()
    await ask()
    return time.perf_counter() - begun


def figures(what: str, pages: dict[str, str]) -> dict[str, tuple[float, float]]:
    """Measure pages over a large state, print the table, headed by `what` they are, and return it as `measure` does."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state" / "state.db"
        large_state.write(path)
        measured = asyncio.run(_measured(path, pages))
    runs = large_state.JOBS * large_state.RUNS_A_JOB
    sys.stdout.write(f"{what} over {large_state.JOBS:,} jobs and {runs:,} runs, median of {ROUNDS}\n")
    for name, (whole, bare) in measured.items():
        sys.stdout.write(
            f"  {name:<20} {whole * 1000:8.2f} ms, its queries {bare * 1000:8.2f} ms {whole / bare:6.2f} x\n"
        )
    return measured


def promises(what: str, measured: dict[str, tuple[float, float]]) -> list[Promise]:
    """Return what is promised of the pages, each of which is a `what`: `runs` and DEEP_PAGE are among them."""
    ratios = {name: whole / bare for name, (whole, bare) in measured.items()}
    worst = max(ratios, key=lambda name: ratios[name])
    return [
        Promise(f"{what} over its queries, worst ({worst})", ratios[worst], at_most=3.0),
        Promise("a deep page of runs, times the first", measured[DEEP_PAGE][0] / measured["runs"][0], at_most=1.5),
    ]


def main() -> list[Promise]:
    """Print the table and return what it promises."""
    return promises("answer of the API", figures("Answers", PAGES | {DEEP_PAGE: deep_url()}))


async def _measured(path: Path, pages: dict[str, str]) -> dict[str, tuple[float, float]]:
    store = await SqliteStore.open(path)
    try:
        return await measure(Measured(store), pages)
    finally:
        await store.close()


if __name__ == "__main__":
    report(main())
