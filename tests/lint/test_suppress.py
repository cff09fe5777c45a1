"""Comments that accept findings: where they hold, what they need, and that text is no comment."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.source import Position
from schedrun.lint.comments import comments
from schedrun.lint.suppress import Suppressions, suppressions
from schedrun.manifest.load import inspect_text
from schedrun.manifest.node import plain
from schedrun.manifest.reader import read
from tests.lint.linted import lint, places

HEAD = "schedrun: v1\nname: s\njobs:\n"
JOB = """\
  j:
    owner: a
    schedule: {every: 2s}
    timeout: 3s
    target: {command: [a]}
"""
FOUND = ["6:23 SR217", "7:14 SR502"]


def text(job: str) -> str:
    """Return a manifest; the job begins on line 4."""
    return HEAD + job


def test_without_comments_there_are_two_findings() -> None:
    """What the other tests suppress."""
    assert FOUND == places(lint(text(JOB)))


def test_behind_a_value_it_holds_for_its_line() -> None:
    """The other line stays a finding."""
    job = JOB.replace("{every: 2s}", "{every: 2s}  # schedrun: ignore[SR217, SR502] a sensor")
    assert ["6:28 SR109", "7:14 SR502"] == places(lint(text(job)))


def test_above_a_line_it_holds_for_that_line() -> None:
    """Other comments and empty lines may stand between."""
    job = JOB.replace("    timeout", "    # schedrun: ignore[SR502] a sensor\n\n    # more\n    timeout")
    assert ["6:23 SR217"] == places(lint(text(job)))


def test_above_a_job_it_holds_for_the_whole_job() -> None:
    """And not for the next."""
    comment = "  # schedrun: ignore[SR217,SR502] a sensor\n"
    second = JOB.replace("  j:", "  k:")
    assert ["12:23 SR217", "13:14 SR502"] == places(lint(text(comment + JOB + second)))


@pytest.mark.parametrize(("code", "expected"), [("SR101", False), ("SR703", False), ("SR217", True)])
def test_what_breaks_its_file_is_held_by_no_comment(code: str, expected: bool) -> None:
    """Whoever asks: such a file is not applied."""
    job = JOB.replace("{every: 2s}", f"{{every: 2s}}  # schedrun: ignore[{code}] a sensor")
    held = Suppressions(inspect_text({"a.yaml": text(job).encode()}).files.values(), known={code})
    assert expected is held.hold(Diagnostic(code, Severity.ERROR, Position("a.yaml", 6, 5), "", job="s/j"))


def test_above_a_job_it_holds_for_what_the_job_takes_from_defaults() -> None:
    """The other jobs still have their finding there."""
    head = "schedrun: v1\nname: s\ndefaults: {timezone: EST, owner: a, timeout: 1m}\njobs:\n"
    job = "  j%d: {schedule: {every: 2h}, target: {command: [a]}}\n"
    comment = "  # schedrun: ignore[SR305] as the vendor does\n"
    (finding,) = lint(head + comment + job % 1 + job % 2)
    assert (["3:22 SR305"], "s/j2") == (places([finding]), finding.job)
    assert [] == lint(head + comment + job % 1)


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("# schedrun: ignore[SR217]", "6:27 SR110"),
        ("# schedrun: ignore[SR217]: -", "6:27 SR110"),
        ("# schedrun: ignore a sensor", "6:27 SR110"),
        ("# schedrun: ignore[] a sensor", "6:27 SR110"),
        ("# schedrun: ignore[SR999] a sensor", "6:27 SR111"),
        ("# schedrun: ignore[SR201] a sensor", "6:27 SR111"),
        ("# schedrun: ignore[SR604] a sensor", "6:27 SR109"),
    ],
)
def test_what_is_wrong_with_a_comment_is_a_finding(comment: str, expected: str) -> None:
    """And it suppresses nothing."""
    job = JOB.replace("{every: 2s}", "{every: 2s} " + comment)
    assert sorted([*FOUND, expected]) == sorted(places(lint(text(job))))


def test_an_unused_one_is_no_finding_where_its_rule_was_not_asked() -> None:
    """Ignored rules find nothing, which says nothing of the comment."""
    job = JOB.replace("{every: 2s}", "{every: 2s} # schedrun: ignore[SR217] a sensor")
    assert ["7:14 SR502"] == places(lint(text(job), ignore=("SR217",)))


@pytest.mark.parametrize("code", ["SR401", "SR403", "SR405"])
def test_what_all_jobs_do_in_one_week_is_never_called_unused(code: str) -> None:
    """A hook looks at one file, and jobs of the first of a month meet in one week of four."""
    job = JOB.replace("{every: 2s}", f"{{every: 2s}}  # schedrun: ignore[{code}] they may")
    assert FOUND == places(lint(text(job)))


def test_faults_of_a_broken_file_stay() -> None:
    """A comment does not make a file good, and what was not looked at is not unused."""
    job = JOB.replace("owner: a", "ownr: a  # schedrun: ignore[SR501] a sensor")
    assert ["5:5 SR101"] == places(lint(text(job)))


@pytest.mark.parametrize(
    "said",
    [
        "description: |\n      # schedrun: ignore[SR217] text",
        "description: >-\n      text\n\n      # schedrun: ignore[SR217] text",
        "description: |2\n        # schedrun: ignore[SR217] text",
        "description: 'text\n      # schedrun: ignore[SR217] text'",
        'description: "text \\" # schedrun: ignore[SR217] text"',
        "description: it's#schedrun: ignore[SR217]",
        "description: 'it''s # schedrun: ignore[SR217] text'",
        'labels: {a: "# schedrun: ignore[SR217] text", b: c}',
        'labels:\n      a: "x\n        # schedrun: ignore[SR217] text"',
        'description: x\n      - |\n      "b\n    labels: {a: "x # schedrun: ignore[SR217] text"}',
    ],
)
def test_text_is_no_comment(said: str) -> None:
    """In blocks and in quotes, of one line and of many."""
    (file,) = inspect_text({"a.yaml": (text(JOB) + f"    {said}\n").encode()}).files.values()
    assert [] == suppressions(file)


@pytest.mark.parametrize(
    "said",
    [
        "description: |\n      text\n    # schedrun: ignore[SR217] why",
        "description: it's  # schedrun: ignore[SR217] why",
        "description: 'it''s'  # schedrun: ignore[SR217] why",
        'description: a "quote  # schedrun: ignore[SR217] why',
        "labels: {\n      a: 'b',  # schedrun: ignore[SR217] why\n    }",
        'description: text that\n      "goes on  # schedrun: ignore[SR217] why',
        "labels: # schedrun: ignore[SR217] why\n      a: b",
        "description: a |\n    # schedrun: ignore[SR217] why",
        "description: | # schedrun: ignore[SR217] why\n      text",
    ],
)
def test_a_comment_is_one_wherever_it_stands(said: str) -> None:
    """Behind text with quotes, in flow, after a block."""
    (file,) = inspect_text({"a.yaml": (text(JOB) + f"    {said}\n").encode()}).files.values()
    assert [("SR217",)] == [each.codes for each in suppressions(file)]


_PIECES = ["a: ", "- ", "'", '"', "#", " #", "\\", "|", ">", "{", "}", "[", "]", " ", "\n", "x", ": ", "---\n", "\t"]


@given(st.lists(st.sampled_from(_PIECES), max_size=40).map("".join))
def test_any_text_has_comments_inside_it(said: str) -> None:
    """The scan takes whatever it is given, and each comment begins with its mark."""
    lines = said.split("\n")
    for comment in comments(lines):
        assert "#" == lines[comment.line][comment.column]
        assert comment.text == lines[comment.line][comment.column :]


_LINES = (
    "k{n}: x",
    "k{n}: 'x # y'",
    'k{n}: "x # y"',
    "k{n}: it's # c",
    'k{n}: a "b # c',
    "k{n}: |",
    "k{n}: >- # c",
    "k{n}: |2",
    "  # inside",
    "   deeper # inside",
    " x # c",
    "# c",
    "",
    "k{n}: {{a: 'b', c: d}} # c",
    "k{n}: [a, 'b # c',",
    "  'd' # c",
    "  ]",
    'k{n}: "x',
    '  # y"',
    "k{n}:",
    "  - |",
    "    # inside",
    "  - x",
    '  "x # y"',
    "k{n}: a | b # c",
    "k{n}: &a{n} 'x # y'",
    "---",
    "k{n}: a |",
    "  k: |",
    "   # inside or not",
    "k{n}: 'x",
    "  y # z'",
    '  "b',
)


# What lines make is rarely sound.
@settings(max_examples=300, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(st.lists(st.sampled_from(_LINES), min_size=1, max_size=6))
def test_without_its_comments_a_text_says_the_same(templates: list[str]) -> None:
    """Cut down to their marks, in whatever the strict reader takes: no text is mistaken for a comment."""
    lines = [template.format(n=number) for number, template in enumerate(templates)]
    reading = read("\n".join(lines).encode(), file="a.yaml")
    assume(reading.documents and not reading.faults)
    for comment in comments(lines):
        lines[comment.line] = lines[comment.line][: comment.column + 1]
    bare = read("\n".join(lines).encode(), file="a.yaml")
    assert [plain(document.root.value) for document in reading.documents] == [
        plain(document.root.value) for document in bare.documents
    ]
