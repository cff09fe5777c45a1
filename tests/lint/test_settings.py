"""Settings of checks: read strictly, with the file, the line and the remedy in every error."""

from dataclasses import fields
from datetime import timedelta

import pytest

from schedrun.lint.settings import READERS, LintSettings, LintSettingsError, read


def test_reads_all_settings() -> None:
    """From a table of pyproject.toml, and from a file of their own."""
    said = """
select = ["SR2", "SR501"]
ignore = "SR204, SR208"
required = ["owner", "labels.team"]
minimal-interval = "1m"
fleet-threshold = 20
fail-on = "warning"
groups = {db = 2}
max-running = 10
"""
    expected = LintSettings(
        select=("SR2", "SR501"),
        ignore=("SR204", "SR208"),
        required=("owner", "labels.team"),
        minimal_interval=timedelta(minutes=1),
        fleet_threshold=20,
        fail_on="warning",
        groups={"db": 2},
        max_running=10,
    )
    assert expected == read(said, file="schedrun.toml", table=False)
    assert expected == read(f"[tool.schedrun]{said}", file="pyproject.toml", table=True)


def test_a_project_without_the_table_has_none() -> None:
    """Then the search goes on."""
    assert read("[tool.ruff]\n", file="pyproject.toml", table=True) is None
    assert read("", file="schedrun.toml", table=False) == LintSettings()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('\nfail_on = "error"', r"^s\.toml:2: unknown setting 'fail_on': did you mean `fail-on`\?"),
        ("zzz = 1", r"^s\.toml:1: unknown setting 'zzz': known are select, "),
        ("a = = 1", r"^s\.toml: this is no TOML: .*line 1"),
        ('fail-on = "info"', r"^s\.toml:1: `fail-on` must be one of error, warning, never"),
        ("\n\nselect = [1]", r"^s\.toml:3: `select` must list codes"),
        ("select = 5", "`select` must list codes"),
        ('select = ["E501"]', "`select` must list codes"),
        ('ignore = ["SR2", "SR999"]', r"`ignore` names SR999, and there is no such rule: `schedrun explain` lists"),
        ('required = ["ownr"]', r"names 'ownr', no field of a job: did you mean `owner`\?"),
        ('required = "owner"', "`required` must be a list of fields"),
        ("minimal-interval = 5", "must be a duration in quotes"),
        ('minimal-interval = "5"', "must be a duration such as"),
        ("fleet-threshold = 0", "must be a whole number from 1"),
        ("max-running = true", "must be a whole number from 1"),
        ('groups = ["db"]', "must be a table of group names"),
        ("groups = {a = 1, db = 0}", r"^s\.toml:1: `groups` gives db a limit that must be a whole number from 1"),
        ("[groups]\ndb = 0", r"^s\.toml:1: `groups` gives db"),
        (f"a = {'[' * 5000}", r"^s\.toml: "),
    ],
)
def test_says_what_is_wrong_and_where(text: str, message: str) -> None:
    """File, line where the text tells it, remedy."""
    with pytest.raises(LintSettingsError, match=message):
        read(text, file="s.toml", table=False)


def test_the_table_must_be_one() -> None:
    """A value in its place is a mistake, and not nothing."""
    with pytest.raises(LintSettingsError, match="must be a table"):
        read("[tool]\nschedrun = 1", file="pyproject.toml", table=True)


def test_every_setting_has_a_reader() -> None:
    """Under its name with hyphens."""
    assert {name.replace("-", "_") for name in READERS} == {field.name for field in fields(LintSettings)}
