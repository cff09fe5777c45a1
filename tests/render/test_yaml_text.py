"""YAML that means the same to every reader."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from schedrun.render import yaml_text

VALUES = st.recursive(
    st.text(max_size=20) | st.booleans() | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text(max_size=8), VALUES, min_size=1, max_size=3), min_size=1, max_size=3))
def test_reads_back_as_it_was(documents: list[dict[str, object]]) -> None:
    """Whatever the values, the text holds exactly them."""
    assert documents == list(yaml.safe_load_all(yaml_text.text(documents)))


AMBIGUOUS = (
    *("22:30", "no", "on", "y", "N", "null", "~", ""),
    *("010", "0o10", "1_000", "1e3", ".inf", "2026-12-01"),
    *("* * * * *", "@daily", "a: b", "a #b", " a", "a "),
)


@pytest.mark.parametrize("text", AMBIGUOUS)
def test_quotes_what_some_reader_takes_for_something_else(text: str) -> None:
    """YAML 1.1 and 1.2 differ on most of these."""
    assert f'---\nkey: "{text}"\n' == yaml_text.text([{"key": text}])


@pytest.mark.parametrize("text", ["close-day", "Europe/Berlin", "10m", "1h30m", "every word of it", "/srv/app"])
def test_leaves_plain_what_is_plain(text: str) -> None:
    """Names, zones and durations read better without quotes."""
    assert f"---\nkey: {text}\n" == yaml_text.text([{"key": text}])


def test_writes_out_what_is_invisible() -> None:
    """On a terminal, and in a review, a text shows what it holds."""
    assert '---\nkey: "a \\u202eb\\xa0"\n' == yaml_text.text([{"key": "a \u202eb\xa0"}])


@given(st.lists(st.dictionaries(st.text(max_size=8), VALUES, min_size=1, max_size=3), min_size=1, max_size=3))
def test_is_printable(documents: list[dict[str, object]]) -> None:
    """No line of it moves a cursor."""
    assert all(line.isprintable() for line in yaml_text.text(documents).split("\n"))


def test_writes_scripts_as_blocks() -> None:
    """A shell text keeps its lines."""
    assert yaml_text.text([{"shell": "set -e\nmake all\n"}]) == "---\nshell: |\n  set -e\n  make all\n"


def test_keeps_the_order_and_writes_no_alias() -> None:
    """The same value twice is written twice."""
    shared = {"b": 1, "a": 2}
    expected = "---\none:\n  b: 1\n  a: 2\ntwo:\n  b: 1\n  a: 2\n"
    assert expected == yaml_text.text([{"one": shared, "two": shared}])
