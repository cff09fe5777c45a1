"""`schedrun why`: why one occurrence ran, or did not."""

import re
from datetime import timedelta
from pathlib import Path

import click

from schedrun.cli import instants, options, output, reading, recorded
from schedrun.clock import SystemClock
from schedrun.core.run.why import Answer, Finding, Window
from schedrun.core.schedule.fires import TICK
from schedrun.protocols import Reader
from schedrun.render import why_json, why_text
from schedrun.scheduler import explaining

_FRACTION = re.compile(r"\.(\d+)")


@click.command("why")
@click.argument("occurrence", metavar="JOB@TIME")
@options.state_option
@options.format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, occurrence: str, state: Path, output_format: str) -> None:
    """Say in one sentence why JOB ran at TIME, or why it did not.

    JOB is `set/id`, or the id where it is unique; removed jobs are known too. TIME is the fire time as `schedrun runs`
    prints it, to the second or finer; without an offset it is read in the job's time zone. Exit code 1 when the job is
    not due at that time at all.
    """
    name, at_sign, time = occurrence.rpartition("@")
    if not at_sign or not name:
        raise click.UsageError("say JOB@TIME, such as billing/close-day@2026-12-01T03:17:00Z")
    now = SystemClock().now()

    def query(reader: Reader) -> Answer:
        job = recorded.job(reader, name, tombstones=True)
        down_since = reading.down_since(reader, state, now=now)
        window = _window(time, zone=job.spec.timezone or "UTC")
        return explaining.at(reader, job, window, now=now, down_since=down_since)

    answer = reading.ask(state, query)
    if output_format == "json":
        output.print_json(why_json.why_view(answer, now=now))
    else:
        output.print_text(why_text.text(answer, now=now))
    if answer.finding is Finding.NEVER_DUE:
        ctx.exit(1)


def _window(text: str, *, zone: str) -> Window:
    """Return the instants that a time means, said to a second or to so many digits of one."""
    first = instants.named(text, option="JOB@TIME", zone=zone)
    fraction = _FRACTION.search(text)
    digits = 0 if fraction is None else len(fraction[1])
    return Window(first, first + timedelta(microseconds=10 ** (6 - digits)) - TICK)
