"""The program as its users meet it: whole processes, terminals, pipes and environments."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import pytest

import schedrun
from schedrun.cli.main import cli
from tests.cli.conftest import Call

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "schedrun")
LOADED = """
import sys
from schedrun.cli.main import main
sys.argv = ["schedrun", *sys.argv[1:]]
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""
HEAVY = (
    *("schedrun.stores", "schedrun.web", "schedrun.service", "schedrun.scheduler", "schedrun.reconcile"),
    *("schedrun.targets", "apscheduler", "httpx", "fastapi", "sqlite3", "watchfiles", "rich"),
    *("prometheus_client", "opentelemetry"),
)


def environment(**settings: str) -> dict[str, str]:
    """Return the variables of a process that runs this tree's schedrun, warnings being errors."""
    foreign = ("SCHEDRUN_", "PYTEST", "GITHUB_", "CI_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"} | settings


def _ended(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Return how the program ended with stdout and stderr piped."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=folder,
        env=environment(**settings),
        capture_output=True,
        text=True,
        check=False,
    )


def _loaded(folder: Path, *arguments: str) -> set[str]:
    """Return the modules that are loaded once the command has answered."""
    ended = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ended.stderr.split())


def _among(modules: set[str], names: tuple[str, ...]) -> list[str]:
    return sorted(
        module for module in modules if module.startswith(tuple(f"{name}." for name in names)) or module in names
    )


@pytest.mark.parametrize("arguments", [("--help",), ("--version",)])
def test_help_and_version_load_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Neither pydantic nor yaml, nor any command's module."""
    modules = _loaded(tmp_path, *arguments)
    assert _among(modules, (*HEAVY, "pydantic", "yaml", "asyncio", "schedrun.manifest", "schedrun.cli.validate")) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("validate",),
        ("validate", "--format", "json"),
        ("validate", "--report", "sarif=a", "--report", "junit=b", "--report", "gitlab=c", "--format", "github"),
        ("explain",),
        ("explain", "SR101"),
        ("next", "fx-rates"),
        ("next", "--cron", "0 2 * * *"),
        ("render",),
        ("schema",),
    ],
    ids=" ".join,
)
def test_light_commands_load_no_service(tmp_path: Path, manifests: Path, arguments: tuple[str, ...]) -> None:
    """No store, no web, no scheduler, no HTTP client; rich only on a terminal."""
    assert _among(_loaded(tmp_path, *arguments), HEAVY) == []


SERVICE = """
import asyncio, os, sys
from schedrun.cli import run
from schedrun.clock import SystemClock
from schedrun.service.service import NoTimer, Service
from schedrun.settings import Settings

async def main():
    service = Service(Settings(no_web=True), clock=SystemClock(), environ={}, timer=NoTimer())
    await service.start()
    await service.stop()

asyncio.run(main())
print(*sys.modules, file=sys.stderr)
"""


def test_a_service_without_web_loads_nothing_of_it(tmp_path: Path, manifests: Path) -> None:
    """Neither the framework nor the server."""
    ended = subprocess.run(
        [sys.executable, "-c", SERVICE], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True
    )
    unwanted = ("fastapi", "starlette", "uvicorn", "jinja2", "schedrun.web")
    assert _among(set(ended.stderr.split()), unwanted) == []


def test_validate_loads_only_what_manifests_need(tmp_path: Path, manifests: Path) -> None:
    """What the state, its changes and an event loop need would cost as much as the check itself."""
    unwanted = ("asyncio", "logging", "schedrun.core.run", "schedrun.core.plan.change", "schedrun.lint.fleet")
    assert _among(_loaded(tmp_path, "validate"), unwanted) == []


def test_version_names_the_zone_data(call: Call) -> None:
    """Fire times depend on it."""
    assert call("--version").stdout == f"schedrun {schedrun.__version__} (tzdata {version('tzdata')})\n"


EMBEDDED = """
from datetime import UTC, datetime
from schedrun import next_fire_times
print(next_fire_times("0 0 * * *", timezone="Europe/Berlin", after=datetime(2026, 1, 1, tzinfo=UTC), count=1)[0])
"""


@pytest.mark.parametrize(
    ("command", "offset"),
    [
        pytest.param(
            (*PROGRAM, "next", "--timezone=Europe/Berlin", "--cron=0 0 * * *", "--after=2026-01-01T00:00:00Z"),
            "00:00:00+01:00",
            id="the program takes the package's zones",
        ),
        pytest.param((sys.executable, "-c", EMBEDDED), "00:00:00+09:00", id="an application keeps its host's"),
    ],
)
def test_whose_zone_data_counts(tmp_path: Path, command: tuple[str, ...], offset: str) -> None:
    """On a host whose own copy of Europe/Berlin says something else."""
    (tmp_path / "Europe").mkdir()
    tokyo = files("tzdata.zoneinfo.Asia") / "Tokyo"
    (tmp_path / "Europe" / "Berlin").write_bytes(tokyo.read_bytes())
    settings = environment(PYTHONTZPATH=str(tmp_path))
    shown = subprocess.run(command, cwd=tmp_path, env=settings, capture_output=True, text=True, check=True).stdout
    assert offset in shown


def test_help_lists_every_command(call: Call) -> None:
    """Each with one line that ends in a full stop."""
    answer = call("--help")
    names = ["init", "run", "validate", "explain", "plan", "apply", "status", "next", "jobs", "runs"]
    names += ["pause", "resume", "trigger", "cancel", "why", "render", "schema"]
    assert answer.code == 0
    for name in names:
        assert re.search(rf"^  {name} +\w.*\.$", answer.stdout, re.MULTILINE)


