"""Where the settings of checks come from: the nearest file, or the one that is named."""

from pathlib import Path

import click
import pytest

from schedrun.cli.lint_settings import load
from schedrun.lint.settings import LintSettings


def test_the_nearest_file_upwards_counts(tmp_path: Path) -> None:
    """A project file without our table is passed over; of two in one folder ours is first."""
    here = tmp_path / "a" / "b"
    here.mkdir(parents=True)
    assert LintSettings() == load(None, start=here)
    (tmp_path / "pyproject.toml").write_text("[tool.schedrun]\nfleet-threshold = 1\n")
    (here / "pyproject.toml").write_text("[tool.ruff]\n")
    assert 1 == load(None, start=here).fleet_threshold
    (tmp_path / "a" / "schedrun.toml").write_text("fleet-threshold = 2\n")
    assert 2 == load(None, start=here).fleet_threshold
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.schedrun]\nfleet-threshold = 3\n")
    assert 2 == load(None, start=here).fleet_threshold


def test_a_mark_of_byte_order_is_passed_over(tmp_path: Path) -> None:
    """Some editors begin a file with one, and end lines their own way."""
    (tmp_path / "schedrun.toml").write_bytes(b"\xef\xbb\xbffleet-threshold = 1\r\nfail-on = 'never'\r\n")
    assert LintSettings(fleet_threshold=1, fail_on="never") == load(None, start=tmp_path)


def test_a_named_file_counts_alone(tmp_path: Path) -> None:
    """Of either kind; a project file without our table says nothing."""
    (tmp_path / "schedrun.toml").write_text("fleet-threshold = 1\n")
    named = tmp_path / "other.toml"
    named.write_text("fleet-threshold = 2\n")
    assert 2 == load(named, start=tmp_path).fleet_threshold
    project = tmp_path / "pyproject.toml"
    project.write_text("")
    assert LintSettings() == load(project, start=tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"zzz = 1", r"schedrun\.toml:1: unknown setting 'zzz'"),
        (b"\xff", r"schedrun\.toml: this is no UTF-8"),
        (b"a" * (1024 * 1024 + 1), r"schedrun\.toml: this file is larger than 1 MiB"),
    ],
)
def test_says_what_is_wrong_with_a_file(tmp_path: Path, content: bytes, message: str) -> None:
    """With its name."""
    (tmp_path / "schedrun.toml").write_bytes(content)
    with pytest.raises(click.UsageError, match=message):
        load(None, start=tmp_path)


def test_a_missing_file_that_was_named(tmp_path: Path) -> None:
    """It is an error and not nothing."""
    with pytest.raises(click.UsageError, match=r"nowhere\.toml: cannot be read: No such file"):
        load(tmp_path / "nowhere.toml", start=tmp_path)


def test_a_link_out_of_its_folder_is_not_followed(tmp_path: Path) -> None:
    """What it leads to must not show in an error."""
    (tmp_path / "secret").write_text("hidden = 1\n")
    here = tmp_path / "repository"
    here.mkdir()
    (here / "schedrun.toml").symlink_to(tmp_path / "secret")
    with pytest.raises(click.UsageError, match="leads out of its folder") as caught:
        load(None, start=here)
    assert "hidden" not in str(caught.value)
