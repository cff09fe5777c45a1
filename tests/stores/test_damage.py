"""Damaged files: noticed before anything is written, never written over, and read as far as they can be."""

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from schedrun.core.errors import StoreError
from schedrun.core.run.checked import FILE
from schedrun.stores import backup, checking, integrity, wal
from schedrun.stores.connection import open_for_writing
from schedrun.stores.faults import StateDamagedError
from schedrun.stores.readonly import open_reader
from schedrun.stores.salvage import Salvage
from tests.stores import damage
from tests.stores.damage import Damage

RUNS = 2_000


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a state with many runs whose service has ended in order."""
    return damage.written(tmp_path_factory.mktemp("closed") / "state" / "state.db", runs=RUNS)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a state whose service was killed: a log and its index lie beside it."""
    return damage.written(tmp_path_factory.mktemp("killed") / "state" / "state.db", runs=300, killed=True)


@pytest.fixture
def state(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Return a copy of the state that the damage is for, damaged."""
    inflict: Damage = request.param
    source: Path = request.getfixturevalue("closed" if inflict in damage.OF_THE_FILE else "killed")
    shutil.copytree(source.parent, tmp_path / "state")
    inflict(tmp_path / "state" / "state.db")
    return tmp_path / "state" / "state.db"


EVERY = (*damage.OF_THE_FILE, *damage.OF_THE_LOG, *damage.OF_THE_FILE_OF_A_LOG)
every_damage = pytest.mark.parametrize("state", EVERY, indirect=True)
log_damage = pytest.mark.parametrize("state", damage.OF_THE_LOG, indirect=True)


@every_damage
def test_a_start_notices_it_and_changes_nothing(state: Path) -> None:
    """The error names file and remedy, again and again, and not a byte of database or log is touched."""
    before = damage.contents(state)
    for _ in range(2):
        with pytest.raises(StateDamagedError, match=r"state\.db.*`schedrun state check.*backup"):
            open_for_writing(state, probe=True)
        assert before == damage.contents(state)


@every_damage
def test_a_check_says_what_is_damaged(state: Path) -> None:
    """It finds something wrong with the file itself, and changes nothing."""
    before = damage.contents(state)
    checked = checking.check(state)
    assert checked.damaged
    assert {FILE} == {flaw.promise for flaw in checked.flaws}
    assert all(flaw.message for flaw in checked.flaws)
    assert before == damage.contents(state)


@every_damage
def test_no_backup_is_made_of_it(state: Path, tmp_path: Path) -> None:
    """The error says that it is damaged, and nothing is left in the place of the backup."""
    target = tmp_path / "backups" / "one.db"
    target.parent.mkdir()
    with pytest.raises(StateDamagedError):
        backup.back_up(state, target)
    assert [] == list(target.parent.iterdir())


@log_damage
def test_a_log_stays_cut_whoever_has_looked(state: Path) -> None:
    """Readers, checks and backups leave behind what tells that something is missing."""
    before = damage.contents(state)
    with pytest.raises(StateDamagedError, match="its log"):
        open_reader(state)
    with suppress(StateDamagedError), Salvage(state) as rest:
        rest.runs()
    checking.check(state)
    assert wal.fault_of(state)
    assert before == damage.contents(state)


@log_damage
def test_without_its_index_a_log_is_taken_as_it_is(state: Path) -> None:
    """The remedy for who has no backup: what is left of the log is gone on with."""
    state.with_name("state.db-shm").unlink()
    open_for_writing(state, probe=True).close()


@pytest.mark.parametrize("state", [damage.log_gone, damage.log_emptied, damage.log_head_garbled], indirect=True)
def test_an_index_from_before_the_machine_was_started_is_not_believed(state: Path) -> None:
    """After a power cut it may be older than the log, and what it knew of may long be in the file."""
    index = state.with_name("state.db-shm")
    os.utime(index, (1.0, 1.0))
    assert wal.fault_of(state) is None


def test_a_log_that_was_begun_anew_behind_its_index_is_no_fault(killed: Path, tmp_path: Path) -> None:
    """An index is never synced: a snapshot of the disk may hold an old one beside a newer log."""
    shutil.copytree(killed.parent, tmp_path / "state")
    state = tmp_path / "state" / "state.db"
    old = state.with_name("state.db-shm").read_bytes()
    with closing(open_for_writing(state)) as connection:
        connection.execute("PRAGMA wal_checkpoint(RESTART)")
        connection.execute("UPDATE job SET cursor = 7")
        snapshot = {name: state.with_name(name).read_bytes() for name in ("state.db", "state.db-wal")}
    for name, content in (snapshot | {"state.db-shm": old}).items():
        state.with_name(name).write_bytes(content)
    assert wal.fault_of(state) is None
    with closing(open_for_writing(state, probe=True)) as opened:
        assert (7,) == opened.execute("SELECT cursor FROM job").fetchone()


def test_a_log_that_is_gone_and_was_in_the_file_is_no_fault(killed: Path, tmp_path: Path) -> None:
    """Its pages are in the file: nothing is missing."""
    shutil.copytree(killed.parent, tmp_path / "state")
    state = tmp_path / "state" / "state.db"
    with closing(open_for_writing(state)) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        folded = {name: state.with_name(name).read_bytes() for name in ("state.db", "state.db-shm")}
    for name, content in folded.items():
        state.with_name(name).write_bytes(content)
    assert not state.with_name("state.db-wal").exists()
    with closing(open_for_writing(state, probe=True)) as opened:
        assert (300,) == opened.execute("SELECT count(*) FROM run").fetchone()


def test_a_file_of_several_names_is_refused(closed: Path, tmp_path: Path) -> None:
    """Each name would have a lock and a log of its own."""
    shutil.copytree(closed.parent, tmp_path / "state")
    state = tmp_path / "state" / "state.db"
    (tmp_path / "other").mkdir(mode=0o700)
    (tmp_path / "other" / "state.db").hardlink_to(state)
    for name in (state, tmp_path / "other" / "state.db"):
        with pytest.raises(StoreError, match=r"has 2 names \(hard links"):
            open_for_writing(name)


def test_a_log_that_was_left_whole_is_no_fault(killed: Path, tmp_path: Path) -> None:
    """A crash is no damage: everything is there."""
    shutil.copytree(killed.parent, tmp_path / "state")
    state = tmp_path / "state" / "state.db"
    assert wal.fault_of(state) is None
    with closing(open_for_writing(state, probe=True)) as connection:
        assert (300,) == connection.execute("SELECT count(*) FROM run").fetchone()
        assert wal.fault_of(state) is None


def test_a_tail_that_was_never_told_is_no_fault(killed: Path, tmp_path: Path) -> None:
    """What was being written when the process was killed may be there by half."""
    shutil.copytree(killed.parent, tmp_path / "state")
    state = tmp_path / "state" / "state.db"
    with state.with_name("state.db-wal").open("ab") as log:
        log.write(b"\xa5" * 5_000)
    assert wal.fault_of(state) is None
    with closing(open_for_writing(state, probe=True)) as connection:
        assert (300,) == connection.execute("SELECT count(*) FROM run").fetchone()


def test_a_log_that_begins_anew_is_no_fault(closed: Path, tmp_path: Path) -> None:
    """While it is written, folded into the file and written again from its beginning."""
    shutil.copytree(closed.parent, tmp_path / "state")
    state = tmp_path / "state" / "state.db"
    with closing(open_for_writing(state)) as connection:
        for number in range(30):
            connection.execute("UPDATE job SET cursor = ?", (number,))
            assert wal.fault_of(state) is None
            connection.execute(f"PRAGMA wal_checkpoint({('PASSIVE', 'RESTART', 'TRUNCATE')[number % 3]})")
            assert wal.fault_of(state) is None


def found(state: Path) -> list[str]:
    """Return the runs that can be read, newest first."""
    with Salvage(state) as rest:
        return [run.fire_time.isoformat() for run in rest.runs(limit=RUNS)]


@pytest.mark.parametrize(
    ("state", "at_least"),
    [
        pytest.param(damage.page_in_the_middle, RUNS - 100, id="page-in-the-middle"),
        pytest.param(damage.pages_here_and_there, RUNS // 2, id="pages-here-and-there"),
        pytest.param(damage.cut_in_half, RUNS // 4, id="cut-in-half"),
        pytest.param(damage.log_cut_in_half, 100, id="log-cut-in-half"),
    ],
    indirect=["state"],
)
def test_what_is_readable_is_read(state: Path, at_least: int) -> None:
    """Around the damage, in order, each run once."""
    runs = found(state)
    assert at_least <= len(runs) <= RUNS
    assert sorted(set(runs), reverse=True) == runs


@pytest.mark.parametrize("state", [damage.page_in_the_middle], indirect=True)
def test_every_question_is_answered(state: Path) -> None:
    """What commands ask has an answer, with the job by its name."""
    with Salvage(state) as rest:
        (job,) = rest.jobs()
        assert "set/one" == job.key
        assert job == rest.job("u1") == rest.job_by_key("set/one")
        assert {"u1": "set/one", "lost": "(lost)"} == rest.keys(["u1", "lost"])
        newest = rest.runs(key="set/one", limit=1)[0]
        assert "done\n" == newest.output
        assert newest == rest.run(newest.id)
        assert [] == list(rest.active_runs("u1"))
        assert [] == list(rest.spans(key="set/one"))
        assert rest.sync() is None
        assert rest.last_session() is None
        assert rest.unreadable() == []
        assert rest.found


@pytest.mark.parametrize(
    "state",
    [damage.garbage_header, damage.garbage_first_page, damage.log_cut_to_its_head, *damage.OF_THE_FILE_OF_A_LOG],
    indirect=True,
)
def test_nothing_readable_is_said_to_be_so(state: Path) -> None:
    """Without the schema there is nothing to hold on to."""
    with pytest.raises(StateDamagedError):
        Salvage(state)


@pytest.fixture
def large(closed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the state that counts as too large to be looked at whole."""
    monkeypatch.setattr(integrity, "PROBED_WHOLE", 0)
    shutil.copytree(closed.parent, tmp_path / "state")
    return tmp_path / "state" / "state.db"


def root_page(state: Path, name: str) -> int:
    with closing(sqlite3.connect(state)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,)).fetchone()
    return int(page)


