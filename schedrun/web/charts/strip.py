"""A job's newest runs as bars: how each ended, and how long it took beside the others.

A success stands on the line; what did not succeed reaches below it; what was cancelled is hollow; what is still to end
is a thin stroke.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from markupsafe import Markup

from schedrun.core.run.mark import Mark
from schedrun.core.status import RunStatus
from schedrun.render.counting import counted
from schedrun.web.charts.svg import element, picture

MOST = 30
"""How many runs a strip has room for."""

_KINDS = {status: "bad" if status.unsuccessful else "live" if status.active else "void" for status in RunStatus}
_KINDS[RunStatus.SUCCEEDED] = "good"

_STEP, _BAR = 5, 4
_TALLEST, _LEAST, _FOOT = 18, 3, 5
_HEIGHT = _TALLEST + 2 + _FOOT
_NONE = timedelta(0)


def strip(marks: Sequence[Mark], *, now: datetime) -> Markup:
    """Return the chart of a job's newest runs, given newest first; the newest is at the right."""
    shown = list(reversed(marks[:MOST]))
    took = [_took(mark, now) for mark in shown]
    longest = max(took, default=_NONE)
    first = MOST - len(shown)
    shapes: dict[str, list[str]] = {"good": [], "bad": [], "void": [], "live": []}
    for place, (mark, length) in enumerate(zip(shown, took, strict=True), start=first):
        kind = kind_of(mark.status)
        shapes[kind].append(_shape(kind, place * _STEP, _tall(length, longest)))
    paths = [element("path", class_=f"strip-{kind}", d="".join(some)) for kind, some in shapes.items() if some]
    line = element("path", class_="strip-line", d=f"M0 {_TALLEST + 1}h{MOST * _STEP - 1}")
    return picture(label(marks[:MOST]), line, *paths, class_="strip", width=MOST * _STEP - 1, height=_HEIGHT)


def kind_of(status: RunStatus) -> str:
    """Return how a status is drawn: `good`, `bad`, `void` (cancelled) or `live` (not over)."""
    return _KINDS[status]


def label(marks: Sequence[Mark]) -> str:
    """Return what the strip shows, in words."""
    if not marks:
        return "No runs yet"
    numbers = Counter(mark.status for mark in marks)
    said = ", ".join(f"{numbers[status]} {words(status)}" for status in RunStatus if numbers[status])
    return f"Last {counted(len(marks), 'run')}: {said}; the newest {words(marks[0].status)}"


def words(status: str) -> str:
    """Return a status as people write it."""
    return str(status).replace("_", " ")


def _shape(kind: str, x: float, tall: float) -> str:
    top = _TALLEST - tall
    match kind:
        case "bad":
            return f"M{x} {top:g}h{_BAR}v{tall:g}h-{_BAR}zM{x} {_TALLEST + 2}h{_BAR}v{_FOOT}h-{_BAR}z"
        case "void":
            return f"M{x + 0.5} {top + 0.5:g}h{_BAR - 1}v{tall - 1:g}h-{_BAR - 1}z"
        case "live":
            return f"M{x + 1.5} 0h1v{_TALLEST}h-1z"
        case _:
            return f"M{x} {top:g}h{_BAR}v{tall:g}h-{_BAR}z"


def _took(mark: Mark, now: datetime) -> timedelta:
    if mark.started_at is None:
        return _NONE
    return max((mark.finished_at or now) - mark.started_at, _NONE)


def _tall(length: timedelta, longest: timedelta) -> float:
    # A root lets short runs stand beside a long one.
    share = (length / longest) ** 0.5 if longest else 0
    return round(max(_LEAST, share * _TALLEST) * 2) / 2
