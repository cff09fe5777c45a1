"""SR9: whom a job tells."""

import importlib.util
from collections.abc import Iterator

from schedrun.core.spec.job import Job
from schedrun.core.spec.notify import NOTIFY_FIELDS, kind_of
from schedrun.lint.facts import Facts
from schedrun.lint.found import Found


def check(job: Job, facts: Facts) -> Iterator[Found]:
    """Yield where `job` tells nobody although it names somebody."""
    for field in NOTIFY_FIELDS:
        for place, channel in enumerate(getattr(job, field)):
            if kind_of(channel) == "apprise" and not facts.once(is_installed):
                message = "Apprise is not installed here, and without it nobody is told this way"
                hint = "where the service runs: pip install 'schedrun[apprise]'"
                yield Found("SR901", message, hint, (field, place, "apprise"), masked=True)
    if job.on_recovery and not job.on_failure:
        message = "`on_recovery` without `on_failure` tells nobody: a recovery follows a failure that was told"
        yield Found("SR902", message, "say `on_failure` too, or take it away", ("on_recovery",), masked=True)


def is_installed() -> bool:
    """Return whether the extra `apprise` is there."""
    return importlib.util.find_spec("apprise") is not None