@pytest.mark.parametrize("name", ["job", "run", "attempt", "span", "run_newest", "run_occurrence", "last_end"])
def test_a_large_state_is_looked_at_in_part(large: Path, name: str) -> None:
    """Damage at the root of a table that the service lives on is noticed; a sound one is opened."""
    open_for_writing(large, probe=True).close()
    with large.open("r+b") as file:
        file.seek((root_page(large, name) - 1) * damage.PAGE)
        file.write(b"\xa5" * damage.PAGE)
    with pytest.raises(StateDamagedError):
        open_for_writing(large, probe=True)


def test_the_look_is_bounded(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps are counted, not seconds: what lies beyond them is left alone."""
    monkeypatch.setattr(integrity, "PROBED_STEPS", 0)
    damage.page_in_the_middle(large)
    open_for_writing(large, probe=True).close()


def test_another_error_than_damage_is_told_as_it_is(closed: Path, tmp_path: Path) -> None:
    """A state that may not be read is not called damaged."""
    shutil.copytree(closed.parent, tmp_path / "state")
    state = tmp_path / "state" / "state.db"
    with closing(sqlite3.connect(state, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("UPDATE job SET held = 'x'")
        other.execute("COMMIT")
        with pytest.raises(StoreError, match="locked") as caught:
            open_reader(state)
    assert not isinstance(caught.value, StateDamagedError)


def test_descriptors_do_not_pile_up(killed: Path) -> None:
    """However often a state is looked at, one is kept for its index."""

    def opened() -> list[str]:
        """Return what this process has open of it; other files may be closed by the garbage collector meanwhile."""
        links = [os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()]
        return [link for link in links if Path(link).parent == killed.parent.resolve()]

    wal.fault_of(killed)
    before = opened()
    assert before != []
    for _ in range(50):
        wal.fault_of(killed)
    assert before == opened()
