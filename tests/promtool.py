"""Prometheus's own checker, where the machine has it."""

import shutil
import subprocess
from pathlib import Path

import pytest

PROGRAM = shutil.which("promtool")
"""Where it is, None on a machine without it."""

MISSING = "no promtool was found: metrics and alert rules were NOT checked (apt-get install prometheus)"

needed = pytest.mark.skipif(PROGRAM is None, reason=MISSING)
"""Leaves a test out, loudly, where there is none."""


def run(*arguments: str | Path, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    """Run it to its end; what it says of errors is in `stdout` and `stderr`."""
    assert PROGRAM is not None, MISSING
    return subprocess.run(
        [PROGRAM, *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=120, check=False
    )
