"""The moment that a command goes by: an instant with its offset, or the clock's."""

from datetime import datetime

import click

from schedrun.cli.instants import InstantType
from schedrun.cli.options import Function
from schedrun.clock import SystemClock


def now() -> datetime:
    """Return the clock's instant (aware, UTC) without its fraction: what is printed of it can be given again."""
    return SystemClock().now().replace(microsecond=0)


def now_option(function: Function) -> Function:
    """Add `--now INSTANT`, an aware datetime: the clock is read once when it is not given."""
    return click.option(
        "--now",
        metavar="INSTANT",
        type=InstantType(),
        default=now,
        help="Judge as of this instant, offset included.  [default: now]",
    )(function)
