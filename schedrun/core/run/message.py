"""A notice with everything that its reader wants to know: what a notifier puts into words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schedrun.core.ids import JobKey
from schedrun.core.run.notice import Notice
from schedrun.core.run.run import Run


@dataclass(frozen=True, slots=True)
class Message:
    """What is told, complete by itself; secrets in `log_tail` and in the run's error are masked already.

    `run` is the run that the notice is about, without its output; None where it is about none, or is forgotten.
    `link` leads to the page of the run, else of the job, where the service has pages that others can reach.
    """

    notice: Notice
    job: JobKey
    owner: str | None = None
    description: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    run: Run | None = None
    log_tail: str = ""
    link: str | None = None
