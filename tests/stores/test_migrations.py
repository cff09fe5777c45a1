"""States of every earlier version: brought up to date whole or not at all, and then as if made today."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import pytest

from schedrun.core.errors import StoreError
from schedrun.core.run.notice import NoticeKind
from schedrun.protocols import Reader
from schedrun.stores import checking, connection, schema
from schedrun.stores.connection import open_for_writing
from schedrun.stores.faults import StateVersionError
from schedrun.stores.readonly import open_reader
from tests.stores import earlier
from tests.stores.earlier import UIDS, at

NEVER_LEFT = {3, 4, 5, 6}
"""Versions that no schedrun which anybody had has left behind: they came together with the one after them."""
EARLIER = [number for number in range(1, schema.known_version()) if number not in NEVER_LEFT]
versions = pytest.mark.parametrize("version", EARLIER)


def rows(state: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return every table and all that is in it, with the version."""
    with closing(sqlite3.connect(state)) as plain:
        names = [row[0] for row in plain.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
        told = {name: plain.execute(f"SELECT * FROM {name}").fetchall() for name in names}
        return told | {"version": plain.execute("PRAGMA user_version").fetchall()}


def tables(state: Path) -> set[tuple[str, str, str | None]]:
    with closing(sqlite3.connect(state)) as plain:
        return set(plain.execute("SELECT type, name, sql FROM sqlite_schema"))


def answers(reader: Reader) -> dict[str, object]:
    """Everything that a ledger can be asked."""
    runs = reader.runs(limit=1_000)
    keys = [job.key for job in reader.jobs(tombstones=True)]
    first, last = at(-1), at(100)
    return {
        "jobs": [reader.jobs(), reader.jobs(tombstones=True), list(reader.unreadable())],
        "each job": [(reader.job(uid), reader.active_runs(uid)) for uid in UIDS.values()],
        "by key": [reader.job_by_key(key) for key in keys],
        "keys": reader.keys(UIDS.values()),
        "runs": [runs, [reader.runs(key=key) for key in keys]],
        "each run": [(reader.run(run.id), reader.attempts(run.id), reader.run_ids(run.id[:6])) for run in runs],
        "active": [reader.active_runs(), reader.running(), reader.running("db")],
        "between": [reader.runs_between(uid, first=first, last=last) for uid in UIDS.values()],
        "spans": [reader.spans(limit=1_000), [reader.spans(key=key) for key in keys]],
        "over": [reader.spans_over(uid, first=first, last=last) for uid in UIDS.values()],
        "verdicts": [reader.verdicts(uid, after=first, until=last) for uid in UIDS.values()],
        "ends": reader.last_finished(),
        "service": [reader.sync(), reader.last_session(), reader.open_requests()],
        "around": [reader.sessions_around(at(hour)) for hour in range(-1, 12)],
        "events": [reader.events(), reader.events_after(at(5))],
        "notices": [reader.notices(), reader.deliveries(limit=9), [reader.notice(each.id) for each in earlier.NOTICES]],
        "told": [reader.told(uid, kind) for uid in UIDS.values() for kind in NoticeKind],
        "totals": reader.totals(),
        "lateness": [reader.expecting(), reader.late_jobs(), [reader.lateness(uid) for uid in UIDS.values()]],
        "newest": [reader.newest_occurrence(uid) for uid in UIDS.values()],
        "requests": [reader.request(request.id) for request in earlier.REQUESTS],
    }


def asked(state: Path) -> dict[str, object]:
    with open_reader(state) as reader:
        return reader.read(answers)


@pytest.fixture
def old(tmp_path: Path, version: int) -> Path:
    """Return a state as that version left it."""
    state = tmp_path / "old" / "state.db"
    earlier.load(version, state)
    return state


@pytest.fixture
def today(tmp_path: Path, version: int) -> Path:
    """Return a state that this version made, which tells the same."""

    async def make(state: Path) -> None:
        await (await earlier.filled(state, version)).close()

    state = tmp_path / "today" / "state.db"
    asyncio.run(make(state))
    return state


def test_every_earlier_version_has_its_dump() -> None:
    """Who adds a migration adds what the version before it left behind."""
    assert [f"{number:04}.sql" for number in EARLIER] == sorted(path.name for path in earlier.VERSIONS.iterdir())


@versions
def test_a_dump_has_rows_of_every_table(old: Path, version: int) -> None:
    """Nothing that version could record is left out."""
    told = rows(old)
    assert [(version,)] == told.pop("version")
    assert [] == [name for name, held in told.items() if not held and name != "pruned"]


@versions
def test_migrated_it_answers_as_if_made_today(old: Path, today: Path) -> None:
    """Every question has the answer that it has on a state of today's which was told the same."""
    open_for_writing(old).close()
    assert asked(today) == asked(old)


@versions
def test_migrated_it_has_todays_tables(old: Path, today: Path) -> None:
    """Tables and indexes are the same to the letter."""
    open_for_writing(old).close()
    assert tables(today) == tables(old)


@versions
def test_migrated_it_keeps_every_promise(old: Path) -> None:
    """A check finds nothing, of the file before and of everything after."""
    before = checking.check(old)
    assert ((), False) == (before.flaws, before.current)
    open_for_writing(old).close()
    after = checking.check(old)
    assert ((), True) == (after.flaws, after.current)


@versions
def test_readers_ask_for_a_start_first(old: Path) -> None:
    """They write nothing, so they cannot bring it up to date."""
    with pytest.raises(StateVersionError, match="`schedrun run`"):
        open_reader(old)


class CrashError(Exception):
    """The process ends here."""


class Counting:
    """A connection that counts statements and ends the process before a certain one."""

    def __init__(self, connection: Connection, before: Callable[[int], None]) -> None:
        self._connection, self._before, self._count = connection, before, 0

    def execute(self, statement: str, *parameters: Any) -> sqlite3.Cursor:
        self._before(self._count)
        self._count += 1
        return self._connection.execute(statement, *parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[int], None]], None]]:
    """Return what makes connections call a function before each statement with its number."""
    connect = connection._connect

    def begin(before: Callable[[int], None]) -> None:
        def counting(path: Path, mode: Any) -> Any:
            return Counting(connect(path, mode), before)

        monkeypatch.setattr(connection, "_connect", counting)

    yield begin
    monkeypatch.setattr(connection, "_connect", connect)


