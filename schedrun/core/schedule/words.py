"""Lists and ranges in plain English."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

_UNITS = (("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000), ("second", 1_000), ("millisecond", 1))


def listed(parts: Sequence[str]) -> str:
    """Return `a`, `a and b`, or `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def numbers(values: Iterable[int], name: Callable[[int], str] = str) -> list[str]:
    """Return the values in words, ascending: three and more neighbours as `a to b`, long even steps shortened."""
    ordered = sorted(values)
    step = ordered[1] - ordered[0] if len(ordered) > 4 else 1
    if step > 1 and ordered == list(range(ordered[0], ordered[-1] + 1, step)):
        return [", ".join([*map(name, ordered[:3]), "...", name(ordered[-1])])]
    parts: list[str] = []
    for first, last in runs(ordered):
        between = [name(value) for value in range(first, last + 1)]
        parts.extend(between if len(between) < 3 else [f"{between[0]} to {between[-1]}"])
    return parts


def runs(values: Iterable[int]) -> list[tuple[int, int]]:
    """Return the runs of neighbours in `values` as (first, last), ascending."""
    found: list[tuple[int, int]] = []
    for value in sorted(values):
        if found and found[-1][1] == value - 1:
            found[-1] = (found[-1][0], value)
        else:
            found.append((value, value))
    return found


def counted(count: int, noun: str) -> str:
    """Return `1 day`, `2 days`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def period(duration: timedelta) -> tuple[int, str]:
    """Return a positive duration as (count, unit), the unit as large as divides it: 90 minutes, not 1.5 hours."""
    milliseconds = duration // timedelta(milliseconds=1)
    return next((milliseconds // size, unit) for unit, size in _UNITS if milliseconds % size == 0)
