"""Jobs together: how many start in a minute, how many of a group, how many would run at once."""

from typing import Any

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


def test_a_spread_or_a_pause_takes_a_job_away() -> None:
    """Spread moves its start, and what is paused does not start."""
    spread = 'schedule: {cron: "0 12 * * *", spread: 10h}'
    assert [] == found(NOON, NOON, spread, fleet_threshold=2)
    assert [] == found(NOON, NOON, f"{NOON}, paused: true", fleet_threshold=2)


def test_jobs_of_one_group_start_together() -> None:
    """At the group of the second; other groups and a higher limit pass."""
    grouped, other = f"group: db, {NOON}", f"group: web, {NOON}"
    assert ["6:39 SR403"] == found(grouped, grouped)
    assert [] == found(grouped, other)
    assert [] == found(grouped, f"group: db, {LATER}")
    assert [] == found(grouped, grouped, groups={"db": 2})


def test_the_limit_of_a_group_is_said_only_where_it_is_known() -> None:
    """The service bounds no group that nobody gave a limit."""
    grouped = f"group: db, {NOON}"
    (unknown,) = lint(fleet(grouped, grouped), select=("SR403",))
    assert "2 jobs of group `db` start at 2026-06-01 12:00 UTC: `s/j0` and `s/j1`" == unknown.message
    assert unknown.hint is not None
    assert "`groups = {db = 2}`" in unknown.hint
    (known,) = lint(fleet(grouped, grouped), select=("SR403",), groups={"db": 1})
    assert ", where one runs at a time: " in known.message


def test_timeouts_add_up_beyond_a_limit() -> None:
    """For groups and for all jobs."""
    late = 'schedule: {cron: "5 12 * * *"}'
    assert ["5:39 SR405"] == found(f"group: db, {NOON}", f"group: db, {LATER}", groups={"db": 1})
    assert [] == found(f"group: db, {NOON}", f"group: db, {late}", groups={"db": 1})
    assert ["5:3 SR405"] == found(NOON, LATER, max_running=1)
    assert [] == found(NOON, late, max_running=1)


def test_a_comment_at_the_job_accepts_it() -> None:
    """As for any other rule."""
    text = fleet(NOON, NOON, NOON).replace("  j0", "  # schedrun: ignore[SR401] the machine is large\n  j0")
    assert [] == places(lint(text, select=("SR1", "SR4"), fleet_threshold=2))
