"""`schedrun why`: why one occurrence ran, or did not."""

from pathlib import Path

import click

from schedrun.cli import instants, options, output, reading, recorded
from schedrun.clock import SystemClock
from schedrun.core.run.why import Answer, Finding
from schedrun.protocols import Reader
from schedrun.render import why_json, why_text
from schedrun.scheduler import explaining


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
        window = instants.window(time, zone=job.spec.timezone)
        return explaining.at(reader, job, window, now=now, down_since=down_since)

    answer = reading.ask(state, query)
    if output_format == "json":
        output.print_json(why_json.why_view(answer, now=now))
    else:
        output.print_text(why_text.text(answer, now=now))
    if answer.finding is Finding.NEVER_DUE:
        ctx.exit(1)
