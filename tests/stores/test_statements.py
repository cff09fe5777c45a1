"""The named statements: each is used, each read goes by an index."""

import re
from pathlib import Path

import pytest

import schedrun.stores
from schedrun.stores.connection import open_for_writing
from schedrun.stores.statements import SQL, parse

_SOURCES = Path(next(iter(schedrun.stores.__path__)))
_LOOKS_THROUGH_ALL = ("check_", "probe_")
"""How statements begin whose sense is to walk whole tables."""
_READS = sorted(
    name for name, text in SQL.items() if text.startswith("SELECT") and not name.startswith(_LOOKS_THROUGH_ALL)
)
_WHOLE_TABLES = {
    "last_ends": "last_end",
    "lateness_jobs": "lateness",
    "prunable_records": "request",
    "totals": "total",
    "buckets": "bucket",
}
"""Statements that want every row: what they scan."""


def plan(state: Path, statement: str) -> list[str]:
    connection = open_for_writing(state)
    named = dict.fromkeys(re.findall(r":(\w+)", statement), 1)
    values = named or [1] * statement.count("?")
    details = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    connection.close()
    return details


@pytest.mark.parametrize("name", _READS)
def test_every_read_goes_by_an_index(state: Path, name: str) -> None:
    """No query walks a table, save those that want all of it."""
    walks = [
        step
        for step in plan(state, SQL[name])
        if re.match(r"SCAN (?!json_each|newest|CONSTANT|\(subquery)", step) and "USING" not in step
    ]
    allowed = [f"SCAN {_WHOLE_TABLES[name]}"] if name in _WHOLE_TABLES else []
    assert allowed == walks


def test_every_statement_is_used_and_every_used_one_exists() -> None:
    """The names in the code and in the files are the same."""
    code = "".join(path.read_text() for path in _SOURCES.glob("*.py"))
    assert set(SQL) == set(re.findall(r'SQL\["(\w+)"\]', code)) | set(re.findall(r'else "(\w+)"\]', code))


def test_every_statement_says_its_intent() -> None:
    """A name is followed by one sentence."""
    for path in _SOURCES.glob("sql/*.sql"):
        sections = path.read_text().split("-- name: ")[1:]
        assert [] == [each for each in sections if not re.match(r"\w+\n-- [A-Z].*\.\n(?!--)", each)]


def test_a_name_comes_once() -> None:
    """Two statements of one name are refused."""
    with pytest.raises(ValueError, match="twin"):
        parse("-- name: twin\n-- One.\nSELECT 1;\n-- name: twin\n-- Two.\nSELECT 2;\n")


def test_comments_and_the_semicolon_are_no_part_of_a_statement() -> None:
    """What is executed is the statement alone."""
    assert {"one": "SELECT 1\nFROM t"} == parse("-- name: one\n-- One.\nSELECT 1\nFROM t;\n\n")