@versions
def test_a_crash_between_any_two_statements_leaves_the_old_version_whole(
    old: Path, tmp_path: Path, version: int, watch: Callable[[Callable[[int], None]], None], monkeypatch: Any
) -> None:
    """And the next start brings it up to date: what lies on disk at each moment is one version or the other."""
    before = rows(old)
    images: list[Path] = []

    def copy(number: int) -> None:
        image = tmp_path / f"image{number}" / "state.db"
        image.parent.mkdir(mode=0o700)
        for suffix in ("", "-wal"):
            if (file := old.with_name(old.name + suffix)).exists():
                shutil.copyfile(file, image.with_name(image.name + suffix))
        images.append(image)

    watch(copy)
    open_for_writing(old).close()
    monkeypatch.undo()
    migrated, answered = rows(old), asked(old)
    statements = sum(len(list(schema._statements(text))) for _, text in schema._migrations().items() if _ > version)
    assert len(images) > statements

    left = []
    for image in images:
        found = rows(image)
        left.append(found["version"][0][0])
        assert found in (before, migrated)
        open_for_writing(image, probe=True).close()
        assert migrated == rows(image)
        assert answered == asked(image)
    assert version in left


@versions
def test_an_error_in_any_statement_undoes_all_of_them(
    old: Path, version: int, watch: Callable[[Callable[[int], None]], None], monkeypatch: Any
) -> None:
    """The process goes on and says so; the state is what it was."""
    before = rows(old)
    count = 0

    def note(number: int) -> None:
        nonlocal count
        count = number + 1

    target = old.with_name("counted.db")
    shutil.copyfile(old, target)
    watch(note)
    open_for_writing(target).close()
    monkeypatch.undo()

    for failing in range(count):

        def fail(number: int, failing: int = failing) -> None:
            if number == failing:
                raise sqlite3.OperationalError("disk I/O error")

        watch(fail)
        with pytest.raises(StoreError, match="disk I/O error"):
            open_for_writing(old)
        monkeypatch.undo()
        found = rows(old)
        assert found == before
    open_for_writing(old).close()
    assert rows(target) == rows(old)
