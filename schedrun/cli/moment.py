"""The moment that a command goes by: an instant with its offset, or the clock's."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from schedrun.clock import SystemClock

Function = TypeVar("Function", bound=Callable[..., Any])


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


def _now() -> datetime:
    # Without its fraction: what a report prints is then what was meant, and can be given again.
    return SystemClock().now().replace(microsecond=0)


def now_option(function: Function) -> Function:
    """Add `--now INSTANT`, an aware datetime: the clock is read once when it is not given."""
    return click.option(
        "--now",
        metavar="INSTANT",
        type=AwareInstant(),
        default=_now,
        help="Judge as of this instant, offset included.  [default: now]",
    )(function)
