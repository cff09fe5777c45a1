"""Instants of people, as options and arguments say them: one reader, and one text for what it refuses."""

from datetime import datetime

import click

from schedrun.core.spec import duration, instant
from schedrun.core.spec.instant import InstantError
from schedrun.render.escape import for_terminal


class InstantType(click.ParamType[datetime]):
    """An instant with its offset: without one it would mean a different moment on each machine."""

    name = "instant"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the instant (aware, UTC); a text that means none is wrong usage."""
        if isinstance(value, datetime):
            return value
        try:
            return instant.named(str(value), zone=None)
        except InstantError as error:
            self.fail(for_terminal(str(error)), param, ctx)


def named(text: str, *, option: str, zone: str | None) -> datetime:
    """Return the instant (aware, UTC) that a text means; raises click.BadParameter, a usage error, when it means none.

    A text without an offset is read in `zone` (an IANA key); None: it must say one.
    """
    try:
        return instant.named(text, zone=zone)
    except InstantError as error:
        raise _refused(f"{error}", option) from error


def named_or_counted(text: str, *, option: str, start: datetime, zone: str | None) -> datetime:
    """Return the instant (aware, UTC) that an instant means, as above, or a duration from `start` (aware)."""
    if not duration.is_written(text):
        try:
            return instant.named(text, zone=zone)
        except InstantError as error:
            # Of a local time that there is not, the hint says all.
            durations = "" if error.code == "SR307" else ", or a duration such as 2h or 7d"
            raise _refused(f"{error}{durations}", option) from error
    try:
        return instant.within_reach(start + duration.parse(text), text=text)
    except (OverflowError, ValueError) as error:
        raise _refused(str(instant.out_of_reach(text)), option) from error


def _refused(words: str, option: str) -> click.BadParameter:
    return click.BadParameter(for_terminal(words), param_hint=f"'{option}'")
