"""Which findings of a comparison count: what settings leave out, and what a comment in the head suppresses."""

from datetime import timedelta

import pytest

from schedrun.core.plan import comparison
from schedrun.lint.compared import counting
from schedrun.lint.settings import LintSettings
from schedrun.manifest.load import inspect_text
from tests.core.plan.trees import NOW, a_job, document

ALL = LintSettings()
EARLIER, LATER = '{cron: "0 3 * * *"}', '{cron: "0 4 * * *"}'
BASE = document("".join(a_job(name, EARLIER) for name in "abcd"))
MOVED = document("".join(a_job(name, LATER if name == "a" else EARLIER) for name in "abcd"))
WHY = "# schedrun: ignore[{}] nobody waits for it\n"


def codes(base: str, head: str, settings: LintSettings = ALL) -> list[str]:
    """Return the codes of what counts."""
    before, after = (inspect_text({"a.yaml": text.encode()}) for text in (base, head))
    compared = comparison.compare(before, after, now=NOW, horizon=timedelta(days=7))
    return [finding.code for finding in counting(compared, after, settings=settings).findings]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param(ALL, ["SR708"], id="all"),
        pytest.param(LintSettings(ignore=("SR708",)), [], id="ignored"),
        pytest.param(LintSettings(ignore=("SR7",), select=("SR708",)), ["SR708"], id="the-longer-beginning"),
        pytest.param(LintSettings(select=("SR2",)), [], id="not-selected"),
    ],
)
def test_settings_choose(settings: LintSettings, expected: list[str]) -> None:
    """By codes and their beginnings, as for one tree."""
    assert expected == codes(BASE, MOVED, settings)


def test_what_breaks_a_file_counts_whatever_is_selected() -> None:
    """Its jobs are not applied."""
    assert ["SR201"] == codes(BASE, BASE.replace("0 3 * * *", "61 3 * * *", 1), LintSettings(select=("SR7",)))


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        pytest.param(MOVED.replace("  a:", "  " + WHY.format("SR708") + "  a:"), [], id="above-the-job"),
        pytest.param(MOVED.replace("}}\n", "}} " + WHY.format("SR708"), 1), [], id="behind-the-value"),
        pytest.param(MOVED.replace("  b:", "  " + WHY.format("SR708") + "  b:"), ["SR708"], id="of-another-job"),
        pytest.param(MOVED.replace("  a:", "  " + WHY.format("SR702") + "  a:"), ["SR708"], id="of-another-code"),
        pytest.param(MOVED.replace("  a:", "  # schedrun: ignore[SR708]\n  a:"), ["SR708"], id="without-a-reason"),
    ],
)
def test_a_comment_in_the_head_suppresses(head: str, expected: list[str]) -> None:
    """With a reason, for its line or for its job."""
    assert expected == codes(BASE, head)


def test_a_comment_suppresses_each_finding_at_its_place() -> None:
    """What looks renamed at the new job's id, a default where it is written, an instant that has passed."""
    old, new = a_job("old", shell="x"), a_job("new", shell="x")
    assert ["SR702"] == codes(document(old), document(new))
    assert [] == codes(document(old), document("  " + WHY.format("SR702") + new))
    three = document("".join(map(a_job, "abc")))
    wide = three.replace("Europe/Berlin}", "Europe/Berlin, timeout: 5m}")
    assert ["SR707"] == codes(three, wide)
    assert [] == codes(three, wide.replace("5m}\n", "5m} " + WHY.format("SR707")))
    spent = a_job("a", '{at: "2026-01-01T00:00:00Z"}')
    assert ["SR214"] == codes(document(""), document(spent))
    assert [] == codes(document(""), document("  " + WHY.format("SR214") + spent))


@pytest.mark.parametrize("code", ["SR701", "SR707"])
def test_no_comment_suppresses_what_stands_in_the_base(code: str) -> None:
    """The lines of the head that have its numbers say something else."""
    base = document("".join(map(a_job, "abc")), defaults="{timezone: Europe/Berlin, timeout: 5m}")
    head = document(a_job("c") if code == "SR701" else "".join(map(a_job, "abc")))
    # Behind every line, that on which the base has the finding among them.
    commented = "".join(f"{line} # schedrun: ignore[{code}] so\n" for line in head.splitlines())
    assert code in codes(base, head)
    assert code in codes(base, commented)
