"""What a comparison says in sentences: numbers, cuts, clock changes and loads at their edges."""

from datetime import datetime

import pytest

from schedrun.core.plan.clock_dates import ClockDate, ClockEffect
from schedrun.render import plan_base_json, plan_base_markdown, plan_words
from tests.core.plan.trees import NOW, a_job, compare, document, the_job

START = "1 start at 2026-06-02T00:00:00Z"
EFFECTS = [
    (ClockEffect.MADE_UP, 1, "1 time skipped, one run right after the gap"),
    (ClockEffect.LOST, 1, "1 time skipped, no run for it"),
    (ClockEffect.LOST, 2, "2 times skipped, no runs for them"),
    (ClockEffect.ONCE, 2, "2 times shown twice, run once"),
    (ClockEffect.TWICE, 2, "2 times shown twice, run twice"),
    (ClockEffect.NONE, 0, "no run there"),
]


@pytest.mark.parametrize(("effect", "times", "words"), EFFECTS)
def test_what_a_clock_change_makes_of_times(effect: ClockEffect, times: int, words: str) -> None:
    """One or several, skipped or shown twice."""
    date = ClockDate(NOW, datetime(2026, 6, 1, 3), datetime(2026, 6, 1, 2), effect, times)
    assert f"2026-06-01T12:00:00Z, 03:00 -> 02:00: {words}" == plan_words.clock_line(date)


def test_programs_read_what_a_clock_change_makes_of_times() -> None:
    """For each date when, from what to what, the effect and how many times."""
    compared = compare(document(""), document(a_job("a", '{cron: "30 2 * * *"}')))
    (change,) = plan_base_json.comparison_view(compared, failed=False)["changes"]
    assert {
        "at": "2026-10-25T01:00:00Z",
        "before": "2026-10-25T03:00:00",
        "after": "2026-10-25T02:00:00",
        "effect": "once",
        "times": 1,
    } == change["clock_changes"][0]


@pytest.mark.parametrize(
    ("base", "head", "words"),
    [
        pytest.param(
            a_job("a"), a_job("a", more="timeout: 5m"), "as before, 1 start at 2026-06-02T00:00:00Z", id="same"
        ),
        pytest.param(
            a_job("a"), "", "1 start at 2026-06-02T00:00:00Z before, none once what is held back has gone", id="held"
        ),
        pytest.param("", a_job("a"), "none before, 1 start at 2026-06-02T00:00:00Z after", id="new"),
    ],
)
def test_the_busiest_minute(base: str, head: str, words: str) -> None:
    """Before and after, or once where they are the same."""
    assert f"Busiest minute: {words}." == plan_words.load(compare(document(base), document(head)))


def test_nothing_is_said_of_a_load_that_is_none() -> None:
    """Neither side runs anything."""
    paused = a_job("a", more="paused: true"), a_job("a", more="paused: true, timeout: 5m")
    assert "" == plan_words.load(compare(*map(document, paused)))


@pytest.mark.parametrize(
    ("jobs", "words"),
    [
        (
            1,
            "Removal of s/j0 is held back: the manifests declare no job at all any more. Until it is confirmed the job",
        ),
        (
            5,
            "Removal of s/j0, s/j1, s/j2, s/j3, s/j4 is held back: the manifests declare no job at all any more. Until",
        ),
        (6, "Removal of s/j0, s/j1, s/j2, s/j3, s/j4 and 1 more is held back: the manifests declare no job at all any"),
    ],
)
def test_five_of_the_removals_that_are_held_back_are_named(jobs: int, words: str) -> None:
    """The others are counted."""
    base = document("".join(a_job(f"j{number}") for number in range(jobs)))
    (sentence,) = plan_words.removals(compare(base, document("")))
    assert sentence.startswith(words)
    assert sentence.endswith("the job goes on." if jobs == 1 else "the jobs go on.")


@pytest.mark.parametrize(("most", "rest"), [(7, ""), (6, " and 1 more"), (5, " and 2 more")])
def test_runs_are_cut_where_there_are_more(most: int, rest: str) -> None:
    """As many as are wanted are all said."""
    job = the_job(compare(document(""), document(a_job("a"))))
    days = ", ".join(f"2026-06-0{day}T00:00:00Z" for day in range(2, 2 + most))
    assert [("appear (7)", f"{days}{rest}")] == list(plan_words.run_lines(job, most=most))


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ("2,3", "1 job changes (1 updated); of the runs in the 1 day from 2026-06-01T12:00:00Z 1 appears; "),
        ("3", "1 job changes (1 updated); of the runs in the 1 day from 2026-06-01T12:00:00Z 1 moves; 1 warning"),
        ("2", "no job changes"),
    ],
)
def test_the_verdict_counts_one_in_the_singular(hours: str, words: str) -> None:
    """Jobs, runs and findings."""
    base, head = document(a_job("a")), document(a_job("a", f'{{cron: "0 {hours} * * *"}}'))
    verdict = plan_words.verdict(compare(base, head, days=1), failed=False)
    assert f"{verdict}; ".startswith(f"ok: {words}")


def test_broken_files_of_the_base_are_in_order() -> None:
    """Each once, and findings of several severities are counted apart."""
    base = {"b.yaml": "{", "a.yaml": "{", "c.yaml": document(a_job("c"))}
    head = {
        "b.yaml": "{",
        "a.yaml": document(a_job("x"), name="t"),
        "c.yaml": document(a_job("c", '{cron: "1 2 * * *"}')),
    }
    compared = compare(base, head)
    assert next(plan_words.unknown(compared)).endswith("is not known: a.yaml, b.yaml.")
    verdict = plan_words.verdict(compared, failed=True)
    assert "; 1 error, 1 warning; the base has broken files, so that 1 job was not compared" in verdict


@pytest.mark.parametrize(("letters", "shown"), [(498, '"' + "x" * 498 + '"'), (499, '"' + "x" * 499 + "…")])
def test_a_value_in_a_comment_is_cut_after_500_letters(letters: int, shown: str) -> None:
    """Its quotes among them; what is cut ends with an ellipsis."""
    head = document(a_job("a", more=f"owner: {'x' * letters}"))
    comment = plan_base_markdown.text(compare(document(a_job("a")), head), failed=False)
    assert f"<code>owner</code>: absent → <code>{shown}</code>" in comment


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (", env: {A: x1}", ", env: {A: z1}", "changed (value hidden)"),
        ("", ", env: {A: z1}", "absent → (value hidden)"),
        (", env: {A: x1}", "", "(value hidden) → absent"),
    ],
)
def test_a_comment_hides_what_may_be_secret(before: str, after: str, words: str) -> None:
    """It says only whether there is a value."""
    base, head = (document(a_job("a", shell=f"a{env}")) for env in (before, after))
    comment = plan_base_markdown.text(compare(base, head), failed=False)
    assert f"<code>target.env.A</code>: {words}" in comment
