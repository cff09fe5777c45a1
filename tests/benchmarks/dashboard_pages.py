"""Pages of the dashboard over 10,000 jobs and 1,000,000 runs, each beside the very queries that it asks, bare.

As `api_pages` measures answers; run with `python -m tests.benchmarks.dashboard_pages`.
"""

from schedrun.web import cursors
from schedrun.web.pages import fields
from tests.benchmarks import api_pages
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


def main() -> list[Promise]:
    """Print the table and return what it promises."""
    measured = api_pages.figures("Pages", PAGES | {api_pages.DEEP_PAGE: deep_url()})
    return api_pages.promises("page of the dashboard", measured)


def deep_url() -> str:
    """Return the URL of a page that has most of the runs before it."""
    return f"/runs?before={cursors.of_place(api_pages.deep_place(), of=fields.RUNS)}"


if __name__ == "__main__":
    report(main())
