"""Celery and APScheduler: objects of somebody else's code, told apart by their attributes."""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.combining import AndTrigger, OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from schedrun.convert.formats import apscheduler, celery, python_object
from schedrun.convert.formats.python_object import Loaded, ObjectError
from schedrun.convert.importing import Imported
from tests.convert.reading import BERLIN, NOW, jobs, lost, only, proven

WHOLE = {
    "minute": range(60),
    "hour": range(24),
    "day_of_week": range(7),
    "day_of_month": range(1, 32),
    "month_of_year": range(1, 13),
}


def crontab(**said: tuple[str, set[int]]) -> Any:
    """Return what `celery.schedules.crontab` looks like: sets of numbers, and the texts they came from."""
    made = SimpleNamespace(**{name: set(values) for name, values in WHOLE.items()})
    for name in WHOLE:
        setattr(made, f"_orig_{name}", "*")
    for name, (text, values) in said.items():
        setattr(made, f"_orig_{name}", text)
        setattr(made, name, values)
    return made


@dataclass
class App:
    """What a Celery application looks like."""

    schedule: dict[str, Any]
    timezone: str | None = "Europe/Berlin"
    conf: Any = field(init=False)

    def __post_init__(self) -> None:
        self.conf = SimpleNamespace(timezone=self.timezone, beat_schedule=self.schedule)

    def send_task(self, name: str) -> None:
        raise NotImplementedError


NIGHTLY = crontab(minute=("30", {30}), hour=("4", {4}), day_of_week=("mon-fri", {1, 2, 3, 4, 5}))


def test_an_application_of_celery_sends_its_tasks() -> None:
    """As beat does, with arguments and options."""
    entry = {"task": "shop.report", "schedule": NIGHTLY, "args": (1,), "kwargs": {"a": 2}, "options": {"queue": "q"}}
    made = proven(celery.read(Loaded(App({"nightly report": entry}), "shop.celery:app", NOW), BERLIN))
    assert {
        "schedule": {"cron": "30 4 * * mon-fri"},
        "timezone": "Europe/Berlin",
        "target": {
            "python": "shop.celery:app.send_task",
            "args": ["shop.report"],
            "kwargs": {"args": [1], "kwargs": {"a": 2}, "queue": "q"},
        },
        "overlap": "allow",
    } == only(made)
    assert made.complete


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (30, {"every": "30s"}),
        (timedelta(hours=2), {"every": "2h"}),
        (SimpleNamespace(run_every=timedelta(days=1)), {"every": "1d"}),
    ],
)
def test_periods_of_celery(schedule: Any, expected: dict[str, str]) -> None:
    """Seconds, a timedelta, a schedule of one."""
    made = proven(
        celery.read(Loaded({"a": {"task": "shop.tasks.add", "schedule": schedule}}, "shop:beat", NOW), BERLIN)
    )
    assert (expected, "shop.tasks:add.delay") == (only(made)["schedule"], only(made)["target"]["python"])


def test_dates_and_weekdays_of_celery_must_both_match() -> None:
    """Of its 13th and its Friday a crontab would take either."""
    both = crontab(minute=("0", {0}), hour=("0", {0}), day_of_month=("1-7", set(range(1, 8))), day_of_week=("fri", {5}))
    made = proven(celery.read(Loaded({"a": {"task": "t.a", "schedule": both}}, "shop:beat", NOW), BERLIN))
    assert "0 0 * * fri#1" == only(made)["schedule"]["cron"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"task": "t.a", "schedule": SimpleNamespace(event="sunset", lat=1, lon=2)}, "times of the sun"),
        ({"task": "t.a", "schedule": "0 5 * * *"}, "of the kind str"),
        ({"task": "t.a", "schedule": 30, "args": [object()]}, "no plain values"),
        ({"task": "t.a", "schedule": 30, "kwargs": {"m": [{1: "x"}]}}, "no plain values"),
        ({"task": "no module", "schedule": 30}, "no module.function"),
        ({"schedule": 30}, "it names no task"),
        ({"task": "t.a", "schedule": 30, "relative": True}, "`relative`"),
        ({"task": "t.a", "schedule": SimpleNamespace(run_every=timedelta(1), relative=True)}, "`relative`"),
        ({"task": "t.a", "schedule": SimpleNamespace(run_every=timedelta(1), nowfun=print)}, "`nowfun`"),
        ("nothing", "no mapping"),
    ],
)
def test_what_celery_says_in_vain(entry: Any, said: str) -> None:
    """It is named."""
    assert said in lost(proven(celery.read(Loaded({"a": entry}, "shop:beat", NOW), BERLIN)))


