"""Samples for rules: a sound job, with the fields that matter in place of its own."""

from collections.abc import Mapping

_FIELDS = {
    "owner": "data-team",
    "timezone": "Europe/Berlin",
    "timeout": "5m",
    "schedule": '{cron: "0 12 * * *"}',
    "target": "{command: [./bin/report]}",
}


def manifest(*jobs: Mapping[str, str | None], defaults: str | None = None, job_id: str = "report") -> str:
    """Return a whole manifest; each of `jobs` gives fields as YAML texts, None for one that is left out.

    The first job is called `job_id`, the next ones `job_id-2` and so on.
    """
    head = f"defaults: {defaults}\n" if defaults else ""
    texts = [_job(job_id if not place else f"{job_id}-{place + 1}", fields) for place, fields in enumerate(jobs)]
    return f"schedrun: v1\nname: billing\n{head}jobs:\n{''.join(texts)}"


def cron(text: str) -> str:
    """Return a manifest of one job with this crontab expression."""
    return manifest({"schedule": f'{{cron: "{text}"}}'})


def _job(job_id: str, fields: Mapping[str, str | None]) -> str:
    said = {**_FIELDS, **fields}
    lines = [f"    {name}: {value}\n" for name, value in said.items() if value is not None]
    return f"  {job_id}:\n{''.join(lines)}"
