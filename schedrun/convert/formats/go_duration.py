"""Durations as Go writes them: `1h30m`, `1.5h`, `300ms`."""

import re
from datetime import timedelta

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = re.compile(r"(\d{1,12}(?:\.\d{1,9})?|\.\d{1,9})(h|ms|us|µs|ns|m|s)", re.ASCII)


def parse(text: str) -> timedelta | None:
    """Return the duration, None when it is none, or not longer than nothing."""
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    try:
        duration = timedelta(seconds=sum(float(number) * _UNITS[unit] for number, unit in parts))
    except OverflowError:
        return None
    return duration if duration > timedelta() else None
