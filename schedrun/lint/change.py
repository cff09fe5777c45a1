"""SR7: what one tree tells of changes to come: pauses that nobody will remember."""

from collections.abc import Iterator

from schedrun.core.spec.instant import resolve
from schedrun.core.spec.job import Job
from schedrun.core.spec.policy import Pause
from schedrun.lint.facts import Facts
from schedrun.lint.found import Found

_HINT = 'write `paused: {reason: "...", until: "2026-12-15T00:00:00Z"}`'


def check(job: Job, facts: Facts) -> Iterator[Found]:
    """Yield what is unwise about the pause of `job`."""
    pause = job.paused
    if pause is False:
        return
    if not isinstance(pause, Pause):
        yield Found("SR705", "this pause has neither reason nor end", _HINT, ("paused",))
    elif pause.until is not None and resolve(pause.until, job.timezone) <= facts.now:
        message = "this pause has ended: the job runs again"
        yield Found("SR705", message, "take `paused` away, or write a later `until`", ("paused", "until"))
    elif pause.reason is None or pause.until is None:
        missing = [name for name, value in (("reason", pause.reason), ("end", pause.until)) if value is None]
        yield Found("SR705", f"this pause has no {' and no '.join(missing)}", _HINT, ("paused",))
