"""What stands in for programs that the scripts of CI call: each notes how it was called, and answers as it is told."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests import promtool

ROOT = Path(__file__).parents[2]
SHARE = ROOT / "schedrun" / "share"
MARKER = "<!-- schedrun-plan -->"
PLAN = f"{MARKER}\n**ok: 1 job changes**\n"

_FAKE = """\
#!{python} -I
import json, os, sys
from pathlib import Path
here = Path({folder!r})
name = Path(sys.argv[0]).name
call = [name, *sys.argv[1:]]
bodies = [each.partition("@")[2] for each in sys.argv if each.startswith("body")]
entry = {{"argv": call, "body": Path(bodies[0]).read_text() if bodies else None}}
entry |= {{"host": os.environ.get("GH_HOST"), "token": os.environ.get("GH_ENTERPRISE_TOKEN")}}
with open(here / "calls", "a") as calls:
    calls.write(json.dumps(entry) + "\\n")
answers = json.loads((here / "answers").read_text())
for word, answer in answers:
    if any(word in each for each in call):
        for option, file in zip(sys.argv, sys.argv[1:]):
            if option == "--output" and file != "/dev/null":
                Path(file).write_text(answer["text"])
            if option == "--dump-header":
                Path(file).write_text(answer.get("header", ""))
        if "--output" not in sys.argv:
            sys.stdout.write(answer["text"])
        sys.exit(answer["code"])
"""


class Call(NamedTuple):
    """One call of a program that is stood in for; `body` is what stands in the file that it was given as a body.

    `host` and `token` are those of a server of GitHub that is one's own, as `gh` takes them.
    """

    argv: list[str]
    body: str | None
    host: str | None
    token: str | None


class Answer(NamedTuple):
    """What a program answers to a call in which `word` stands."""

    word: str
    text: str = ""
    code: int = 0
    header: str = ""


class Stage:
    """A folder to run scripts in, with programs that stand in for others; `answers` are tried in their order."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.work, self.bin = folder, folder / "work", folder / "schedrun-venv" / "bin"
        self.work.mkdir()
        self.bin.mkdir(parents=True)
        self.answers: list[Answer] = []

    def add(self, *names: str) -> None:
        """Let these programs be stood in for."""
        for name in names:
            program = self.bin / name
            program.write_text(_FAKE.format(python=sys.executable, folder=str(self.folder)))
            program.chmod(0o755)

    def run(self, *argv: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Run a script to its end."""
        answers = [(each.word, {"text": each.text, "code": each.code, "header": each.header}) for each in self.answers]
        (self.folder / "answers").write_text(json.dumps(answers))
        environment = {
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "RUNNER_TEMP": str(self.folder),
            "HOME": str(self.folder),
        }
        return subprocess.run(
            argv, cwd=self.work, env=environment | variables, capture_output=True, text=True, check=False
        )

    @property
    def calls(self) -> list[Call]:
        """How the programs were called, in order."""
        file = self.folder / "calls"
        return [Call(**json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []

    def called(self, *words: str) -> list[Call]:
        """Return the calls in which all these words stand."""
        return [call for call in self.calls if all(any(word in each for each in call.argv) for word in words)]


def kept(plan: str, paths: str) -> str:
    """Return the text that is kept up to date for a plan of these paths (one a line)."""
    data = f"{paths}\n".encode()
    blob = hashlib.sha1(b"blob %d\0%s" % (len(data), data), usedforsecurity=False).hexdigest()
    marker, _, rest = plan.partition("\n")
    return f"{marker}\n<!-- {blob} -->\n{rest}"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Return an empty stage."""
    return Stage(tmp_path)


def runs(steps: Any) -> list[str]:
    """Return every text of YAML that a shell reads: `run`, `script` and `before_script`, wherever they stand."""
    found: list[str] = []
    for key, value in steps.items() if isinstance(steps, Mapping) else enumerate(steps):
        if key in {"run", "script", "before_script"}:
            found += [value] if isinstance(value, str) else value
        elif isinstance(value, Mapping | list):
            found += runs(value)
    return found


def check_syntax(shell: str, text: str) -> None:
    """Fail when the shell cannot read the text."""
    ended = subprocess.run([shell, "-n"], input=text, capture_output=True, text=True, check=False)
    assert (0, "") == (ended.returncode, ended.stderr)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Say below all summaries, and loudly, when what promtool checks was left out."""
    yield
    skipped = terminalreporter.stats.get("skipped", ())
    if any(promtool.MISSING in str(report.longrepr) for report in skipped):
        terminalreporter.write_sep("!", promtool.MISSING, red=True, bold=True)
