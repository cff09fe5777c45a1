"""Baselines: what was taken note of does not count, whatever lines move; what is gone is told."""

import pytest

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.plan.inspected import Inspected
from schedrun.lint import baseline
from schedrun.lint.check import check
from schedrun.lint.settings import LintSettings
from schedrun.manifest.load import inspect_text
from tests.lint.linted import NOW, places

TEXT = """\
schedrun: v1
name: s
jobs:
  a: {owner: o, timeout: 1h, schedule: {every: 30m}, target: {command: [x, --token=abc]}}
  b: {owner: o, schedule: {every: 2h}, target: {command: [x]}}
"""


def look(text: str) -> tuple[Inspected, list[Diagnostic]]:
    """Return one manifest and its findings."""
    inspected = inspect_text({"a.yaml": text.encode()})
    return inspected, check(inspected, settings=LintSettings(), now=NOW)


def left(text: str, entries: tuple[baseline.Entry, ...]) -> list[str]:
    """Return the places of what the entries do not hold."""
    inspected, findings = look(text)
    return places(baseline.without_known(findings, entries, files=inspected.files))


def taken(text: str) -> tuple[baseline.Entry, ...]:
    """Return a baseline of a manifest, written and read."""
    inspected, findings = look(text)
    return baseline.read(baseline.written(findings, inspected.files), file="base.json")


def test_what_was_taken_note_of_does_not_count() -> None:
    """Also when lines have moved."""
    entries = taken(TEXT)
    assert ["SR501", "SR502", "SR603"] == sorted(entry.code for entry in entries)
    assert [] == left(TEXT, entries)
    assert [] == left(TEXT.replace("jobs:", "# more\n\njobs:"), entries)


def test_another_value_or_job_counts() -> None:
    """The value is part of what is known."""
    entries = taken(TEXT)
    assert ["4:26 SR502"] == left(TEXT.replace("timeout: 1h", "timeout: 2h"), entries)
    assert ["5:3 SR501"] == left(TEXT.replace("  b:", "  c:"), entries)
    assert ["4:26 SR502", "4:76 SR603"] == sorted(left(TEXT.replace("  a:", "  z:"), entries))


def test_a_value_on_the_last_line_and_one_of_several_lines_count_too() -> None:
    """Of the latter its first line is what is known."""
    text = TEXT.rpartition("  b:")[0]
    assert ["4:26 SR502"] == left(text.replace("1h", "2h"), taken(text))
    text += "  c:\n    {owner: o, timeout: 1h, schedule: {every: 2h}, target: {shell: cat a | sort\n  | uniq}}\n"
    assert ["6:68 SR607"] == left(text.replace("cat a", "cat b"), taken(text))


def test_a_second_finding_of_a_kind_counts() -> None:
    """Entries say how many there are."""
    text = TEXT.replace("--token=abc", "--token=abc, --token=abc")
    assert ["4:89 SR603"] == left(text, taken(TEXT))


def test_a_secret_leaves_no_trace() -> None:
    """Its fingerprint does not depend on it."""
    assert taken(TEXT) == taken(TEXT.replace("abc", "cba"))
    told = TEXT.replace("owner: o, schedule", 'on_recovery: [{apprise: "discord://id/abc"}], owner: o, schedule')
    assert taken(told) == taken(told.replace("id/abc", "id/cba"))


def test_what_breaks_a_file_always_counts() -> None:
    """Nobody can take note of it away."""
    broken = TEXT.replace("owner: o, timeout", "ownr: o, timeout")
    assert ["4:7 SR101"] == left(broken, taken(broken))[:1]


def test_no_entry_holds_what_breaks_a_file() -> None:
    """Nor one whose fingerprint somebody emptied."""
    anything = (baseline.Entry("", "SR201", "a.yaml", 9),)
    assert "5:34 SR201" in left(TEXT.replace("every: 2h", "cron: x"), anything)


def test_tells_what_is_gone() -> None:
    """Of what was looked at."""
    entries = taken(TEXT)
    inspected, findings = look(TEXT.replace("timeout: 1h", "timeout: 1m"))
    gone = baseline.stale(findings, entries, files=inspected.files, looked_at=lambda entry: True)
    assert ["SR502"] == [entry.code for entry in gone]
    assert [] == baseline.stale(
        findings, entries, files=inspected.files, looked_at=lambda entry: entry.file == "b.yaml"
    )


def test_what_all_jobs_do_in_one_week_is_never_called_mended() -> None:
    """A hook looks at one file, and jobs of the first of a month meet in one week of four."""
    entry = baseline.Entry("0123456789abcdef", "SR401", "a.yaml", 1)
    assert [] == baseline.stale([], [entry], files={}, looked_at=lambda each: True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"schema_version": 2, "findings": []}',
        '{"schema_version": 1, "findings": {}}',
        '{"schema_version": 1, "findings": [1]}',
        '{"schema_version": 1, "findings": [{"fingerprint": "a", "code": "SR1"}]}',
        '{"schema_version": 1, "findings": [{"fingerprint": "a", "code": "SR1", "file": "f", "count": 0}]}',
        '{"schema_version": 1, "findings": [{"fingerprint": "a", "code": "SR1", "file": "f", "count": true}]}',
        "[" * 100_000,
    ],
)
def test_says_why_a_file_is_no_baseline(text: str) -> None:
    """Its name and the way to a new one."""
    with pytest.raises(baseline.BaselineError, match=r"^base\.json: .*--write-baseline"):
        baseline.read(text, file="base.json")
