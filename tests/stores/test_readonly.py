"""Reading commands beside a running service, after a crash, and on a state that cannot be written."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from schedrun.core.errors import StateMissingError, StoreError
from schedrun.core.run.run import Run
from schedrun.protocols import Reader
from schedrun.stores import readonly
from schedrun.stores.faults import StateDamagedError, StateVersionError
from schedrun.stores.readonly import open_reader, state_exists
from schedrun.stores.sqlite import SqliteStore
from tests.contracts.ledger import a_job, a_run, recording


@pytest.fixture
def written(state: Path) -> Path:
    """Return a state with one run, closed in order: there is no -wal."""

    async def write() -> None:
        store = await SqliteStore.open(state)
        await store.write(recording(a_job(), a_run()))
        await store.close()

    asyncio.run(write())
    return state


@pytest.fixture
def crashed(written: Path) -> Path:
    """Return a state whose service was killed: its last run is only in the -wal."""
    source = sqlite3.connect(written, isolation_level=None)
    source.execute("PRAGMA wal_autocheckpoint = 0")
    source.execute("UPDATE run SET status = 'running', attempt = 1")
    left = written.parent.parent / "crashed"
    shutil.copytree(written.parent, left)
    source.close()
    (left / "state.db-shm").unlink()
    return left / "state.db"


@pytest.fixture
def unwritable(written: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a state in a folder that cannot be written; root is told so, since it could all the same."""
    written.parent.chmod(0o500)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    yield written
    written.parent.chmod(0o700)


def runs(reader: Reader) -> list[Run]:
    return list(reader.runs())


def test_a_missing_state_names_the_command_that_makes_one(state: Path) -> None:
    """There is nothing to read, and nothing is made by looking."""
    assert not state_exists(state)
    with pytest.raises(StateMissingError, match="schedrun run --state"):
        open_reader(state)
    assert not state.parent.exists()


def test_a_state_that_was_never_written_is_missing(state: Path) -> None:
    """A file without a ledger in it is none yet."""
    state.parent.mkdir()
    state.touch()
    with pytest.raises(StateMissingError):
        open_reader(state)
    assert state.read_bytes() == b""


def test_a_closed_state_is_read(written: Path) -> None:
    """What was recorded is answered, and the file keeps every byte."""
    assert state_exists(written)
    before = written.read_bytes()
    with open_reader(written) as reader:
        assert [a_run()] == reader.read(runs)
    assert before == written.read_bytes()


def test_an_empty_wal_hides_nothing(unwritable: Path) -> None:
    """What a reader left behind does not keep the next one out of a read-only folder."""
    unwritable.with_name("state.db-wal").touch()
    assert readonly.mode(unwritable) == "immutable"


def test_a_reader_follows_a_running_service(written: Path) -> None:
    """Each query sees what is committed by then."""

    async def scenario() -> list[int]:
        store = await SqliteStore.open(written)
        with open_reader(written) as reader:
            counts = [len(reader.read(runs))]
            await store.write(recording(a_run("r2", 2)))
            counts.append(len(reader.read(runs)))
        await store.close()
        return counts

    assert [1, 2] == asyncio.run(scenario())


def test_a_crashed_state_is_read_with_its_last_rows(crashed: Path) -> None:
    """Rows that are only in the -wal are read, and the -wal stays for the next service."""
    with open_reader(crashed) as reader:
        assert [1] == [run.attempt for run in reader.read(runs)]
    assert crashed.with_name("state.db-wal").exists()


def test_an_unwritable_folder_is_read_as_immutable(unwritable: Path) -> None:
    """Without a -wal no one writes, so the file may be taken as it is."""
    assert readonly.mode(unwritable) == "immutable"
    with open_reader(unwritable) as reader:
        assert [a_run()] == reader.read(runs)


def test_a_leftover_wal_is_never_ignored(crashed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a -wal the folder's rights do not make the file immutable: that would hide rows."""
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert readonly.mode(crashed) == "ro"


@pytest.fixture
def shown(written: Path) -> Iterator[Path]:
    """Return a copy of the state that other users may read and not write."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy = Path(shutil.copy(written, folder))
        copy.chmod(0o444)
        folder.chmod(0o755)
        yield copy


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="needs root to become another user")
def test_another_user_reads_a_state_in_a_read_only_folder(shown: Path) -> None:
    """A real read-only folder, seen by a user who cannot write it."""
    code = (
        "import sys; from pathlib import Path; from schedrun.stores.readonly import open_reader\n"
        "with open_reader(Path(sys.argv[1])) as reader: print(len(reader.read(lambda r: r.runs())))\n"
    )
    become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    importable = subprocess.run([*become, sys.executable, "-B", "-c", "import schedrun.stores.readonly"], check=False)
    if importable.returncode:
        pytest.skip("the other user cannot read this Python")
    command = [*become, sys.executable, "-B", "-c", code, str(shown)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ("1\n", "") == (done.stdout, done.stderr)


def test_a_reader_writes_nothing(written: Path) -> None:
    """The connection refuses to."""
    with open_reader(written) as reader, pytest.raises(StoreError, match="readonly"):
        reader.read(lambda r: r._execute("DELETE FROM run"))  # type: ignore[attr-defined]


def test_a_file_that_is_no_database_is_named(state: Path) -> None:
    """Reading commands say the same as the service."""
    state.parent.mkdir()
    state.write_bytes(b"not a database" * 100)
    with pytest.raises(StateDamagedError, match=r"state\.db"):
        open_reader(state)


@pytest.mark.parametrize(("version", "remedy"), [(99, "newer schedrun")])
def test_another_version_is_named(written: Path, version: int, remedy: str) -> None:
    """A state of another version is not guessed at."""
    connection = sqlite3.connect(written)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    with pytest.raises(StateVersionError, match=remedy):
        open_reader(written)


def test_an_older_version_names_the_command_that_migrates(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading never migrates."""
    monkeypatch.setattr("schedrun.stores.schema.known_version", lambda: 99)
    with pytest.raises(StateVersionError, match="schedrun run"):
        open_reader(written)
