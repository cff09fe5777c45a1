"""Each rule at its place: what it finds, what it leaves alone, and what a comment accepts."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from schedrun.lint import notices
from schedrun.lint import time as schedrun_time
from tests.lint.linted import lint, places

_JOB = {
    "owner": "data-team",
    "timezone": "Europe/Berlin",
    "timeout": "5m",
    "schedule": '{cron: "0 12 * * *"}',
    "target": "{command: [./bin/report]}",
}


def one_job(fields: str, *, suppress: str = "") -> str:
    """Return a manifest of one job `j` on line 4; `fields` begin on line 5, with those of a sound job below them."""
    said = {line.split(":")[0] for line in fields.split("; ")}
    lines = [line for line in fields.split("; ") if line and not line.startswith("-")]
    left_out = {name.removeprefix("-") for name in said if name.startswith("-")}
    lines += [f"{name}: {value}" for name, value in _JOB.items() if name not in said | left_out]
    above = f"  # schedrun: ignore[{suppress}] accepted in a test\n" if suppress else ""
    return f"schedrun: v1\nname: s\njobs:\n{above}  j:\n" + "".join(f"    {line}\n" for line in lines)


class Row(NamedTuple):
    """Fields of a job that a rule finds something in, where, and such as it must leave alone."""

    code: str
    bad: str
    place: str
    near: str
    settings: Mapping[str, Any] = MappingProxyType({})


def cron(text: str) -> str:
    """Return the field of a crontab expression; the expression begins in column 22."""
    return f'schedule: {{cron: "{text}"}}'


@pytest.fixture(autouse=True)
def _without_apprise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "is_installed", lambda: False)


_AT = "5:22"
ROWS = (
    Row("SR901", 'on_failure: [{apprise: "discord://x"}]', "5:28", 'on_failure: [{webhook: "https://x.y"}]'),
    Row("SR902", "on_recovery: [{email: [a@b.c]}]", "5:18", "on_failure: [{email: [a@b.c]}]"),
    Row("SR203", cron("0 0 29 2 *"), _AT, cron("0 0 28 2 *")),
    Row("SR203", cron("0 0 31 2 mon"), _AT, cron("0 0 * 2 mon")),
    Row("SR203", cron("0 0 31 4 mon"), _AT, cron("0 0 31 1 mon")),
    Row(
        "SR203",
        cron("0 12 */30 * tue#5"),
        _AT,
        cron("0 12 */30 * mon#5"),
        {"select": ("SR1", "SR203")},
    ),
    Row("SR204", f"{cron('*/7 * * * *')}; timeout: 1m", _AT, f"{cron('*/15 * * * *')}; timeout: 1m"),
    Row("SR204", f"{cron('0 */5 * * *')}", _AT, cron("0 8-18/5 * * *")),
    Row("SR204", f"{cron('0 12 */2 * *')}", _AT, cron("0 12 1,15 * *")),
    Row("SR204", f"{cron('0-59/7 * * * *')}; timeout: 1m", _AT, f"{cron('7-59/10 * * * *')}; timeout: 1m"),
    Row("SR204", cron("0 12 * * 1/2"), _AT, cron("0 12 13 */6 *"), {"ignore": ("SR208",)}),
    Row("SR204", cron("0 12 */5 3,4 *"), _AT, cron("0 12 */5 3 *")),
    Row("SR204", cron("0 12 29/2 * *"), _AT, cron("0 12 29/2 2 *"), {"ignore": ("SR203",)}),
    Row("SR204", cron("0 */5 * * sat,sun"), _AT, cron("0 */5 * * mon,thu")),
    Row("SR204", f"{cron('*/25 12-14 * * *')}", _AT, cron("*/25 12 * * *")),
    Row("SR204", f"{cron('3-59/7 * * * *')}; timeout: 1m", _AT, f"{cron('7-59/7 * * * *')}; timeout: 1m"),
    Row("SR205", cron("*/90 12 * * *"), _AT, cron("*/30 12 * * *")),
    Row("SR205", cron("0 12 1-3/5 * *"), _AT, cron("0 12 1-6/5 * *")),
    Row("SR205", cron("0 12 * * */7"), _AT, cron("0 12 1-7 * */7")),
    Row("SR207", cron("0 12 13 * fri"), _AT, cron("0 12 * * fri")),
    Row("SR207", cron("0 12 */2 * fri"), _AT, cron("0 12 13 * *")),
    Row("SR208", cron("0 12 * * 0"), _AT, cron("0 12 * * sun")),
    Row("SR208", cron("0 12 * * 1-5"), _AT, cron("@weekly")),
    Row("SR208", cron("0 12 * * 0-7"), _AT, cron(" @weekly")),
    Row("SR208", cron("0 12 * * 5,1L"), _AT, cron("0 12 * * 5L")),
    Row("SR209", f"{cron('* 4 * * *')}; timeout: 30s", _AT, f"{cron('* 9-17 * * *')}; timeout: 30s"),
    Row("SR209", f"{cron('* 4,5,6,7 * * *')}; timeout: 30s", _AT, f"{cron('* 4,5,6,7,8 * * *')}; timeout: 30s"),
    Row("SR210", cron("0 12 31 * *"), _AT, cron("0 12 31 1,3,5 *")),
    Row("SR210", cron("0 12 29-31 * *"), _AT, cron("0 12 29/2 * *"), {"ignore": ("SR204",)}),
    Row("SR210", cron("0 12 30 * *"), _AT, cron("0 12 28 * *")),
    Row("SR214", 'schedule: {at: "2026-05-31T23:59:59Z"}', "5:20", 'schedule: {at: "2026-06-01T00:00:01Z"}'),
    Row(
        "SR214",
        'schedule: {at: "2026-05-31T22:00:00Z", spread: 2h}',
        "5:20",
        'schedule: {at: "2026-05-31T22:00:01Z", spread: 2h}',
    ),
    Row(
        "SR214",
        'schedule: {every: 1h, end: "2026-05-31T00:00:00Z"}',
        "5:32",
        'schedule: {every: 1h, end: "2026-06-02T00:00:00Z"}',
    ),
    Row(
        "SR216",
        'schedule: {cron: "0 12 * * *", start: "2027-01-01T12:30:00Z", end: "2027-01-01T14:00:00Z"}',
        "5:72",
        'schedule: {cron: "0 12 * * *", start: "2027-01-01T10:30:00Z", end: "2027-01-01T14:00:00Z"}',
    ),
    Row(
        "SR214",
        'schedule: {at: "2026-05-31T00:00:00Z", end: "2026-06-30T00:00:00Z"}',
        "5:20",
        'schedule: {at: "2026-06-02T00:00:00Z", end: "2026-06-30T00:00:00Z"}',
    ),
    Row("SR217", "schedule: {every: 9s}; timeout: 1s", "5:23", "schedule: {every: 10s}; timeout: 1s"),
    Row("SR218", "schedule: {every: 1d}", "5:23", 'schedule: {every: 1d, anchor: "1970-01-01T00:00:00Z"}'),
    Row("SR218", "schedule: {every: 48h}", "5:23", "schedule: {every: 36h}"),
    Row("SR301", cron("30 2 * 3 *"), _AT, cron("0 3 * 3 *")),
    Row("SR301", f"{cron('*/15 2 * 3 *')}", _AT, cron("*/15 * * 3 *")),
    Row("SR301", cron("0 */2 * 3 *"), _AT, f"{cron('*/15 0-23 * 3 *')}"),
    Row("SR302", cron("30 2 * 10 *"), _AT, cron("0 3 * 10 *")),
    Row("SR301", cron("30 2 * 3 *"), _AT, 'schedule: {cron: "30 2 * 3 *", end: "2027-03-28T00:00:00"}'),
    Row("SR302", cron("30 2 * 10 *"), _AT, 'schedule: {cron: "30 2 * 10 *", end: "2026-10-25T00:00:00"}'),
    Row("SR301", cron("5 0-23 * 3 *"), _AT, cron("5 * * 3 *")),
    Row(
        "SR301",
        'schedule: {cron: "30 2 * 3 *", start: "2027-01-01T00:00:00"}',
        _AT,
        'schedule: {cron: "30 2 * 3 *", start: "2026-01-01T00:00:00", end: "2026-12-01T00:00:00"}',
    ),
    Row("SR303", "-timezone", "4:3", "timezone: UTC"),
    Row("SR305", "timezone: Etc/GMT+5", "5:15", "timezone: Etc/GMT+0"),
    Row("SR305", "timezone: EST", "5:15", "timezone: America/New_York"),
    Row(
        "SR307",
        'schedule: {at: "2026-10-25T02:30:00"}',
        "5:20",
        'schedule: {at: "2026-10-25T03:00:00"}',
    ),
    Row("SR501", "-timeout", "4:3", '-timeout; target: {http: {url: "https://example.com"}}'),
    Row("SR502", "schedule: {every: 5m}; timeout: 5m", "6:14", "schedule: {every: 5m}; timeout: 4m59s"),
    Row("SR502", "timeout: 1d", "5:14", "timeout: 1d; overlap: allow"),
    Row("SR502", f"{cron('0 12 * * sat')}; timeout: 7d", "6:14", f"{cron('0 12 * * sat')}; timeout: 6d"),
    Row(
        "SR502",
        f"{cron('0 1,23 * * *')}; timeout: 2h",
        "6:14",
        f"{cron('0 1,23 * * *')}; timeout: 2h; overlap: replace",
    ),
    Row("SR504", "retries: {max: 1}", "5:20", "retries: {max: 1}; idempotent: true"),
    Row(
        "SR505",
        "retries: {max: 3}; idempotent: true; schedule: {every: 21m10s}",
        "5:20",
        "retries: {max: 3}; idempotent: true; schedule: {every: 21m11s}",
    ),
    Row(
        "SR506",
        "misfire: {catch_up: all}; schedule: {every: 1m}; timeout: 1s",
        "5:25",
        "misfire: {catch_up: all, catch_up_limit: 20}; schedule: {every: 1m}; timeout: 1s",
    ),
    Row("SR508", "-owner", "4:3", 'owner: ""'),
    Row("SR509", "", "4:3", "labels: {team: a}", {"required": ("labels.team",)}),
    Row("SR501", "-timeout", "4:3", "timeout: 1m", {"required": ("timeout",)}),
    Row("SR508", "-owner", "4:3", "owner: a", {"required": ("owner",)}),
    Row(
        "SR604",
        'retries: {max: 1}; target: {http: {method: POST, url: "https://example.com"}}',
        "6:29",
        'retries: {max: 1}; target: {http: {method: POST, url: "http://e", headers: {Idempotency-Key: a}}}',
    ),
    Row(
        "SR604",
        'retries: {max: 1}; target: {http: {method: PATCH, url: "https://example.com"}}',
        "6:29",
        'retries: {max: 1}; target: {http: {method: DELETE, url: "http://e"}}',
    ),
    Row("SR606", "target: {command: [ls, '|', wc]}", "5:28", "target: {command: [sh, -c, 'ls | wc']}"),
    Row("SR606", "target: {command: [ls, $HOME]}", "5:28", "target: {command: [awk, '{print $1}']}"),
    Row("SR607", "target: {shell: ls | wc}", "5:21", "target: {shell: ls || wc}"),
    Row("SR607", "target: {shell: 'x=$(ls | wc)'}", "5:21", "target: {shell: x=$(ls)}"),
    Row("SR607", "target: {shell: ls | wc}", "5:21", "target: {shell: 'echo \"a | b\" # c | d'}"),
    Row("SR607", "target: {shell: ls | wc}", "5:21", "target: {shell: 'set -o pipefail\\nls | wc'}"),
    Row("SR705", "paused: true", "5:13", "paused: false"),
    Row(
        "SR705",
        "paused: {reason: outage}",
        "5:13",
        'paused: {reason: outage, until: "2026-06-02T00:00:00Z"}',
    ),
    Row(
        "SR705",
        'paused: {reason: outage, until: "2026-05-31T00:00:00Z"}',
        "5:37",
        'paused: {reason: outage, until: "2026-06-02T00:00:00Z"}',
    ),
)


def _ids(row: Row) -> str:
    return f"{row.code}-{row.bad[:40]}"


@pytest.mark.parametrize("row", ROWS, ids=_ids)
def test_finds_it_at_its_place(row: Row) -> None:
    """Exactly one finding, at this line and column."""
    assert [f"{row.place} {row.code}"] == places(lint(one_job(row.bad), **row.settings))


@pytest.mark.parametrize("row", ROWS, ids=_ids)
def test_passes_the_near_miss(row: Row) -> None:
    """Nothing is found where it only looks alike."""
    assert [] == [str(each) for each in lint(one_job(row.near), **row.settings) if each.code == row.code]


@pytest.mark.parametrize("row", ROWS, ids=_ids)
def test_a_comment_above_the_job_accepts_it(row: Row) -> None:
    """Neither the finding is left, nor one about the comment."""
    assert [] == places(lint(one_job(row.bad, suppress=row.code), **row.settings))


def test_the_unused_default_is_named_at_its_key() -> None:
    """Only where no job takes it; one that is unused at depth too."""
    head = "schedrun: v1\nname: s\ndefaults:\n  timeout: 1h\n  target: {env: {A: b}}\njobs:\n"
    job = "  j: {owner: a, timezone: UTC, timeout: 1m, schedule: {every: 2h}, target: {%s}}\n"
    own = "command: [a], env: {A: c}"
    assert ["4:3 SR108", "5:18 SR108"] == places(lint(head + job % own))
    assert ["4:3 SR108"] == places(lint(head + job % "command: [a]"))
    assert ["4:3 SR108", "5:18 SR108"] == places(lint(head + job % "python: 'a:b'"))


def test_a_default_that_is_a_reference_is_named_at_its_own_key() -> None:
    """Not within the reference, which is one value."""
    head = "schedrun: v1\nname: s\ndefaults:\n  target: {env: {A: {from_env: B}}}\njobs:\n"
    job = "  j: {owner: a, timezone: UTC, timeout: 1m, schedule: {every: 2h}, target: {command: [a], env: {A: c}}}\n"
    assert ["4:18 SR108"] == places(lint(head + job))


def test_a_broken_file_tells_nothing_of_its_defaults() -> None:
    """The job at fault may be the one that takes it."""
    head = "schedrun: v1\nname: s\ndefaults: {timeout: 1h}\njobs:\n"
    job = "  j: {owner: a, timezone: UTC, timeout: 1m, schedule: {every: 2h}, target: {command: [a]}}\n"
    assert ["SR103", "SR103"] == [finding.code for finding in lint(f"{head}{job}  k: {{}}\n")]


def test_a_default_of_many_jobs_is_one_finding() -> None:
    """It says how many take it."""
    head = "schedrun: v1\nname: s\ndefaults: {timezone: EST, owner: a, timeout: 1m}\njobs:\n"
    job = "  j%d: {schedule: {every: 2h}, target: {command: [a]}}\n"
    (finding,) = lint(head + job % 1 + job % 2 + job % 3)
    assert ["3:22 SR305"] == places([finding])
    assert "so for 3 jobs, such as `s/j1`" in finding.message


def test_a_default_that_is_bad_for_one_job_names_it() -> None:
    """Its line does not say whose it is; what stands in the job itself needs no name."""
    head = "schedrun: v1\nname: s\ndefaults: {timezone: UTC, owner: a, timeout: 1h}\njobs:\n"
    job = "  j%d: {schedule: {every: %s}, target: {command: [a]}%s}\n"
    (finding,) = lint(head + job % (1, "2h", "") + job % (2, "50m", ""))
    assert ("3:46 SR502", True) == (*places([finding]), finding.message.endswith(" (so for `s/j2`)"))
    own = next(each for each in lint(head + job % (1, "50m", ", timeout: 1h")) if each.code == "SR502")
    assert "s/j1" not in own.message


def test_messages_say_the_facts() -> None:
    """Gaps, words, days and dates."""
    said = {
        text: lint(one_job(f"{cron(text)}; timeout: 1m"))[0].message
        for text in ("*/7 * * * *", "0 12 13 * fri", "0 12 * * 1", "30 2 * 3 *", "30 2 * 10 *")
    }
    assert "gaps of 7 minutes, and of 4 minutes over the full hour" in said["*/7 * * * *"]
    assert "at 12:00 on day 13 of the month and also on Friday" in said["0 12 13 * fri"]
    assert "1 is Monday" in said["0 12 * * 1"]
    assert "2027-03-28" in said["30 2 * 3 *"]
    assert "2026-10-25" in said["30 2 * 10 *"]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("0 12 1-3/5 * *", "the step of day of month `1-3/5` leads beyond 3", "or a step within the range"),
        ("0 12 13 * fri", "either of them is enough", "split what remains into two jobs"),
        ("0 12 1-7 * */7", "both must match, as one of them starts with `*`", "the first Monday of a month is `mon#1`"),
        ("0 12 * * 1,5L", "1 is Monday", "write `0 12 * * mon,5L`"),
        ("*/7 * * * *", "gaps of 7 minutes, and of 4 minutes", "write `*/5` or `*/6` for even gaps, or `every: 7m`"),
        ("*/7 9-17 * * *", "gaps of 7 minutes, and of 4 minutes", "write `*/5` or `*/6` for even gaps"),
        ("5 */7 * * *", "gaps of 7 hours, and of 3 hours", "write `*/6` or `*/8` for even gaps, or `every: 7h`"),
        ("*/30 */7 * * *", "gaps of 7 hours, and of 3 hours", "write `*/6` or `*/8` for even gaps"),
        ("0 12 * * 0-7", "0 is Sunday, 7 is Sunday", "write `0 12 * * sun-sat`"),
    ],
)
def test_the_remedy_is_one_for_this_expression(text: str, message: str, hint: str) -> None:
    """What both must match cannot be split in two, and no name stands before an `L`."""
    (found,) = lint(one_job(f"timeout: 1m; timezone: UTC; {cron(text)}"))
    assert message in found.message
    assert (found.hint or "").removesuffix(": other schedulers count from Monday, or from 1").endswith(hint)


@pytest.mark.parametrize(
    ("overlap", "then"), [("forbid", "a slow run takes the next fire"), ("queue", "a slow run delays the next fire")]
)
def test_what_a_slow_run_does_is_said_for_this_overlap(overlap: str, then: str) -> None:
    """A fire that waits is not lost."""
    (found,) = lint(one_job(f"schedule: {{every: 5m}}; timeout: 5m; overlap: {overlap}"))
    assert found.message.endswith(f"below the shortest gap of 5m: {then}")


@pytest.mark.parametrize(
    ("zone", "expression", "times"),
    [
        ("Africa/Cairo", "30 23 * 10 *", "23:00 to 00:00"),
        ("Australia/Lord_Howe", "*/10 1-2 * 4,10 *", "01:30 to 02:00"),
    ],
)
def test_the_times_to_keep_off_are_those_that_come_twice(zone: str, expression: str, times: str) -> None:
    """Not the rest of the day, where they end at midnight."""
    text = one_job(f"timezone: {zone}; {cron(expression)}")
    (overlap,) = lint(text, now=datetime(2026, 1, 1, tzinfo=UTC), select=("SR302",))
    assert f"write a time outside of {times}, or `timezone: UTC`" == overlap.hint


def test_a_week_that_counts_from_the_epoch_names_its_next_day() -> None:
    """A Thursday, as 1970-01-01 was one; none is named where no fire comes."""
    (week,) = lint(one_job("schedule: {every: 1w}"))
    assert "5:23 SR218" == places([week])[0]
    said = "a period of 7d counts from 1970-01-01: it fires at 00:00 UTC whatever the time zone, next on 2026-06-04"
    assert said == week.message
    closed = one_job('schedule: {every: 1w, end: "2026-06-01T00:00:00Z"}')
    (week,) = lint(closed, select=("SR218",))
    assert week.message.endswith("whatever the time zone")


@pytest.mark.parametrize(
    ("zone", "message", "other"),
    [("Etc/GMT+5", "is 5 hours behind UTC", "Etc/GMT-5"), ("GMT-11", "is 11 hours ahead of UTC", "Etc/GMT+11")],
)
def test_a_sign_that_means_its_opposite_is_said_in_words(zone: str, message: str, other: str) -> None:
    """With the zone of the other direction."""
    (found,) = schedrun_time.of_zone(zone)
    assert message in found.message
    assert f", or {other} if the other direction is meant" in found.hint


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Europe/Berlin", "the fires in between become one at 03:00"),
        ("Antarctica/Casey", "the fires in between are lost"),
    ],
)
def test_from_three_hours_on_nothing_is_made_up_for_a_gap(zone: str, said: str) -> None:
    """Casey went three hours forwards in 2009: that is a change of the calendar."""
    text = one_job(f"timezone: {zone}; {cron('30 2 * 3,10 *')}")
    (gap,) = lint(text, now=datetime(2009, 10, 1, tzinfo=UTC), select=("SR301",))
    assert gap.message.endswith(said)


def test_selects_and_ignores_by_beginnings() -> None:
    """The longer beginning decides."""
    text = one_job("-owner; -timeout; paused: true")
    assert ["4:3 SR501", "4:3 SR508"] == places(lint(text, select=("SR5",)))
    assert ["4:3 SR508"] == places(lint(text, select=("SR5",), ignore=("SR501",)))
    assert ["4:3 SR501"] == places(lint(text, select=("SR501",), ignore=("SR5",)))
    assert ["5:13 SR705"] == places(lint(text, ignore=("SR5",)))


@pytest.mark.parametrize("fault", ["timeout: *gone", "owner: a\n    owner: b", "timeout: !x 5m"])
def test_no_rule_judges_a_job_that_could_not_be_read(fault: str) -> None:
    """What stands in the place of the fault nobody wrote; the job beside it is judged."""
    job = "    schedule: {every: 1h}\n    target: {command: [x]}\n"
    text = f"schedrun: v1\nname: s\njobs:\n  a:\n{job}    {fault}\n  b:\n{job}"
    findings = [each for each in lint(text) if not each.code.startswith("SR0")]
    assert {"SR501", "SR508"} == {each.code for each in findings}
    assert {"s/b"} == {each.job for each in findings}