def test_nothing_is_proven_of_times_that_the_schedule_does_not_say() -> None:
    """What rounds its times, or has another clock, fires otherwise."""
    (made,) = proven(
        celery.read(Loaded({"a": {"task": "t.a", "schedule": 30, "relative": True}}, "shop:beat", NOW), BERLIN)
    ).proven
    assert made.entry.carried
    assert made.agreement is None


def test_a_deadline_of_celery_is_a_grace_of_crontabs() -> None:
    """Of periods it is none."""
    app = App({"a": {"task": "t.a", "schedule": NIGHTLY}, "b": {"task": "t.b", "schedule": 30}})
    app.conf.beat_cron_starting_deadline = 300
    made = proven(celery.read(Loaded(app, "shop:app", NOW), BERLIN))
    graces = {name: job.to_record().get("misfire") for name, job in jobs(made).items()}
    assert {"a": {"grace": "5m"}, "b": None} == graces


def test_the_zone_of_an_application_that_says_none() -> None:
    """UTC, or with `enable_utc` off that of its machine."""
    app = App({"a": {"task": "t.a", "schedule": NIGHTLY}}, timezone=None)
    assert "UTC" == only(proven(celery.read(Loaded(app, "shop:app", NOW), BERLIN)))["timezone"]
    app.conf.enable_utc = False
    assert "Europe/Berlin" == only(proven(celery.read(Loaded(app, "shop:app", NOW), BERLIN)))["timezone"]


def test_entries_that_celery_keeps_in_a_database() -> None:
    """They are not read, which is said."""
    app = App({"a": {"task": "t.a", "schedule": NIGHTLY}})
    app.conf.beat_scheduler = "django_celery_beat.schedulers:DatabaseScheduler"
    assert "DatabaseScheduler" in lost(proven(celery.read(Loaded(app, "shop:app", NOW), BERLIN)))


def test_no_application_at_all() -> None:
    """A function, say."""
    assert "neither a Celery application" in lost(proven(celery.read(Loaded(print, "shop:beat", NOW), BERLIN)))
    assert "neither a scheduler" in lost(proven(apscheduler.read(Loaded(3, "shop:jobs", NOW), BERLIN)))


def said(made: Imported) -> str:
    return "\n".join(note.text for note in (*made.notes, *made.proven[0].entry.notes))


def scheduled(trigger: Any, **options: Any) -> Any:
    scheduler = BackgroundScheduler(timezone="Europe/Berlin")
    scheduler.add_job(os.getcwd, trigger, id="it", **options)
    return proven(apscheduler.read(Loaded(scheduler, "shop:scheduler", NOW), BERLIN))


def cron(**fields: Any) -> CronTrigger:
    return CronTrigger(timezone="Europe/Berlin", **fields)


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        (cron(day_of_week="0-4", hour=4, minute=30), "30 4 * * mon-fri"),
        (cron(day_of_week="sun", hour=4), "0 4 * * sun"),
        (cron(day_of_week=6, hour=4), "0 4 * * sun"),
        (cron(day="2nd tue", hour=4), "0 4 * * tue#2"),
        (cron(day="last fri", hour=4), "0 4 * * 5L"),
        (cron(day="last", hour=4), "0 4 L * *"),
        (cron(month="jan-mar", day="1", hour="*/6"), "0 */6 1 1-3 *"),
        (cron(day="1-7", day_of_week="mon", hour=4), "0 4 * * mon#1"),
    ],
)
def test_cron_triggers_are_renumbered(trigger: CronTrigger, expected: str) -> None:
    """Their week begins on Monday as 0; the trigger itself says that the fires agree."""
    made = scheduled(trigger)
    assert expected == only(made)["schedule"]["cron"]
    assert made.complete, made.proven[0].agreement


def test_a_cron_trigger_that_differs_when_clocks_change() -> None:
    """Its own class is asked, and fires twice in autumn."""
    (each,) = scheduled(cron(hour=2, minute=30)).proven
    assert each.agreement is not None
    assert any(difference.old > difference.new for difference in each.agreement.differences)


def test_policies_of_apscheduler() -> None:
    """Grace, coalescing, instances and jitter; `None` is no limit."""
    made = scheduled(cron(hour=4, jitter=60), misfire_grace_time=None, coalesce=False, max_instances=3, args=[])
    assert {
        "schedule": {"cron": "0 4 * * *", "spread": "1m"},
        "timezone": "Europe/Berlin",
        "target": {"python": "posix:getcwd"},
        "max_instances": 3,
        "misfire": {"grace": "365d", "catch_up": "all"},
    } == only(made)
    assert made.complete


