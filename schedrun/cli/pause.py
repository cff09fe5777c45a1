"""`schedrun pause`: lay a pause over a job."""

from datetime import datetime
from functools import partial
from pathlib import Path

import click

from schedrun.cli import control, instants, options, recorded
from schedrun.clock import SystemClock
from schedrun.core.spec.instant import utc_text
from schedrun.reconcile import verbs
from schedrun.render import control_text
from schedrun.render.escape import for_terminal
from schedrun.render.instants import utc_text_or_none
from schedrun.stores import readonly


@click.command("pause")
@click.argument("job")
@click.option("--reason", metavar="TEXT", help="Why; it stands in every plan and beside each fire that is skipped.")
@click.option("--until", metavar="TIME", help="When the pause ends: an instant (RFC 3339), or in how long (2h, 1d12h).")
@options.state_option
@options.format_option("text", "json")
def command(job: str, reason: str | None, until: str | None, state: Path, output_format: str) -> None:
    """Pause JOB (`set/id`, or the id where it is unique) until `schedrun resume`, or until TIME.

    What comes due meanwhile is recorded as skipped and is not caught up. Runs that are active go on. The pause
    outlives edits and restarts, and replaces one that was laid over the job before. An instant without an offset is
    read in the job's time zone.
    """
    now = SystemClock().now()
    row = readonly.ask(state, lambda reader: recorded.job(reader, job))
    ends = None if until is None else _ahead(until, zone=row.spec.timezone or "UTC", now=now)
    performed = control.act(state, verbs.PAUSE, job=row.key, reason=reason or None, until=utc_text_or_none(ends))
    control.show(performed, partial(control_text.paused, now=now), output_format=output_format)


def _ahead(text: str, *, zone: str, now: datetime) -> datetime:
    ends = instants.named_or_counted(text, option="--until", start=now, zone=zone)
    if ends <= now:
        raise click.UsageError(for_terminal(f"--until {text} has passed: that is {utc_text(ends)}"))
    return ends
