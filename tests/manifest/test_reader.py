"""The strict reader: values, places and faults of text that people write."""

import pytest

from schedrun.manifest.node import Node, plain
from schedrun.manifest.reader import read
from tests.manifest.findings import places


def values(text: str) -> list[object]:
    """Return the documents of a text without places."""
    reading = read(text.encode(), file="a.yaml")
    assert () == reading.faults
    return [plain(document.root.value) for document in reading.documents]


def faults(text: str | bytes) -> list[str]:
    """Return `line:column code` of each fault, by place."""
    data = text if isinstance(text, bytes) else text.encode()
    return sorted(
        places(read(data, file="a.yaml").faults), key=lambda place: [int(n) for n in place.split()[0].split(":")]
    )


def test_reads_values_of_every_style() -> None:
    """Plain, quoted, literal, folded; block and flow; several documents."""
    text = "a: 1\nb: [x, 'y', \"z\\n\"]\n---\nc: |\n  one\n  two\nd: >-\n  three\n  four\ne: {f: null}\n"
    assert [{"a": 1, "b": ["x", "y", "z\n"]}, {"c": "one\ntwo\n", "d": "three four", "e": {"f": None}}] == values(text)


def test_expands_aliases_and_merges() -> None:
    """Explicit keys win over merged ones wherever they stand; the earlier of two merged mappings wins."""
    text = "x: &x {p: 1, q: 2}\nv: {q: 3, <<: *x}\nz: {<<: [*x, {q: 9, r: 4}]}\nw: [*x]\n"
    expected = {"x": {"p": 1, "q": 2}, "v": {"q": 3, "p": 1}, "z": {"p": 1, "q": 2, "r": 4}, "w": [{"p": 1, "q": 2}]}
    assert [expected] == values(text)


def test_a_quoted_merge_key_is_a_key() -> None:
    """Only the plain `<<` merges."""
    assert [{"<<": {"a": 1}}] == values('"<<": {a: 1}\n')


def test_keeps_the_place_of_keys_and_values() -> None:
    """Lines and columns count from 1, columns in characters; scalars have an end, collections only a start."""
    reading = read("é😀: {b: 'long value'}\r\nc:\r\n  - 1\r\n".encode(), file="a.yaml")
    source, root = reading.documents[0]
    assert isinstance(root.value, dict)
    outer, items = root.value["é😀"], root.value["c"]
    assert isinstance(outer.value, dict)
    inner = outer.value["b"]
    assert outer.key is not None
    assert inner.key is not None
    key, value = source.of_place(outer.key), source.of_node(inner)
    assert (1, 1, 1, 3) == (key.line, key.column, key.end_line, key.end_column)
    assert (1, 5) == (source.of_node(outer).line, source.of_node(outer).column)
    assert (1, 9, 1, 21) == (value.line, value.column, value.end_line, value.end_column)
    assert (3, 3, None) == (source.of_node(items).line, source.of_node(items).column, source.of_node(items).end_line)


def test_a_value_reached_through_an_alias_keeps_its_anchor_and_the_alias() -> None:
    """Its place is where it was written; the alias is remembered beside it."""
    source, root = read(b"a: &x 5\nb: *x\nc: &m {k: 1}\nd: {<<: *m}\n", file="a.yaml").documents[0]
    assert isinstance(root.value, dict)
    value = root.value["b"]
    assert value.alias is not None
    assert ("1:4", "2:4") == (_at(source.of_node(value)), _at(source.of_place(value.alias)))
    holder = root.value["d"].value
    assert isinstance(holder, dict)
    merged: Node = holder["k"]
    assert merged.alias is not None
    assert ("3:11", "4:9") == (_at(source.of_node(merged)), _at(source.of_place(merged.alias)))