def test_intervals_and_dates_of_apscheduler() -> None:
    """The phase of an interval is its start."""
    start = datetime(2026, 5, 1, 0, 7, tzinfo=UTC)
    interval = scheduled(IntervalTrigger(minutes=15, start_date=start, timezone=UTC))
    assert ("15m", True) == (only(interval)["schedule"]["every"], interval.complete)
    once = scheduled("date", run_date="2026-12-01 02:00:00")
    assert {"at": "2026-12-01T02:00:00+01:00"} == only(once)["schedule"]


@pytest.mark.parametrize(
    "options",
    [{}, {"end_date": "2028-01-01"}, {"next_run_time": datetime(2026, 6, 1, 0, 0, 0, 9)}, {"jitter": 5}],
    ids=" ".join,
)
def test_an_interval_without_a_start_has_no_moment_of_the_import(options: dict[str, Any]) -> None:
    """Its grid goes through the epoch, so that a second import says the same.

    What a clock in UTC shows is read in the scheduler's zone.
    """
    made = scheduled("interval", minutes=15, **options)
    assert "15m" == only(made)["schedule"]["every"]
    assert not {"anchor", "start"} & only(made)["schedule"].keys()
    assert made.complete
    assert "it counted from its own start; here the grid goes through the Unix epoch" in said(made)


def test_a_next_run_of_the_same_grid_moves_nothing() -> None:
    """A scheduler that runs has one for each job."""
    start = datetime(2026, 5, 1, 0, 7, tzinfo=UTC)
    trigger = IntervalTrigger(minutes=15, start_date=start, timezone=UTC)
    made = scheduled(trigger, next_run_time=datetime(2026, 6, 1, 0, 7, tzinfo=UTC))
    assert start.isoformat() == only(made)["schedule"]["anchor"]


def test_a_date_that_was_counted_from_the_clock_is_questioned() -> None:
    """It is another one with each import."""
    assert "see whether `at` is meant" in said(scheduled("date", run_date=NOW + timedelta(hours=1, microseconds=1)))
    assert "see whether" not in said(scheduled("date", run_date=NOW + timedelta(hours=1)))


@pytest.mark.parametrize(
    "found",
    [
        SimpleNamespace(get_schedules=print, get_jobs=print),
        [SimpleNamespace(id="a", trigger=SimpleNamespace(next=print))],
        SimpleNamespace(next=print, days=1),
    ],
    ids=["scheduler", "schedules", "trigger"],
)
def test_the_next_version_of_apscheduler_is_named(found: Any) -> None:
    """With what to do instead."""
    made = proven(apscheduler.read(Loaded(found, "shop:scheduler", NOW), BERLIN))
    assert "this is APScheduler 4, of which nothing is read: name jobs or triggers of APScheduler 3" in lost(made)
    assert not jobs(made)


