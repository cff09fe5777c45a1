"""Findings that only two trees show: a sample that each rule finds, and near misses that it leaves alone."""

from datetime import UTC, datetime

import pytest

from tests.core.plan.trees import NOW, a_job, codes, compare, document

FOUR = "".join(map(a_job, "abcd"))
HOURLY = '{cron: "0 * * * *"}'
WEEKLY = '{cron: "0 2 * * fri"}'


@pytest.mark.parametrize(
    ("base", "head", "expected"),
    [
        pytest.param(document(FOUR), document(a_job("a") + a_job("b")), [("SR701", 7, 3)], id="701-half-of-a-set"),
        pytest.param(document(FOUR), document(""), [("SR701", 5, 3)], id="701-all"),
        pytest.param(document(FOUR), document("".join(map(a_job, "abc"))), [], id="701-one-may-go"),
        pytest.param(
            document(a_job("a", more="remove: confirm") + a_job("b")), document(a_job("b")), [], id="701-only-confirm"
        ),
        pytest.param(
            document(a_job("old", shell="x")), document(a_job("new", shell="x")), [("SR702", 5, 3)], id="702-same-work"
        ),
        pytest.param(
            document(a_job("old", shell="x")),
            document(a_job("new", HOURLY, shell="x")),
            [("SR702", 5, 3)],
            id="702-another-time",
        ),
        pytest.param(document(a_job("old")), document(a_job("new")), [], id="702-other-work"),
        pytest.param(
            document("".join(map(a_job, "abcdef")) + a_job("old1", shell="x") + a_job("old2", shell="x")),
            document("".join(map(a_job, "abcdef")) + a_job("new1", shell="x") + a_job("new2", shell="x")),
            [("SR702", 11, 3), ("SR702", 12, 3)],
            id="702-two-of-the-same",
        ),
        pytest.param(
            document(a_job("old", shell="x")),
            document(a_job("new", shell="x", more="moved_from: old")),
            [],
            id="702-is-one",
        ),
        pytest.param(
            document(a_job("a") + a_job("b", shell="x")),
            document(a_job("a") + a_job("b", shell="x", more="moved_from: a")),
            [("SR703", 6, 70)],
            id="703-still-there",
        ),
        pytest.param(
            document(a_job("a", more="timeout: 1m") + a_job("b", more="timeout: 1m")),
            document(a_job("a", more="timeout: 2m") + a_job("b", more="timeout: 2m")),
            [],
            id="707-said-by-each",
        ),
        pytest.param(
            document("".join(map(a_job, "ab"))),
            document("".join(map(a_job, "ab")), defaults="{timezone: Europe/Berlin, timeout: 1m}"),
            [],
            id="707-only-two",
        ),
        pytest.param(
            document(a_job("a")), document(a_job("a", '{cron: "0 3 * * *"}')), [("SR708", 5, 24)], id="708-moves"
        ),
        pytest.param(
            document(a_job("a")), document(a_job("a", '{cron: "0 2 * * wed"}')), [("SR708", 5, 24)], id="708-loses"
        ),
        pytest.param(
            document(a_job("a", WEEKLY)), document(a_job("a", '{cron: "0 2 * * sat"}')), [], id="708-far-away"
        ),
        pytest.param(
            document(a_job("a", '{cron: "0 14 * * tue"}')),
            document(a_job("a", '{cron: "0 15 * * tue"}')),
            [("SR708", 5, 24)],
            id="708-a-day-away",
        ),
        pytest.param(
            document(a_job("a", HOURLY)),
            document(a_job("a", '{cron: "30 * * * *"}', more='paused: {until: "2026-06-01T13:00:00Z"}')),
            [],
            id="708-a-pause-until-it-is-due",
        ),
        pytest.param(document(a_job("a")), document(a_job("a", '{cron: "0 2,3 * * *"}')), [], id="708-comes-as-before"),
        pytest.param(document(a_job("a")), document(a_job("a", more="paused: true")), [], id="708-a-pause-is-no-slip"),
        pytest.param(document(a_job("a")), document(a_job("a", shell="other")), [], id="708-other-work"),
        pytest.param(
            document(a_job("a", "{every: 7s}")),
            document(a_job("a", "{every: 11s}")),
            [],
            id="708-an-interval-of-seconds",
        ),
        pytest.param(
            document(a_job("a", "{every: 30s, spread: 20s}")),
            document(a_job("a", "{every: 30s}")),
            [],
            id="708-seconds-without-their-delay",
        ),
        pytest.param(
            document(a_job("a", "{every: 7s}")),
            document(a_job("a", '{cron: "0 3 * * *"}')),
            [("SR708", 5, 24)],
            id="708-seconds-become-a-day",
        ),
        pytest.param(
            document(a_job("a", "{every: 30s}")),
            document(a_job("a", '{every: 1h, anchor: "2026-06-01T12:01:30Z"}')),
            [],
            id="708-seconds-with-another-a-minute-later",
        ),
        pytest.param(
            document(a_job("a", "{every: 1m}")),
            document(a_job("a", '{every: 1m, anchor: "2026-01-01T00:00:07Z"}')),
            [("SR708", 5, 25)],
            id="708-an-interval-of-a-minute",
        ),
        pytest.param(
            document(a_job("a", '{cron: "0 14 * * *"}')),
            document(a_job("a", '{cron: "0 15 * * *"}')),
            [("SR708", 5, 24)],
            id="708-a-day-ahead",
        ),
        pytest.param(
            document(""), document(a_job("a", '{at: "2026-06-01T13:59:00"}')), [("SR214", 5, 22)], id="214-new"
        ),
        pytest.param(
            document(a_job("a", '{at: "2026-07-01T00:00:00Z"}')),
            document(a_job("a", '{at: "2026-06-01T12:00:00Z"}')),
            [("SR214", 5, 22)],
            id="214-changed",
        ),
        pytest.param(document(""), document(a_job("a", '{at: "2026-06-01T14:01:00"}')), [], id="214-to-come"),
        pytest.param(
            document(a_job("a", '{at: "2026-01-01T00:00:00Z"}')),
            document(a_job("a", '{at: "2026-01-01T00:00:00Z"}', shell="other")),
            [],
            id="214-spent-and-left-alone",
        ),
        pytest.param(
            document(a_job("a", '{at: "2026-01-01T00:00:00Z"}')),
            document(a_job("a", '{at: "2026-01-01T01:00:00+01:00"}')),
            [],
            id="214-the-same-instant-in-other-words",
        ),
        pytest.param(
            document(a_job("a", '{at: "2026-01-01T00:00:00Z"}'), defaults="{timezone: UTC}"),
            document(a_job("a", '{at: "2026-01-01T00:00:00Z"}')),
            [],
            id="214-the-same-instant-in-another-zone",
        ),
        pytest.param(
            document(a_job("a", '{at: "2026-01-01T00:00:00"}'), defaults="{timezone: UTC}"),
            document(a_job("a", '{at: "2026-01-01T00:00:00"}')),
            [("SR214", 5, 22)],
            id="214-another-instant-by-another-zone",
        ),
        pytest.param(
            document(""),
            document(a_job("a", '{at: "2026-06-01T11:59:59Z", spread: 12h}')),
            [],
            id="214-its-delay-lies-ahead",
        ),
        pytest.param(
            document(a_job("a", '{at: "2026-06-01T11:59:59Z", spread: 12h}')),
            document(a_job("a", '{at: "2026-06-01T11:59:59Z"}')),
            [("SR708", 5, 22)],
            id="708-its-delay-lay-ahead",
        ),
        pytest.param(
            document(a_job("a", HOURLY)),
            document(a_job("a", '{at: "2026-05-01T00:00:00Z"}')),
            [("SR214", 5, 22)],
            id="214-was-another-schedule",
        ),
        pytest.param(
            document(a_job("a", HOURLY)),
            document(a_job("a", '{at: "2026-06-01T12:00:00Z"}')),
            [("SR214", 5, 22)],
            id="214-was-another-schedule-and-passes-now",
        ),
        pytest.param(
            document(a_job("a", HOURLY)),
            document(a_job("a", '{at: "2026-06-01T11:59:59Z", spread: 12h}')),
            [("SR708", 5, 22)],
            id="708-was-another-schedule-and-its-delay-lies-ahead",
        ),
    ],
)
def test_finds(base: str, head: str, expected: list[tuple[str, int, int]]) -> None:
    """(code, line, column) of each finding."""
    assert expected == codes(compare(base, head))


