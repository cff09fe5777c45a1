"""When how many runs start: a map of hours and days, or of minutes and hours, shaded by number."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from schedrun.core.plan.load import Minutes
from schedrun.render.counting import counted
from schedrun.render.paint import Paint, Tone, unpainted
from schedrun.render.width import wrapped

BLOCKS = "·░▒▓█"
"""The shades, none first."""

_PLAIN = ".-+x#"
_TONES = (Tone.FAINT, Tone.GOOD, Tone.ACTIVE, Tone.WARN, Tone.BAD)
_WIDE = 100
_SHORT = timedelta(hours=48)
_HOURS, _MINUTES = (1, 2, 3, 4, 6, 12), (1, 2, 5, 10, 15, 30)

_Row = dict[int, int]


def text(
    minutes: Minutes, *, zone: ZoneInfo, width: int | None = None, paint: Paint = unpainted, blocks: bool = True
) -> str:
    """Return the map, what its shades mean, and the busiest minute; a sentence when nothing runs.

    Up to two days have a row an hour and a column a minute, longer windows a row a day and a column an hour, on the
    clock of `zone`; columns join where the terminal is too narrow. Without `blocks` the shades are ASCII.
    """
    counted_minutes = list(minutes.items())
    total = sum(runs for _, runs in counted_minutes)
    busiest = minutes.busiest()
    if busiest is None:
        return "No run starts."
    by_minute = counted_minutes[-1][0] - counted_minutes[0][0] <= _SHORT
    label = "%Y-%m-%d %H:00" if by_minute else "%Y-%m-%d"
    lead = len("2026-01-01 00:00 ") if by_minute else len("2026-01-01 ")
    step = _step(60 if by_minute else 24, room=(width or _WIDE) - lead, steps=_MINUTES if by_minute else _HOURS)
    rows = _rows(counted_minutes, zone=zone, label=label, step=step, by_minute=by_minute)
    scale = _scale(max(runs for row in rows.values() for runs in row.values()))
    shades = BLOCKS if blocks else _PLAIN
    columns = (60 if by_minute else 24) // step
    when = f"{busiest.minute.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"
    lines = [
        " " * lead + _heading(columns, step),
        *(
            f"{name:<{lead}}"
            + "".join(_cell(row.get(place), scale, shades=shades, paint=paint) for place in range(columns))
            for name, row in rows.items()
        ),
        *_legend(scale, shades=shades, paint=paint, what=_what(step, by_minute=by_minute), width=width),
        *_fitted(f"{counted(total, 'run')}; busiest minute {when}: {counted(busiest.runs, 'start')}", width),
    ]
    return "\n".join(line.rstrip() for line in lines)


def _step(size: int, *, room: int, steps: Sequence[int]) -> int:
    """Return how many of `size` columns join into one so that they fit."""
    return next((step for step in steps if size // step <= room), steps[-1])


def _rows(
    counted_minutes: Sequence[tuple[datetime, int]], *, zone: ZoneInfo, label: str, step: int, by_minute: bool
) -> dict[str, _Row]:
    """Return what starts in each cell; a cell that lies outside of the window is not there."""
    rows: dict[str, _Row] = defaultdict(lambda: defaultdict(int))
    for minute, runs in counted_minutes:
        local = minute.astimezone(zone)
        rows[local.strftime(label)][(local.minute if by_minute else local.hour) // step] += runs
    return rows


def _scale(most: int) -> Sequence[int]:
    """Return the least number of each shade but the first."""
    return sorted({1, *(max(1, -(-most * part // 4)) for part in (1, 2, 3))})


def _shade(runs: int, scale: Sequence[int]) -> int:
    return sum(runs >= least for least in scale)


def _cell(runs: int | None, scale: Sequence[int], *, shades: str, paint: Paint) -> str:
    if runs is None:
        return " "
    shade = _shade(runs, scale)
    return paint(shades[shade], _TONES[shade])


def _heading(columns: int, step: int) -> str:
    """Return the numbers of every few columns, each above its own."""
    line = ""
    for place in range(columns):
        if place >= len(line) + (1 if line else 0) and place * step % (step * 3 if columns < 30 else 10) == 0:
            line = f"{line:<{place}}{place * step}"
    return line


def _legend(scale: Sequence[int], *, shades: str, paint: Paint, what: str, width: int | None) -> Iterator[str]:
    bounds = [0, *scale]
    numbers = [_numbers(least, bounds[shade + 1 : shade + 2]) for shade, least in enumerate(bounds)]
    parts = [f"{paint(shades[shade], _TONES[shade])} {words}" for shade, words in enumerate(numbers)]
    title = f"starts {what}:"
    if width is not None and len(title) + sum(len(words) + 4 for words in numbers) > width:
        yield from (title, *parts)
    else:
        yield f"{title} {'  '.join(parts)}"


def _numbers(least: int, following: Sequence[int]) -> str:
    if not following:
        return f"{least}+"
    last = following[0] - 1
    return str(least) if last == least else f"{least}-{last}"


def _fitted(sentence: str, width: int | None) -> Sequence[str]:
    return [sentence] if width is None else wrapped(sentence, max(width, 1))


def _what(step: int, *, by_minute: bool) -> str:
    unit = "minute" if by_minute else "hour"
    return f"a {unit}" if step == 1 and by_minute else f"an {unit}" if step == 1 else f"in {step} {unit}s"
