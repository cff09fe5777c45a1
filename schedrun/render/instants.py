"""Instants as ISO texts and, relative to a given now, in words."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from schedrun.core.spec.instant import utc_text

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def utc_text_or_none(moment: datetime | None) -> str | None:
    """Return `utc_text` of an instant that may be missing."""
    return None if moment is None else utc_text(moment)


def to_the_second(moment: datetime) -> datetime:
    """Return the instant without its fraction of a second, for tables."""
    return moment.replace(microsecond=0)


def local_text(moment: datetime, zone: str | None) -> str:
    """Return an aware instant as the clocks of `zone` (an IANA key, None: UTC) show it, with the offset."""
    return moment.astimezone(ZoneInfo(zone or "UTC")).isoformat()


def relative(moment: datetime, *, now: datetime) -> str:
    """Return where an aware instant lies as seen from `now`: `in 5 min`, `3 h ago` or `now`."""
    distance = moment - now
    if abs(distance) < timedelta(seconds=1):
        return "now"
    return f"in {length(distance)}" if distance > timedelta(0) else f"{length(-distance)} ago"


def length(duration: timedelta) -> str:
    """Return a duration of zero or more in words, as exact as people ask: `0.4 s`, `42 s`, `3 h 20 min`."""
    if duration < timedelta(seconds=10):
        whole, tenths = divmod(duration // timedelta(milliseconds=100), 10)
        return f"{whole}.{tenths} s" if tenths else f"{whole} s"
    if duration < _MINUTE:
        return f"{duration // timedelta(seconds=1)} s"
    if duration < _HOUR:
        return f"{duration // _MINUTE} min"
    if duration < _DAY:
        return _two_units(duration, large=(_HOUR, "h"), small=(_MINUTE, "min"))
    if duration < timedelta(days=10):
        return _two_units(duration, large=(_DAY, "d"), small=(_HOUR, "h"))
    return f"{duration // _DAY} d"


def elapsed(begin: datetime, end: datetime) -> str:
    """Return how long something took, in words; nothing at all where the clock was set back meanwhile."""
    return length(max(end - begin, timedelta(0)))


def _two_units(duration: timedelta, *, large: tuple[timedelta, str], small: tuple[timedelta, str]) -> str:
    (large_unit, large_name), (small_unit, small_name) = large, small
    whole, rest = divmod(duration, large_unit)
    parts = rest // small_unit
    return f"{whole} {large_name} {parts} {small_name}" if parts else f"{whole} {large_name}"
