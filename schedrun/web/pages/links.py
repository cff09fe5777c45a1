"""Names of jobs in paths, links, and the small parts that pages show hundreds of times: made once each."""

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, urlencode

from markupsafe import Markup

from schedrun.core.ids import CODE_SET, JobKey
from schedrun.web.charts.strip import words
from schedrun.web.charts.svg import element

API = "/api/v1"
_KEPT = 20_000
"""How many links are kept: those of every job of a large service."""


class Links(NamedTuple):
    """Links below `root`, where the application is mounted: empty, or a path without a slash at its end."""

    root: str

    def job(self, key: JobKey) -> Markup:
        """Return the link to a job's page."""
        return _job_link(self.root, key)

    def run(self, run_id: str) -> Markup:
        """Return the link to a run's page, which says as much of its id as tells runs apart."""
        return _run_link(self.root, run_id)


@lru_cache(maxsize=_KEPT)
def _job_link(root: str, key: JobKey) -> Markup:
    return element("a", split_key(key), class_="key", href=f"{root}/jobs/{job_name(key)}")


@lru_cache(maxsize=_KEPT)
def _run_link(root: str, run_id: str) -> Markup:
    return element("a", run_id[:8], class_="id", href=f"{root}/runs/{quote(run_id, safe='')}")


@lru_cache(maxsize=_KEPT)
def split_key(key: JobKey) -> Markup:
    """Return a key whose set is told from its id, and that may break between the two."""
    job_set, slash, job_id = key.partition("/")
    if not slash:
        return element("span", key, class_="key-id")
    return element("span", f"{job_set}/", class_="key-set") + Markup("<wbr>") + element("span", job_id, class_="key-id")


@lru_cache(maxsize=64)
def icon(name: str) -> Markup:
    """Return an icon of the page's sheet; words stand beside it."""
    return element("svg", element("use", href=f"#i-{name}"), class_="icon", aria_hidden="true")


@lru_cache(maxsize=64)
def status(value: str) -> Markup:
    """Return how something stands: a shape, a word, a colour."""
    return element("span", icon(value), words(value), class_=f"status is-{value}")


def job_name(key: JobKey) -> str:
    """Return a job's name in paths, `SET/ID`, a code job's `-/ID`, with what a path may not hold encoded."""
    job_set, slash, job_id = key.partition("/")
    return f"{quote(job_set, safe='')}/{quote(job_id, safe='')}" if slash else f"{CODE_SET}/{quote(key, safe='')}"


def with_query(path: str, **fields: str | None) -> str:
    """Return the path with those fields that say something."""
    said = {name: value for name, value in fields.items() if value}
    return f"{path}?{urlencode(said)}" if said else path
