"""Looking at manifests as the options say: fixes first, then the baseline, settings under both."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest

from schedrun.cli import checking
from schedrun.cli.checking import Choices
from schedrun.lint.settings import LintSettings
from tests.lint.linted import places

NOW = datetime(2026, 6, 1, tzinfo=UTC)
TEXT = """\
schedrun: v1
name: s
jobs:
  j: {owner: a, timezone: UTC, schedule: {cron: "0 12 * * 1"}, target: {command: [a]}}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder with one manifest, which has two findings."""
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(TEXT)


def look(settings: LintSettings | None = None, **choices: Any) -> list[str]:
    """Return the places of what counts."""
    chosen = Choices(**choices)
    _, findings = checking.checked([Path("a.yaml")], chosen, settings=settings or LintSettings(), now=NOW)
    return places(findings)


@contextmanager
def ending_with(code: int) -> Iterator[None]:
    """Expect the command to end by itself."""
    with pytest.raises(click.exceptions.Exit) as ended:
        yield
    assert code == ended.value.exit_code


def test_without_options_everything_counts() -> None:
    """What the other tests take away."""
    assert ["4:3 SR501", "4:49 SR208"] == look()


def test_fix_leaves_what_it_cannot_mend(capsys: pytest.CaptureFixture[str]) -> None:
    """The file is written, the rest still counts, and stdout stays free for the report."""
    assert ["4:3 SR501"] == look(fix=True)
    assert TEXT.replace("* * 1", "* * mon") == Path("a.yaml").read_text()
    assert ("", "fixed 1 finding in 1 file\n") == capsys.readouterr()


def test_diff_prints_and_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 for a change, 0 for none."""
    with ending_with(1):
        look(fix=True, diff=True)
    assert TEXT == Path("a.yaml").read_text()
    assert capsys.readouterr().out.startswith("--- a/a.yaml\n+++ b/a.yaml\n")
    with ending_with(0):
        look(LintSettings(ignore=("SR208",)), fix=True, diff=True)


def test_a_baseline_holds_what_was_there(capsys: pytest.CaptureFixture[str]) -> None:
    """New findings count, and what was mended is told."""
    base = Path("base.json")
    assert [] == look(baseline=base, write_baseline=True)
    assert [] == look(baseline=base)
    assert "" == capsys.readouterr().err
    Path("a.yaml").write_text(TEXT.replace("owner: a, ", "").replace("* * 1", "* * mon"))
    assert ["4:3 SR508"] == look(baseline=base)
    assert "base.json: SR208 in a.yaml is mended: write the baseline anew\n" == capsys.readouterr().err


def test_what_is_looked_at_from_elsewhere_is_not_called_mended(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A baseline names files from where it was written: of those nothing is known here."""
    Path("jobs").mkdir()
    Path("a.yaml").rename("jobs/a.yaml")
    choices = Choices(baseline=Path("base.json"), write_baseline=True)
    checking.checked([Path("jobs")], choices, settings=LintSettings(), now=NOW)
    monkeypatch.chdir("jobs")
    assert ["4:3 SR501", "4:49 SR208"] == look(baseline=Path("../base.json"))
    assert "" == capsys.readouterr().err
    monkeypatch.chdir("..")
    Path("jobs/a.yaml").rename("a.yaml")
    look(baseline=Path("base.json"))
    assert "SR208 in jobs/a.yaml is mended" in capsys.readouterr().err


def test_rules_that_were_not_asked_are_not_mended(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody looked."""
    look(baseline=Path("base.json"), write_baseline=True)
    assert [] == look(LintSettings(select=("SR501",)), baseline=Path("base.json"))
    assert "" == capsys.readouterr().err


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"write_baseline": True}, "needs --baseline FILE"),
        ({"diff": True}, "give both"),
        ({"fix": True, "baseline": Path("b"), "write_baseline": True}, "fix first"),
        ({"baseline": Path("nowhere")}, "there is no baseline 'nowhere': make it with --write-baseline"),
        ({"baseline": Path("a.yaml")}, r"a\.yaml: this is no baseline"),
        ({"baseline": Path("no/where"), "write_baseline": True}, "no/where: cannot be written: No such file"),
    ],
)
def test_says_what_cannot_be_done(choices: dict[str, Any], message: str) -> None:
    """As wrong usage."""
    with pytest.raises(click.UsageError, match=message):
        look(**choices)


def test_the_command_line_stands_over_the_file() -> None:
    """A selection replaces all of it, a code to ignore is added."""
    Path("schedrun.toml").write_text('select = ["SR5"]\nignore = ["SR508"]\nfail-on = "warning"\n')
    assert LintSettings(select=("SR5",), ignore=("SR508",), fail_on="warning") == checking.settings(Choices())
    added = checking.settings(Choices(), ignore=("SR501",), fail_on="never")
    assert LintSettings(select=("SR5",), ignore=("SR508", "SR501"), fail_on="never") == added
    assert LintSettings(select=("SR2",), fail_on="warning") == checking.settings(Choices(), select=("SR2",))
