"""Which values of a manifest's lines are private, sound or broken."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from schedrun.core.spec import private_parts
from schedrun.core.spec.private_parts import PRIVATE_KEYS
from schedrun.core.spec.redaction import without

PRIVATE = "plain words"


def shown(*lines: str) -> list[str]:
    """Return the lines with a mask over what is private."""
    parts = private_parts.parts(lines)
    return [without(line, parts.get(number, ())) for number, line in enumerate(lines, 1)]


@pytest.mark.parametrize(
    ("expected", "lines"),
    [
        pytest.param(["env: *****"], ["env: {A: b} # of old"], id="a flow mapping and what follows"),
        pytest.param(['"e\\x6ev": *****', "  *****"], ['"e\\x6ev": {', "  A: b}"], id="a key in escapes"),
        pytest.param(['x: {"\\u0065nv" : *****'], ['x: {"\\u0065nv" : {A: b}}'], id="a key in escapes, in flow"),
        pytest.param(["env:", "  *****", "  *****", "next: x"], ["env:", "  A: b", "  C: d", "next: x"], id="below"),
        pytest.param(["on_failure:", "*****", "x: y"], ["on_failure:", "- slack: https://x", "x: y"], id="a list"),
        pytest.param(
            ["- json:", "    *****", "- other"], ["- json:", "    a: b", "- other"], id="a list is no item of its value"
        ),
        pytest.param(["  env:", "\t*****", "  x: y"], ["  env:", "\tA: b", "  x: y"], id="below, behind a tab"),
        pytest.param(["body: *****", "  *****", "x: y"], ["body: |", "  text", "x: y"], id="a block"),
        pytest.param(["body: *****", "*****", "x: y"], ['body: "a', 'b"', "x: y"], id="a quoted text"),
        pytest.param(["env: *****", "*****", "*****", "x: y"], ["env: {", "A: b", "}", "x: y"], id="an open bracket"),
        pytest.param(["t: {x: 1, env: *****", "*****"], ["t: {x: 1, env: {A: b,", "C: d}, y: z}"], id="in flow"),
        pytest.param(["t: {body: *****", "  *****", "z: 1"], ["t: {body: a", "  b, x: y}", "z: 1"], id="plain in flow"),
        pytest.param(
            ["t: {", "  body: *****", "  *****"], ["t: {", "  body: a", "  b }"], id="in flow of a line above"
        ),
        pytest.param(["{'headers':*****"], ["{'headers':{A: b}}"], id="quoted key"),
        pytest.param(["? env", "*****"], ["? env", ": {A: b}"], id="complex key"),
        pytest.param(["env:", "", "# *****", "  *****"], ["env:", "", "# x", "  A: b"], id="blank lines and comments"),
        pytest.param(["# env: *****", "x: y"], ["# env: {A: b}", "x: y"], id="commented out"),
        pytest.param(["# env:", "#   *****", "  x: y"], ["# env:", "#   A: b", "  x: y"], id="commented out, below"),
        pytest.param(["monitor: *****"], ["monitor: {url: https://hc/x}"], id="a monitor"),
        pytest.param(["x-env: &a *****", "env: *****"], ["x-env: &a {A: b}", "env: *a"], id="what an alias stands for"),
        pytest.param(
            ["x-env: &a", "  *****", "jobs:", "  env: *****"],
            ["x-env: &a", "  A: b", "jobs:", "  env: *a"],
            id="what an alias stands for, below",
        ),
        pytest.param(
            ["x:", "- y: &b", "    *****", "  z: 1", "- &a", "  *****", "env: *****", "body: *****"],
            ["x:", "- y: &b", "    C: d", "  z: 1", "- &a", "  A: b", "env: *a", "body: *b"],
            id="items that aliases stand for",
        ),
        pytest.param(
            ["x-all:", "  env: *****", "    *****", "x: y"], ["x-all:", "  env: &a", "    A: b", "x: y"], id="an anchor"
        ),
        pytest.param(
            ['url: "https://*****@h/p?*****"'], ['url: "https://u:p@h/p?q=1&r=2"'], id="userinfo and query of a URL"
        ),
        pytest.param(["env: *****", "---", "x: y"], ["env: {", "---", "x: y"], id="never closed, to the next document"),
    ],
)
def test_hides_all_behind_a_private_key(expected: list[str], lines: list[str]) -> None:
    """With everything that belongs to it, and little else."""
    assert expected == [line.replace("*****&*****", "*****") for line in shown(*lines)]


@pytest.mark.parametrize(
    "line",
    [
        *[
            "my-env: x",
            "environment: y",
            "headers.x: y",
            "jsonpath: x",
            "url: https://host/path",
            "a: {b: c}",
            "envy: 1",
        ],
        r'args: ["say \"a\": b", "c\td"]',
    ],
)
def test_shows_what_only_sounds_alike(line: str) -> None:
    """Names that hold a private key's are others."""
    assert [line] == shown(line)


_TEXTS = st.sampled_from([PRIVATE, f"{PRIVATE}, {{x}}", f'"{PRIVATE}', f"{PRIVATE}\nand {PRIVATE}: 1", f"# {PRIVATE}"])
_VALUES = st.recursive(_TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner))
_OPEN = st.sampled_from(["open", "shown"])


@settings(max_examples=100)
@given(
    values=st.dictionaries(st.sampled_from(PRIVATE_KEYS), _VALUES, min_size=1),
    beside=st.dictionaries(_OPEN, st.integers(0, 9)),
    depth=st.integers(0, 3),
    flow=st.sampled_from([None, True, False]),
    width=st.sampled_from([1, 20, 80]),
    indent=st.sampled_from([2, 4]),
    style=st.sampled_from([None, "'", '"', "|", ">"]),
)
def test_no_way_to_write_a_private_value_shows_it(  # the parts of one document
    values: dict[str, object],
    beside: dict[str, int],
    depth: int,
    flow: bool | None,
    width: int,
    indent: int,
    style: str | None,
) -> None:
    """Whatever PyYAML makes of it: blocks, flows, folded texts, quotes."""
    document: object = values | beside
    for _ in range(depth):
        document = {"outer": document}
    text = yaml.dump(document, default_flow_style=flow, width=width, indent=indent, default_style=style)
    seen = "\n".join(shown(*text.split("\n")))
    assert "plain" not in seen
    assert "words" not in seen


def test_what_is_hidden_to_the_end_of_its_line_is_told_once() -> None:
    """A line may be a whole manifest with thousands of such keys."""
    line = "a: {env: {A: b}}, b: {env: {C: d}}"
    assert {1: [(9, len(line))]} == private_parts.parts([line])
