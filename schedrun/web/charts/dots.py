"""How long runs took, or how late they began, one mark a run: a dot for a success, a cross for what did not succeed."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from statistics import median
from typing import NamedTuple

from markupsafe import Markup, escape

from schedrun.render.instants import length
from schedrun.web.charts.svg import element, picture

_TOP, _ROOM, _BOTTOM = 8, 108, 22
_HEIGHT = _TOP + _ROOM + _BOTTOM
_SECONDS = (
    *(0.2, 0.4, 1, 2, 5, 10, 15, 30),
    *(60, 120, 240, 600, 1200, 1800),
    *(3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 432_000, 864_000),
)
"""Where a scale may end: lengths that people count in, whose half is said in words without a rest too."""


class Dot(NamedTuple):
    """One run: its length in question, how it is drawn, its words, and its time as the axis says it."""

    seconds: float
    kind: str
    words: str
    at: str = ""


def dots(dots: Sequence[Dot], *, what: str, limit: timedelta | None = None) -> Markup:
    """Return the chart of the runs in the order given; `what` is what is measured, `limit` a bound to show."""
    top = _scale_end(max((dot.seconds for dot in dots), default=0))
    shown_limit = None if limit is None or limit.total_seconds() > top else limit.total_seconds()
    return picture(
        label(dots, what),
        *_grid(top),
        *(() if shown_limit is None else _limit(shown_limit, top)),
        element("line", class_="chart-axis", x1="0", x2="100%", y1=_TOP + _ROOM, y2=_TOP + _ROOM),
        *_times(dots),
        _marks(dots, top),
        class_="dots",
        width="100%",
        height=_HEIGHT,
    )


def label(dots: Sequence[Dot], what: str) -> str:
    """Return what the chart shows, in words."""
    if not dots:
        return f"{what}: no runs yet"
    middle, longest = (length(timedelta(seconds=value)) for value in (typical(dots), max(dot.seconds for dot in dots)))
    return f"{what} of the last {len(dots)} runs: half at most {middle}, the longest {longest}"


def typical(dots: Sequence[Dot]) -> float:
    """Return the median in seconds, 0 without runs."""
    return median(dot.seconds for dot in dots) if dots else 0.0


def _grid(top: float) -> Iterator[Markup]:
    for share in (1.0, 0.5):
        y = _TOP + _ROOM * (1 - share)
        yield element("line", class_="chart-grid", x1="0", x2="100%", y1=y, y2=y)
        yield element("text", length(timedelta(seconds=top * share)), class_="chart-scale", x=-8, y=y + 4)


def _times(dots: Sequence[Dot]) -> Iterator[Markup]:
    """Yield when the first and the last run were, below their ends of the axis."""
    if dots:
        yield element("text", dots[0].at, class_="chart-first", x="0", y=_HEIGHT - 5)
    if len(dots) > 1:
        yield element("text", dots[-1].at, class_="chart-last", x="100%", y=_HEIGHT - 5)


def _limit(seconds: float, top: float) -> Iterator[Markup]:
    y = _y(seconds, top)
    yield element("line", class_="chart-limit", x1="0", x2="100%", y1=y, y2=y)
    yield element("text", "time limit", class_="chart-limit-word", x="100%", y=y + 13)


def _marks(dots: Sequence[Dot], top: float) -> Markup:
    marks = "".join([_dot(dot, (place + 0.5) / len(dots), top) for place, dot in enumerate(dots)])
    return Markup(marks)  # noqa: S704  what is not ours is escaped in each


def _dot(dot: Dot, share: float, top: float) -> str:
    # There are hundreds on a page, so they are written out; the words alone are not ours.
    x, y, title = f"{100 * share:.2f}%", f"{_y(dot.seconds, top):.1f}", escape(dot.words)
    if dot.kind == "bad":
        cross = '<path class="dot-bad" d="M-3 -3L3 3M-3 3L3 -3"/>'
        return f'<svg x="{x}" y="{y}" overflow="visible"><title>{title}</title>{cross}</svg>'
    kind = "good" if dot.kind == "good" else "void"
    return f'<circle class="dot-{kind}" cx="{x}" cy="{y}" r="2.5"><title>{title}</title></circle>'


def _y(seconds: float, top: float) -> float:
    return _TOP + _ROOM * (1 - min(max(seconds, 0) / top, 1))


def _scale_end(seconds: float) -> float:
    return next((end for end in _SECONDS if end >= seconds), seconds)
