"""What a process would not find: working folder, env file, program."""

from pathlib import Path
from typing import Any

import pytest

from schedrun.core.spec.target import CommandTarget, ShellTarget
from schedrun.targets.environment import Inheritable
from schedrun.targets.presence import missing

SCRIPTS = {
    "binary": b"\x7fELF\0",
    "headless": b"echo hello\n",
    "orphan": b"#!/nowhere/bash -e\n",
    "cr": b"#!/bin/sh\r\nls\r\n",
    "of-nobody": b"#!",
    "by-env": b"#! /usr/bin/env tool\n",
    "by-env-with-options": b"#!/usr/bin/env -S gone --fast\n",
}
LONG = "x" * 300


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """Return an application with a program, a file that is none, and an env file that says where more programs are."""
    (tmp_path / "bin").mkdir()
    for name in ("bin/tool", "bin/plain", "other/tool"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("#!/bin/sh\n")
    (tmp_path / "bin" / "tool").chmod(0o755)
    for name, text in SCRIPTS.items():
        (tmp_path / "bin" / name).write_bytes(text)
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "good.env").write_text(f"PATH={tmp_path}/bin\n")
    (tmp_path / "bad.env").write_text("no assignment\n")
    return tmp_path


def found(app: Path, path: str = "/nowhere", **said: Any) -> list[tuple[tuple[str | int, ...], str]]:
    """Return what is missing, on a service whose PATH is `path`."""
    spec = ShellTarget(**said) if "shell" in said else CommandTarget(**said)
    service = Inheritable({"PATH": path})
    return [(each.path, each.message.replace(str(app), "APP")) for each in missing(spec, service=service, app_dir=app)]


@pytest.mark.parametrize(
    "said",
    [
        {"command": ["bin/tool"]},
        {"command": ["./tool"], "workdir": "bin"},
        {"command": ["tool"], "env": {"PATH": "/nowhere:bin"}},
        {"command": ["tool"], "env_file": "good.env"},
        {"command": ["anything"], "env": {"PATH": {"from_env": "SECRET"}}},
        {"shell": "tool"},
        {"shell": "x", "interpreter": ["bin/tool", "-c"]},
        {"command": ["bin/binary"]},
        {"command": ["bin/by-env"], "env": {"PATH": "bin"}},
        {"command": ["bin/by-env-with-options"]},
    ],
)
def test_misses_nothing(app: Path, said: dict[str, Any]) -> None:
    """What is there as the process would look for it, or what only a secret tells."""
    assert [] == found(app, **said)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"command": ["tool"]}, (("command", 0), "program not found: tool is in no folder of PATH")),
        (
            {"command": ["tool"], "inherit_env": False},
            (("command", 0), "program not found: tool is in no folder of PATH"),
        ),
        ({"command": ["bin/gone"]}, (("command", 0), "program not found: APP/bin/gone")),
        ({"command": ["bin/tool"], "workdir": "bin"}, (("command", 0), "program not found: APP/bin/bin/tool")),
        ({"command": ["bin"]}, (("command", 0), "program not found: bin is in no folder of PATH")),
        ({"command": ["./bin"]}, (("command", 0), "program not found: APP/bin")),
        ({"command": ["bin/plain"]}, (("command", 0), "program not executable: APP/bin/plain")),
        (
            {"command": ["plain"], "env": {"PATH": "bin"}},
            (("command", 0), "program not executable: APP/bin/plain"),
        ),
        ({"command": ["bin/tool"], "workdir": "gone"}, (("workdir",), "working folder not found: APP/gone")),
        (
            {"command": ["tool"], "env_file": "gone.env"},
            (("env_file",), "env file APP/gone.env: No such file or directory"),
        ),
        (
            {"command": ["tool"], "env_file": "bad.env"},
            (("env_file",), "env file APP/bad.env, line 1: write NAME=value, without spaces before the ="),
        ),
        ({"command": ["tool"], "workdir": LONG}, (("workdir",), f"working folder not found: APP/{LONG}")),
        ({"command": [f"./{LONG}"]}, (("command", 0), f"program not found: APP/{LONG}")),
        ({"command": [LONG]}, (("command", 0), f"program not found: {LONG} is in no folder of PATH")),
        (
            {"command": ["bin/headless"]},
            (("command", 0), "program has no known format: APP/bin/headless (a script begins with a #! line)"),
        ),
        (
            {"command": ["orphan"], "env": {"PATH": "bin"}},
            (("command", 0), "program's interpreter not found: '/nowhere/bash', see the #! line of APP/bin/orphan"),
        ),
        (
            {"command": ["bin/cr"]},
            (
                ("command", 0),
                "program's interpreter not found: the #! line of APP/bin/cr ends in a carriage return, as on Windows",
            ),
        ),
        (
            {"command": ["bin/of-nobody"]},
            (("command", 0), "program's interpreter not found: '', see the #! line of APP/bin/of-nobody"),
        ),
        (
            {"command": ["bin/by-env"]},
            (
                ("command", 0),
                "program's interpreter not found: tool is in no folder of PATH, see the #! line of APP/bin/by-env",
            ),
        ),
        (
            {"shell": "x", "interpreter": ["zsh-of-dreams", "-c"]},
            (("interpreter", 0), "program not found: zsh-of-dreams is in no folder of PATH"),
        ),
    ],
)
def test_misses(app: Path, said: dict[str, Any], expected: tuple[tuple[str | int, ...], str]) -> None:
    """One thing, with the value that names it."""
    assert [expected] == found(app, **said)
