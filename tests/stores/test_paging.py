"""Pages of the SQLite store: each is a range of an index, and what is unreadable shortens none."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from schedrun.stores import schema
from schedrun.stores.statements import SQL
from tests.stores.earlier import at

PAGES = {
    "runs_page": "run_newest (fire_time",
    "runs_page_of_statuses": "run_newest (fire_time",
    "runs_page_rare": "run_rare (status=? AND fire_time",
    "runs_page_of_job": "(job_uid=? AND fire_time",
    "spans_page": "span_newest (last",
    "spans_page_of_job": "span_job (job_uid=? AND last",
    "jobs_page": "job_live (key>?",
    "jobs_page_of_set": "job_live (key>? AND key<?",
}
TABLES = {"run", "span", "job"}
ASKED = {
    **dict.fromkeys(("at", "ordinal", "since", "limit"), 1),
    **dict.fromkeys(("uid", "status", "statuses", "after", "below"), "[]"),
}


def plan(statement: str) -> list[str]:
    """Return what SQLite says it will do."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        schema.migrate(connection, Path("state.db"))
        return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {SQL[statement]}", ASKED)]


@pytest.mark.parametrize(("statement", "index"), PAGES.items())
def test_each_page_is_a_range_of_an_index(statement: str, index: str) -> None:
    """Whatever touches a table of history searches it, in the order of the page: nothing is sorted before its limit."""
    steps = plan(statement)
    touching = [step for step in steps if step.startswith(("SEARCH ", "SCAN ")) and step.split()[1] in TABLES]
    assert touching
    assert [] == [step for step in touching if not step.startswith("SEARCH") or index not in step]
    sorted_before = steps[: steps.index("SCAN newest")] if "SCAN newest" in steps else steps
    assert "USE TEMP B-TREE FOR ORDER BY" not in sorted_before


@pytest.mark.parametrize("statement", ["runs_page", "runs_page_rare", "spans_page"])
def test_a_page_within_one_fire_time_begins_at_its_place(statement: str) -> None:
    """Of thousands of runs that are due at one instant, those of earlier pages are not passed again."""
    assert any("=? AND rowid<?" in step for step in plan(statement))


def test_what_is_active_is_found_among_the_active() -> None:
    """The index of what has not ended is all that is looked through."""
    assert "SCAN run USING INDEX run_active" in plan("runs_page_active")


def test_an_unreadable_row_shortens_no_page(tmp_path: Path) -> None:
    """The rows behind it take its place."""
    from schedrun.stores.jobs import JobCache
    from schedrun.stores.reading import SqlReader

    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as connection:
        schema.migrate(connection, tmp_path / "state.db")
        spec = '{"schedule": {"every": "1m"}, "target": {"command": ["true"]}}'
        for number, text in enumerate((spec, "{}", "{}", spec, spec)):
            connection.execute(
                "INSERT INTO job (uid, key, origin, spec, cursor) VALUES (?, ?, 'manifest', ?, ?)",
                (f"u{number}", f"set/{number}", text, at(0).timestamp() * 1_000_000 // 1),
            )
        page = SqlReader(connection, JobCache()).jobs_page(limit=2)
        assert ["set/0", "set/3"] == [job.key for job in page]
        assert ["set/4"] == [job.key for job in SqlReader(connection, JobCache()).jobs_page(after="set/3", limit=2)]
