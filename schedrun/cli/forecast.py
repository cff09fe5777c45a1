"""`schedrun forecast`: the calendar of the runs that manifests bring; needs no state."""

import sys
from collections.abc import Iterable
from datetime import UTC, timedelta
from pathlib import Path

import click

from schedrun.cli import instants, manifests, options, output
from schedrun.cli.verdict_command import VerdictCommand
from schedrun.clock import SystemClock
from schedrun.core.plan import forecast
from schedrun.core.plan.desired import DeclaredJob, Desired
from schedrun.core.plan.forecast import Timeline, Window
from schedrun.core.plan.load import Minutes
from schedrun.core.schedule.describe import describe
from schedrun.core.schedule.fires import TICK
from schedrun.core.spec.zone import ZoneError, zone_of
from schedrun.render.escape import for_terminal
from schedrun.render.forecast_calendar import Calendar, Entry, Rest

_LONGEST = timedelta(days=3660)
_LONGEST_HEAT = timedelta(days=366)
_MOST_RUNS = 1_000_000
_MINUTE = timedelta(minutes=1)


@click.command("forecast", cls=VerdictCommand)
@options.manifest_paths
@click.option("--from", "begin", metavar="INSTANT|DURATION", help="The first, or how far ahead.  [default: now]")
@click.option(
    "--to", "end", metavar="INSTANT|DURATION", default="24h", show_default=True, help="The end, which is outside."
)
@click.option("--timezone", metavar="ZONE", default="UTC", show_default=True, help="The clock of the heat map.")
@options.format_option("table", "json", "ical", "heat")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    paths: tuple[Path, ...],
    *,
    begin: str | None,
    end: str,
    timezone: str,
    output_format: str,
) -> None:
    """Show every run from one instant to another: as a table, JSON, iCalendar, or a map of when how many start.

    Each PATH is a manifest or a folder of them (default: manifests/).

    A duration counts from now, and behind --to from the beginning. Spread offsets are included. What a manifest pauses
    is left out and said; what people paused in a running service is not known here. Exit code 1 when a file is broken.
    """
    window = _window(begin, end)
    desired = manifests.read(paths)
    manifests.warn_of_broken_files(desired)
    if output_format == "heat":
        _show_heat(desired, window, timezone=timezone)
    else:
        _show_calendar(_calendar(desired, window), output_format)
    if desired.broken:
        ctx.exit(1)


def _window(begin: str | None, end: str) -> Window:
    """Return [begin, end), as the instants behind the tick before each."""
    now = SystemClock().now().astimezone(UTC)
    first = now if begin is None else instants.named_or_counted(begin, option="--from", start=now, zone=None)
    last = instants.named_or_counted(end, option="--to", start=first, zone=None)
    if last <= first:
        raise click.UsageError(for_terminal(f"--to {end} is not after the beginning"))
    if last - first > _LONGEST:
        raise click.UsageError(f"--to {for_terminal(end)} is more than ten years after the beginning")
    return Window(first - TICK, last - TICK)


def _calendar(desired: Desired, window: Window) -> Calendar:
    lines = {key: forecast.timeline(job.spec, key=key) for key, job in desired.jobs.items()}
    total = sum(forecast.count(line, window) for line in lines.values())
    if total > _MOST_RUNS:
        raise click.UsageError(
            f"there are {total:,} runs, more than {_MOST_RUNS:,}: choose a nearer --to, or --format heat"
        )
    entries = [Entry(at, key, line.zone.key) for key, line in lines.items() for at in forecast.runs(line, window)]
    entries.sort(key=lambda entry: (entry.at, entry.job))
    jobs = {key: (desired.jobs[key].spec.description, describe(desired.jobs[key].spec)) for key in lines}
    rests = tuple(_rests(desired.jobs.values(), lines.values(), window=window))
    return Calendar(window.after + TICK, window.until + TICK, tuple(entries), jobs, rests)


def _rests(jobs: Iterable[DeclaredJob], lines: Iterable[Timeline], *, window: Window) -> Iterable[Rest]:
    """Yield the jobs that their manifests pause for at least a part of the window."""
    for job, line in zip(jobs, lines, strict=True):
        if line.opens is None or line.opens > window.after:
            reason = getattr(job.spec.paused, "reason", None)
            yield Rest(job.key, reason, line.opens)


def _show_calendar(calendar: Calendar, output_format: str) -> None:
    if output_format == "json":
        from schedrun.render import forecast_json  # noqa: PLC0415  one format is printed

        output.print_json(forecast_json.calendar_view(calendar))
        return
    _say_rests(calendar.rests)
    if output_format == "ical":
        from schedrun.render import forecast_ical  # noqa: PLC0415

        click.echo(forecast_ical.text(calendar).encode(), nl=False)
        return
    from schedrun.render import forecast_table  # noqa: PLC0415

    medium = output.medium()
    output.print_text(forecast_table.text(calendar, width=medium.width, paint=medium.paint))


def _show_heat(desired: Desired, window: Window, *, timezone: str) -> None:
    from schedrun.render import forecast_heat  # noqa: PLC0415

    if window.until - window.after > _LONGEST_HEAT:
        raise click.UsageError("a heat map shows a year at most: choose a nearer --to")
    try:
        zone = zone_of(timezone)
    except ZoneError as error:
        raise click.UsageError(for_terminal(str(error))) from error
    lines = [forecast.timeline(job.spec, key=key) for key, job in desired.jobs.items()]
    _say_rests(_rests(desired.jobs.values(), lines, window=window))
    minutes = Minutes(_whole_minutes(window))
    minutes.tell(lines)
    if not minutes.complete:
        raise click.UsageError("there are too many runs to count: choose a nearer --to")
    medium = output.medium()
    output.print_text(
        forecast_heat.text(minutes, zone=zone, width=medium.width, paint=medium.paint, blocks=_has_blocks())
    )


def _whole_minutes(window: Window) -> Window:
    """Return the window as long as the minutes that it touches, which a heat map shows whole."""
    first, last = window.after + TICK, window.until
    first, last = (moment.replace(second=0, microsecond=0) for moment in (first, last))
    return Window(first - TICK, last + _MINUTE - TICK)


def _has_blocks() -> bool:
    from schedrun.render.forecast_heat import BLOCKS  # noqa: PLC0415  only the heat map needs them

    try:
        BLOCKS.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _say_rests(rests: Iterable[Rest]) -> None:
    """Say on stderr why jobs are missing from the answer."""
    for rest in rests:
        click.echo(for_terminal(rest.words), err=True)