def _at(position: object) -> str:
    return str(position).removeprefix("a.yaml:")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", ["1:1 SR002"], id="empty"),
        pytest.param("# only a comment\n", ["1:1 SR002"], id="comment-only"),
        pytest.param("---\n", ["1:1 SR002"], id="empty-document"),
        pytest.param("a: 1\n---\n", ["2:1 SR002"], id="empty-second-document"),
        pytest.param("a: 1\nb: 2\na: 3\n", ["3:1 SR004"], id="duplicate"),
        pytest.param("x: {a: 1, 'a': 2, \"a\": 3}", ["1:11 SR004", "1:19 SR004"], id="duplicates-in-flow"),
        pytest.param("a: &x {k: 1}\nb: {<<: *x, <<: *x}\n", ["2:13 SR004"], id="merged-twice"),
        pytest.param("{!t <<: 1, &x <<: 2}\n", ["1:2 SR007", "1:2 SR011", "1:12 SR011", "1:12 SR004"], id="decorated"),
        pytest.param("a: {<<: 5}\n", ["1:9 SR102"], id="merge-of-a-scalar"),
        pytest.param(
            "5: x\nnull: v\n[a]: z\ntrue: 1\n", ["1:1 SR102", "2:1 SR102", "3:1 SR102", "4:1 SR102"], id="keys"
        ),
        pytest.param(
            "a: !custom 1\nb: !!str 2\nc: !!python/name:os.system x\n",
            ["1:4 SR007", "2:4 SR007", "3:4 SR007"],
            id="tags",
        ),
        pytest.param("%TAG ! tag:x,2026:\n---\na: 1\n", ["1:1 SR007"], id="tag-directive"),
        pytest.param(
            "a: no\non: 1\nc: [010, 22:30]\n", ["1:4 SR011", "2:1 SR011", "3:5 SR011", "3:10 SR011"], id="unclear"
        ),
        pytest.param("a: &x [*x]\n", ["1:8 SR008"], id="recursive"),
        pytest.param("a: &x 1\nb: &x 2\nc: &x [*x]\n", ["2:4 SR004", "3:4 SR004", "3:8 SR008"], id="anchor-twice"),
        pytest.param("a: *nowhere\n", ["1:4 SR001"], id="unknown-anchor"),
        pytest.param("a: b: c\n", ["1:5 SR001"], id="nested-colon"),
        pytest.param("a: [1, 2\n", ["1:9 SR001"], id="open-list"),
        pytest.param("a: 'x\n", ["1:6 SR001"], id="open-quote"),
        pytest.param("a: `x`\n", ["1:4 SR001"], id="backtick"),
        pytest.param("a: 1\n}\n", ["2:1 SR001"], id="stray-brace"),
        pytest.param("cron: */5 * * * *\n", ["1:7 SR003"], id="star"),
        pytest.param("cron: @daily\n", ["1:7 SR003"], id="nickname"),
        pytest.param("cron: *5 4 * * *\n", ["1:7 SR003"], id="star-like-an-alias"),
        pytest.param("\ta: 1\n", ["1:1 SR006"], id="tab"),
        pytest.param("a:\n\tb: 1\n\tc: no\n", ["2:1 SR006", "3:5 SR011"], id="tabs-once-and-the-rest"),
        pytest.param(b"\xef\xbb\xbfa: no\n", ["1:1 SR006", "1:4 SR011"], id="bom-and-the-rest"),
        pytest.param(b"a: 1\nb: \x00\n", ["2:4 SR006"], id="nul"),
        pytest.param("é: \u2028".encode() + b"\n", ["1:4 SR006"], id="line-separator"),
        pytest.param("a: é".encode() + b"\xff\n", ["1:5 SR006"], id="no-utf-8"),
        pytest.param("a: 1".encode("utf-16"), ["1:1 SR006"], id="utf-16"),
    ],
)
def test_reports_each_fault_at_its_place(text: str | bytes, expected: list[str]) -> None:
    """One code and one position for each slip."""
    assert expected == faults(text)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_names_the_encoding_that_a_mark_tells_of(encoding: str) -> None:
    """The mark of the one begins with that of the other."""
    (fault,) = read("a: 1".encode(encoding), file="a.yaml").faults
    assert f"this file is {encoding.upper()}, not UTF-8" == fault.message


def test_reports_every_unquoted_cron_and_all_else_at_once() -> None:
    """A star does not stop the reading: what follows it is read, in block and in flow style."""
    text = "a: {cron: */5 * * * *, spread: no}\nb:\n  cron: @hourly  # why\n  x: 1\n  x: 2\n---\nc: * * * * *\n"
    assert ["1:11 SR003", "1:32 SR011", "3:9 SR003", "5:3 SR004", "7:4 SR003"] == faults(text)


def test_goes_on_with_the_next_document_after_a_syntax_error() -> None:
    """Positions stay true, and the good documents are there."""
    reading = read(b"a: 1\n---\nb: c: d\n---\ne: no\nf: 1\n---\ng: [\n", file="a.yaml")
    assert ["3:5 SR001", "5:4 SR011", "8:5 SR001"] == sorted(places(reading.faults))
    assert [{"a": 1}, {"e": "no", "f": 1}] == [plain(document.root.value) for document in reading.documents]


@pytest.mark.parametrize("opened", ["{a: 1", '"a', "[a"])
def test_goes_on_at_the_document_that_an_open_bracket_ran_into(opened: str) -> None:
    """The line at which reading stops is the first of the next document."""
    reading = read(f"x: {opened}\n---\ne: no\n".encode(), file="a.yaml")
    assert ["2:1 SR001", "3:4 SR011"] == sorted(places(reading.faults))


def test_does_not_guess_how_deep_a_mix_of_tabs_and_spaces_is() -> None:
    """One finding, and nothing about what tabs as spaces would mean; the next document is read."""
    assert ["3:1 SR006", "6:4 SR011"] == faults("jobs:\n  a:\n\t\tb: 1\n\t\tc: no\n---\ne: no\n")


def test_a_duplicate_names_the_first_place() -> None:
    """The second position helps to choose."""
    (fault,) = read(b"a: 1\nb: 2\na: 3\n", file="a.yaml").faults
    assert ("a.yaml:1:1", "first written here") == (str(fault.related), fault.related_note)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("cron: */5 * * * *\n", 'write "*/5 * * * *"'),
        ("cron: @daily\n", 'write "@daily"'),
        ("a:\n\tb: 1\n", "use spaces"),
        ("5: x\n", 'write "5" in quotes'),
        ('a: "\\q"\n', "write `\\\\` for a backslash, or use single quotes"),
        ("%YAML 3.0\n---\na: 1\n", "write `%YAML 1.2`, or take the line away"),
    ],
)
def test_says_what_to_write(text: str, hint: str) -> None:
    """The commonest slips have a human hint."""
    assert hint == read(text.encode(), file="a.yaml").faults[0].hint
