"""A check: what it finds wrong, and that it finds nothing where nothing is."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from schedrun.core.errors import StateMissingError
from schedrun.core.run.checked import Checked
from schedrun.stores import checking
from schedrun.stores.checking import FLAWS_A_PROMISE
from schedrun.stores.faults import StateDamagedError, StateVersionError
from schedrun.stores.lock import StateLock
from schedrun.stores.readonly import open_reader
from schedrun.stores.sqlite import SqliteStore
from tests.stores import earlier
from tests.stores.earlier import UIDS


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a state with something of everything in it."""

    async def make(state: Path) -> None:
        store = await earlier.filled(state)
        # So that something was forgotten, too: the run of one o'clock.
        await store.write(lambda tx: tx.prune(UIDS["a"], before=earlier.at(1.5), keep=None, limit=1))
        await store.close()

    state = tmp_path_factory.mktemp("sound") / "state" / "state.db"
    asyncio.run(make(state))
    return state


@pytest.fixture
def state(sound: Path, tmp_path: Path) -> Path:
    """Return a copy of it that a test may spoil."""
    shutil.copytree(sound.parent, tmp_path / "state")
    return tmp_path / "state" / "state.db"


def spoil(state: Path, *statements: str) -> None:
    """Let another program write to the state."""
    with closing(sqlite3.connect(state, isolation_level=None)) as other:
        for statement in statements:
            assert other.execute(statement).rowcount != 0, statement


def test_a_sound_state_has_no_flaw(state: Path) -> None:
    """Whatever is in it; it is counted, and nothing is changed by looking."""
    before = state.read_bytes()
    checked = checking.check(state)
    assert Checked(version=checked.version, current=True, jobs=9, runs=13, spans=6) == checked
    assert before == state.read_bytes()


def test_it_looks_beside_a_running_service(state: Path) -> None:
    """Who writes is not disturbed and not waited for."""
    with closing(sqlite3.connect(state, isolation_level=None)) as service:
        service.execute("PRAGMA journal_mode = WAL")
        service.execute("BEGIN IMMEDIATE")
        service.execute("UPDATE job SET held = 'by the guard'")
        assert () == checking.check(state).flaws
        service.execute("COMMIT")
        assert () == checking.check(state).flaws


A, B, F, I = (f"'{UIDS[name]}'" for name in "abfi")  # noqa: E741  the names of the jobs
HOUR = "3600000000"


@pytest.mark.parametrize(
    ("promise", "statements", "said"),
    [
        pytest.param(
            "one-verdict",
            [f"UPDATE span SET first = first - 3 * {HOUR}, count = 5 WHERE job_uid = {A}"],
            "lies in the span",
            id="a run inside a span",
        ),
        pytest.param(
            "one-verdict",
            [
                f"UPDATE span SET last = last + 2 * {HOUR} WHERE job_uid = {B} AND status = 'superseded'",
            ],
            "begins in one that reaches to",
            id="spans that overlap",
        ),
        pytest.param(
            "cursor", [f"UPDATE job SET cursor = cursor - 2 * {HOUR} WHERE uid = {A}"], "there is a run of", id="run"
        ),
        pytest.param("cursor", [f"UPDATE job SET covered_until = NULL WHERE uid = {F}"], "a span reaches", id="span"),
        pytest.param(
            "cursor", [f"UPDATE pruned SET last = last + 99 * {HOUR} WHERE job_uid = {A}"], "was pruned", id="pruned"
        ),
        pytest.param("attempts", ["DELETE FROM attempt WHERE number = 2"], "2 of its 3", id="an attempt is missing"),
        pytest.param("attempts", ["UPDATE attempt SET number = 9 WHERE number = 2"], "by number", id="a wrong number"),
        pytest.param(
            "attempts",
            ["UPDATE attempt SET status = 'failed' WHERE number = 3"],
            "ended as succeeded, its last attempt as failed",
            id="another end",
        ),
        pytest.param(
            "attempts",
            [
                "INSERT INTO attempt SELECT seq, 1, 1, 2, NULL, NULL, NULL, 'failed' FROM run WHERE status = 'running'",
            ],
            "1 of its 0",
            id="an attempt that goes on has ended",
        ),
        pytest.param("run", ["UPDATE run SET started_at = NULL WHERE status = 'running'"], "contradicts", id="start"),
        pytest.param("run", ["UPDATE run SET retry_at = 5 WHERE finished_at > 0"], "contradicts", id="retry"),
        pytest.param(
            "run",
            [f"UPDATE job SET removed_at = 5 WHERE uid = {I}"],
            "its job is removed",
            id="a run that waits for nothing",
        ),
        pytest.param("run-id", ["UPDATE run SET id = 'x' WHERE status = 'running'"], "not the id", id="a run's id"),
        pytest.param(
            "last-end", [f"UPDATE last_end SET finished_at = 5 WHERE job_uid = {A}"], "last end", id="an older end"
        ),
        pytest.param("last-end", [f"DELETE FROM last_end WHERE job_uid = {A}"], "last end", id="no last end"),
        pytest.param("change", [f"DELETE FROM job_change WHERE job_uid = {A}"], "nobody is told", id="no last change"),
        pytest.param("request", ["UPDATE request SET done_at = NULL"], "by halves", id="half an answer"),
        pytest.param("request", ["UPDATE request SET arguments = '{'"], "not in JSON", id="a request's text"),
        pytest.param("notice", ["UPDATE delivery SET tries = 5"], "after 5 tries", id="a delivery without an end"),
        pytest.param("notice", ["UPDATE told SET held_back = -1"], "-1 notices of its failure", id="held back"),
        pytest.param(
            "totals", ["UPDATE total SET runs = 0, occurrences = 0"], "verdicts are succeeded, and only 0", id="totals"
        ),
        pytest.param("totals", ["DELETE FROM total WHERE verdict = 'missed'"], "3 verdicts are missed", id="no total"),
        pytest.param("lateness", ["UPDATE lateness SET finish_by = NULL"], "nobody expects", id="late by nothing"),
        pytest.param("text", ["UPDATE notice SET facts = 'x'"], "holds no JSON", id="a notice's facts"),
        pytest.param("text", ["UPDATE event SET facts = 'x'"], "holds no JSON", id="an event's text"),
        pytest.param("text", ["UPDATE sync SET broken = 'x'"], "sync holds no JSON", id="what is broken"),
        pytest.param("spec", [f"UPDATE job SET spec = '{{}}' WHERE uid = {B}"], "does not parse", id="a spec"),
        pytest.param("schema", ["DROP INDEX run_active"], "there is no index run_active", id="an index is missing"),
        pytest.param("schema", ["CREATE TABLE bookmarks (url)"], "table bookmarks is not", id="a table too many"),
        pytest.param("schema", ["ALTER TABLE event ADD COLUMN more TEXT"], "not as version", id="another column"),
        pytest.param("file", ["DELETE FROM job"], "refers to a job", id="rows without their job"),
    ],
)
def test_a_broken_promise_is_found(state: Path, promise: str, statements: list[str], said: str) -> None:
    """By name and in words."""
    spoil(state, *statements)
    flaws = checking.check(state).flaws
    assert promise in {flaw.promise for flaw in flaws}
    assert any(said in flaw.message for flaw in flaws if flaw.promise == promise), flaws


