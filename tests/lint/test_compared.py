"""Which findings of a comparison count: what settings leave out, and what a comment in the head suppresses."""

from datetime import timedelta

import pytest

from schedrun.core.plan import comparison
from schedrun.core.plan.comparison import Comparison
from schedrun.lint.compared import counting, with_pauses
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
    return [finding.code for finding in judged(base, head, settings).findings]


def judged(base: str, head: str, settings: LintSettings = ALL) -> Comparison:
    """Return the comparison as `schedrun plan --base` shows it."""
    before, after = (inspect_text({"a.yaml": text.encode()}) for text in (base, head))
    compared = comparison.compare(before, after, now=NOW, horizon=timedelta(days=7))
    return counting(with_pauses(compared, settings=settings), after, settings=settings)


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


PLAIN, SAID = "paused: true", 'paused: {reason: outage, until: "2026-07-01T00:00:00Z"}'
ENDED = 'paused: {reason: outage, until: "2026-05-01T00:00:00Z"}'


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("", PLAIN, ["SR705"], id="paused"),
        pytest.param("", SAID, [], id="with-reason-and-end"),
        pytest.param(SAID, PLAIN, ["SR705"], id="says-less"),
        pytest.param(SAID, ENDED, ["SR705"], id="ended"),
        pytest.param(PLAIN, SAID, [], id="says-more"),
        pytest.param(PLAIN, f"{PLAIN}, timeout: 5m", [], id="edited-elsewhere"),
        pytest.param(PLAIN, "", [], id="resumed"),
        pytest.param(PLAIN, PLAIN, [], id="unchanged"),
    ],
)
def test_a_pause_that_is_new_or_changed_must_say_why_and_until_when(
    before: str, after: str, expected: list[str]
) -> None:
    """One that was there before is not of this change."""
    assert expected == codes(document(a_job("a", more=before)), document(a_job("a", more=after)))


def test_a_job_that_comes_paused_has_its_finding_at_the_pause() -> None:
    """With the words that `validate` has for it; a comment and the settings hold for it too."""
    head = document(a_job("a", more=PLAIN))
    (finding,) = judged(document(""), head).findings
    assert ("SR705", "s/a") == (finding.code, finding.job)
    assert "true" == head.splitlines()[4][finding.position.column - 1 : (finding.position.end_column or 0) - 1]
    assert "neither reason nor end" in finding.message
    assert [] == codes(document(""), head, LintSettings(ignore=("SR705",)))
    assert [] == codes(document(""), document("  " + WHY.format("SR705") + a_job("a", more=PLAIN)))


def test_a_pause_that_many_jobs_take_is_one_finding() -> None:
    """At the anchor, and it says how many."""
    anchor = "x-held: &held {labels: {a: b}%s}\n"
    jobs = document("".join(a_job(name, more="<<: *held") for name in "ab"))
    (finding,) = judged(anchor % "" + jobs, anchor % f", {PLAIN}" + jobs).findings
    assert ("SR705", 1) == (finding.code, finding.position.line)
    assert finding.message.endswith("(so for 2 jobs, such as `s/a`)")
