"""Two trees compared: only what changes, with the runs that it changes, and what cannot be known."""

from datetime import timedelta

import pytest

from schedrun.core.plan import comparison, forecast
from schedrun.core.plan.clock_dates import ClockEffect
from tests.core.plan.trees import NOW, a_job, codes, compare, document, the_job

ONE = document(a_job("one"))
HOUR_LATE = '{cron: "0 * * * *", spread: 1h}'


@pytest.mark.parametrize(
    ("base", "head"),
    [
        pytest.param(ONE, ONE, id="the-same"),
        pytest.param(ONE, f"# a comment\n{ONE}", id="another-line"),
        pytest.param({"a.yaml": ONE}, {"b/c.yaml": ONE}, id="another-file"),
        pytest.param(
            ONE, document(a_job("one", more="timezone: Europe/Berlin"), defaults="{timezone: UTC}"), id="said-elsewhere"
        ),
    ],
)
def test_nothing_changes(base: str, head: str) -> None:
    """Files, lines and defaults may move: what counts is what each job says in the end."""
    compared = compare(base, head)
    assert compared.is_empty
    assert (None, None) == compared.busiest


def test_each_change_has_its_runs_and_noops_are_not_listed() -> None:
    """Actions as a plan names them, ordered by key, with the numbers of runs that appear, vanish and move."""
    base = document("".join(map(a_job, ("edit", "gone", "same", "sleep"))) + a_job("wake", more="paused: true"))
    edited, slept = a_job("edit", '{cron: "0 3 * * *"}'), a_job("sleep", more="paused: {reason: x}")
    head = document(edited + a_job("new") + a_job("same") + slept + a_job("wake"))
    found = {
        job.change.job: (str(job.change.action), len(job.runs.appear), len(job.runs.vanish), len(job.runs.move))
        for job in compare(base, head).jobs
        if job.runs is not None
    }
    assert {
        "s/edit": ("update", 0, 0, 7),
        "s/gone": ("remove", 0, 7, 0),
        "s/new": ("create", 7, 0, 0),
        "s/sleep": ("pause", 0, 7, 0),
        "s/wake": ("resume", 7, 0, 0),
    } == found
    assert ["s/edit", "s/gone", "s/new", "s/sleep", "s/wake"] == list(found)


@pytest.mark.parametrize("passed", [0, 0.5], ids=["just-now", "in-between"])
def test_a_longer_spread_brings_no_fire_time_back(passed: float) -> None:
    """What has run under the delay of before has its verdict, and does not run again."""
    edited = document(a_job("one", '{cron: "0 * * * *", spread: 1h}'))
    offset = forecast.timeline(the_job(compare(ONE, edited)).change.after.spec, key="s/one").fires.offset  # type: ignore[union-attr]  # it is an update
    now = NOW + offset * passed
    job = the_job(compare(document(a_job("one", '{cron: "0 * * * *"}')), edited, now=now))
    assert job.runs is not None
    assert job.after is not None
    assert NOW + timedelta(hours=1) + offset == job.after.next_runs[0]
    assert NOW + offset not in {*job.runs.appear, *(move.after for move in job.runs.move)}


@pytest.mark.parametrize(
    ("more", "becomes", "fires"),
    [
        pytest.param("misfire: {}", HOUR_LATE, 1, id="latest"),
        pytest.param("misfire: {catch_up: none}", HOUR_LATE, 0, id="none"),
        pytest.param("misfire: {grace: 1s}", HOUR_LATE, 0, id="too-late"),
        pytest.param("paused: true", HOUR_LATE, 0, id="paused"),
        pytest.param("misfire: {}", HOUR_LATE.replace("}", ', end: "2027-01-01T00:00:00Z"}'), 0, id="edited-too"),
    ],
)
def test_a_rename_fires_what_the_spread_of_its_new_name_had_carried_out(more: str, becomes: str, fires: int) -> None:
    """It keeps the cursor unless its schedule changes: the run is due at once, and the misfire policy judges it."""
    offsets = {
        name: forecast.timeline(spec, key=f"s/{name}").fires.offset
        for name in ("one", "two", "three")
        if (spec := the_job(compare({}, document(a_job(name, HOUR_LATE)))).change.after.spec)  # type: ignore[union-attr]
    }
    early, late = min(offsets, key=offsets.__getitem__), max(offsets, key=offsets.__getitem__)
    now = NOW + offsets[late] - timedelta(seconds=1)
    base, head = a_job(late, HOUR_LATE, more=more), a_job(early, becomes, more=f"moved_from: {late}, {more}")
    job = the_job(compare(document(base), document(head), now=now))
    assert (NOW + offsets[late],) * fires == job.on_merge
    assert not the_job(compare(document(base), document(head), now=NOW + offsets[late])).on_merge


