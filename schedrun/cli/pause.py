"""`schedrun pause`: lay a pause over a job."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from schedrun.cli import control, options, recorded
from schedrun.clock import SystemClock
from schedrun.core.spec import duration, instant
from schedrun.reconcile import verbs
from schedrun.render import control_text
from schedrun.render.escape import for_terminal
from schedrun.render.instants import utc_text, utc_text_or_none


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
    with control.reader(state) as ledger:
        row = ledger.read(lambda reader: recorded.job(reader, job))
    ends = None if until is None else _moment(until, row.spec.timezone, now)
    performed = control.act(state, verbs.PAUSE, job=row.key, reason=reason or None, until=utc_text_or_none(ends))
    control.show(performed, partial(control_text.paused, now=now), output_format=output_format)


def _moment(text: str, zone: str | None, now: datetime) -> datetime:
    """Return the instant that TIME means; raises click.UsageError for one that means none or has passed."""
    moment = _after(text, now) or _instant(text, zone)
    if moment <= now:
        raise click.UsageError(for_terminal(f"--until {text} has passed: that is {utc_text(moment)}"))
    return moment


def _after(text: str, now: datetime) -> datetime | None:
    try:
        return now + duration.parse(text)
    except OverflowError as error:
        raise click.UsageError(for_terminal(f"--until {text} is too far away")) from error
    except ValueError:
        return None


def _instant(text: str, zone: str | None) -> datetime:
    try:
        said = instant.read(text)
        # An offset says it all: it need not be the one of the job's zone.
        return instant.resolve(text, (zone or "UTC") if said.tzinfo is None else None).astimezone(UTC)
    except instant.InstantError as error:
        raise click.UsageError(for_terminal(f"--until: {error}, or a duration such as 2h")) from error
