"""`schedrun state`: check, backup and prune where no service is active: usage, answers and exit codes."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from schedrun.core.run.run import Run
from schedrun.stores import schema
from schedrun.stores.readonly import open_reader
from tests.cli.conftest import Call, record
from tests.stores import damage, earlier


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Return a default state that something of everything is recorded in."""
    path = tmp_path / ".schedrun" / "state.db"
    asyncio.run(record(path, lambda tx: earlier.fill(tx, 2)))
    return path


@pytest.mark.parametrize("command", [("check",), ("backup", "copy.db"), ("prune",), ("prune", "--dry-run")])
def test_a_state_that_does_not_exist_names_run(call: Call, command: tuple[str, ...], tmp_path: Path) -> None:
    """Exit code 1, one line, and nothing is created."""
    answer = call("state", *command, "--state", "none/state.db")
    assert (1, "") == (answer.code, answer.stdout)
    assert "schedrun run --state none/state.db" in answer.stderr
    assert [] == list(tmp_path.iterdir())


class TestCheck:
    """`state check`."""

    def test_a_sound_state(self, call: Call, history: Path) -> None:
        """Exit code 0; the state and how much it holds."""
        answer = call("state", "check")
        assert (0, "sound: .schedrun/state.db: 9 jobs, 14 runs, 6 spans\n") == (answer.code, answer.stdout)
        view = call("state", "check", "--format", "json").json
        assert {
            "schema_version": 1,
            "ok": True,
            "state": ".schedrun/state.db",
            "version": schema.known_version(),
            "jobs": 9,
            "runs": 14,
            "spans": 6,
            "flaws": [],
        } == view

    def test_a_broken_promise(self, call: Call, history: Path) -> None:
        """Exit code 1; job, run and words, and what such a flaw means."""
        with closing(sqlite3.connect(history, isolation_level=None)) as other:
            other.execute("UPDATE run SET started_at = NULL WHERE status = 'running'")
        answer = call("state", "check")
        run = earlier.scheduled("a", 8).id
        first, second, *rest = answer.stdout.splitlines()
        assert (1, "not sound: .schedrun/state.db") == (answer.code, first)
        assert second.startswith(f"  run: job set/hourly, run {run}: running at attempt 1 contradicts")
        assert "another program" in " ".join(rest)
        (flaw,) = call("state", "check", "--format", "json").json["flaws"]
        assert ("run", "set/hourly", run) == (flaw["promise"], flaw["job"], flaw["run"])

    def test_a_damaged_file(self, call: Call, history: Path) -> None:
        """Exit code 1; what is damaged, and the remedy."""
        damage.cut_in_half(history)
        answer = call("state", "check")
        assert 1 == answer.code
        assert answer.stdout.startswith("damaged: .schedrun/state.db\n  file: ")
        assert "it is cut: " in answer.stdout
        assert "put a backup in\nits place" in answer.stdout
        view = call("state", "check", "--format", "json").json
        assert (False, None) == (view["ok"], view["version"])

    def test_an_earlier_version(self, call: Call, tmp_path: Path) -> None:
        """The file is looked at; the rest follows once it is brought up to date."""
        earlier.load(1, tmp_path / ".schedrun" / "state.db")
        answer = call("state", "check")
        assert (0, True) == (answer.code, answer.stdout.startswith("sound: .schedrun/state.db: version 1, "))


class TestBackup:
    """`state backup`."""

    def test_a_copy(self, call: Call, history: Path, tmp_path: Path) -> None:
        """How much is in it; for programs the same as a check says, file and size."""
        answer = call("state", "backup", "copy.db")
        size = (tmp_path / "copy.db").stat().st_size
        assert (0, "") == (answer.code, answer.stderr)
        assert f"backed up to copy.db: 9 jobs, 14 runs, 6 spans, {size} bytes\n" == answer.stdout
        view = call("state", "backup", "other.db", "--format", "json").json
        assert ("other.db", size, True, 9) == (view["file"], view["bytes"], view["ok"], view["jobs"])
        assert call("runs").stdout == call("runs", "--state", "copy.db").stdout

    def test_no_file_is_written_over(self, call: Call, history: Path, tmp_path: Path) -> None:
        """Exit code 1."""
        (tmp_path / "copy.db").write_text("precious")
        answer = call("state", "backup", "copy.db")
        assert (1, "precious") == (answer.code, (tmp_path / "copy.db").read_text())
        assert "copy.db" in answer.stderr

    def test_flaws_of_the_state_are_told(self, call: Call, history: Path, tmp_path: Path) -> None:
        """The copy is made all the same."""
        with closing(sqlite3.connect(history, isolation_level=None)) as other:
            other.execute("UPDATE run SET started_at = NULL WHERE status = 'running'")
        answer = call("state", "backup", "copy.db")
        assert 0 == answer.code
        assert "Warning" in answer.stderr
        assert "not sound: copy.db" in answer.stderr
        assert (tmp_path / "copy.db").exists()