def test_a_store_that_cannot_be_read_is_an_error() -> None:
    """With its own reason."""
    broken = SimpleNamespace(get_jobs=lambda: 1 // 0)
    with pytest.raises(ObjectError, match=r"shop:scheduler.*its jobs cannot be read: ZeroDivisionError"):
        apscheduler.read(Loaded(broken, "shop:scheduler", NOW), BERLIN)


def test_several_triggers() -> None:
    """Either is several jobs; both at once cannot be said."""
    either = scheduled(OrTrigger([cron(hour=4), cron(hour=5)]))
    assert {"it", "it-2"} == set(jobs(either))
    assert "AndTrigger" in lost(scheduled(AndTrigger([cron(hour=4), cron(hour=5)])))
    assert "week=" in lost(scheduled(cron(week=3)))


def test_functions_without_a_name() -> None:
    """A lambda cannot be imported."""
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(lambda: None, "cron", hour=4)
    made = proven(apscheduler.read(Loaded(scheduler, "shop:scheduler", NOW), BERLIN))
    assert "no name to import it by" in lost(made)


class Shop:
    def close(self) -> None: ...

    @classmethod
    def open(cls) -> None: ...

    def __call__(self) -> None: ...


@pytest.mark.parametrize("function", [Shop().close, Shop()], ids=["method", "object"])
def test_functions_of_an_object(function: Any) -> None:
    """Without it they cannot be called, though their names can be imported."""
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(function, "cron", hour=4)
    made = proven(apscheduler.read(Loaded(scheduler, "shop:scheduler", NOW), BERLIN))
    assert "needs an object" in lost(made)
    assert not jobs(made)


def test_functions_of_a_class() -> None:
    """Its class is found by its name."""
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(Shop.open, "cron", hour=4, id="it")
    made = proven(apscheduler.read(Loaded(scheduler, "shop:scheduler", NOW), BERLIN))
    assert only(made)["target"]["python"].endswith(":Shop.open")


def test_a_next_run_by_hand_moves_an_interval() -> None:
    """It counts from its last fire."""
    moved = datetime(2027, 1, 1, 0, 3, 33, tzinfo=UTC)
    interval = IntervalTrigger(minutes=5, start_date=datetime(2026, 1, 1, tzinfo=UTC), timezone=UTC)
    made = scheduled(interval, next_run_time=moved)
    assert moved.isoformat() == only(made)["schedule"]["anchor"]
    assert made.complete


def test_nothing_is_proven_of_an_interval_that_others_begin_anew() -> None:
    """APScheduler gives each part the last fire of any."""
    made = scheduled(OrTrigger([cron(hour=4), IntervalTrigger(hours=1)]))
    assert "an interval among them" in lost(made)
    assert [None, None] == [each.agreement for each in made.proven]


@pytest.mark.usefixtures("_short_proof")
def test_a_quick_interval_that_begins_later_agrees() -> None:
    """It is looked at where it fires, and no longer than it needs."""
    made = scheduled(IntervalTrigger(seconds=2, start_date=datetime(2027, 1, 1, tzinfo=UTC), timezone=UTC))
    assert made.complete


def test_jitter_of_several_triggers_and_other_executors() -> None:
    """The one holds for each of them, the other is named."""
    made = scheduled(OrTrigger([cron(hour=4), cron(hour=5)], jitter=30), executor="processpool")
    assert ["30s", "30s"] == [job.to_record()["schedule"]["spread"] for job in jobs(made).values()]
    assert "its executor 'processpool'" in lost(made)


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("nothing", "write module:attribute"),
        ("no_such_module_:a", "ModuleNotFoundError"),
        ("broken_app:a", "ZeroDivisionError"),
        ("fine_app:b", "AttributeError"),
        ("leaving_app:a", "SystemExit: 3"),
    ],
)
def test_references_that_lead_nowhere(reference: str, said: str, tmp_path: Path) -> None:
    """With the reason, whatever the code does."""
    (tmp_path / "broken_app.py").write_text("1 / 0\n")
    (tmp_path / "fine_app.py").write_text("a = 1\n")
    (tmp_path / "leaving_app.py").write_text("raise SystemExit(3)\n")
    with pytest.raises(ObjectError, match=said):
        python_object.load(reference, folder=tmp_path, since=NOW)


def test_what_a_module_prints_is_no_part_of_the_manifest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It goes to stderr, where the report is."""
    (tmp_path / "talking_app.py").write_text("print('hello')\na = 1\n")
    assert Loaded(1, "talking_app:a", NOW) == python_object.load("talking_app:a", folder=tmp_path, since=NOW)
    assert ("", "hello\n") == tuple(capsys.readouterr())


class LateApp(App):
    """An application that adds a task when it is completed, or fails then."""

    def finalize(self) -> None:
        if not self.schedule:
            raise LookupError("no such module")
        self.schedule["late"] = {"task": "shop.late", "schedule": 60}


def test_tasks_that_an_application_adds_when_it_is_complete() -> None:
    """As `on_after_finalize` has it; what it raises meanwhile is an error that names it."""
    made = proven(celery.read(Loaded(LateApp({"a": {"task": "shop.a", "schedule": 30}}), "shop:app", NOW), BERLIN))
    assert {"a", "late"} == set(jobs(made))
    with pytest.raises(ObjectError, match=r"shop:app.*LookupError: no such module"):
        celery.read(Loaded(LateApp({}), "shop:app", NOW), BERLIN)


def test_the_configuration_of_an_application_is_enough() -> None:
    """Its tasks are called by their names."""
    conf = App({"a": {"task": "shop.report", "schedule": NIGHTLY}}).conf
    made = proven(celery.read(Loaded(SimpleNamespace(conf=conf), "shop:holder", NOW), BERLIN))
    assert ("shop:report.delay", "Europe/Berlin") == (only(made)["target"]["python"], only(made)["timezone"])
