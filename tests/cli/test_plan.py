"""`schedrun plan`: manifests against the state, and exit codes in which 2 means changes."""

from pathlib import Path

import pytest

from tests.cli.conftest import Call


def test_a_state_that_does_not_exist_is_empty(call: Call, manifests: Path, tmp_path: Path) -> None:
    """Every job is new; nothing is created on disk."""
    answer = call("plan", "--format", "json")
    assert answer.code == 0
    assert ["create", "create"] == [change["action"] for change in answer.json["changes"]]
    assert not (tmp_path / ".schedrun").exists()


def test_the_keys_of_the_answer(call: Call, manifests: Path, state: Path) -> None:
    """Changes, findings, overrides, and a summary that counts every action."""
    view = call("plan", "--format", "json").json
    assert {"schema_version", "changes", "findings", "overrides", "summary"} == set(view)
    actions = {"create", "remove", "move", "update", "pause", "resume", "noop", "blocked"}
    assert actions == set(view["summary"])
    assert all({"action", "job", "reason", "blocked", "fields"} == set(change) for change in view["changes"])
    override = {"job": "billing/fx-rates", "reason": "vendor outage", "by": "ana", "until": None}
    assert [override] == view["overrides"]


def test_text_ends_with_a_summary(call: Call, manifests: Path) -> None:
    """Signs, reasons, and the counts last."""
    lines = call("plan").stdout.splitlines()
    assert lines[0].startswith("+ create billing/close-day: ")
    assert lines[-1] == "Plan: 2 to create, 0 unchanged."


@pytest.mark.parametrize(("flags", "code"), [((), 0), (("--exit-code",), 2)])
def test_changes_exit_2_only_when_asked(call: Call, manifests: Path, flags: tuple[str, ...], code: int) -> None:
    """Without the flag a plan with changes is a success."""
    assert code == call("plan", *flags).code


def test_blocked_changes_count_as_changes(call: Call, manifests: Path, state: Path) -> None:
    """A removal that the guard holds back is still something to do."""
    (manifests / "billing.yaml").write_text(
        "schedrun: v1\nname: other\njobs:\n  one: {schedule: {every: 1h}, target: {command: [echo]}}\n"
    )
    answer = call("plan", "--exit-code", "--format", "json")
    assert answer.code == 2
    assert answer.json["summary"]["blocked"] > 0


def test_broken_files_exit_1_after_printing(call: Call, broken: Path) -> None:
    """What the good files want is still shown."""
    answer = call("plan", "--exit-code", "--format", "json")
    assert answer.code == 1
    assert ["SR101"] == [finding["code"] for finding in answer.json["findings"]]
    assert answer.json["summary"]["create"] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("nowhere",), id="missing-path"),
        pytest.param(("--format", "xml"), id="unknown-format"),
        pytest.param(("--frobnicate",), id="unknown-option"),
    ],
)
def test_usage_exits_1(call: Call, manifests: Path, arguments: tuple[str, ...]) -> None:
    """2 would read as: there are changes."""
    answer = call("plan", "--exit-code", *arguments)
    assert answer.code == 1
    assert "Error: " in answer.stderr


def test_a_file_that_is_no_state_exits_1(call: Call, manifests: Path, tmp_path: Path) -> None:
    """One clear line that names the file."""
    (tmp_path / "state.db").write_text("no database at all, only words and words and words")
    answer = call("plan", "--state", "state.db")
    assert answer.code == 1
    assert "state.db" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_the_state_may_come_from_the_environment(
    call: Call, manifests: Path, state: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """SCHEDRUN_STATE stands in for --state, and --state wins."""
    moved = state.rename(tmp_path / "elsewhere.db")
    monkeypatch.setenv("SCHEDRUN_STATE", str(moved))
    assert call("plan", "--format", "json").json["summary"]["create"] == 0
    assert call("plan", "--state", "none.db", "--format", "json").json["summary"]["create"] == 2
