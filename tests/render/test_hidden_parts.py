"""Which parts of a line frames hide: what findings say, what looks like a secret, and their texts elsewhere."""

import pytest

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.source import Position
from schedrun.render.hidden_parts import HiddenParts


def finding(position: Position, *, masked: bool) -> Diagnostic:
    """Return a finding at this place."""
    return Diagnostic("SR603", Severity.ERROR, position, "a secret", masked=masked)


def test_hides_what_a_masked_finding_means() -> None:
    """Nothing of the line beside it."""
    position = Position("a.yaml", 1, 4, 1, 10)
    hidden = HiddenParts([finding(position, masked=True)], {"a.yaml": ["a: billed b"]})
    assert [(3, 9)] == hidden.within("a: billed b", position)


def test_hides_the_same_text_wherever_it_stands_again() -> None:
    """Also in another file, and twice on a line; of two texts that begin alike each."""
    lines = {"a.yaml": ["a: abcd1", "b: abcd22"], "b.yaml": ["abcd22 abcd1 abcd3"]}
    findings = [
        finding(Position("a.yaml", 1, 4, 1, 9), masked=True),
        finding(Position("a.yaml", 2, 4, 2, 10), masked=True),
    ]
    hidden = HiddenParts(findings, lines)
    assert [(0, 6), (7, 12)] == hidden.within("abcd22 abcd1 abcd3", Position("b.yaml", 1, 1))


def test_hides_what_looks_like_a_secret_where_no_finding_says_so() -> None:
    """Overlapping parts are one; a byte order mark does not move them."""
    position = Position("a.yaml", 1, 1, 1, 2)
    hidden = HiddenParts([finding(position, masked=False)], {"a.yaml": ["\ufeffurl: https://u:hunter2xyz@x"]})
    assert [(15, 25)] == hidden.within("url: https://u:hunter2xyz@x", position)


def test_a_short_text_is_hidden_only_where_it_was_found() -> None:
    """Three characters stand in many places by chance."""
    position = Position("a.yaml", 1, 4, 1, 7)
    hidden = HiddenParts([finding(position, masked=True)], {"a.yaml": ["a: abc abc"]})
    assert [(3, 6)] == hidden.within("a: abc abc", position)


def test_a_long_text_is_hidden_whole_where_it_stands_again() -> None:
    """It is known by its beginning."""
    position = Position("a.yaml", 1, 4, 1, 104)
    line = f"a: {'x' * 40}{'y' * 60}"
    hidden = HiddenParts([finding(position, masked=True)], {"a.yaml": [line]})
    again = f"b: {'x' * 40}{'y' * 60} c"
    assert [(3, 103)] == hidden.within(again, Position("a.yaml", 2, 1))


def test_a_text_is_hidden_wherever_it_stands_again_on_a_long_line() -> None:
    """A terminal may be as wide; whatever many findings are about one line, it is looked at once."""
    line = f"b: {'x' * 1_000}abcd1{'y' * 1_000}abcd1"
    hidden = HiddenParts([finding(Position("a.yaml", 1, 4, 1, 9), masked=True)], {"a.yaml": ["a: abcd1", line]})
    found = hidden.within(line, Position("a.yaml", 2, 1))
    assert [(1_003, 1_008), (2_008, 2_013)] == found
    assert found is hidden.within(line, Position("a.yaml", 2, 2_000))


@pytest.mark.parametrize(
    ("expected", "hint", "line"),
    [
        ([(13, 35)], "did you mean `on_failure`?", "  on_failur: [{slack: https://h/x}]"),
        ([(13, 15)], "did you mean `monitor`?", '  "moniter": {}'),
        ([], "did you mean `timeout`?", "  timout: 3"),
        ([], None, "  colour: red"),
        ([], "did you mean `on_failure`?", "  on_failur:"),
    ],
)
def test_hides_what_stands_behind_a_misspelt_key(expected: list[tuple[int, int]], hint: str | None, line: str) -> None:
    """Where the key that is meant would hide it."""
    key = line.partition(":")[0].strip()
    position = Position("a.yaml", 1, 3, 1, 3 + len(key))
    found = Diagnostic("SR101", Severity.ERROR, position, "unknown field", hint)
    assert expected == HiddenParts([found], {"a.yaml": [line]}).within(line, position)
