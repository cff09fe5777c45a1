"""How many fires come in each half hour."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from schedrun.core.run.recorded import Override, RecordedJob
from schedrun.core.schedule import fires
from schedrun.core.schedule.fires import Fires
from schedrun.core.spec.job import Job
from schedrun.web.charts.timeline import STEP, STEPS
from schedrun.web.pages.outlook import Outlook, step_of
from tests.contracts.ledger import a_job, at

Row = tuple[RecordedJob, Fires]
World = list[tuple[dict[str, str], Override | None]]

SCHEDULES = (
    {"every": "7m"},
    {"every": "20s"},
    {"every": "2h", "spread": "25m"},
    {"cron": "17 */3 * * *"},
    {"cron": "* 4 * * *"},
    {"at": "2026-03-01T05:15:00Z"},
    {"at": "2020-03-01T05:15:00Z"},
)


def row(number: int, schedule: dict[str, str], override: Override | None = None) -> Row:
    spec = Job.model_validate({"schedule": schedule, "target": {"command": ["true"]}})
    job = a_job(f"u{number}", f"a/{number}", spec=spec, override=override)
    return job, fires.of(spec, key=job.key)


def one_by_one(rows: list[Row], now: float) -> list[int]:
    """Count by listing every fire."""
    begin, counts = step_of(at(now)), [0] * STEPS
    for job, compiled in rows:
        opens = _opens(job, now)
        if opens is None:
            continue
        first = max(begin, at(opens))
        at_ = fires.next_fire(compiled, after=first - compiled.offset - fires.TICK)
        while at_ is not None and (place := (at_ + compiled.offset - begin) // STEP) < STEPS:
            counts[place] += 1
            at_ = fires.next_fire(compiled, after=at_)
    return counts


def _opens(job: RecordedJob, now: float) -> float | None:
    if job.override is None:
        return 0
    if job.override.until is None:
        return None
    return (job.override.until - at(0)).total_seconds()


overrides = st.one_of(
    st.none(),
    st.just(Override("x", "ann", at(0))),
    st.integers(60_000, 90_000).map(lambda seconds: Override("x", "ann", at(0), at(seconds))),
)
worlds = st.lists(st.tuples(st.sampled_from(SCHEDULES), overrides), max_size=4)


@given(st.lists(worlds, min_size=1, max_size=3), st.integers(0, 50_000))
def test_counts_as_a_list_of_all_fires_does(changing: list[World], now: int) -> None:
    """Also after jobs changed, came and went, and pauses took some away."""
    outlook = Outlook()
    for world in changing:
        rows = [row(number, schedule, override) for number, (schedule, override) in enumerate(world)]
        assert one_by_one(rows, now) == list(outlook.ahead(rows, now=at(now)))


def test_goes_on_with_the_clock() -> None:
    """The next half hour begins anew."""
    outlook, rows = Outlook(), [row(1, {"every": "1h"})]
    first = outlook.ahead(rows, now=at(10))
    assert [1, 0, 1] == list(first[:3])
    assert [0, 1, 0] == list(outlook.ahead(rows, now=at(1810))[:3])


def test_steps_begin_on_the_half_hour() -> None:
    """Whatever the second."""
    assert at(1800) == step_of(at(1800)) == step_of(at(3599.9))
    assert timedelta(minutes=30) == STEP
