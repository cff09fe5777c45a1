"""`schedrun export`: exit codes, and what is said where."""

from pathlib import Path

import pytest

from schedrun.cli import output
from tests.cli.conftest import Call

NOW = ("--now", "2026-06-01T00:00:00Z")


@pytest.mark.parametrize(
    ("foreign", "line"),
    [
        ("crontab", "17 4 * * * exec echo closed"),
        ("kubernetes", '  schedule: "17 4 * * *"'),
        ("systemd", "OnCalendar=*-*-* 04:17:00 Europe/Berlin"),
    ],
)
def test_writes_the_jobs_of_the_manifests(foreign: str, line: str, call: Call, manifests: Path) -> None:
    """On stdout; exit code 0 when the format holds them all."""
    path = manifests / "billing.yaml"
    path.write_text(path.read_text().replace(", timeout: 10m", ""))  # no crontab can hold one
    answer = call("export", "--to", foreign, *NOW)
    assert 0 == answer.code
    assert line in answer.stdout.splitlines()


def test_what_cannot_be_held_exits_1(call: Call, manifests: Path) -> None:
    """In the comments, and on stderr with file, line and column."""
    path = manifests / "billing.yaml"
    path.write_text(path.read_text().replace("{every: 15m}", "{every: 7m}"))
    answer = call("export", "--to", "crontab", *NOW)
    assert 1 == answer.code
    said = "not held: its period, which fields of minutes and hours cannot draw"
    assert f"# {said}" in answer.stdout
    assert f"manifests/billing.yaml:9:3: billing/fx-rates: {said}" in answer.stderr


def test_broken_files_are_named_and_left_out(call: Call, broken: Path) -> None:
    """Exit code 1."""
    answer = call("export", "--to", "crontab", *NOW)
    assert 1 == answer.code
    assert "error[SR101]" in answer.stderr
    assert "echo closed" in answer.stdout


@pytest.mark.parametrize(
    "arguments",
    [(), ("--to", "windows"), ("--to", "crontab", "nowhere"), ("--to", "crontab", "--now", "9999-12-31T00:00:00Z")],
)
def test_wrong_usage_exits_2(arguments: tuple[str, ...], call: Call) -> None:
    """No format, none that is known, no path, no year behind the last."""
    assert 2 == call("export", *arguments).code


def test_texts_of_manifests_cannot_leave_their_comments(call: Call, manifests: Path) -> None:
    """A description with a line break becomes no line of a crontab."""
    path = manifests / "billing.yaml"
    path.write_text(path.read_text().replace("Close yesterday's invoices", '"x\\n* * * * * rm -rf /\\e[2J"'))
    for foreign in ("crontab", "systemd", "kubernetes"):
        answer = call("export", "--to", foreign, *NOW)
        assert "\n* * * * *" not in answer.stdout
        assert "\x1b" not in answer.stdout


def test_what_is_not_held_is_wrapped_for_a_terminal_alone(
    call: Call, manifests: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a file each remark is one line; both say the same words."""
    piped = call("export", "--to", "crontab", *NOW).stderr
    monkeypatch.setattr(output, "medium", lambda _stream: output.Medium(width=50))
    wrapped = call("export", "--to", "crontab", *NOW).stderr
    assert max(map(len, piped.splitlines())) > 50 >= max(map(len, wrapped.splitlines()))
    assert all(line.startswith(("note: ", "manifests/")) for line in piped.splitlines())
    assert piped.split() == wrapped.split()


def test_broken_files_are_wrapped_for_a_terminal_alone(
    call: Call, broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What commands say on stderr beside their answer."""
    piped = call("export", "--to", "crontab", *NOW).stderr
    monkeypatch.setattr(output, "medium", lambda _stream: output.Medium(width=50))
    wrapped = call("export", "--to", "crontab", *NOW).stderr
    assert "manifests/stock.yaml:6:5: error[SR101] unknown field `timout` in job `count`\n" in piped
    assert "manifests/stock.yaml:6:5: error[SR101] unknown\n    field `timout` in" in wrapped
