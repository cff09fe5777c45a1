"""Tables that fit a width: columns wrap, then optional ones go, and at last rows become blocks of lines."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schedrun.render.escape import for_terminal
from schedrun.render.paint import Paint, Tone, unpainted
from schedrun.render.width import display_width, wrapped

_GAP = "  "
_NARROWEST = 16
_UNBOUND = 100
"""More columns than any label takes."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A text of one line as its source wrote it (the table escapes it), and how it is meant."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Column:
    """A title; whether the column may be left out (the highest `optional` goes first) or wrapped to fit."""

    title: str
    optional: int = 0
    wraps: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows of cells, one cell a column."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


def text(table: Table, *, width: int | None = None, paint: Paint = unpainted) -> str:
    """Return the table's lines, at most `width` columns of the terminal wide (None: as wide as it needs).

    When it is too wide, the columns that may wrap do; when that is not enough, optional columns go, the
    highest number first; and when even that is not enough, each row becomes a block of `title: value` lines,
    where all columns are back.
    """
    whole = _escaped(table)
    if width is None:
        return "\n".join(_lines(whole, _natural_widths(whole), paint=paint))
    shown = _without_optional(whole, width)
    widths = _fitting(shown, width)
    return "\n".join(
        _stacked(whole, width=width, paint=paint) if widths is None else _lines(shown, widths, paint=paint)
    )


def facts(
    heading: str, named: Sequence[tuple[str, Cell]], *, width: int | None = None, paint: Paint = unpainted
) -> str:
    """Return a heading and below it one `name: value` line a fact, values wrapped to `width` (None: never)."""
    lines = wrapped(for_terminal(heading), max(width, 1)) if width is not None else [for_terminal(heading)]
    shown = [paint(line, Tone.STRONG) for line in lines]
    for name, cell in named:
        value = Cell(for_terminal(cell.text), cell.tone)
        shown += _labelled(
            name, value, width=display_width(value.text) + _UNBOUND if width is None else width, paint=paint
        )
    return "\n".join(shown)


def _escaped(table: Table) -> Table:
    rows = tuple(tuple(Cell(for_terminal(cell.text), cell.tone) for cell in row) for row in table.rows)
    return Table(table.columns, rows)


def _natural_widths(table: Table) -> list[int]:
    return [
        max([display_width(column.title), *(display_width(row[index].text) for row in table.rows)])
        for index, column in enumerate(table.columns)
    ]


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _without_optional(table: Table, width: int) -> Table:
    """Leave optional columns out, one at a time, while the table does not fit even when wrapped."""
    while _fitting(table, width) is None and any(column.optional for column in table.columns):
        worst = max(range(len(table.columns)), key=lambda index: table.columns[index].optional)
        table = Table(
            columns=table.columns[:worst] + table.columns[worst + 1 :],
            rows=tuple(row[:worst] + row[worst + 1 :] for row in table.rows),
        )
    return table


def _fitting(table: Table, width: int) -> list[int] | None:
    """Return the columns' widths with wrapping ones narrowed as needed, None when the table cannot fit."""
    widths = _natural_widths(table)
    for index, column in enumerate(table.columns):
        excess = _total(widths) - width
        if excess > 0 and column.wraps:
            widths[index] = max(widths[index] - excess, min(widths[index], _NARROWEST))
    return widths if _total(widths) <= width else None


def _lines(table: Table, widths: Sequence[int], *, paint: Paint) -> Iterator[str]:
    titles = tuple(Cell(column.title, Tone.FAINT) for column in table.columns)
    for row in (titles, *table.rows):
        pieces = [wrapped(cell.text, width) for cell, width in zip(row, widths, strict=True)]
        for number in range(max(map(len, pieces))):
            yield _line(
                row, [piece[number] if number < len(piece) else "" for piece in pieces], widths=widths, paint=paint
            )


def _line(row: Sequence[Cell], pieces: Sequence[str], *, widths: Sequence[int], paint: Paint) -> str:
    last = max((index for index, piece in enumerate(pieces) if piece), default=0)
    shown = []
    for index, (cell, piece) in enumerate(zip(row[: last + 1], pieces, strict=False)):
        padding = " " * (widths[index] - display_width(piece)) if index < last else ""
        shown.append(paint(piece, cell.tone) + padding if piece else padding)
    return _GAP.join(shown)


def _stacked(table: Table, *, width: int, paint: Paint) -> Iterator[str]:
    for row in table.rows:
        heading, *rest = zip(table.columns, row, strict=True)
        for piece in wrapped(heading[1].text, max(width, 1)):
            yield paint(piece, Tone.STRONG)
        for column, cell in rest:
            if cell.text:
                yield from _labelled(column.title.lower(), cell, width=width, paint=paint)


def _labelled(label: str, cell: Cell, *, width: int, paint: Paint) -> Iterator[str]:
    lead = f"  {label}: "
    pieces = wrapped(cell.text, max(width - len(lead), 8))
    yield lead + paint(pieces[0], cell.tone)
    for piece in pieces[1:]:
        yield " " * len(lead) + paint(piece, cell.tone)
