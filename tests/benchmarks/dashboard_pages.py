"""Pages of the dashboard over 10,000 jobs and 1,000,000 runs, each beside the very queries that it asks, bare.

As `api_pages` measures answers; run with `python -m tests.benchmarks.dashboard_pages`.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from schedrun.stores.sqlite import SqliteStore
from schedrun.web import cursors
from schedrun.web.pages import fields
from tests.benchmarks import api_pages, large_state
from tests.benchmarks.api_pages import Measured
from tests.benchmarks.promise import Promise, report

PAGES = {
    "overview": "/",
    "jobs": "/jobs",
    "jobs that failed": "/jobs?status=failed",
    "jobs with a text": "/jobs?q=number+777",
    "one job": "/jobs/set-050/job-05012",
    "runs": "/runs",
    "runs that failed": "/runs?status=failed",
    "runs of a job": "/runs?job=set-050/job-05012",
    "one run": f"/runs/{500_000:020x}",
}
_DEEP = "runs, a deep page"


def main() -> list[Promise]:
    """Print the table and return what it promises."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state" / "state.db"
        large_state.write(path)
        measured = asyncio.run(_measured(path))
    runs = large_state.JOBS * large_state.RUNS_A_JOB
    sys.stdout.write(f"Pages over {large_state.JOBS:,} jobs and {runs:,} runs, median of {api_pages.ROUNDS}\n")
    for name, (whole, bare) in measured.items():
        sys.stdout.write(
            f"  {name:<20} {whole * 1000:8.2f} ms, its queries {bare * 1000:8.2f} ms {whole / bare:6.2f} x\n"
        )
    ratios = {name: whole / bare for name, (whole, bare) in measured.items()}
    worst = max(ratios, key=lambda name: ratios[name])
    return [
        Promise(f"page of the dashboard over its queries, worst ({worst})", ratios[worst], at_most=3.0),
        Promise("a deep page of runs, times the first", measured[_DEEP][0] / measured["runs"][0], at_most=1.5),
    ]


async def _measured(path: Path) -> dict[str, tuple[float, float]]:
    store = await SqliteStore.open(path)
    try:
        return await api_pages.measure(Measured(store), PAGES | {_DEEP: deep_url()})
    finally:
        await store.close()


def deep_url() -> str:
    """Return the URL of a page that has most of the runs before it."""
    return f"/runs?before={cursors.of_place(api_pages.deep_place(), of=fields.RUNS)}"


if __name__ == "__main__":
    report(main())
