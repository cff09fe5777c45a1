"""A backup: one moment of the state, whole and durable before it has its name, and never over another file."""

import asyncio
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from schedrun.core.errors import StateMissingError
from schedrun.core.run.recorded import Event
from schedrun.stores import backup, checking
from schedrun.stores.backup import BackupError, BackupExistsError, back_up
from schedrun.stores.connection import open_for_writing
from schedrun.stores.sqlite import SqliteStore
from tests import mounts
from tests.contracts.ledger import at
from tests.stores import earlier
from tests.stores.test_migrations import asked, rows


@pytest.fixture
def made(state: Path) -> Path:
    """Return a state with something of everything in it."""

    async def make() -> None:
        await (await earlier.filled(state)).close()

    asyncio.run(make())
    return state


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Return where a backup may come to be: in a folder that holds nothing else."""
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder / "state.backup"


def test_a_copy_says_what_the_state_says(made: Path, target: Path) -> None:
    """Every row and every answer; one file that its owner alone may read."""
    checked = back_up(made, target)
    assert ((), 9) == (checked.flaws, checked.jobs)
    assert rows(made) == rows(target)
    assert asked(made) == asked(target)
    assert [target] == list(target.parent.iterdir()) or {target.name, f"{target.name}-wal", f"{target.name}-shm"} >= {
        file.name for file in target.parent.iterdir()
    }
    assert 0o600 == stat.S_IMODE(target.stat().st_mode)


def test_a_copy_is_one_file(made: Path, target: Path) -> None:
    """Which a folder that cannot be written may hold."""
    back_up(made, target)
    assert [target] == list(target.parent.iterdir())


def test_a_copy_can_be_run_on(made: Path, target: Path) -> None:
    """It is a state like any other."""
    back_up(made, target)
    target.parent.chmod(0o700)
    open_for_writing(target, probe=True).close()
    assert rows(made) == rows(target)


def test_it_is_taken_beside_who_writes(made: Path, target: Path) -> None:
    """Of what is committed by then, whatever is being written, and what comes later is not in it."""

    async def scenario() -> None:
        store = await SqliteStore.open(made)
        await store.write(lambda tx: tx.add_event(Event(at(1), "before", {})))
        with closing(sqlite3.connect(made, isolation_level=None)) as writing:
            writing.execute("BEGIN IMMEDIATE")
            writing.execute("INSERT INTO event (at, name, facts) VALUES (1, 'unfinished', '{}')")
            await asyncio.to_thread(back_up, made, target)
            writing.execute("ROLLBACK")
        await store.write(lambda tx: tx.add_event(Event(at(2), "after", {})))
        await store.close()

    asyncio.run(scenario())
    names = [row[2] for row in rows(target)["event"]]
    assert "before" in names
    assert {"unfinished", "after"}.isdisjoint(names)


@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_nothing_is_written_over(made: Path, target: Path, kind: str) -> None:
    """Whatever has the name keeps it."""
    match kind:
        case "file":
            target.write_text("precious")
        case "folder":
            target.mkdir()
        case _:
            target.symlink_to("nowhere")
    with pytest.raises(BackupExistsError, match=r"state\.backup"):
        back_up(made, target)
    assert [target] == list(target.parent.iterdir())
    assert kind != "file" or target.read_text() == "precious"


@pytest.mark.parametrize("links", [True, False], ids=["with-links", "without-links"])
def test_a_file_that_comes_meanwhile_is_not_written_over(
    made: Path, target: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    """It is asked for once more when the copy gets its name."""
    check = checking.check

    def slow(path: Path) -> object:
        target.write_text("precious")
        return check(path)

    monkeypatch.setattr(checking, "check", slow)
    if not links:
        monkeypatch.setattr(os, "link", _no_links)
    with pytest.raises(BackupExistsError):
        back_up(made, target)
    assert ["precious"] == [file.read_text() for file in target.parent.iterdir()]


def test_a_file_system_without_links_will_do(made: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy gets its name all the same."""
    monkeypatch.setattr(os, "link", _no_links)
    back_up(made, target)
    assert [target] == list(target.parent.iterdir())


def _no_links(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")


def test_the_copy_is_durable_before_it_has_its_name(made: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """File, then name, then folder."""
    done: list[str] = []
    link, synchronise = os.link, backup._synchronise

    def linked(source: Path, name: Path) -> None:
        done.append("named")
        link(source, name)

    def synchronised(path: Path, flags: int) -> None:
        done.append("folder" if path == target.parent else "file")
        synchronise(path, flags)

    monkeypatch.setattr(os, "link", linked)
    monkeypatch.setattr(backup, "_synchronise", synchronised)
    back_up(made, target)
    assert ["file", "named", "folder"] == done


def test_a_full_disk_leaves_nothing(made: Path, tmp_path: Path) -> None:
    """The error names the backup and not the state."""
    with mounts.small_disk(tmp_path / "small", size="64k") as folder:
        target = folder / "state.backup"
        with pytest.raises(BackupError, match=r"state\.backup.*full"):
            back_up(made, target)
        assert [] == list(folder.iterdir())
    assert 0 == len(checking.check(made).flaws)


def test_a_folder_that_is_not_there_is_named(made: Path, target: Path) -> None:
    """None is made."""
    with pytest.raises(BackupError, match=r"none/state\.backup.*No such file"):
        back_up(made, target.parent / "none" / "state.backup")
    assert [] == list(target.parent.iterdir())


def test_no_state_is_none(state: Path, target: Path) -> None:
    """Nothing is made by trying."""
    with pytest.raises(StateMissingError):
        back_up(state, target)
    assert [] == list(target.parent.iterdir())


def test_broken_promises_are_copied_and_told(made: Path, target: Path) -> None:
    """The file is readable, so a copy of it is worth having."""
    with closing(sqlite3.connect(made)) as other:
        other.execute("UPDATE request SET done_at = NULL")
        other.commit()
    checked = back_up(made, target)
    assert ["request"] == [flaw.promise for flaw in checked.flaws]
    assert target.exists()


def test_an_earlier_version_is_copied_as_it_is(state: Path, target: Path) -> None:
    """Before a start brings it up to date is when people make backups."""
    earlier.load(1, state)
    assert 1 == back_up(state, target).version
    assert rows(state) == rows(target)
