"""`schedrun import`: manifest on stdout, report on stderr, exit codes, and what is refused."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import schedrun
from schedrun.cli import output
from schedrun.cli.main import cli
from tests.cli.conftest import Call

NOW = ("--now", "2026-06-01T00:00:00Z")
GOOD = "# Back up\n17 4 * * 1-5 /opt/backup.sh\n"
TWICE = "0,30 2 * * * a\n"
APP = """\
class Schedule:
    run_every = 60


beat = {"poll": {"task": "shop.tasks.poll", "schedule": 60.0}}
"""
HEAVY = ("apscheduler", "fastapi", "httpx", "sqlite3", "schedrun.stores", "schedrun.service", "celery")


@pytest.fixture(autouse=True)
def _no_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TZ", raising=False)


def test_the_manifest_is_valid_and_the_report_stands_apart(call: Call, tmp_path: Path) -> None:
    """Exit code 0: all was carried, and every fire of the twelve months agrees."""
    (tmp_path / "tab").write_text(GOOD)
    answer = call("import", "--from", "crontab", "tab", *NOW)
    assert (0, "") == (answer.code, answer.stdout.partition("# Imported from crontab: tab.\n")[0])
    assert answer.stderr.splitlines()[-2:] == [
        "    note: no time zone is said: UTC is assumed (TZ is not set)",
        "ok: 1 of 1 job carried, 0 differ, 0 things not carried",
    ]
    assert "tab:2:1: backup: agrees: 261 fires from 2026-06-01 to 2027-06-01" in answer.stderr
    (tmp_path / "m.yaml").write_text(answer.stdout)
    assert 0 == call("validate", "m.yaml").code


@pytest.mark.parametrize("text", ["@reboot a\n", "0 0 32 * * a\n", "MAILTO=me\n0 5 * * * a\n", "", "nonsense\n"])
def test_what_is_not_carried_exits_1_and_prints_the_manifest(text: str, call: Call, tmp_path: Path) -> None:
    """The rest of it is there, and valid."""
    (tmp_path / "tab").write_text(text)
    answer = call("import", "--from", "crontab", "tab", *NOW)
    assert 1 == answer.code
    assert answer.stderr.splitlines()[-1].startswith("not ok: ")
    (tmp_path / "m.yaml").write_text(answer.stdout)
    assert 0 == call("validate", "m.yaml").code


def test_what_differs_exits_1_and_says_when_and_why(call: Call, tmp_path: Path) -> None:
    """In local time, with the reason."""
    (tmp_path / "tab").write_text(TWICE)
    answer = call("import", "--from", "crontab", "tab", "--timezone", "Europe/Berlin", *NOW)
    assert 1 == answer.code
    assert "why: clock changes: Debian's cron makes up" in answer.stderr
    assert "2027-03-28T03:00:00+02:00: old fires 2 times, new fires" in answer.stderr


def test_the_report_is_wrapped_for_a_terminal_alone(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a file each job and each note is one line; both say the same words."""
    (tmp_path / "tab").write_text(TWICE)
    arguments = ("import", "--from", "crontab", "tab", "--timezone", "Europe/Berlin", *NOW)
    piped = call(*arguments).stderr
    monkeypatch.setattr(output, "medium", lambda _stream: output.Medium(width=50))
    wrapped = call(*arguments).stderr
    assert max(map(len, piped.splitlines())) > 50 >= max(map(len, wrapped.splitlines()))
    assert "\n    why: clock changes: Debian's cron makes up" in piped
    assert "\n    why: clock changes: Debian's cron makes up\n        " in wrapped
    assert piped.split() == wrapped.split()


