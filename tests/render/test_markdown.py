"""Whatever a manifest says, markdown shows it as it is."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from schedrun.render.escape import for_terminal
from schedrun.render.markdown import code, code_span, for_markdown

NASTY = st.text(alphabet='ab1GH |`<>@#*_~[]()!%^"\\&$:/.-\n\r\x1b\u202e', max_size=40)


@pytest.mark.parametrize(
    ("text", "forbidden"),
    [
        pytest.param("a|b", "|", id="table"),
        pytest.param("`rm`", "`", id="backtick"),
        pytest.param("<img src=x>", "<", id="html"),
        pytest.param("@admin", "@", id="mention"),
        pytest.param("one\ntwo", "\n", id="line"),
        pytest.param("https://evil.example", "https://", id="address"),
        pytest.param("WWW.evil.example", "WWW.", id="www"),
        pytest.param("[x](y)", "[", id="link"),
        pytest.param("**x**", "*", id="strong"),
        pytest.param(":rocket:", ":rocket:", id="emoji"),
        pytest.param("\x1b[31m", "\x1b", id="control"),
    ],
)
def test_escapes(text: str, forbidden: str) -> None:
    """Nothing that markup is made of is left."""
    assert forbidden not in for_markdown(text)


def test_calls_nobody_even_after_references_are_read() -> None:
    """A name is parted from its sign by what has no width: mentions are looked for in the finished page."""
    assert "@\u200badmin and #\u200b12" == html.unescape(for_markdown("@admin and #12"))


@pytest.mark.parametrize("call", ["@a", "#1", "GH-1", "gh-1", "!1", "%1", '%"v 1"', "^1", "~bug", '~"a b"', "&1", "$1"])
def test_every_call_of_github_and_gitlab_is_parted_from_its_sign(call: str) -> None:
    """People, issues, requests, milestones, alerts, labels, epics, snippets: also when others' words stand around."""
    shown = html.unescape(for_markdown(f"see {call}, {call}"))
    assert 2 == shown.count("\u200b")
    assert call not in shown


@pytest.mark.parametrize("words", ["50 % of it!", "a ^ b", "5%", "high-1", "Stop! Now", "a & b"])
def test_what_calls_nobody_stays_whole(words: str) -> None:
    """Signs that stand alone are text."""
    assert words == html.unescape(for_markdown(words))


def test_leaves_times_readable() -> None:
    """What this program says itself stays short."""
    assert "at 02:00, from 2026-06-01T00:00:00Z" == for_markdown("at 02:00, from 2026-06-01T00:00:00Z")


@given(text=NASTY)
def test_shows_exactly_the_text(text: str) -> None:
    """An independent reader of markdown finds one paragraph that holds the text, and no markup at all."""
    shown = MarkdownIt("commonmark").enable("table").render(f"x{for_markdown(text)}x")
    plain = html.unescape(re.sub(r"^<p>|</p>\n$", "", shown)).replace("\u200b", "")
    assert f"x{for_terminal(text)}x" == plain
    assert 2 == shown.count("<")


@given(text=NASTY)
def test_code_stays_inside(text: str) -> None:
    """Inline code holds the text and nothing but the text."""
    shown = MarkdownIt("commonmark").render(f"x {code(text)}")
    assert 4 == shown.count("<")


@pytest.mark.parametrize(
    ("words", "markdown"), [("a_b.yaml:1", "`a_b.yaml:1`"), ("a`b", "``a`b``"), ("`a``", "``` `a`` ```")]
)
def test_code_spans_cannot_be_left(words: str, markdown: str) -> None:
    """The fence is longer than any that the text holds."""
    assert markdown == code_span(words)


@given(text=NASTY.filter(str.strip))
def test_a_code_span_holds_the_text(text: str) -> None:
    """An independent reader of markdown finds the text in it and nothing else."""
    shown = MarkdownIt("commonmark").render(f"x {code_span(text)} y")
    assert f"<p>x <code>{html.escape(for_terminal(text))}</code> y</p>\n" == shown.replace("&#x27;", "'")
