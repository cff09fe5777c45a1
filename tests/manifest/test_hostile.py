"""Files that were written to hurt: bounded work, a finding, and never anything else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedrun.manifest import reader
from schedrun.manifest.check import check
from schedrun.manifest.node import plain
from schedrun.manifest.reader import MAX_FAULTS, read
from schedrun.manifest.tree import MAX_BYTES
from tests.manifest.findings import GOOD, HEAD, inside, places, positions
from tests.manifest.pieces import PIECES


def _laughs() -> str:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param("[" * 50_000, "1:65 SR008", id="brackets"),
        pytest.param("{a: " * 50_000, "1:257 SR008", id="braces"),
        pytest.param("- " * 50_000, "1:129 SR008", id="dashes"),
        pytest.param("\n".join(" " * n + "a:" for n in range(2_000)), "65:65 SR008", id="blocks"),
        pytest.param("? " * 50_000, "1:129 SR008", id="complex-keys"),
        pytest.param(_laughs(), "5:45 SR008", id="billion-laughs"),
        pytest.param("a: &a {<<: *a, b: *a}", "1:12 SR008", id="cyclic-merge"),
        pytest.param("x" * 10_000_000, "1:1 SR008", id="ten-megabytes"),
        pytest.param("%TAG !a! tag:x\n" * 100_000, "1:1 SR007", id="directives"),
    ],
)
def test_refuses_with_a_place(text: str, place: str) -> None:
    """The first finding says where it became too much."""
    assert place == places(read(text.encode(), file="a.yaml").faults)[0]


def test_no_line_of_a_file_that_is_too_large_is_kept() -> None:
    """Nothing is said of any of them, and to look through them for secrets takes longer than to refuse the file."""
    whole, larger = (check(b"#" * size, file="a.yaml", inspect=True).inspected for size in (MAX_BYTES, MAX_BYTES + 1))
    assert whole is not None
    assert larger is not None
    assert (1, 0) == (len(whole.lines), len(larger.lines))


def test_defaults_do_not_multiply_without_bound() -> None:
    """Many defaults times many jobs is refused before the work is done."""
    labels = ", ".join(f"l{n}: x" for n in range(2_000))
    jobs = "\n".join(f"  j{n}: {GOOD}" for n in range(300))
    checked = check(f"{HEAD}labels: {{{labels}}}\njobs:\n{jobs}\n".encode(), file="a.yaml")
    assert ["1:1 SR008"] == places(checked.findings)


def test_so_many_findings_are_enough() -> None:
    """A file of wrong keys is not answered key by key for ever."""
    keys = "\n".join(f"  k{n}: 1" for n in range(20_000))
    checked = check(f"{HEAD}jobs:\n j:\n{keys}\n".encode(), file="a.yaml")
    assert MAX_FAULTS >= len(checked.findings) > 1


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join).map(str.encode) | st.binary(max_size=60))
@settings(max_examples=400)
def test_nothing_but_findings_inside_the_file(data: bytes) -> None:
    """Whatever a file holds: no exception, and every position lies inside it."""
    checked = check(data, file="a.yaml")
    assert checked.jobs == {} or checked.findings == ()
    for finding in checked.findings:
        assert all(inside(position, data) for position in positions(finding)), finding


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@settings(max_examples=200)
def test_what_is_read_without_fault_is_what_a_safe_loader_reads(text: str) -> None:
    """Strictness takes away, and changes nothing else."""
    yaml = pytest.importorskip("yaml")
    reading = read(text.encode(), file="a.yaml")
    if reading.faults:
        return
    expected = list(yaml.load_all(text, Loader=yaml.CSafeLoader))
    assert expected == [plain(document.root.value) for document in reading.documents]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param("[" + "a," * 2_000 + "]", "1:2000 SR008", id="list"),
        pytest.param("a: 1\n---\n" * 2_000, "1001:4 SR008", id="documents"),
        pytest.param("a: &a [x]\nb: [" + "*a," * 2_000 + "]", "2:1499 SR008", id="aliases"),
    ],
)
def test_values_are_bounded(text: str, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one list, over many documents, and through aliases; nothing more is done for such a file."""
    monkeypatch.setattr(reader, "MAX_NODES", 1_000)
    reading = read(text.encode(), file="a.yaml")
    assert ((), [place]) == (reading.documents, places(reading.faults))


def test_faults_are_bounded_over_documents() -> None:
    """Splitting into documents buys no more faults."""
    last = check(b"---\n- no\n" * 2_000, file="a.yaml").findings[-1]
    assert ("SR008", "this file has more than 500 faults") == (last.code, last.message)


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}jobs:\n" + "".join(f"  a{n}: {{timout: 1}}\n" for n in range(600)),
        f"{HEAD}jobs:\n  a:\n" + "".join(f"    a{n}: 1\n" for n in range(600)),
    ],
    ids=["many jobs", "one job"],
)
def test_a_file_that_is_not_checked_to_its_end_says_so(text: str) -> None:
    """Else who counts the findings takes them for all there are."""
    findings = check(text.encode(), file="a.yaml").findings
    message = "this file has 500 faults or more: it was not checked any further"
    (said,) = [finding for finding in findings if finding.code == "SR008"]
    assert (message, findings[-1].position.line) == (said.message, said.position.line)


def test_a_file_that_is_not_read_to_its_end_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each syntax error costs another look at the file."""
    monkeypatch.setattr(reader, "_MAX_REREAD", 5_000)
    jobs = "".join(f"  j{n}: {{schedule: {{cron: */5 * * * *}}, target: {{command: [ls]}}}}\n" for n in range(20))
    findings = check(f"{HEAD}jobs:\n{jobs}".encode(), file="a.yaml").findings
    assert {"SR003", "SR008"} == {finding.code for finding in findings}
    assert 20 > len(findings)


def test_a_message_never_repeats_a_huge_value() -> None:
    """Findings are stored and shown."""
    text = f"{HEAD}jobs: {{j: {{timezone: {'E/' * 100_000}, {GOOD[1:]}}}\n"
    assert 1_000 > max(len(finding.message) for finding in check(text.encode(), file="a.yaml").findings)


def test_a_hundred_unquoted_crons_are_all_found() -> None:
    """Each stops the parser, and none stops the reading."""
    jobs = "".join(f"  j{n}:\n    schedule: {{cron: */5 * * * *}}\n    target: {{command: [ls]}}\n" for n in range(100))
    assert 100 == len(check(f"{HEAD}jobs:\n{jobs}".encode(), file="a.yaml").findings)