def test_what_must_be_done_in_time_changes_no_run() -> None:
    """An edit of an expectation is an update of that field, and of nothing that fires."""
    base = document(a_job("one", more='must_finish_by: "06:00"'))
    job = the_job(compare(base, document(a_job("one", more='must_finish_by: "07:00", must_succeed_within: 26h'))))
    assert ["must_finish_by", "must_succeed_within"] == [field.path for field in job.change.fields]
    assert not job.change.schedule_changed
    assert job.runs is not None
    assert ((), (), ()) == (job.runs.appear, job.runs.vanish, job.runs.move)


def test_shows_words_and_next_runs_before_and_after() -> None:
    """Both sides, on the job's own clock, pauses taken in."""
    head = document(a_job("one", '{cron: "0 3 * * *"}', more='paused: {until: "2026-06-10T00:00:00Z"}'))
    job = the_job(compare(ONE, head))
    assert job.before is not None
    assert job.after is not None
    assert ("at 02:00 every day, Europe/Berlin", "at 03:00 every day, Europe/Berlin") == (
        *(job.before.words, job.after.words),
    )
    assert [2, 3, 4] == [at.day for at in job.before.next_runs]
    assert [10, 11, 12] == [at.day for at in job.after.next_runs]


def test_a_rename_keeps_its_runs() -> None:
    """`moved_from` alone is a change without runs."""
    job = the_job(compare(ONE, document(a_job("two", shell="one", more="moved_from: one"))))
    assert ("move", False) == (str(job.change.action), bool(job.runs))


def test_a_held_removal_shows_what_it_would_take() -> None:
    """The guard's verdict stands at the change; its runs are those that go once it is confirmed."""
    base = document("".join(map(a_job, ("a", "b", "c"))))
    compared = compare(base, document(a_job("a")))
    assert ["2 of 3 jobs of s would go at once"] * 2 == [job.change.blocked for job in compared.jobs]
    assert [7, 7] == [len(job.runs.vanish) for job in compared.jobs if job.runs is not None]


def test_the_load_is_that_of_all_jobs() -> None:
    """Unchanged jobs count on both sides."""
    base = document("".join(map(a_job, ("a", "b", "c"))))
    head = document(a_job("a") + a_job("b") + a_job("c", '{cron: "0 4 * * *"}'))
    before, after = compare(base, head).busiest
    assert before is not None
    assert after is not None
    assert (3, 2) == (before.runs, after.runs)
    assert before.minute == after.minute == NOW.replace(day=2, hour=0)


def test_clock_changes_of_the_next_twelve_months() -> None:
    """The zone's dates, and for each job those that skip or repeat one of its times."""
    head = document(a_job("one", '{cron: "30 2 * * *"}') + a_job("two", '{cron: "30 4 * * *"}'))
    compared = compare(document(""), head)
    first, second = compared.jobs
    assert [ClockEffect.ONCE, ClockEffect.MADE_UP] == [date.effect for date in first.clock_dates]
    assert () == second.clock_dates
    assert {"Europe/Berlin": ["2026-10-25", "2027-03-28"]} == {
        zone: [f"{date.at:%Y-%m-%d}" for date in dates] for zone, dates in compared.zones.items()
    }


def test_clock_changes_count_again_where_a_pause_ends() -> None:
    """Its times come back; while the schedule stays and nothing was paused, nobody asks about them."""
    asleep, awake, other = (
        document(a_job("one", '{cron: "30 2 * * *"}', shell=shell, more=f"paused: {paused}"))
        for shell, paused in (("old", "true"), ("old", "false"), ("new", "false"))
    )
    resumed, edited = compare(asleep, awake), compare(awake, other)
    assert (2, ["Europe/Berlin"]) == (len(the_job(resumed).clock_dates), list(resumed.zones))
    assert (0, []) == (len(the_job(edited).clock_dates), list(edited.zones))


