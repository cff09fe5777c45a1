"""What must hold for any bytes that are given as a manifest, from reading to the frames of `schedrun validate`.

Nothing here writes, imports or runs what a manifest names.
"""

from datetime import UTC, datetime

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.plan.inspected import Inspected
from schedrun.lint import fix
from schedrun.lint.check import check
from schedrun.lint.settings import LintSettings
from schedrun.manifest.load import inspect_text
from schedrun.render import findings_full
from schedrun.render.escape import for_terminal
from schedrun.render.findings_report import Report
from schedrun.render.width import display_width
from tests.manifest.findings import inside, positions

FILE = "a.yaml"
NOW = datetime(2026, 6, 1, tzinfo=UTC)
NARROW = 40
# Every family has something to say, fleets of one job included.
SETTINGS = LintSettings(required=("owner", "labels.team"), fleet_threshold=1, groups={"db": 1}, max_running=1)


def examine(data: bytes) -> None:
    """Check the bytes as a manifest, and show what was found.

    Raises AssertionError where a place lies outside the file, a line could move a terminal or is too wide, or a fix
    brings a fault; whatever else is raised is a bug as well.
    """
    inspected = inspect_text({FILE: data})
    findings = check(inspected, settings=SETTINGS, now=NOW)
    for finding in findings:
        for position in positions(finding):
            assert inside(position, data), f"{position} of {finding} is not in the file"
    _show(inspected, findings)
    _fix(data, findings)


def _show(inspected: Inspected, findings: list[Diagnostic]) -> None:
    report = Report(
        findings=findings,
        lines={name: file.lines for name, file in inspected.files.items()},
        files=inspected.desired.files,
        jobs=len(inspected.desired.jobs),
        now=NOW,
    )
    for width in (None, NARROW):
        for line in findings_full.text(report, width=width).split("\n"):
            assert for_terminal(line) == line, f"{line!r} could move a terminal"
            assert width is None or display_width(line) <= width, f"{line!r} is wider than {width}"


def _fix(data: bytes, findings: list[Diagnostic]) -> None:
    if not any(finding.edits for finding in findings):
        return
    for fixed in fix.fixed({FILE: data.decode()}, findings, read=inspect_text):
        left = inspect_text({FILE: fixed.after.encode()}).desired.broken.get(FILE, ())
        before = inspect_text({FILE: data}).desired.broken.get(FILE, ())
        assert len(left) <= len(before), "a fix must bring no fault"
