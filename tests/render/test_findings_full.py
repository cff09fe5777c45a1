"""Findings with their lines: width, tones, hidden values, and what is never shown."""

from dataclasses import replace

import pytest

from schedrun.core.source import Position
from schedrun.render import findings_full
from schedrun.render.findings_report import FailOn, Report
from schedrun.render.paint import Tone
from schedrun.render.width import display_width
from tests.render import reports
from tests.render.samples import NOW


def tagged(text: str, tone: Tone) -> str:
    """Paint with visible tags."""
    return f"<{tone}>{text}</{tone}>"


@pytest.mark.parametrize("width", [40, 50, 60, 80])
def test_never_exceeds_the_terminal(width: int) -> None:
    """Frames are windows around their marks, words are wrapped."""
    for report in (reports.report(), reports.hostile()):
        lines = findings_full.text(report, width=width).splitlines()
        assert width >= max(display_width(line) for line in lines)


def test_a_long_place_has_its_line_to_itself() -> None:
    """On a narrow terminal it can still be copied as a whole."""
    finding = replace(reports.FINDINGS[0], position=Position("manifests/sub/folder/file.yaml", 5, 110))
    first, second, *_ = findings_full.text(reports.report((finding,)), width=40).splitlines()
    assert "manifests/sub/folder/file.yaml:5:110:" == first
    assert second.startswith(f"    error[{finding.code}] ")


def test_severities_marks_and_the_tally_have_their_tones() -> None:
    """Errors are bad, warnings warn, the second place is another."""
    shown = findings_full.text(reports.report(), paint=tagged)
    for expected in (
        "<bad>error[SR101]</bad> unknown",
        "<bad>^^^^^^ did you mean `timeout`?</bad>",
        "<active>--------- first declared here</active>",
        "<warn>warning[SR208]</warn> weekday",
        "<bad>6 errors, 2 warnings</bad>",
    ):
        assert expected in shown


@pytest.mark.parametrize(
    ("fail_on", "findings", "tone", "said"),
    [
        (FailOn.ERROR, reports.FINDINGS[6:], Tone.WARN, "12:00:00Z</faint>"),
        (FailOn.WARNING, reports.FINDINGS[6:], Tone.BAD, "warnings fail</faint>"),
        (FailOn.NEVER, reports.FINDINGS, Tone.WARN, "nothing fails</faint>"),
        (FailOn.WARNING, (), Tone.GOOD, "warnings fail</faint>"),
    ],
)
def test_the_footer_says_what_failed(fail_on: FailOn, findings: tuple[()], tone: Tone, said: str) -> None:
    """The last line is bad exactly when the exit code is 1, and the one above says by what measure."""
    report = reports.report(findings, fail_on=fail_on)
    *_, above, last = findings_full.text(report, paint=tagged).splitlines()
    assert above.endswith(said)
    assert last.startswith(f"<{tone}>")
    assert report.failed is (tone is Tone.BAD)


def test_shows_no_file_that_is_no_manifest_of_the_run() -> None:
    """A position elsewhere, or past the end of a file, has words and no frame."""
    sample = reports.FINDINGS[0]
    for position in (Position("/etc/shadow", 1, 1), Position("jobs/billing.yaml", 99, 1)):
        shown = findings_full.text(reports.report([replace(sample, position=position)]))
        assert " | " not in shown
        assert "= hint: did you mean `timeout`?" in shown


def test_a_byte_order_mark_is_no_column() -> None:
    """Columns count from behind it."""
    finding = replace(reports.FINDINGS[0], position=Position("a.yaml", 1, 1, 1, 3))
    report = Report((finding,), {"a.yaml": ("\ufeffab: 1",)}, ("a.yaml",), jobs=0, now=NOW)
    assert "1 | ab: 1\n  | ^^ did" in findings_full.text(report)


@pytest.mark.parametrize(
    ("lines", "position", "shown"),
    [
        pytest.param(("k: 'hunter22'",), (1, 4, 1, 14), "k: *****", id="quoted"),
        pytest.param(("k: hunter22 # hunter22",), (1, 4, 1, 12), "k: ***** # *****", id="again-on-its-line"),
        pytest.param(("k: hunter22",), (1, 4, None, None), "k: *****", id="without-end"),
        pytest.param(("k: ab, l: ab",), (1, 4, 1, 6), "k: *****, l: ab", id="too-short-to-be-sought"),
        pytest.param(("k: |", "  hunter22", "  hunter33"), (1, 4, 4, 1), "k: *****", id="block"),
    ],
)
def test_hides_the_value(lines: tuple[str, ...], position: tuple[int, int, int | None, int | None], shown: str) -> None:
    """However it is written."""
    finding = replace(reports.FINDINGS[1], position=Position("a.yaml", *position))
    report = Report((finding,), {"a.yaml": lines}, ("a.yaml",), jobs=0, now=NOW)
    assert f"1 | {shown}\n" in findings_full.text(report)


def test_hides_every_line_of_a_block_from_other_findings() -> None:
    """A frame of another finding may show a line of it."""
    hidden = replace(reports.FINDINGS[1], position=Position("a.yaml", 1, 4, 4, 1))
    other = replace(reports.FINDINGS[0], position=Position("a.yaml", 3, 3, 3, 5))
    report = Report((hidden, other), {"a.yaml": ("k: |", "  hunter22", "  hunter33")}, ("a.yaml",), jobs=0, now=NOW)
    assert "hunter" not in findings_full.text(report)