def test_the_year_from_a_leap_day_ends_in_february() -> None:
    """It has both clock changes, and those only."""
    compared = compare(document(""), ONE, now=NOW.replace(year=2028, month=2, day=29))
    assert ["2028-03-26", "2028-10-29"] == [f"{date.at:%Y-%m-%d}" for date in compared.zones["Europe/Berlin"]]


@pytest.mark.parametrize(
    ("cron", "effects"),
    [
        pytest.param("*/30 2 * * *", ["twice", "lost"], id="wildcard"),
        pytest.param("0,30 2 * * *", ["once", "made_up"], id="fixed"),
        pytest.param("0 3 * * *", [], id="beside-it"),
    ],
)
def test_what_a_clock_change_does(cron: str, effects: list[str]) -> None:
    """As the live scheduler fires: a wildcard follows the clock, a fixed time means a time of day."""
    compared = compare(document(""), document(a_job("one", f'{{cron: "{cron}"}}')))
    assert effects == [str(date.effect) for date in the_job(compared).clock_dates]


BROKEN = ONE.replace("target", "tarqet")


def test_a_broken_base_makes_its_jobs_unknown() -> None:
    """What a broken file declared is neither new nor changed, wherever the head declares it; others are compared."""
    base = {"a.yaml": BROKEN, "b.yaml": document(a_job("two"), name="t")}
    head = {"a.yaml": document(a_job("three")), "c.yaml": ONE, "b.yaml": document(a_job("four"), name="t")}
    compared = compare(base, head)
    assert ("s/one", "s/three") == compared.unknown
    assert ["t/four", "t/two"] == [job.change.job for job in compared.jobs]
    assert ["SR101"] == [found.code for found in compared.base_findings if found.code == "SR101"]
    assert "SR101" not in {found.code for found in compared.findings}


def test_a_broken_head_keeps_the_jobs_of_its_file() -> None:
    """They are not removed, and the findings are those of the head."""
    compared = compare({"a.yaml": ONE, "b.yaml": document(a_job("two"), name="t")}, {"a.yaml": BROKEN, "b.yaml": ""})
    assert () == compared.jobs
    assert {"SR101", "SR002"} <= {found.code for found in compared.findings}


def test_too_many_runs_are_counted_and_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that fires by the millisecond costs no more than another."""
    head = document(a_job("fast", "{every: 1ms}"))
    job = the_job(compare(document(""), head))
    assert (None, (0, 7 * 24 * 3600 * 1000)) == (job.runs, job.counts)
    monkeypatch.setattr(comparison, "MOST_RUNS", 7)
    assert the_job(compare(document(""), ONE)).runs is not None
    assert the_job(compare(ONE, document(a_job("one", '{cron: "0 3 * * *"}')))).runs is None


def test_the_same_trees_give_the_same_comparison() -> None:
    """Nothing of it depends on the moment of asking or on the order of a set."""
    base, head = document("".join(map(a_job, "abc"))), document("".join(map(a_job, "xyz")))
    assert compare(base, head) == compare(base, head)


def test_a_value_written_once_shows_all_that_it_changes() -> None:
    """Defaults, labels of the document and anchors, by the place of the value."""
    jobs = "".join(map(a_job, "abc")) + a_job("d", more="timeout: 1m")
    compared = compare(
        document(jobs, defaults="{timezone: UTC, timeout: 5m}"), document(jobs, defaults="{timezone: UTC, timeout: 6m}")
    )
    (one,) = compared.fan_outs
    assert ("timeout", ("s/a", "s/b", "s/c"), False, 3) == (one.path, one.jobs, one.gone, one.position.line)
    assert [("SR707", 3, 36)] == codes(compared)


def test_a_default_that_is_taken_away_is_found_in_the_base() -> None:
    """Names with dots in them are found too."""
    jobs = "".join(map(a_job, "abc"))
    labelled = document(jobs, defaults='{timezone: UTC, labels: {"a.b/c": x}}')
    (one,) = compare(labelled, document(jobs, defaults="{timezone: UTC}")).fan_outs
    assert ("labels.a.b/c", True, 3) == (one.path, one.gone, one.position.line)


def test_the_window_is_as_long_as_asked() -> None:
    """One day holds one daily run."""
    compared = compare(document(""), ONE, days=1)
    assert timedelta(days=1) == compared.window.until - compared.window.after
    assert the_job(compared).counts == (0, 1)