@pytest.mark.parametrize("name", cli.list_commands(cli.make_context("schedrun", ["--help"], resilient_parsing=True)))
def test_every_command_has_help(call: Call, name: str) -> None:
    """The command behind each name of the list can be loaded."""
    answer = call(name, "--help")
    assert answer.code == 0
    assert f"Usage: schedrun {name} " in answer.stdout


def test_a_mistyped_command_is_answered_with_the_nearest(call: Call) -> None:
    """Exit code 2, no list of everything."""
    answer = call("valdate")
    assert answer.code == 2
    assert "no such command 'valdate': did you mean 'validate'?" in answer.stderr


def test_users_mistakes_are_one_line_without_a_traceback(tmp_path: Path) -> None:
    """Through the real process, which also is what sets the exit code."""
    ended = _ended(tmp_path, "jobs")
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: ")
    assert ended.stderr.count("\n") == 1


def test_a_working_folder_that_is_gone_is_said_to_be(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line with the remedy."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    answer = call("validate", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert answer.code != 0
    assert "the working folder is gone: change into one that exists" in answer.stderr


def test_apply_names_each_fault_once(tmp_path: Path, broken: Path) -> None:
    """In its answer on stdout; stderr, which a log would share, stays empty."""
    ended = _ended(tmp_path, "apply")
    assert ended.returncode == 1
    assert ended.stdout.count("unknown field `timout`") == 1
    assert ended.stderr == ""


def test_hostile_names_cannot_move_the_cursor(tmp_path: Path) -> None:
    """A file name and a text inside it, on stdout and stderr."""
    folder = tmp_path / "evil\x1b[2J"
    folder.mkdir()
    (folder / "a\x1b[31m.yaml").write_text('schedrun: v1\nname: s\njobs: {}\n"x\\e]0;t\\a": 1\n', encoding="utf-8")
    for arguments in (["validate", folder.name], ["plan", folder.name], ["validate", "no\x1b[2J"]):
        ended = _ended(tmp_path, *arguments)
        assert ended.returncode
        assert "\x1b" not in ended.stdout + ended.stderr
        assert r"\x1b" in ended.stdout + ended.stderr


def test_a_closed_pipe_is_quiet(tmp_path: Path, manifests: Path) -> None:
    """`schedrun next -n 100000 | head -1` ends without a word of complaint."""
    with subprocess.Popen(
        [*PROGRAM, "next", "-n", "20000"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.parametrize("arguments", ["validate", "forecast --to 1h", "render", "schema"])
def test_a_closed_stdout_is_no_bug(tmp_path: Path, manifests: Path, arguments: str) -> None:
    """Some services start what they start without it: the exit code tells."""
    command = f'exec "$0" -m schedrun {arguments} >&-'
    ended = subprocess.run(
        ["sh", "-c", command, sys.executable],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (0, "") == (ended.returncode, ended.stderr)


def test_letters_that_the_encoding_lacks_are_written_out(tmp_path: Path, manifests: Path) -> None:
    """A Latin-1 terminal shows escapes and no traceback."""
    text = "schedrun: v1\nname: s\njobs:\n  a: {schedule: {every: 1h}, target: {command: [x]}, 東京: 1}\n"
    (manifests / "wide.yaml").write_text(text, encoding="utf-8")
    ended = _ended(tmp_path, "validate", PYTHONIOENCODING="latin-1")
    assert ended.returncode == 1
    assert r"\u6771\u4eac" in ended.stdout
    assert ended.stderr == ""


def on_terminal(folder: Path, *arguments: str, **settings: str) -> str:
    """Return what the command prints when stdout is a terminal."""
    master, slave = pty.openpty()
    try:
        with subprocess.Popen(
            [*PROGRAM, *arguments],
            cwd=folder,
            env=environment(**({"TERM": "xterm-256color"} | settings)),
            stdout=slave,
        ):
            os.close(slave)
            return b"".join(_read_all(master)).decode().replace("\r\n", "\n")
    finally:
        os.close(master)


def _read_all(descriptor: int) -> Iterator[bytes]:
    while True:
        try:
            chunk = os.read(descriptor, 65536)
        except OSError:  # how Linux says that the other side of a terminal has gone
            return
        if not chunk:
            return
        yield chunk


def test_a_terminal_gets_colours(tmp_path: Path, manifests: Path) -> None:
    """The tally is green."""
    assert on_terminal(tmp_path, "validate").endswith("\n\x1b[32m0 errors, 0 warnings\x1b[0m\n")


def test_frames_fit_a_narrow_terminal(tmp_path: Path, broken: Path) -> None:
    """At 40 columns the line is a window around its marks."""
    broken.write_text(broken.read_text().replace("timout: 30m", f"labels: {{a: {'x' * 90}, timout: 5}}"))
    shown = on_terminal(tmp_path, "validate", COLUMNS="40", NO_COLOR="1").splitlines()
    assert max(map(len, shown)) <= 40
    (number,) = (number for number, line in enumerate(shown) if line.startswith("6 | …"))
    assert "5" == shown[number][shown[number + 1].index("^")]


def test_a_narrow_terminal_shows_everything_that_matters(tmp_path: Path, manifests: Path) -> None:
    """At 40 columns no line is broken by the terminal."""
    shown = on_terminal(tmp_path, "next", "-n", "2", "--after", "2026-10-24T02:15:00Z", COLUMNS="40", NO_COLOR="1")
    assert max(map(len, shown.splitlines())) <= 40
    assert "billing/close-day" in shown
    assert "2026-10-24T04:17:00+02:00" in shown
