"""`schedrun runs logs`: what a run has printed."""

import sys
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import click

from schedrun.cli import options, recorded
from schedrun.cli.run_output import Piece, Snapshot, pieces
from schedrun.core.errors import RunNotFoundError, SchedrunError
from schedrun.core.run.run import Run
from schedrun.protocols import Reader
from schedrun.render.escape import output_for_terminal
from schedrun.stores.logs import LogFile
from schedrun.stores.readonly import StateReader, open_reader

_LOOK_SECONDS = 0.2


class NoSuchAttemptError(SchedrunError):
    """this run has no such attempt."""

    def __init__(self, run: Run, attempt: int) -> None:
        self.run_id, self.attempt = run.id, attempt
        super().__init__(f"{self.sentence}: {run.id} has had {run.attempt}, not {attempt}")


@click.command("logs")
@click.argument("run", metavar="ID")
@click.option("-f", "--follow", is_flag=True, help="Go on until the run has ended, through its later attempts.")
@click.option("--attempt", type=click.IntRange(min=1), metavar="N", help="The attempt.  [default: the last]")
@options.state_option
def command(run: str, *, follow: bool, attempt: int | None, state: Path) -> None:
    """Print what the run ID has printed, from its first line; ID may be as much of its beginning as is unique.

    Secrets are masked, as they are in the ledger. On a terminal control characters are written out; a pipe gets the
    output as it was. With --follow and --attempt the command ends with that attempt.
    """
    with open_reader(state) as ledger:
        found = ledger.read(lambda reader: recorded.run(reader, run))
        if attempt is not None and attempt > found.attempt and not (follow and found.status.active):
            raise NoSuchAttemptError(found, attempt)
        printed = pieces(
            attempt or max(found.attempt, 1),
            ask=partial(_ask, ledger, found.id),
            open_log=lambda number: _open(recorded.log(state, found.id, attempt=number)),
            wait=partial(time.sleep, _LOOK_SECONDS) if follow else None,
            later=follow and attempt is None,
        )
        if not _print(printed):
            click.echo(
                f"Run {found.id} has printed nothing{'' if follow or not found.status.active else ' yet'}.", err=True
            )


def _ask(ledger: StateReader, run_id: str) -> Snapshot:
    def snapshot(reader: Reader) -> Snapshot:
        run = reader.run(run_id)
        if run is None:
            raise RunNotFoundError(run_id)
        return Snapshot(run, reader.attempts(run_id))

    return ledger.read(snapshot)


def _print(printed: Iterable[Piece]) -> bool:
    """Print as it comes, each further attempt announced on stderr; return whether there was anything."""
    last: int | None = None
    harmless = output_for_terminal if sys.stdout.isatty() else None
    for piece in printed:
        if last is not None and piece.attempt != last:
            click.echo(f"-- attempt {piece.attempt} --", err=True)
        last = piece.attempt
        # Not by `click.echo`, which takes colours away from what goes into a pipe.
        sys.stdout.write(harmless(piece.text) if harmless is not None else piece.text)
        sys.stdout.flush()
    return last is not None


def _open(path: Path) -> LogFile | None:
    try:
        return LogFile(path)
    except FileNotFoundError:
        return None