def test_a_flaw_names_job_and_run(state: Path) -> None:
    """Where it concerns one."""
    spoil(state, "UPDATE run SET started_at = NULL WHERE status = 'running'")
    (flaw,) = checking.check(state).flaws
    assert ("set/hourly", earlier.scheduled("a", 8).id) == (flaw.job, flaw.run)
    assert not checking.check(state).damaged


def test_a_thousand_flaws_of_one_kind_are_not_all_named(state: Path) -> None:
    """The first ones say what the others would."""
    event = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
    spoil(state, f"{event} INSERT INTO event (at, name, facts) SELECT i, 'x', 'x' FROM n")
    assert FLAWS_A_PROMISE == len(checking.check(state).flaws)


def test_no_state_is_none(tmp_path: Path) -> None:
    """Neither a file that is not there nor one without anything in it."""
    with pytest.raises(StateMissingError):
        checking.check(tmp_path / "state.db")
    (tmp_path / "state.db").touch()
    with pytest.raises(StateMissingError):
        checking.check(tmp_path / "state.db")


def test_a_newer_state_is_refused(state: Path) -> None:
    """What it promises is not known here."""
    spoil(state, "PRAGMA user_version = 99")
    with pytest.raises(StateVersionError, match="newer"):
        checking.check(state)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(lambda state: state.write_bytes(b"hello\n" * 1000), "not a database", id="text"),
        pytest.param(lambda state: spoil(state, "PRAGMA application_id = 7"), "another program", id="other"),
    ],
)
def test_another_file_is_damage(state: Path, make: Callable[[Path], object], said: str) -> None:
    """A check answers, and does not raise."""
    make(state)
    checked = checking.check(state)
    assert checked.damaged
    assert said in checked.flaws[0].message


def test_a_service_is_not_kept_from_its_lock(state: Path) -> None:
    """A check takes none."""
    lock = StateLock(state)
    lock.acquire(1, earlier.at(0))
    assert () == checking.check(state).flaws
    lock.release()


def test_bytes_that_are_no_text_are_found_and_read_past(state: Path) -> None:
    """One byte that went bad in a row takes no other along, and is named."""
    spoil(
        state,
        "UPDATE attempt SET output = CAST(x'6f6bff' AS TEXT) WHERE run = (SELECT min(run) FROM attempt)",
        "UPDATE job SET held = CAST(x'ff' AS TEXT) WHERE uid = " + A,
    )
    said = [flaw.message for flaw in checking.check(state).flaws]
    assert ["attempt", "job"] == sorted(sentence.split()[2] for sentence in said), said
    assert all("holds bytes that are no text" in sentence for sentence in said)
    with open_reader(state) as reader:
        runs = reader.read(lambda ledger: ledger.runs(limit=100))
        assert 13 == len(runs)
        assert "ok\N{REPLACEMENT CHARACTER}" in {run.output for run in runs}


def test_a_service_names_the_damage_in_what_it_reads_to_write(state: Path) -> None:
    """It does not go on with what it cannot read."""
    spoil(state, "UPDATE job SET spec = CAST(x'ff' AS TEXT) WHERE uid = " + A)

    async def asked() -> None:
        store = await SqliteStore.open(state)
        try:
            await store.write(lambda tx: tx.job(UIDS["a"]))
        finally:
            await store.close()

    with pytest.raises(StateDamagedError, match=r"decode.*`schedrun state check"):
        asyncio.run(asked())
