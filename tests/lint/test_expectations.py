"""SR801: each entry by its name and place, with its counter-example in words."""

from datetime import UTC, datetime

import pytest

from schedrun.core.diagnostics import Diagnostic, Rule, Severity
from schedrun.core.plan.inspected import Inspected
from schedrun.lint import expectations
from schedrun.lint.check import check
from schedrun.lint.settings import LintSettings
from schedrun.manifest.load import inspect_text

NOW = datetime(2026, 11, 28, 14, tzinfo=UTC)

MANIFEST = """\
schedrun: v1
name: billing
jobs:
  close-day:
    timezone: {zone}
    schedule: {{cron: "17 4 * * *"}}
    target: {{command: [./bin/close-day]}}
    expect:
      - never_on: mon
        horizon: 1d
      - {entry}
"""


def inspected(entry: str, *, zone: str = "Europe/Berlin") -> Inspected:
    """Read a job with a second entry, at line 11."""
    return inspect_text({"a.yaml": MANIFEST.format(entry=entry, zone=zone).encode()})


def only(entry: str, *, zone: str = "Europe/Berlin") -> Diagnostic:
    """Return the finding of the second entry."""
    (found,) = expectations.check(inspected(entry, zone=zone), now=NOW)
    return found


def test_names_the_entry_and_the_job() -> None:
    """The place is that of the entry, whose first word is its kind."""
    found = only("never_on: [sat, sun]")
    assert ("SR801", Severity.ERROR, "billing/close-day") == (found.code, found.severity, found.job)
    assert ("a.yaml", 11, 9) == (found.position.file, found.position.line, found.position.column)


def test_an_entry_in_flow_style_is_named_by_its_brace() -> None:
    """Where the entry begins."""
    found = only("{at_most: 0, per: day}")
    assert (11, 9) == (found.position.line, found.position.column)


SHARED = """\
schedrun: v1
name: billing
x-weekdays: &weekdays
  - never_on: [sat, sun]
jobs:
  early: {schedule: {cron: "17 4 * * *"}, target: {command: [ls]}, expect: *weekdays}
  late: {schedule: {cron: "17 5 * * *"}, target: {command: [ls]}, expect: *weekdays}
  fine: {schedule: {cron: "17 5 * * mon"}, target: {command: [ls]}, expect: *weekdays}
"""


def test_an_alias_names_the_job_that_fails() -> None:
    """The entry stands once, and each job that it does not hold for is told of with its own counter-example."""
    found = inspect_text({"a.yaml": SHARED.encode()})
    told = check(found, settings=LintSettings(select=("SR801",)), now=NOW)
    assert [
        (4, "04:17 UTC (so for `billing/early`)", (6, 3, "job `billing/early` takes it by an alias")),
        (4, "05:17 UTC (so for `billing/late`)", (7, 3, "job `billing/late` takes it by an alias")),
    ] == [
        (
            each.position.line,
            " ".join(each.message.split()[-5:]),
            each.related and (each.related.line, each.related.column, each.related_note),
        )
        for each in told
    ]


_DAILY = "the job fires at 04:17 every day, Europe/Berlin: mend the schedule, or what is expected of it"

WORDS = [
    (
        "never_on: [sat, sun]",
        "expected `never_on: [sat, sun]`, but it fires at Sun 2026-11-29 04:17 +01:00 (2026-11-29T03:17:00Z)",
    ),
    (
        'never_between: ["22:00", "06:00"]',
        "expected `never_between: [22:00, 06:00]`, but it fires at Sun 2026-11-29 04:17 +01:00 (2026-11-29T03:17:00Z)",
    ),
    (
        "fires_at: 2026-12-01T04:18",
        (
            "expected `fires_at: 2026-12-01T04:18`, but it does not fire at Tue 2026-12-01 04:18 +01:00"
            " (2026-12-01T03:18:00Z): the nearest fires are Tue 2026-12-01 04:17 +01:00 (2026-12-01T03:17:00Z) and"
            " Wed 2026-12-02 04:17 +01:00 (2026-12-02T03:17:00Z)"
        ),
    ),
    (
        "{at_most: 6, per: week}",
        (
            "expected `at_most: 6, per: week`, but it fires 7 times from Mon 2026-11-23 00:00 +01:00"
            " (2026-11-22T23:00:00Z) to Mon 2026-11-30 00:00 +01:00 (2026-11-29T23:00:00Z)"
        ),
    ),
    (
        "{at_least: 1, per: hour}",
        (
            "expected `at_least: 1, per: hour`, but it does not fire from Sat 2026-11-28 15:00 +01:00"
            " (2026-11-28T14:00:00Z) to Sat 2026-11-28 16:00 +01:00 (2026-11-28T15:00:00Z)"
        ),
    ),
    (
        "gap_at_most: 23h",
        (
            "expected `gap_at_most: 23h`, but no fire comes for 1d: from Sat 2026-11-28 04:17 +01:00"
            " (2026-11-28T03:17:00Z) to Sun 2026-11-29 04:17 +01:00 (2026-11-29T03:17:00Z)"
        ),
    ),
]