def test_the_zone_of_the_environment(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TZ, and a zone that is none."""
    (tmp_path / "tab").write_text(GOOD)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    answer = call("import", "--from", "crontab", "tab", *NOW)
    assert "Asia/Tokyo is assumed (TZ)" in answer.stderr
    assert "timezone: Asia/Tokyo" in answer.stdout
    monkeypatch.setenv("TZ", ":/usr/share/zoneinfo/Asia/Tokyo")
    assert "Asia/Tokyo is assumed (TZ)" in call("import", "--from", "crontab", "tab", *NOW).stderr
    monkeypatch.setenv("TZ", "Nowhere")
    assert "(or say --timezone)" in call("import", "--from", "crontab", "tab").stderr
    assert (2, "") == (
        call("import", "--from", "crontab", "tab").code,
        call("import", "--from", "crontab", "tab").stdout,
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "crontab"), "Missing argument"),
        (("--from", "windows", "tab"), "windows"),
        (("tab",), "--from"),
        (("--from", "crontab", "nowhere"), "there is no file or folder 'nowhere'"),
        (("--from", "systemd", "."), "its files end with .timer, .service"),
        (("--from", "crontab", "tab", "--now", "soon"), "soon"),
        (("--from", "crontab", "tab", "--now", "9999-06-01T00:00:00Z"), "out of range: write a year from 1970 to 8999"),
        (("--from", "crontab", "tab", "--name", "A b"), "no name of a set"),
        (("--from", "crontab", "tab", "--timezone", "Mars"), "Mars"),
    ],
)
def test_wrong_usage_exits_2(arguments: tuple[str, ...], said: str, call: Call, tmp_path: Path) -> None:
    """With the remedy."""
    (tmp_path / "tab").write_text(GOOD)
    answer = call("import", *arguments)
    assert (2, "") == (answer.code, answer.stdout)
    assert said in answer.stderr


def test_reads_stdin(call: Call) -> None:
    """As in `crontab -l | schedrun import --from crontab -`."""
    result = CliRunner().invoke(cli, ["import", "--from", "crontab", "-", *NOW], input=GOOD)
    assert 0 == result.exit_code
    assert "stdin:2:1: backup: agrees" in result.stderr


def test_bytes_that_are_no_text_have_a_place(call: Call, tmp_path: Path) -> None:
    """Line and column, and what to do."""
    (tmp_path / "tab").write_bytes(b"# fine\n0 5 * * * caf\xe9\n")
    answer = call("import", "--from", "crontab", "tab")
    assert 2 == answer.code
    assert "tab:2:14: this is no UTF-8: convert the file" in answer.stderr


def test_files_that_cron_leaves_out_are_left_out(call: Call, tmp_path: Path) -> None:
    """Of a folder; a file that is named is read."""
    (tmp_path / "cron.d").mkdir()
    for name in ("poll", "poll.dpkg-old", ".placeholder"):
        (tmp_path / "cron.d" / name).write_text(f"0 5 * * * root {name}\n")
    answer = call("import", "--from", "crontab-system", "cron.d", *NOW)
    assert ["poll:"] == [line.strip() for line in answer.stdout.splitlines() if line.strip().endswith("poll:")]
    assert 2 == answer.stderr.count("left out, as by Debian's cron")
    assert "1 of 1 job carried" in answer.stderr
    assert "1 of 1 job" in call("import", "--from", "crontab-system", "cron.d/poll.dpkg-old", *NOW).stderr


def test_finds_the_service_beside_a_timer(call: Call, tmp_path: Path) -> None:
    """The timer alone is named, or their folder."""
    (tmp_path / "a.timer").write_text("[Timer]\nOnCalendar=04:17 UTC\n")
    (tmp_path / "a.service").write_text("[Service]\nExecStart=/bin/true\n")
    for path in ("a.timer", "."):
        answer = call("import", "--from", "systemd", path, *NOW)
        assert (0, True) == (answer.code, "- /bin/true" in answer.stdout)


def test_control_characters_do_not_reach_the_terminal(call: Call, tmp_path: Path) -> None:
    """Neither in the comments of the manifest nor in the report."""
    (tmp_path / "tab").write_text("0 0 32 * * a\x1b[2J\n# \x1b]0;x\x07\n0 5 * * * b\x1b[31m\n")
    answer = call("import", "--from", "crontab", "tab", *NOW)
    assert "\x1b" not in answer.stdout + answer.stderr


def test_code_is_imported_only_when_it_is_asked_for(call: Call, tmp_path: Path) -> None:
    """And it says so."""
    (tmp_path / "shop_beat_.py").write_text(APP)
    answer = call("import", "--from", "celery", "shop_beat_:beat", "--app-dir", str(tmp_path), *NOW)
    assert 0 == answer.code
    assert answer.stderr.startswith("Importing shop_beat_:beat: this runs its code\n")
    assert 2 == call("import", "--from", "celery", "shop_beat_:nothing", "--app-dir", str(tmp_path)).code


def test_imports_nothing_heavy(tmp_path: Path) -> None:
    """It reads files alone."""
    (tmp_path / "tab").write_text(GOOD)
    program = (
        "import sys\nfrom schedrun.cli.main import cli\n"
        "cli(['import', '--from', 'crontab', 'tab'], standalone_mode=False)\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(schedrun.__file__).parents[1])}
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert "[]" == ended.stdout.splitlines()[-1]


def test_what_stands_beside_a_timer_is_read_with_it(call: Call, tmp_path: Path) -> None:
    """Its service, or the template of it, and the drop-ins of both."""
    (tmp_path / "u/a@x.timer.d").mkdir(parents=True)
    (tmp_path / "u/a@.service.d").mkdir()
    (tmp_path / "u/a@x.timer").write_text("[Timer]\nOnCalendar=*-*-* 02:30\n")
    (tmp_path / "u/a@x.timer.d/o.conf").write_text("[Timer]\nOnCalendar=\nOnCalendar=*-*-* 05:00\n")
    (tmp_path / "u/a@.service").write_text("[Service]\nExecStart=/bin/a %i\n")
    (tmp_path / "u/a@.service.d/o.conf").write_text("[Service]\nEnvironment=B=1\n")
    for path in ("u/a@x.timer", "u"):
        answer = call("import", "--from", "systemd", path, *NOW)
        assert 0 == answer.code, answer.stderr
        assert all(said in answer.stdout for said in ('cron: "0 5 * * *"', "- x\n", 'B: "1"'))


def test_files_that_yacron_includes_are_found(call: Call, tmp_path: Path) -> None:
    """Beside the file that names them."""
    (tmp_path / "y").mkdir()
    (tmp_path / "y/a.yaml").write_text("include: [_i.yaml]\njobs: []\n")
    (tmp_path / "y/_i.yaml").write_text("jobs: [{name: i, command: y, schedule: '@daily', captureStderr: false}]\n")
    for path in ("y/a.yaml", "y"):
        answer = call("import", "--from", "yacron", path, *NOW)
        assert (0, 1) == (answer.code, answer.stdout.count("  i:\n")), answer.stderr