class TestPrune:
    """`state prune`."""

    def runs(self, state: Path) -> list[Run]:
        with open_reader(state) as ledger:
            return list(ledger.read(lambda reader: reader.runs(limit=1_000)))

    def test_nothing_is_forgotten_for_a_trial(self, call: Call, history: Path) -> None:
        """The same numbers as for real, and every byte stays."""
        before = history.read_bytes()
        bounds = ("--keep-runs", "1", "--keep-for", "off")
        trial = call("state", "prune", *bounds, "--dry-run")
        assert (0, "would forget 7 runs, 1 span, 0 records\n") == (trial.code, trial.stdout)
        assert before == history.read_bytes()
        answer = call("state", "prune", *bounds)
        assert "forgot 8 runs, 1 span, 0 records, and deleted 0 files of output\n" == answer.stdout

    def test_age(self, call: Call, history: Path) -> None:
        """All that has ended and the records of the service go, and what is active stays."""
        trial = call("state", "prune", "--keep-for", "1s", "--dry-run")
        assert trial.stdout.startswith("would forget 10 runs, 5 spans")
        assert "forgot 10 runs, 5 spans, 3 records, " in call("state", "prune", "--keep-for", "1s").stdout
        left = {str(run.status) for run in self.runs(history) if run.job_uid == earlier.UIDS["a"]}
        assert {"queued", "interrupted"} == left

    def test_for_programs(self, call: Call, history: Path) -> None:
        """All keys."""
        view = call("state", "prune", "--keep-runs", "1", "--keep-for", "off", "--format", "json").json
        assert {"schema_version": 1, "dry_run": False, "runs": 8, "spans": 1, "records": 0, "logs": 0} == view
        assert 0 == call("state", "check").code

    def test_the_settings_hold_where_nothing_is_said(
        self, call: Call, history: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Those of the environment; a flag wins."""
        monkeypatch.setenv("SCHEDRUN_KEEP_RUNS", "1")
        monkeypatch.setenv("SCHEDRUN_KEEP_FOR", "off")
        assert "would forget 7 runs, 1 span, 0 records\n" == call("state", "prune", "--dry-run").stdout
        assert "would forget 0 runs" in call("state", "prune", "--dry-run", "--keep-runs", "50").stdout

    def test_much_is_forgotten_request_by_request(self, call: Call, tmp_path: Path) -> None:
        """Until nothing is left that may go; output that nobody needs is deleted at the end."""
        state = damage.written(tmp_path / ".schedrun" / "state.db", runs=2_500)
        logs = tmp_path / ".schedrun" / "state.db.logs"
        logs.mkdir()
        kept, gone = (self.runs(state)[index].id for index in (0, -1))
        for run in (kept, gone):
            (logs / f"{run}-1.gz").touch()
        answer = call("state", "prune", "--keep-runs", "3", "--keep-for", "off")
        assert answer.stdout.startswith("forgot 2497 runs, 0 spans, ")
        assert answer.stdout.endswith("and deleted 1 file of output\n")
        assert 3 == len(self.runs(state))
        assert [f"{kept}-1.gz"] == [file.name for file in logs.iterdir()]

    @pytest.mark.parametrize("bound", [("--keep-for", "90"), ("--keep-runs", "0"), ("--keep-runs", "all")])
    def test_a_bound_that_makes_no_sense(self, call: Call, history: Path, bound: tuple[str, str]) -> None:
        """Wrong usage, with the remedy."""
        answer = call("state", "prune", *bound)
        assert 2 == answer.code
        assert "`off`" in answer.stderr


def test_a_removed_jobs_history_is_forgotten_too(call: Call, tmp_path: Path) -> None:
    """Its row stays: what ran cannot run again."""
    path = tmp_path / ".schedrun" / "state.db"
    asyncio.run(record(path, lambda tx: earlier.fill(tx, 2)))
    call("state", "prune", "--keep-for", "1s")
    with open_reader(path) as ledger:
        assert ledger.read(lambda reader: reader.job(earlier.UIDS["d"])) is not None
        forgotten = ledger.read(lambda reader: reader.forgotten(earlier.UIDS["d"]))
    assert (earlier.at(3), earlier.at(4)) == forgotten


def test_each_part_is_summed_up_in_a_whole_sentence(call: Call) -> None:
    """Help cuts what is too long for a line."""
    *_, said = call("state", "--help").stdout.partition("Commands:\n")
    lines = said.strip().splitlines()
    assert ["backup", "check", "prune"] == [line.split()[0] for line in lines]
    assert [] == [line for line in lines if line.endswith("...") or not line.endswith(".")]


class TestWithoutAState:
    """What leaves none behind, and what is none."""

    MANIFEST = "schedrun: v1\nname: s\njobs:\n  a: {schedule: {every: 1h}, target: {command: [echo]}}\n"

    def test_a_refused_apply_leaves_no_state(self, call: Call, tmp_path: Path) -> None:
        """Exit code 1, and nothing is there that was not."""
        (tmp_path / "manifests").mkdir()
        (tmp_path / "manifests" / "a.yaml").write_text(self.MANIFEST)
        answer = call("apply", "--allow-remove", "3")
        assert 1 == answer.code
        assert "3" in answer.stderr
        assert ["manifests"] == [path.name for path in tmp_path.iterdir()]
        assert 1 == call("status").code
        assert 0 == call("apply").code
        assert 0 == call("status").code

    def test_an_empty_state_is_none(self, call: Call, tmp_path: Path) -> None:
        """`status` does not call it ok."""
        asyncio.run(record(tmp_path / ".schedrun" / "state.db", lambda tx: None))
        answer = call("status")
        assert (1, "") == (answer.code, answer.stdout)
        assert "does not exist yet" in answer.stderr
