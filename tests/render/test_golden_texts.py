"""Every view for people, word by word, at the width of half a screen and of a whole one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from schedrun.core.plan.change import Action, Plan
from schedrun.core.run.lateness import Expectation, Late
from schedrun.render import findings_text, jobs_table, next_table, plan_text, run_text, runs_table, status_text
from schedrun.render.history import History
from schedrun.render.upcoming_fire import UpcomingFire
from schedrun.render.width import display_width
from tests.render import samples

Render = Callable[[int | None], str]

VIEWS: dict[str, Render] = {
    "jobs": lambda width: jobs_table.text(samples.JOBS, now=samples.NOW, width=width),
    "runs": lambda width: runs_table.text(samples.HISTORY, now=samples.NOW, width=width),
    "next": lambda width: next_table.text(samples.FIRES, now=samples.NOW, width=width),
    "run": lambda width: run_text.text(samples.TRIED, now=samples.NOW, width=width),
    "run-waiting": lambda width: run_text.text(samples.WAITING, now=samples.NOW, width=width),
    "plan": lambda width: plan_text.text(samples.PLAN, width=width),
}
TABLES = ("jobs", "runs", "next")
FITTED = (*TABLES, "run", "run-waiting")


@pytest.mark.parametrize("width", [60, 120])
@pytest.mark.parametrize("view", VIEWS)
def test_reads_as_the_golden_text(view: str, width: int) -> None:
    """A change of wording or layout shows as a difference of text."""
    assert samples.golden(f"{view}-{width}") == VIEWS[view](width)


@pytest.mark.parametrize("width", [30, 40, 60, 80, 120])
@pytest.mark.parametrize("view", FITTED)
def test_tables_never_exceed_the_terminal(view: str, width: int) -> None:
    """A line that is too long would be broken by the terminal in the middle of a word."""
    assert width >= max(display_width(line) for line in VIEWS[view](width).splitlines())


@pytest.mark.parametrize("view", TABLES)
def test_a_pipe_gets_one_line_a_row_with_every_column(view: str) -> None:
    """Programs that read the plain table line by line find each row whole."""
    lines = VIEWS[view](None).splitlines()
    rows = {
        "jobs": len(samples.JOBS),
        "runs": len(samples.HISTORY.runs) + len(samples.HISTORY.spans) + 2,
        "next": len(samples.FIRES),
    }
    assert rows[view] + 1 == len(lines)


def test_findings_beside_other_things_read_as_the_golden_text() -> None:
    """One line a finding, the second position and the hint below."""
    assert samples.golden("findings") == findings_text.text(samples.FINDINGS)


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        pytest.param(
            50,
            [
                "jobs/more.yaml:3:3: error[SR105] job",
                "    `billing/close-day` is declared twice",
                "    note: jobs/billing.yaml:9:3: first",
                "        declared here",
            ],
            id="narrow",
        ),
        pytest.param(
            20,
            [
                *(
                    "jobs/more.yaml:3:3:",
                    "    error[SR105] job",
                    "    `billing/close-d",
                    "    ay` is declared",
                    "    twice",
                ),
                *("    note:", "        jobs/billing.yam", "        l:9:3: first", "        declared here"),
            ],
            id="narrower than place and label",
        ),
    ],
)
def test_findings_are_wrapped_for_terminals(width: int, lines: list[str]) -> None:
    """As in the full format: a place without room beside it has the first line to itself."""
    assert lines == findings_text.text(samples.FINDINGS[1:2], width=width).splitlines()


def test_status_reads_as_the_golden_text() -> None:
    """The verdict first, then what is applied, then what is in the way."""
    assert samples.golden("status") == status_text.text(samples.SYNC, samples.SESSION, now=samples.NOW)


def test_a_clean_status_says_so() -> None:
    """Nothing broken, nothing blocked, and a service that was stopped."""
    expected = (
        "ok: the live jobs are what the manifests say\n"
        "paths: manifests\n"
        "applied: 0123456789ab, 2026-11-23T11:57:00Z (3 min ago)"
    )
    assert expected == status_text.text(samples.CLEAN_SYNC, None, now=samples.NOW)


def test_late_jobs_are_told_and_degrade_nothing() -> None:
    """By what, and since when; the key is made fit for a terminal."""
    late = {"billing/\x1b[2J": Late(Expectation.MUST_SUCCEED_WITHIN, samples.NOW - timedelta(hours=2))}
    expected = (
        "ok: no manifests were applied to this state yet\n"
        "\n"
        "Late:\n"
        "billing/\\x1b[2J: must_succeed_within does not hold since 2026-11-23T10:00:00Z (2 h ago)"
    )
    assert expected == status_text.text(None, None, now=samples.NOW, late=late)


def test_a_late_job_says_so_beside_its_status() -> None:
    """Whatever that is."""
    late = Late(Expectation.MUST_FINISH_BY, samples.NOW)
    text = jobs_table.text((replace(samples.JOBS[0], late=late),), now=samples.NOW)
    assert "  pending, late  " in text


def test_a_state_without_manifests_is_no_fault() -> None:
    """An embedded scheduler's state knows only code jobs."""
    assert status_text.text(None, None, now=samples.NOW) == "ok: no manifests were applied to this state yet"


def test_empty_lists_are_sentences() -> None:
    """A table without rows would look like a fault."""
    assert jobs_table.text((), now=samples.NOW) == "No jobs."
    assert runs_table.text(History((), (), {}), now=samples.NOW) == "No runs yet."
    assert next_table.text((), now=samples.NOW) == "No fire is left."


def test_a_plan_that_changes_nothing_says_so() -> None:
    """Unchanged jobs are counted, not listed."""
    plan = Plan(changes=(samples.change(Action.NOOP, "a/b", "unchanged"),), revision="r")
    assert plan_text.text(plan) == "Nothing to change: 1 unchanged."


def test_fires_of_an_expression_have_no_column_of_jobs() -> None:
    """`next --cron` asks about no job."""
    fire = UpcomingFire(None, samples.NOW, None)
    head, row = next_table.text((fire,), now=samples.NOW).splitlines()
    assert head.split() == ["LOCAL", "UTC", "IN"]
    assert row.split() == ["2026-11-23T12:00:00+00:00", "2026-11-23T12:00:00Z", "now"]
