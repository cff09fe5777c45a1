"""A comparison in words: golden texts, escapes, and a comment that always fits."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from schedrun.core.plan.comparison import Comparison
from schedrun.render import plan_base_json, plan_base_markdown, plan_base_text, plan_words
from schedrun.render.paint import Tone
from schedrun.render.width import display_width
from tests.core.plan.trees import a_job, compare, document
from tests.render import samples

FAILED = {"base-plan": False, "base-plan-held": True, "base-plan-odd": False}
HOUR_LATE = '{cron: "0 * * * *", spread: 1h}'
NASTY = "a|b `c` <script> @admin\nnext"


def _everything() -> Comparison:
    base = document(
        a_job("close-day")
        + a_job("fx-rates", "{every: 15m}")
        + a_job("old-name", shell="export")
        + a_job("report", '{cron: "0 6 * * mon"}')
        + a_job("stays"),
        defaults="{timezone: Europe/Berlin, timeout: 5m}",
    )
    head = document(
        a_job("close-day", '{cron: "30 2 * * *"}')
        + a_job("fx-rates", "{every: 15m}", more='paused: {reason: "vendor outage", until: "2026-06-03T00:00:00Z"}')
        + a_job("new-name", shell="export")
        + a_job("report", '{cron: "0 6 * * tue"}')
        + a_job("stays"),
        defaults="{timezone: Europe/Berlin, timeout: 10m}",
    )
    return compare(base, head)


def _held() -> Comparison:
    base = document("".join(map(a_job, ("a", "b", "c"))))
    return compare({"a.yaml": base, "b.yaml": "{"}, {"a.yaml": document(a_job("a")), "b.yaml": ""})


def _odd() -> Comparison:
    """Change what is seldom changed: a lost run, a rename that fires, too many runs, a pause, a value that goes."""
    base = document(
        a_job("lost", '{cron: "0 2 15 * *"}')
        + a_job("b", HOUR_LATE)
        + a_job("old-name", '{cron: "30 2 1 * *"}', shell="export")
        + a_job("paused", "{every: 6h}"),
        defaults="{timezone: Europe/Berlin, timeout: 5m, labels: {tier: one}}",
    )
    head = document(
        a_job("lost", '{cron: "0 2 1 * *"}')
        + a_job("l", HOUR_LATE, shell="b", more="moved_from: b")
        + a_job("fast", "{every: 1ms}")
        + a_job("new-name", '{cron: "30 2 1 * *"}', shell="export")
        + a_job("paused", "{every: 6h}", more="paused: {reason: outage}"),
        defaults="{timezone: Europe/Berlin, timeout: 10m}",
    )
    return compare(base, head, now=datetime(2026, 6, 2, 11, 30, tzinfo=UTC), days=1)


TWO, OTHER = document(a_job("a") + a_job("b")), document(a_job("c")).replace("name: s", "name: t")
LOST = "the base has broken files, so that"
SAMPLES = {"base-plan": _everything, "base-plan-held": _held, "base-plan-odd": _odd}
PAINTED: dict[str, set[str]] = {
    "base-plan": {"ok", "warning[SR707]", "warning[SR708]", "warning[SR702]", "~ update", "+ create", "- remove"},
    "base-plan-odd": {
        *("ok", "warning[SR707]", "warning[SR708]", "warning[SR702]"),
        *("+ create", "> move", "~ update", "- remove"),
    },
    "base-plan-held": {"not ok", "error[SR002]", "- remove", "[blocked:"},
}


@pytest.mark.parametrize("name", SAMPLES)
def test_text_reads_as_the_golden_text(name: str) -> None:
    """The verdict first, each changed job, and what holds for all."""
    assert samples.golden(name) == plan_base_text.text(SAMPLES[name](), failed=FAILED[name])


@pytest.mark.parametrize("name", SAMPLES)
def test_markdown_reads_as_the_golden_text(name: str) -> None:
    """The mark, the verdict, the findings, what holds for all, and each changed job."""
    assert samples.golden(f"{name}-md") == plan_base_markdown.text(SAMPLES[name](), failed=FAILED[name])


@pytest.mark.parametrize("name", ["base-plan-held", "base-plan-odd"])
def test_json_reads_as_the_golden_text(name: str) -> None:
    """Every key with what belongs there, refs and version aside."""
    view = plan_base_json.comparison_view(SAMPLES[name](), failed=FAILED[name])
    assert samples.golden(f"{name}-json") == json.dumps(view, indent=2)


@pytest.mark.parametrize("name", SAMPLES)
def test_text_fits_a_narrow_terminal(name: str) -> None:
    """Words are wrapped, values of manifests are not; what follows the first line of a sentence stands further in."""
    text = plan_base_text.text(SAMPLES[name](), failed=FAILED[name], width=60)
    assert samples.golden(f"{name}-60") == text
    values = ("      before: ", "      after:  ")
    assert 60 >= max(display_width(line) for line in text.splitlines() if not line.startswith(values))


@pytest.mark.parametrize("name", SAMPLES)
def test_colours_change_no_word_of_it(name: str) -> None:
    """The verdict, the label of a finding, what happens to a job and that it is held are painted where they stand."""

    def paint(words: str, _tone: Tone) -> str:
        return f"\x1b{words}\x1b"

    shown = plan_base_text.text(SAMPLES[name](), failed=FAILED[name], width=60, paint=paint)
    assert samples.golden(f"{name}-60") == shown.replace("\x1b", "")
    assert PAINTED[name] == set(re.findall("\x1b(.*?)\x1b", shown))


def test_what_a_manifest_says_is_escaped() -> None:
    """In a comment nothing of it is markup; on a terminal nothing of it is a line of its own."""
    head = document(a_job("one", more=f'paused: {{reason: "{NASTY.replace(chr(10), chr(92) + "n")}"}}'))
    compared = compare(document(a_job("one")), head)
    comment = plan_base_markdown.text(compared, failed=False).removeprefix(plan_base_markdown.MARKER)
    for structure in ("<code>", "</code>", "<br>"):
        comment = comment.replace(structure, "")
    assert not {"|", "`", "<", "@"} & set(comment)
    assert "\nnext" not in plan_base_text.text(compared, failed=False)


def test_a_runner_obeys_nothing_of_it() -> None:
    """A plan is printed in the logs of CI, which could be told to take no command any more."""
    head = document(a_job("one", shell="'echo ##[stop-commands]x'"))
    shown = plan_base_text.text(compare(document(a_job("one")), head), failed=False)
    assert r"echo \x23#[stop-commands]x" in shown


LABELS = ["k{}: '{}'".format(number, "@" * 900) for number in range(400)]


@pytest.mark.parametrize(
    "jobs",
    [
        pytest.param("".join(a_job(f"job-{number:04}", "{every: 15m}") for number in range(1000)), id="many-jobs"),
        pytest.param(a_job("one", more=f"labels: {{{', '.join(LABELS)}}}"), id="one-huge"),
        pytest.param(
            "".join(
                a_job(f"job-{n}", '{at: "2026-01-01T00:00:00Z"}', more="owner: '" + "|" * 2000 + "'") for n in range(90)
            ),
            id="many-findings",
        ),
    ],
)
def test_a_comment_always_fits(jobs: str) -> None:
    """GitHub refuses 65,536 characters; what is left out is counted."""
    comment = plan_base_markdown.text(
        compare(document(a_job("z")), document(a_job("z", shell="y") + jobs)), failed=True
    )
    assert plan_base_markdown.MOST_BYTES >= len(comment.encode())
    assert comment.startswith(plan_base_markdown.MARKER)


def test_a_comment_says_how_many_jobs_it_leaves_out() -> None:
    """The number of folded jobs and of those left out add up."""
    jobs = "".join(a_job(f"job-{number:04}", "{every: 15m}") for number in range(500))
    comment = plan_base_markdown.text(compare(document(""), document(jobs)), failed=False)
    shown = comment.count("<details>")
    assert 0 < shown < 500
    assert comment.endswith(f"… and {500 - shown} more of 500 changed jobs, for which this comment has no room.")
    assert shown == comment.count("</details>")


def test_many_removals_are_one_remark() -> None:
    """What the guard holds back for one reason is told once, and hides nothing else that is said of all."""
    compared = compare(document("".join(a_job(f"job-{number:02}") for number in range(40))), document(""))
    for said in (plan_base_text.text(compared, failed=True), plan_base_markdown.text(compared, failed=True)):
        assert said.count("Removal of ") == 1
        assert "s/job-03, s/job-04 and 35 more is held back" in said
        assert "Busiest minute: 40 starts" in said


def test_no_kind_of_remark_crowds_out_another() -> None:
    """Of many lost runs a comment names some and counts the others; the busiest minute is still said."""
    base, head = (
        document("".join(a_job(f"job-{number:02}", f'{{cron: "0 2 {day} * *"}}') for number in range(40)))
        for day in (15, 1)
    )
    comment = plan_base_markdown.text(compare(base, head, now=datetime(2026, 6, 2, tzinfo=UTC)), failed=False)
    assert comment.count("Lost: ") == 2
    assert "- … and 38 more like this\n" in comment
    assert "Clock changes in" in comment


@pytest.mark.parametrize(
    ("findings", "last"),
    [(25, "- ❌ SR214 .*"), (26, "- … and 1 more finding"), (27, "- … and 2 more findings")],
)
def test_a_list_of_a_comment_is_cut_after_25_items(findings: int, last: str) -> None:
    """What is left out is counted."""
    past = "".join(a_job(f"job-{number:02}", '{at: "2026-01-01T00:00:00Z"}') for number in range(findings))
    comment = plan_base_markdown.text(compare(document(""), document(past)), failed=True)
    items = comment.split("**Findings**\n\n")[1].split("\n\n")[0].split("\n")
    assert min(findings, 26) == len(items)
    assert re.fullmatch(last, items[-1])


@pytest.mark.parametrize(("lost", "shown"), [(22, 22), (23, 2)])
def test_remarks_are_cut_by_kinds_where_a_comment_would_have_more_than_25(lost: int, shown: int) -> None:
    """Until then each is said: here one on the merge, one for each lost run, the load and one zone."""
    base, head = (
        document("".join(a_job(f"job-{number:02}", f'{{cron: "0 2 {day} * *"}}') for number in range(lost)))
        for day in (15, 1)
    )
    comment = plan_base_markdown.text(compare(base, head, now=datetime(2026, 6, 2, tzinfo=UTC), days=30), failed=False)
    remarks = comment.split("**In all**\n\n")[1].split("\n\n")[0].split("\n")
    assert (shown, shown + 3 + (shown < lost)) == (sum("Lost: " in remark for remark in remarks), len(remarks))


def test_few_jobs_are_not_folded() -> None:
    """Three jobs are read at once; more are opened when wanted."""
    for count, folded in ((3, 0), (4, 4)):
        jobs = "".join(a_job(f"job-{number}") for number in range(count))
        assert folded == plan_base_markdown.text(compare(document(""), document(jobs)), failed=False).count("<details>")


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        pytest.param(
            '{cron: "0 2 15 * *"}', '{cron: "0 2 1 * *"}', ("2026-06-15T00:00:00Z", "2026-06-01T00:00:00Z"), id="cron"
        ),
        pytest.param(
            '{at: "2026-06-02T09:00:00Z"}',
            '{at: "2026-06-01T09:00:00Z"}',
            ("2026-06-02T09:00:00Z", "2026-06-01T09:00:00Z"),
            id="at",
        ),
    ],
)
def test_a_lost_run_is_told_on_merge(before: str, after: str, lost: tuple[str, str]) -> None:
    """What fires on merge, and what is lost."""
    base, head = (document(a_job("a", schedule)) for schedule in (before, after))
    text = plan_base_text.text(compare(base, head, now=datetime(2026, 6, 2, tzinfo=UTC)), failed=False)
    assert "On merge nothing fires" in text
    assert f"Lost: the run of s/a due at {lost[0]}; its new time, {lost[1]}, has passed." in text


def test_a_new_job_that_does_not_run_soon_says_so() -> None:
    """It has no runs before that could stay the same."""
    text = plan_base_text.text(compare(document(""), document(a_job("a", '{cron: "0 0 1 1 *"}'))), failed=False)
    assert "    runs: none in this time\n" in text


@pytest.mark.parametrize(
    ("schedule", "shell", "words"),
    [
        pytest.param('{at: "2030-01-01T00:00:00Z"}', "other", "the same as before", id="schedule-stays"),
        pytest.param('{at: "2020-01-01T00:00:00Z"}', "one", "the same as before in this time", id="other-schedule"),
    ],
)
def test_runs_are_the_same_only_as_far_as_was_looked(schedule: str, shell: str, words: str) -> None:
    """A window says nothing of what lies outside of it."""
    base = document(a_job("a", '{at: "2030-01-01T00:00:00Z"}', shell="one"))
    text = plan_base_text.text(compare(base, document(a_job("a", schedule, shell=shell))), failed=False)
    assert f"    runs: {words}\n" in text


@pytest.mark.parametrize(
    ("base", "head", "verdict"),
    [
        pytest.param({"a.yaml": "{"}, {"a.yaml": TWO}, f"no job was compared; {LOST} 2 jobs were", id="all"),
        pytest.param(
            {"a.yaml": "{", "b.yaml": OTHER},
            {"a.yaml": TWO, "b.yaml": OTHER},
            f"no job that was compared changes; {LOST} 2 jobs were",
            id="some",
        ),
    ],
)
def test_the_verdict_counts_what_was_not_compared(base: dict[str, str], head: dict[str, str], verdict: str) -> None:
    """No word on jobs of which the base does not say what they were."""
    text = plan_base_text.text(compare(base, head), failed=False)
    assert f"ok: {verdict} not compared" == text.splitlines()[0]
    assert "Broken in the base, so that what their jobs were is not known: a.yaml." == text.splitlines()[-2]
    assert "Not compared, since the base may have declared them: s/a, s/b." == text.splitlines()[-1]


def test_the_verdict_counts_each_kind_of_change() -> None:
    """In words of their own, also where other jobs were not compared."""
    idle, busy = (a_job("a") + a_job("b", more="paused: true"), a_job("a", more="paused: true") + a_job("b"))
    base, head = ({"a.yaml": document(jobs), "b.yaml": other} for jobs, other in ((idle, "{"), (busy, OTHER)))
    verdict = plan_words.verdict(compare(base, head), failed=False)
    assert verdict.startswith("ok: 2 jobs change (1 paused, 1 resumed); of the runs in the 7 days from")
    assert verdict.endswith(f"7 appear, 7 vanish; {LOST} 1 job was not compared")


@pytest.mark.parametrize(
    ("window", "words"),
    [
        (timedelta(days=1), "1 day"),
        (timedelta(days=366), "366 days"),
        (timedelta(hours=36), "1d12h"),
        (timedelta(days=10, minutes=90), "10d1h30m"),
        (timedelta(seconds=90), "1m30s"),
        (timedelta(seconds=1, milliseconds=5), "1s5ms"),
    ],
)
def test_the_length_of_the_window_is_said_as_a_whole(window: timedelta, words: str) -> None:
    """In days where it is days, and with no part left out."""
    assert words == plan_words.period(window)


def test_too_many_runs_are_said() -> None:
    """Numbers stand in for a list of millions."""
    compared = compare(document(""), document(a_job("fast", "{every: 1ms}")))
    assert timedelta(days=7) == compared.window.until - compared.window.after
    assert "too many to compare one by one: 0 before, 604,800,000 after" in plan_base_text.text(compared, failed=False)