def test_a_lost_run_is_told_however_far_away_it_is() -> None:
    """From the 15th to the 1st, merged on the 2nd: this month has no run, since nothing fires after the fact."""
    base, head = (document(a_job("a", f'{{cron: "0 2 {day} * *"}}')) for day in (15, 1))
    compared = compare(base, head, now=datetime(2026, 6, 2, tzinfo=UTC))
    (finding,) = compared.findings
    assert ("SR708", True) == (finding.code, "loses the run due at 2026-06-15T00:00:00Z" in finding.message)
    assert "2026-06-01T00:00:00Z, has passed" in finding.message


def test_a_run_that_moves_to_now_is_lost() -> None:
    """What is due at the moment of the merge has had its verdict."""
    base, head = (document(a_job("a", f'{{cron: "0 {hour} * * *"}}')) for hour in (15, 14))
    (finding,) = compare(base, head, now=NOW).findings
    assert "the edit loses the run due at 2026-06-01T13:00:00Z: its new time, 2026-06-01T12:00:00Z, has passed" == (
        finding.message
    )


def test_nothing_is_lost_when_both_times_lie_ahead() -> None:
    """The same edit a day earlier only moves the run."""
    base, head = (document(a_job("a", f'{{cron: "0 2 {day} * *"}}')) for day in (15, 2))
    assert [] == codes(compare(base, head, now=NOW))


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ('{cron: "0 3 * * *"}', "the edit moves the run due at 2026-06-02T00:00:00Z to 2026-06-02T01:00:00Z"),
        (
            '{cron: "0 2 * * wed"}',
            "the edit takes the run due at 2026-06-02T00:00:00Z away; the next one comes at 2026-06-03T00:00:00Z",
        ),
        (
            '{cron: "0 2 * * wed", end: "2026-06-02T00:00:00"}',
            "the edit loses the run due at 2026-06-02T00:00:00Z, and no other comes",
        ),
    ],
    ids=["moved", "another", "none"],
)
def test_says_what_becomes_of_the_run_that_is_due(schedule: str, words: str) -> None:
    """It moves, another one comes later, or none does."""
    (finding,) = compare(document(a_job("a")), document(a_job("a", schedule))).findings
    assert words == finding.message


