"""Names of jobs in paths, and links with a query."""

from urllib.parse import quote, urlencode

from schedrun.core.ids import JobKey

API = "/api/v1"
CODE_SET = "-"
"""What stands for the set of a job that is declared in code."""


def job_name(key: JobKey) -> str:
    """Return a job's name in paths, `SET/ID`, a code job's `-/ID`, with what a path may not hold encoded."""
    job_set, slash, job_id = key.partition("/")
    return f"{quote(job_set, safe='')}/{quote(job_id, safe='')}" if slash else f"{CODE_SET}/{quote(key, safe='')}"


def job_key(job_set: str, job_id: str) -> JobKey:
    """Return the key that a path names."""
    return job_id if job_set == CODE_SET else f"{job_set}/{job_id}"


def with_query(path: str, **fields: str | None) -> str:
    """Return the path with those fields that say something."""
    said = {name: value for name, value in fields.items() if value}
    return f"{path}?{urlencode(said)}" if said else path