@pytest.mark.parametrize(("entry", "message"), WORDS)
def test_says_the_counter_example_in_local_time_and_utc(entry: str, message: str) -> None:
    """The instant, the window and its count, or both ends of the gap."""
    found = only(entry)
    assert (message, _DAILY) == (found.message, found.hint)


@pytest.mark.parametrize(
    ("end", "told"),
    [
        ("2030-01-01T00:00:00Z", "14:00 UTC, with no fire before it, to Tue 2030-01-01 00:00 UTC"),
        ("2026-11-01T00:00:00Z", "from Sun 2026-11-01 00:00 UTC to Mon 2026-12-28 14:00 UTC, with no fire after it"),
    ],
)
def test_a_gap_has_an_end_that_is_no_fire(end: str, told: str) -> None:
    """Where nothing fires before or after."""
    text = MANIFEST.format(entry="{gap_at_most: 9d, horizon: 30d}", zone="UTC")
    once = text.replace('cron: "17 4 * * *"', f'at: "{end}"')
    (found,) = expectations.check(inspect_text({"a.yaml": once.encode()}), now=NOW)
    assert found.message.endswith(told)


def test_utc_is_said_once() -> None:
    """A job without another zone is read in UTC."""
    expected = "expected `never_on: sun`, but it fires at Sun 2026-11-29 04:17 UTC"
    assert expected == only("never_on: sun", zone="UTC").message


def test_what_is_too_much_to_look_at_is_said() -> None:
    """It is no pass."""
    found = only("{at_least: 1, per: hour, horizon: 1d}".replace("1d", "3660d"))
    assert found.message.startswith("expected `at_least: 1, per: hour`, but it does not fire")
    minutes = MANIFEST.format(entry="{at_least: 60, per: hour, horizon: 3660d}", zone="UTC")
    everyday = minutes.replace("17 4 * * *", "* * 1-31 * mon").replace(
        "never_on: mon", "never_at: 2020-01-01T00:00:01Z"
    )
    (found,) = expectations.check(inspect_text({"a.yaml": everyday.encode()}), now=NOW)
    assert "50,000 looks are too few to tell" in found.message
    assert "give the entry a shorter `horizon`" == found.hint


def test_names_count_entries_of_a_kind() -> None:
    """The first of each kind is 0, wherever it stands."""
    (job,) = inspected("never_on: [sat]\n      - gap_at_most: 9d").jobs.values()
    assert ["never_on[0]", "never_on[1]", "gap_at_most[0]"] == expectations.names(job)


def test_the_sound_jobs_of_a_broken_file_are_judged() -> None:
    """Whoever mends the file learns all at once."""
    text = MANIFEST.format(entry="never_on: sun", zone="UTC") + "  other: {}\n"
    found = inspect_text({"a.yaml": text.encode()})
    assert found.desired.broken
    assert ["SR801"] == [finding.code for finding in expectations.check(found, now=NOW)]


@pytest.mark.parametrize("rule", expectations.RULES, ids=lambda rule: rule.code)
def test_the_samples_are_what_they_say(rule: Rule) -> None:
    """The bad one is found, at one entry; the good one passes."""
    bad, good = (inspect_text({"a.yaml": text.encode()}) for text in (rule.bad, rule.good))
    assert ([rule.code], []) == (
        [finding.code for finding in expectations.check(bad, now=NOW)],
        list(expectations.check(good, now=NOW)),
    )
    assert not good.desired.broken
