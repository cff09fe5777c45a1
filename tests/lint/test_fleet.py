"""Jobs together: how many start in a minute, how many of a group, how many would run at once."""

from typing import Any

import pytest

from tests.lint.linted import lint, places


def fleet(*jobs: str) -> str:
    """Return a manifest of jobs `j0`, `j1`, ..., each a line from line 5 on."""
    head = "schedrun: v1\nname: s\ndefaults: {owner: a, timezone: UTC, timeout: 5m}\njobs:\n"
    return head + "".join(f"  j{place}: {{target: {{command: [a]}}, {job}}}\n" for place, job in enumerate(jobs))


NOON = 'schedule: {cron: "0 12 * * *"}'
LATER = 'schedule: {cron: "3 12 * * *"}'


def found(*jobs: str, **settings: Any) -> list[str]:
    """Return the places of the findings about jobs together."""
    return places(lint(fleet(*jobs), select=("SR4",), **settings))


def test_more_than_the_threshold_start_in_one_minute() -> None:
    """At the first of them; as many as the threshold pass."""
    assert ["5:42 SR401"] == found(NOON, NOON, NOON, fleet_threshold=2)
    assert [] == found(NOON, NOON, NOON, fleet_threshold=3)
    assert [] == found(NOON, NOON, LATER, fleet_threshold=2)


def test_51_jobs_are_many_by_default() -> None:
    """Whatever makes them start together; the message says when, and who."""
    (finding,) = lint(fleet(*[NOON] * 25, *["schedule: {every: 12h}"] * 26), select=("SR4",))
    assert "51 jobs start at 2026-06-01 12:00 UTC: `s/j0`, `s/j1`, `s/j2` and 48 more" in finding.message
    assert "in 7 minutes of seven days" in finding.message


def test_one_such_minute_is_not_counted() -> None:
    """The message has named it."""
    (finding,) = lint(fleet(*['schedule: {cron: "0 12 2 6 *"}'] * 3), select=("SR401",), fleet_threshold=2)
    assert "3 jobs start at 2026-06-02 12:00 UTC: `s/j0`, `s/j1` and `s/j2`" == finding.message


def test_a_spread_or_a_pause_takes_a_job_away() -> None:
    """Spread moves its start, and what is paused does not start."""
    spread = 'schedule: {cron: "0 12 * * *", spread: 10h}'
    assert [] == found(NOON, NOON, spread, fleet_threshold=2)
    assert [] == found(NOON, NOON, f"{NOON}, paused: true", fleet_threshold=2)


def test_more_jobs_of_a_group_start_together_than_may_run() -> None:
    """At the group of the second; other groups, other minutes and a higher limit pass."""
    grouped, other = f"group: db, {NOON}", f"group: web, {NOON}"
    limits = {"db": 1, "web": 1}
    assert ["6:39 SR403"] == found(grouped, grouped, groups=limits)
    assert ["6:39 SR403"] == found(grouped, grouped, grouped, groups={"db": 2})
    assert [] == found(grouped, other, groups=limits)
    assert [] == found(grouped, 'group: db, schedule: {cron: "5 12 * * *"}', groups=limits)
    assert [] == found(grouped, grouped, groups={"db": 2})


def test_a_group_whose_limit_nobody_said_holds_no_job_up() -> None:
    """Neither in settings that know other groups, nor without any."""
    grouped = f"group: db, {NOON}"
    assert [] == found(*[grouped] * 9)
    assert [] == found(*[grouped] * 9, groups={"web": 1})


def test_the_words_for_a_group_say_who_when_and_how_many_may() -> None:
    """With a limit of one in other words than with a higher one."""
    grouped = f"group: db, {NOON}"
    (one,) = lint(fleet(grouped, grouped), select=("SR4",), groups={"db": 1})
    said = "2 jobs of group `db` start at 2026-06-01 12:00 UTC, where one runs at a time: `s/j0` and `s/j1`"
    assert said == one.message
    (two,) = lint(fleet(grouped, grouped, grouped), select=("SR4",), groups={"db": 2})
    assert ", where 2 may run at once: " in two.message


def test_what_waits_as_it_starts_is_not_said_twice() -> None:
    """Its timeouts add up too; where SR403 is not looked for, they are what is said."""
    grouped = f"group: db, {NOON}"
    text, limits = fleet(grouped, grouped), {"db": 1}
    assert ["6:39 SR403"] == places(lint(text, select=("SR4",), groups=limits))
    assert ["5:39 SR405"] == places(lint(text, select=("SR4",), ignore=("SR403",), groups=limits))
    assert ["5:39 SR405"] == places(lint(text, select=("SR405",), groups=limits))
    accepted = text.replace("  j1", "  # schedrun: ignore[SR403] the second waits, that is what the group is for\n  j1")
    assert [] == places(lint(accepted, select=("SR1", "SR4"), groups=limits))


def test_timeouts_add_up_beyond_a_limit() -> None:
    """For groups and for all jobs."""
    late = 'schedule: {cron: "5 12 * * *"}'
    assert ["5:39 SR405"] == found(f"group: db, {NOON}", f"group: db, {LATER}", groups={"db": 1})
    assert [] == found(f"group: db, {NOON}", f"group: db, {late}", groups={"db": 1})
    assert ["5:3 SR405"] == found(NOON, LATER, max_running=1)
    assert [] == found(NOON, late, max_running=1)


@pytest.mark.parametrize(
    ("fields", "runs"),
    [
        ('schedule: {cron: "*/2 * * * *"}, overlap: allow', 3),
        ('schedule: {cron: "*/2 * * * *"}, max_instances: 2', 2),
        ('schedule: {cron: "*/2 * * * *"}', 1),
        ("schedule: {every: 2m}, overlap: allow", 3),
        ("schedule: {every: 90s}, timeout: 3m, overlap: allow", 2),
        ("schedule: {every: 5m}, overlap: allow", 1),
        ("schedule: {every: 10s}, timeout: 25s, overlap: allow", 3),
        ("schedule: {every: 10s}, timeout: 25s, overlap: queue, max_instances: 2", 2),
        ("schedule: {every: 10s}, timeout: 10s, overlap: allow", 1),
    ],
)
def test_runs_of_one_job_count_where_they_may_overlap(fields: str, runs: int) -> None:
    """As many as start within its timeout, and no more than it may have."""
    job = f"group: db, {fields}"
    assert [] == found(job, groups={"db": runs})
    (finding,) = lint(fleet(job, job), select=("SR405",), groups={"db": 2 * runs - 1})
    several = f" ({runs} runs)" if runs > 1 else ""
    assert f"{2 * runs} runs of group `db` are planned at once" in finding.message
    assert finding.message.endswith(f": `s/j0`{several} and `s/j1`{several}")


def test_a_comment_at_the_job_accepts_it() -> None:
    """As for any other rule."""
    text = fleet(NOON, NOON, NOON).replace("  j0", "  # schedrun: ignore[SR401] the machine is large\n  j0")
    assert [] == places(lint(text, select=("SR1", "SR4"), fleet_threshold=2))
