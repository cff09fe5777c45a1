"""Findings about secrets are said without them."""

import pytest

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.source import Position
from schedrun.core.spec import redaction


def finding(message: str, position: Position, hint: str | None = None) -> Diagnostic:
    """Return a finding that says this of a place."""
    return Diagnostic("SR102", Severity.ERROR, position, message, hint)


@pytest.mark.parametrize(
    ("value", "message", "shown"),
    [
        ("0918273645", "`0918273645` is text and the number 918273645", "`*****` is text and the number *****"),
        ("0x1F", "must be text, not the number 31", "must be text, not the number *****"),
        ("abc", "no anchor `abc` is defined", "no anchor `*****` is defined"),
        ("!hunter2xyz y", "tags such as `!hunter2xyz` mean nothing", "tags such as `*****` mean nothing"),
    ],
)
def test_a_message_about_a_secret_does_not_say_it(value: str, message: str, shown: str) -> None:
    """Nor does the hint, and nobody shows or hashes what stands there."""
    line = f"env: {{PASSWORD: {value}}}"
    position = Position("a.yaml", 1, 17, 1, 17 + len(value))
    (redacted,) = redaction.redacted([finding(message, position, f'write "{value}"')], [line])
    assert shown == redacted.message
    assert redacted.hint is not None
    assert "from_env" in redacted.hint
    assert redacted.masked


def test_a_finding_beside_a_secret_stays_as_it_is() -> None:
    """On the same line, at another value."""
    beside = finding("unknown field `timout`", Position("a.yaml", 1, 2, 1, 8), "did you mean `timeout`?")
    assert [beside] == redaction.redacted([beside], ["{timout: 5m, env: {PASSWORD: hunter2xyz}}"])


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (0, None, "{a: b, PASSWORD: *****}"),
        (1, 5, "a: b"),
        (7, None, "PASSWORD: *****}"),
        (17, 19, "*****"),
        (7, 17, "PASSWORD: "),
        (27, None, "}"),
    ],
)
def test_part_of_a_line_without_its_secrets(start: int, end: int | None, shown: str) -> None:
    """A mask tells nothing of its length."""
    assert shown == redaction.shown("{a: b, PASSWORD: hunter2xyz}", start=start, end=end)


@pytest.mark.parametrize(
    ("lines", "position", "is_told"),
    [
        pytest.param(["{PASSWORD: hunter2xyz, b: [x,", "  y]}"], (1, 27, 2, 5), True, id="before-it-on-its-first-line"),
        pytest.param(["b: [x,", "{PASSWORD: hunter2xyz}]"], (1, 4, 2, 24), False, id="on-its-last-line"),
        pytest.param(["b: [x,", "y, {PASSWORD: hunter2xyz}]"], (1, 4, 2, 2), True, id="behind-it-on-its-last-line"),
        pytest.param(["b: [", "{PASSWORD: hunter2xyz},", "x]"], (1, 4, 3, 3), False, id="between"),
    ],
)
def test_a_value_of_several_lines(lines: list[str], position: tuple[int, int, int, int], is_told: bool) -> None:
    """Only what stands from its first character to its last is part of it."""
    said = finding("hunter2xyz is no list", Position("a.yaml", *position), "write one")
    (redacted,) = redaction.redacted([said], lines)
    assert is_told is ("hunter2xyz" in redacted.message)
    assert is_told is not redacted.masked


@pytest.mark.parametrize(
    ("value", "message", "hint", "expected"),
    [
        ("@plain", "text needs quotes", 'write "@plain"', ("text needs quotes", True)),
        ("*plain", "no anchor `plain` is defined", 'or write "*plain"', ("no anchor `*****` is defined", True)),
        ("4711", "must be text, not the number 4711", 'write "4711"', ("must be text, not the number *****", True)),
        ("plain", "must be a list, not a text", "write a list, such as [plain]", ("must be a list, not a text", False)),
    ],
)
def test_a_message_repeats_no_value_of_a_private_key(
    value: str, message: str, hint: str, expected: tuple[str, bool]
) -> None:
    """Whatever it looks like; its line may be shown to who has the file, and a hint that repeats nothing stays."""
    position = Position("a.yaml", 1, 7, 1, 7 + len(value))
    (told,) = redaction.redacted([finding(message, position, hint)], [f"body: {value}"])
    assert (*expected, False) == (told.message, told.hint == "if it is meant as text, write it in quotes", told.masked)


def test_an_unknown_name_within_a_private_value_is_told() -> None:
    """It is what must be mended."""
    unknown = Diagnostic("SR101", Severity.ERROR, Position("a.yaml", 1, 11, 1, 15), "unknown field `link`")
    assert [unknown] == redaction.redacted([unknown], ["monitor: {link: https://x.example}"])


def test_a_place_without_an_end_masks_no_single_letter() -> None:
    """A mapping below a private key is told of at its first letter."""
    told = finding("`email` must be a list, not a mapping", Position("a.yaml", 3, 7))
    assert [told] == redaction.redacted([told], ["on_failure:", "  - email:", "      to: [oncall@example.com]"])