def test_several_renames_are_paired_once_each() -> None:
    """As many suspects as jobs that go; keys decide who pairs with whom."""
    base = document(a_job("a", shell="x") + a_job("b", shell="x") + a_job("keep"), name="s")
    head = document(a_job("c", shell="x") + a_job("keep"), name="s")
    assert [("s/a", "s/c")] == [(one.removal.job, one.creation.job) for one in compare(base, head).suspects]


def test_two_jobs_of_other_times_are_paired_with_nobody() -> None:
    """Both did this work and both new ones do it: nobody knows which became which."""
    base, head = (
        document("".join(a_job(name, f'{{cron: "0 {hour} * * *"}}', shell="x") for name, hour in said))
        for said in ((("a", 1), ("b", 2)), (("c", 3), ("d", 4)))
    )
    assert () == compare(base, head).suspects


@pytest.mark.parametrize(
    ("head", "name"),
    [
        pytest.param(document(a_job("b", shell="x")), "a", id="same-set"),
        pytest.param(document(a_job("a", shell="x"), name="t"), "s/a", id="another-set"),
    ],
)
def test_a_rename_into_another_set_alone_needs_the_whole_key(head: str, name: str) -> None:
    """The hint says what to write."""
    compared = compare(document(a_job("a", shell="x")), head)
    assert [f"write `moved_from: {name}`, and it keeps history and cursor; else leave it as it is"] == [
        found.hint for found in compared.findings if found.code == "SR702"
    ]


@pytest.mark.parametrize(
    ("ids", "names"),
    [("abc", "`s/a`, `s/b`, `s/c`"), ("abcd", "`s/a`, `s/b`, `s/c` and 1 more")],
    ids=["three", "four"],
)
def test_three_jobs_are_named_and_the_rest_is_counted(ids: str, names: str) -> None:
    """What a default changes can be hundreds of jobs."""
    jobs = "".join(map(a_job, ids))
    (finding,) = compare(document(jobs), document(jobs, defaults="{timezone: Europe/Berlin, timeout: 1m}")).findings
    assert f"`timeout` is written once here, and changes {len(ids)} jobs: {names}" == finding.message
