"""A day back and a day ahead: what ran, what did not go well, and what comes.

Runs that ended well, or go on, stand above the line, those that did not hang below it, fires that never ran are
diamonds on it, and what is still to come is hollow.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from markupsafe import Markup

from schedrun.render.counting import counted
from schedrun.web.charts.svg import element, percent, picture

STEP = timedelta(minutes=30)
STEPS = 48
"""How many steps there are on each side of now."""

_UP, _DOWN = 96, 30
_TOP, _BOTTOM = 16, 24
_LINE = _TOP + _UP
_HEIGHT = _LINE + _DOWN + _BOTTOM
_LEAST = 3
_SEVERAL = 4
"""So many runs in one step that did not go well reach as far down as there is room, and more where there are more."""
_HOURS = {0: "day", 12: "noon", 6: "major", 18: "major"}
"""Hours that a narrow chart names, too; where it is as narrow as a phone, only the first two."""
_EDGE = 0.03
"""An hour that is nearer to an end than this share has its word on the inner side of its line, not around it."""
_FILL = 0.76
"""How much of its step a bar fills."""


class Step(NamedTuple):
    """Half an hour: how many of its runs went well or go on, did not, and how many fires are to come.

    `never` counts the stretches of fires that never ran.
    """

    start: datetime
    well: int = 0
    unwell: int = 0
    never: int = 0
    ahead: int = 0


def timeline(steps: Sequence[Step], *, now: datetime, zone: ZoneInfo) -> Markup:
    """Return the chart of consecutive steps; hours are those of `zone`."""
    first, last = steps[0].start, steps[-1].start + STEP
    most = max(*(step.well + step.ahead for step in steps), 1), max(*(step.unwell for step in steps), _SEVERAL)
    length = last - first
    at_now = (now - first) / length
    bottom = _LINE + _DOWN
    parts = [
        element("rect", class_="timeline-ahead", x=percent(at_now), y=0, width=percent(1 - at_now), height=bottom),
        *_hours(first, last, zone),
        element("line", class_="chart-axis", x1="0", x2="100%", y1=_LINE, y2=_LINE),
        *(
            bar
            for step in steps
            for bar in _bars(step, x=(step.start - first) / length, width=STEP / length, most=most, zone=zone)
        ),
        element("line", class_="chart-now", x1=percent(at_now), x2=percent(at_now), y1=0, y2=bottom),
        element("text", "now", class_="chart-now-word", x=percent(at_now), dx=5, y=11),
    ]
    if any(step.well or step.ahead for step in steps):
        parts.append(element("text", f"{most[0]:,} in half an hour", class_="chart-scale", x="0", y=11))
    return picture(label(steps), *parts, class_="timeline", width="100%", height=_HEIGHT)


def label(steps: Sequence[Step]) -> str:
    """Return what the chart shows, in words."""
    well, unwell, _, ahead = (sum(numbers) for numbers in zip(*(step[1:] for step in steps), strict=True))
    hours = sum(step.never > 0 for step in steps)
    never = f"; in {counted(hours, 'half hour')} fires never ran" if hours else ""
    return (
        f"Last 24 hours: {counted(well, 'run')} went well, {unwell:,} did not{never}."
        f" Next 24 hours: {counted(ahead, 'fire')}."
    )


def _bars(step: Step, *, x: float, width: float, most: tuple[int, int], zone: ZoneInfo) -> Iterator[Markup]:
    shapes = list(_shapes(step, x=x, width=width, most=most))
    if shapes:
        yield element("g", element("title", _words(step, zone)), *shapes)


def _shapes(step: Step, *, x: float, width: float, most: tuple[int, int]) -> Iterator[Markup]:
    place = {"x": percent(x + width * (1 - _FILL) / 2), "width": percent(width * _FILL)}
    base = _LINE - 1.0
    if step.well:
        tall = _tall(step.well, most=most[0], room=_UP)
        base -= tall
        yield element("rect", class_="bar-good", y=base, height=tall, **place)
    if step.ahead:
        tall = _tall(step.ahead, most=most[0], room=_UP)
        yield element("rect", class_="bar-ahead", y=max(base - tall, _TOP), height=tall, rx=1, **place)
    if step.unwell:
        yield element(
            "rect", class_="bar-bad", y=_LINE + 1, height=_tall(step.unwell, most=most[1], room=_DOWN), **place
        )
    if step.never:
        middle = percent(x + width / 2)
        diamond = element("path", class_="bar-never", d="M0 -4L4 0L0 4L-4 0z")
        yield element("svg", diamond, x=middle, y=_LINE, overflow="visible")


def _tall(number: int, *, most: int, room: int) -> float:
    # One failure must show beside a hundred runs.
    return max(_LEAST, number / most * (room - 2))


def _words(step: Step, zone: ZoneInfo) -> str:
    begin, end = (at.astimezone(zone) for at in (step.start, step.start + STEP))
    parts = [
        f"{number:,} {said}"
        for number, said in (
            (step.well, "went well"),
            (step.unwell, "did not"),
            (step.never, "never ran"),
            (step.ahead, "to come"),
        )
        if number
    ]
    return f"{begin:%a %H:%M} to {end:%H:%M}: {', '.join(parts)}"


def _hours(first: datetime, last: datetime, zone: ZoneInfo) -> Iterator[Markup]:
    """Yield a line and a word at every third hour of the zone's clock; at midnight the word is the day."""
    moment = first.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    at = moment.timestamp()
    while at <= last.timestamp():
        local = datetime.fromtimestamp(at, zone)
        if local.hour % 3 == 0 and at >= first.timestamp():
            share = (at - first.timestamp()) / (last - first).total_seconds()
            kind = _HOURS.get(local.hour, "minor")
            word = f"{local:%a} {local.day}" if kind == "day" else f"{local:%H:%M}"
            x = percent(share)
            yield element("line", class_=f"chart-grid chart-{kind}", x1=x, x2=x, y1=_TOP, y2=_LINE + _DOWN)
            edge = " chart-begin" if share < _EDGE else " chart-end" if share > 1 - _EDGE else ""
            yield element("text", word, class_=f"chart-hour chart-{kind}{edge}", x=x, y=_HEIGHT - 8)
        at += 3600
