"""Fixes on disk: whole files, their modes and line ends, and diffs that patch takes."""

import difflib
import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from schedrun.cli import fixing
from schedrun.lint.check import check
from schedrun.lint.fix import Fixed
from schedrun.lint.settings import LintSettings
from schedrun.manifest.load import inspect

TEXT = 'schedrun: v1\nname: s\njobs:\n  j: {schedule: {cron: "0 12 * * 1"}, target: {command: [a]}}  # why\n'


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a manifest that one fix mends, in the current folder."""
    monkeypatch.chdir(tmp_path)
    path = Path("a.yaml")
    path.write_text(TEXT)
    return path


def found(path: Path) -> list[Fixed]:
    """Return the fixes for a manifest."""
    inspected = inspect([path])
    return fixing.fixes(inspected, check(inspected, settings=LintSettings(), now=datetime(2026, 6, 1, tzinfo=UTC)))


def test_writes_the_file_with_its_mode(file: Path) -> None:
    """Nothing is left beside it."""
    file.chmod(0o640)
    fixes = found(file)
    fixing.write(fixes)
    assert TEXT.replace("* * 1", "* * mon") == file.read_text()
    assert 0o640 == stat.S_IMODE(file.stat().st_mode)
    assert [Path("a.yaml")] == list(Path().iterdir())
    assert "fixed 1 finding in 1 file" == fixing.summary(fixes)
    assert [] == found(file)


def test_writes_through_a_link(file: Path) -> None:
    """The link stays one."""
    Path("real").mkdir()
    file.rename("real/b.yaml")
    Path("real/a.yaml").symlink_to("b.yaml")
    fixing.write(found(Path("real")))
    assert Path("real/a.yaml").is_symlink()
    assert "mon" in Path("real/b.yaml").read_text()


@pytest.mark.parametrize(("end", "last"), [("\n", "\n"), ("\r\n", "\r\n"), ("\n", ""), ("\r\n", "")])
def test_the_diff_is_one_that_patch_takes(file: Path, end: str, last: str) -> None:
    """It makes of the file what the fix would have written, and nothing was written before."""
    text = TEXT.rstrip("\n").replace("\n", end) + last
    file.write_bytes(text.encode())
    diff = fixing.diff(found(file))
    assert "\n-  j: " in diff
    assert text.encode() == file.read_bytes()
    subprocess.run(["git", "apply", "-p1"], input=diff.encode(), check=True)
    assert text.replace("* * 1", "* * mon").encode() == file.read_bytes()


@pytest.mark.parametrize("distance", [1, 2, 6, 7, 8, 13, 39, 40])
def test_the_diff_is_that_of_difflib(distance: int) -> None:
    """Wherever the changes stand: in one hunk or several, at the first and at the last line."""
    before = [f"{number}\n" for number in range(40)]
    after = [line if number % distance else f"changed {line}" for number, line in enumerate(before)]
    _assert_diff_of_difflib(before, after)


def test_the_diff_of_a_line_that_goes_is_that_of_difflib() -> None:
    """The others are not told as changed."""
    before = [f"{number}\n" for number in range(40)]
    _assert_diff_of_difflib(before, [*before[:20], *before[21:]])


def _assert_diff_of_difflib(before: list[str], after: list[str]) -> None:
    expected = difflib.unified_diff(before, after, "a/a.yaml", "b/a.yaml")
    assert "".join(expected) == fixing.diff([Fixed("a.yaml", "".join(before), "".join(after), ())])


def test_a_diff_cannot_move_the_cursor(file: Path) -> None:
    """What is invisible in a manifest is written out."""
    file.write_text(TEXT.replace("# why", "# \u202ewhy"))
    assert "# \\u202ewhy" in fixing.diff(found(file))


def test_a_runner_obeys_nothing_of_a_diff(file: Path) -> None:
    """GitHub takes commands behind blanks too, such as those before a line of context."""
    file.write_text(f"{TEXT}x-words: |\n  ::stop-commands::x\n")
    assert r"   \x3a:stop-commands::x" in fixing.diff(found(file))


def test_does_not_write_over_a_newer_edit(file: Path) -> None:
    """Somebody saved the file meanwhile."""
    fixes = found(file)
    file.write_text(TEXT + "# more\n")
    with pytest.raises(click.ClickException, match="was changed meanwhile"):
        fixing.write(fixes)
    assert TEXT + "# more\n" == file.read_text()


def test_says_why_a_file_cannot_be_written(file: Path) -> None:
    """With its name."""
    fixes = found(file)
    file.unlink()
    with pytest.raises(click.ClickException, match=r"a\.yaml cannot be written: No such file"):
        fixing.write(fixes)
