"""The moment that a command goes by: an instant with its offset, or the clock's."""

from datetime import UTC, datetime

import click

from schedrun.cli.options import Function
from schedrun.clock import SystemClock


class AwareInstant(click.ParamType[datetime]):
    """An ISO instant with its offset: without one it would mean a different moment on each machine."""

    name = "instant"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the aware instant; a text without an offset is a usage error."""
        if isinstance(value, datetime):
            return value
        example = "write it like 2026-12-01T02:00:00+01:00 or 2026-12-01T01:00:00Z"
        try:
            instant = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no instant: {example}", param, ctx)
        if instant.tzinfo is None:
            self.fail(f"{value!r} says no offset from UTC: {example}", param, ctx)
        try:
            instant.astimezone(UTC)
        except OverflowError:
            self.fail(f"{value!r} is out of range: {example}", param, ctx)
        return instant


def now() -> datetime:
    """Return the clock's instant (aware, UTC) without its fraction: what is printed of it can be given again."""
    return SystemClock().now().replace(microsecond=0)


def now_option(function: Function) -> Function:
    """Add `--now INSTANT`, an aware datetime: the clock is read once when it is not given."""
    return click.option(
        "--now",
        metavar="INSTANT",
        type=AwareInstant(),
        default=now,
        help="Judge as of this instant, offset included.  [default: now]",
    )(function)
