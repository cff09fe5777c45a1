"""How tables give way when the terminal is narrow."""

import pytest

from schedrun.render import table
from schedrun.render.paint import Tone
from schedrun.render.table import Cell, Column, Table

COLUMNS = (Column("ID"), Column("WORDS", wraps=True), Column("EXTRA", optional=1), Column("MORE", optional=2))
TABLE = Table(COLUMNS, ((Cell("a"), Cell("some words that go on for long"), Cell("x" * 10), Cell("y" * 10)),))


def test_shows_every_column_where_there_is_room() -> None:
    """No trailing blanks, two blanks between columns."""
    expected = (
        "ID  WORDS                           EXTRA       MORE\n"
        "a   some words that go on for long  xxxxxxxxxx  yyyyyyyyyy"
    )
    assert expected == table.text(TABLE)


def test_wraps_before_it_leaves_a_column_out() -> None:
    """Long words give way first."""
    shown = table.text(TABLE, width=44)
    assert "some words that\n" not in shown
    assert "MORE" in shown
    assert "go on for" in shown


def test_leaves_out_the_most_optional_column_first() -> None:
    """At a width that holds one of the two, the one with the lower number stays."""
    head = table.text(TABLE, width=35).splitlines()[0]
    assert head.split() == ["ID", "WORDS", "EXTRA"]


def test_stacks_rows_when_nothing_else_helps() -> None:
    """In blocks all columns are back."""
    shown = table.text(TABLE, width=18)
    expected = (
        "a\n"
        "  words: some\n"
        "         words\n"
        "         that go\n"
        "         on for\n"
        "         long\n"
        "  extra: xxxxxxxxx\n"
        "         x\n"
        "  more: yyyyyyyyyy"
    )
    assert expected == shown


def test_wide_characters_take_two_columns() -> None:
    """Columns stay aligned beside East Asian text, and combining marks take none."""
    shown = table.text(Table((Column("A"), Column("B")), ((Cell("東京"), Cell("x")), (Cell("e\u0301"), Cell("y")))))
    assert shown.splitlines() == ["A     B", "東京  x", "e\u0301     y"]


def test_paints_words_but_not_the_blanks_between() -> None:
    """A painted word keeps its place: its width was counted before it was painted."""
    one = Table((Column("A"), Column("B")), ((Cell("long word", Tone.GOOD), Cell("b")),))
    shown = table.text(one, paint=lambda text, tone: f"<{tone}>{text}</>")
    assert shown.splitlines()[1] == "<good>long word</>  <plain>b</>"


@pytest.mark.parametrize("width", [1, 2, 5])
def test_an_absurd_width_is_no_fault(width: int) -> None:
    """The lines may then be too long, but nothing fails."""
    assert table.text(TABLE, width=width).startswith("a\n")
