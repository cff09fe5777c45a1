"""`schedrun next`: when jobs, or a crontab expression, fire next; needs manifests at most, no state."""

import heapq
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import click

from schedrun.cli import job_argument, manifests, options, output
from schedrun.cli.instants import InstantType
from schedrun.clock import SystemClock
from schedrun.core.plan.desired import DeclaredJob, Desired
from schedrun.core.run import job_status, pauses
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.schedule import fires
from schedrun.core.schedule.cron import next_fire_times
from schedrun.core.status import Origin
from schedrun.render import next_json, next_table
from schedrun.render.escape import for_terminal
from schedrun.render.upcoming_fire import UpcomingFire

_BEFORE_EVERYTHING = datetime.min.replace(tzinfo=UTC)


@click.command("next")
@click.argument("job", required=False)
@click.option("--cron", metavar="EXPR", help="A crontab expression instead of a job.")
@click.option("--timezone", metavar="ZONE", help="The time zone of --cron.  [default: UTC]")
@click.option(
    "--after",
    metavar="INSTANT",
    type=InstantType(),
    help="Show fires after this instant, offset included.  [default: now]",
)
@click.option(
    "-n",
    "--count",
    type=click.IntRange(min=1),
    metavar="N",
    default=5,
    show_default=True,
    help="How many fires to show.",
)
@options.manifests_option
@options.format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    job: str | None,
    *,
    cron: str | None,
    timezone: str | None,
    after: datetime | None,
    count: int,
    paths: tuple[Path, ...],
    output_format: str,
) -> None:
    """Show when JOB fires next (`set/id`, or the id where it is unique).

    Without JOB: the soonest fires of all jobs together. With --cron: the fires of that expression. Spread
    offsets are included. A job that its manifest pauses fires again after the pause; what people paused in a
    running service is not known here.
    """
    now = SystemClock().now()
    after = after or now
    _check_combination(job, cron=cron, timezone=timezone, paths=paths)
    if cron is not None:
        _show(
            _fires_of_expression(cron, timezone=timezone or "UTC", after=after, count=count),
            now=now,
            output_format=output_format,
        )
        return
    desired = manifests.read(options.existing_paths(paths))
    manifests.warn_of_broken_files(desired)
    chosen = _chosen(job, desired)
    _warn_of_pauses(chosen, after)
    _show(list(islice(_merged(chosen, after), count)), now=now, output_format=output_format)
    if job is None and desired.broken:
        ctx.exit(1)


def _check_combination(job: str | None, *, cron: str | None, timezone: str | None, paths: tuple[Path, ...]) -> None:
    if cron is not None and (job is not None or paths):
        raise click.UsageError("--cron stands for itself: leave JOB and --manifests out")
    if cron is None and timezone is not None:
        raise click.UsageError("--timezone belongs to --cron: a job has its own time zone")


def _fires_of_expression(cron: str, *, timezone: str, after: datetime, count: int) -> list[UpcomingFire]:
    try:
        instants = next_fire_times(cron, timezone=timezone, after=after, count=count)
    except ValueError as error:
        raise click.UsageError(for_terminal(str(error))) from error
    return [UpcomingFire(job=None, at=instant, zone=timezone) for instant in instants]


def _chosen(job: str | None, desired: Desired) -> list[RecordedJob]:
    if job is None:
        return [_as_row(declared) for declared in desired.jobs.values()]
    return [_as_row(desired.jobs[job_argument.find(job, desired.jobs)])]


def _as_row(declared: DeclaredJob) -> RecordedJob:
    """Return the row that the job would have in a state where nothing has happened yet."""
    return RecordedJob(
        uid=declared.key,
        key=declared.key,
        origin=Origin.MANIFEST,
        spec=declared.spec,
        cursor=_BEFORE_EVERYTHING,
        file=declared.position.file,
        line=declared.position.line,
    )


def _warn_of_pauses(jobs: Iterable[RecordedJob], after: datetime) -> None:
    """Say on stderr why jobs are missing from the answer."""
    for job in jobs:
        pause = pauses.holding(job, after)
        if pause is not None:
            click.echo(for_terminal(f"{job.key} is {pause.reason}"), err=True)


def _merged(jobs: Iterable[RecordedJob], after: datetime) -> Iterator[UpcomingFire]:
    return heapq.merge(*(_upcoming(job, after) for job in jobs), key=lambda fire: fire.at)


def _upcoming(job: RecordedJob, after: datetime) -> Iterator[UpcomingFire]:
    compiled = fires.of(job.spec, key=job.key)
    at = job_status.next_fire(job, compiled, now=after)
    while at is not None:
        yield UpcomingFire(job=job.key, at=at, zone=job.spec.timezone)
        at = job_status.next_fire(job, compiled, now=at)


def _show(upcoming: list[UpcomingFire], *, now: datetime, output_format: str) -> None:
    if output_format == "json":
        output.print_json(next_json.next_view(upcoming))
        return
    medium = output.medium()
    output.print_text(next_table.text(upcoming, now=now, width=medium.width, paint=medium.paint))
