"""Fingerprints: the same finding keeps its own, no two are alike."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from schedrun.core.diagnostics import Diagnostic, in_order
from schedrun.core.source import Position
from schedrun.core.spec import secret_parts
from schedrun.manifest.load import inspect_text
from schedrun.render import findings_gitlab
from schedrun.render.findings_report import Checkout, Report
from schedrun.render.fingerprints import fingerprints
from tests.render import reports
from tests.render.samples import NOW

HEAD = "schedrun: v1\nname: s\njobs:\n"
BAD = "{schedule: {every: 1h}, target: {command: [ls]}, timout: 1m}"


def of(text: str, *, checkout: Checkout = reports.CHECKOUT) -> dict[str, str]:
    """Return the fingerprint of each finding of a manifest, by its message and number."""
    inspected = inspect_text({"a.yaml": text.encode()})
    found = in_order([each for findings in inspected.desired.broken.values() for each in findings])
    lines = {name: file.lines for name, file in inspected.files.items()}
    report = Report(found, lines, ("a.yaml",), 0, NOW, checkout=checkout)
    return {f"{number} {each.message}": mark for number, (each, mark) in enumerate(zip(found, fingerprints(report)))}  # noqa: B905  equally long


def test_moving_lines_changes_none() -> None:
    """Comments and jobs above may come and go."""
    before = of(f"{HEAD}  a: {BAD}\n  b: {BAD}\n")
    assert before == of(f"# why\n\n{HEAD}  # first\n  a: {BAD}\n\n\n  b: {BAD}\n")


def test_alike_findings_differ() -> None:
    """Also where code, message and text are the same."""
    text = f"{HEAD}  a: {{schedule: {{every: 1h}}, target: {{command: [ls]}}, labels: {{p: no, q: no}}}}\n"
    found = of(text)
    assert 2 == len(found) == len(set(found.values()))


def test_all_samples_differ() -> None:
    """In one report and as often as a finding is repeated."""
    report = reports.report((*reports.FINDINGS, *reports.FINDINGS))
    assert len(set(fingerprints(report))) == len(report.findings)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("code", {"code": "SR102"}),
        ("file", {"position": Position("jobs/more.yaml", 4, 3, 4, 12)}),
        ("message", {"message": "unknown field `x`"}),
    ],
)
def test_what_tells_findings_apart(name: str, change: dict[str, object]) -> None:
    """Code, file and message."""
    sample = reports.FINDINGS[0]
    changed: Diagnostic = replace(sample, **change)  # type: ignore[arg-type]  # a table of fields, each of its type
    assert _only(sample) != _only(changed)


def test_numbers_in_messages_and_the_folder_do_not_count() -> None:
    """Counts and dates follow the clock; a checkout may lie anywhere."""
    sample = reports.FINDINGS[0]
    assert _only(replace(sample, message="fires 3 times")) == _only(replace(sample, message="fires 12 times"))
    elsewhere = Checkout("/tmp/x/jobs", ("/tmp/x",))
    moved = replace(sample, position=replace(sample.position, file="billing.yaml"))
    lines = {"billing.yaml": reports.BILLING.split("\n")}
    (there,) = fingerprints(Report((moved,), lines, (), 0, NOW, checkout=elsewhere))
    assert _only(sample) == there


def test_a_hidden_value_goes_into_no_hash() -> None:
    """Whoever guesses it could check the guess."""
    secret = reports.FINDINGS[1]
    other = {"jobs/billing.yaml": reports.BILLING.replace("hunter2-hunter2", "hunter3-hunter3").split("\n")}
    (there,) = fingerprints(Report((secret,), other, (), 0, NOW, checkout=reports.CHECKOUT))
    assert _only(secret) == there


def _only(finding: Diagnostic) -> str:
    (mark,) = fingerprints(reports.report([finding]))
    return mark


def test_a_line_of_many_findings_is_searched_once_for_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be as long as a manifest, and each of its thousands of jobs have findings."""
    searched = []

    def parts(lines: Sequence[str]) -> secret_parts.Parts:
        searched.append(lines)
        return {}

    monkeypatch.setattr(secret_parts, "parts", parts)
    findings = [replace(reports.FINDINGS[0], position=Position("a.yaml", 1, at, 1, at + 2)) for at in range(1, 9)]
    marks = fingerprints(Report(findings, {"a.yaml": ["a line of its own"]}, (), 0, NOW))
    assert (8, 1) == (len(set(marks)), len(searched))


def test_gitlab_knows_findings_by_them() -> None:
    """Fingerprints are unique, paths relative, severities GitLab's."""
    view = findings_gitlab.view(reports.report(checkout=Checkout("/src/repo/deploy", ("/src/repo",))))
    assert {"description", "check_name", "fingerprint", "severity", "location"} == set(view[0])
    assert len(view) == len({finding["fingerprint"] for finding in view})
    assert {"path": "deploy/jobs/billing.yaml", "lines": {"begin": 6}} == view[0]["location"]
    assert {"major", "minor"} == {finding["severity"] for finding in view}
