"""One set of sample findings through every format, word by word."""

import json
from collections.abc import Callable, Sequence
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedrun.cli.reports import Format, rendered
from schedrun.core.diagnostics import Diagnostic, in_order
from schedrun.core.source import Position
from schedrun.manifest.load import inspect_text
from schedrun.render import findings_full, findings_sarif, findings_summary
from schedrun.render.findings_report import FailOn, Report
from schedrun.render.width import display_width
from tests.manifest.pieces import PIECES
from tests.render import reports, samples


def _sarif(report: Report) -> str:
    return json.dumps(findings_sarif.view(report, rules=reports.RULES, version="1.2.3"), indent=2)


TEXTS: dict[str, Callable[[], str]] = {
    **{f"validate-{name}": lambda name=name: rendered(reports.report(), name) for name in Format},  # type: ignore[misc]  # mypy reads no default of a lambda
    # The catalog grows, and the version changes.
    "validate-sarif": lambda: _sarif(reports.report()),
    "validate-full-40": lambda: findings_full.text(reports.report(), width=40),
    "validate-full-60": lambda: findings_full.text(reports.report(), width=60),
    "validate-full-80": lambda: findings_full.text(reports.report(), width=80),
    "validate-summary": lambda: findings_summary.text(reports.FINDINGS, checkout=reports.CHECKOUT),
}


@pytest.mark.parametrize("name", TEXTS)
def test_reads_as_the_golden_text(name: str) -> None:
    """A change of wording or layout shows as a difference of text."""
    assert samples.golden(name) == TEXTS[name]().removesuffix("\n")


COUNTS: dict[Format, Callable[[str], int]] = {
    Format.FULL: lambda text: text.count("= help: "),
    Format.CONCISE: lambda text: len(text.splitlines()) - 1,
    Format.JSON: lambda text: len(json.loads(text)["findings"]),
    Format.GITHUB: lambda text: sum(line.startswith("::") for line in text.splitlines()),
    Format.GITLAB: lambda text: len(json.loads(text)),
    Format.SARIF: lambda text: len(json.loads(text)["runs"][0]["results"]),
    Format.JUNIT: lambda text: sum("line" in case.attrib for case in ET.fromstring(text).iter("testcase")),
}
"""How many findings a text of a format lists."""


@pytest.mark.parametrize("wanted", Format)
def test_lists_every_finding(wanted: Format) -> None:
    """None is lost, whatever it lacks."""
    assert len(reports.FINDINGS) == COUNTS[wanted](rendered(reports.report(), wanted))


@pytest.mark.parametrize("wanted", Format)
def test_nothing_found_is_sound_too(wanted: Format) -> None:
    """Each format has a way to say that all is well."""
    assert 0 == COUNTS[wanted](rendered(reports.report([]), wanted))


@pytest.mark.parametrize("wanted", [Format.FULL, Format.CONCISE, Format.GITHUB])
def test_texts_end_on_the_tally(wanted: Format) -> None:
    """Also where nothing was found."""
    last = [rendered(report, wanted).splitlines()[-1] for report in (reports.report(), reports.report([]))]
    assert ["6 errors, 2 warnings", "0 errors, 0 warnings"] == last


@pytest.mark.parametrize("wanted", Format)
def test_hidden_values_are_in_no_format(wanted: Format) -> None:
    """Neither where the finding is, nor where the same text stands again, nor beside another finding of that line."""
    assert "hunter2" not in rendered(reports.report(), wanted)


@pytest.mark.parametrize("wanted", Format)
def test_hostile_texts_stay_texts(wanted: Format) -> None:
    """No control character, no line that a runner takes for a command of its own, no broken syntax."""
    shown = rendered(reports.hostile(), wanted)
    assert all(line.isprintable() for line in shown.splitlines())
    assert 1 == COUNTS[wanted](shown)
    if wanted in {Format.FULL, Format.CONCISE}:
        assert "##[" not in shown
        assert not any(line.lstrip().startswith("::") for line in shown.splitlines())


def _places(finding: Diagnostic) -> list[Position]:
    edits = [edit.position for edit in finding.edits]
    return [finding.position, *edits, *([finding.related] if finding.related else [])]


def _inside(position: Position, lines: Sequence[str]) -> bool:
    """Return whether both ends of a position lie in the file, a byte order mark aside."""
    begin = (position.line, position.column)
    end = (position.end_line or position.line, position.end_column or position.column)
    return begin <= end and all(
        1 <= line <= len(lines) and 1 <= column <= len(lines[line - 1].removeprefix("\ufeff")) + 1
        for line, column in (begin, end)
    )


@given(
    st.dictionaries(
        st.sampled_from(["a.yaml", "b/ø.yaml"]),
        st.lists(st.sampled_from(PIECES), max_size=25).map("".join).map(lambda text: text.encode())
        | st.binary(max_size=60),
        min_size=1,
    ),
    st.sampled_from(FailOn),
)
@settings(max_examples=150)
def test_no_bytes_break_a_format(files: dict[str, bytes], fail_on: FailOn) -> None:
    """Whatever manifests hold: positions lie in their files, every format says all, and it fits a narrow terminal."""
    inspected = inspect_text(files)
    found = in_order([each for findings in inspected.desired.broken.values() for each in findings])
    lines = {name: file.lines for name, file in inspected.files.items()}
    assert all(_inside(position, lines[position.file]) for finding in found for position in _places(finding))
    report = Report(found, lines, inspected.desired.files, 0, samples.NOW, fail_on, reports.CHECKOUT)
    for wanted in Format:
        if wanted is not Format.GITHUB or len(found) <= 10:
            assert len(found) == COUNTS[wanted](rendered(report, wanted))
    narrow = findings_full.text(report, width=40)
    assert 40 >= max(display_width(line) for line in narrow.splitlines())
    assert all(line.isprintable() for line in narrow.splitlines())
