"""`schedrun next`: fires of a job, of all jobs, of an expression, without any state."""

from pathlib import Path

import pytest

from tests.cli.conftest import Call

AFTER = ("--after", "2026-10-24T12:00:00Z")


def test_a_job_in_local_time_and_utc(call: Call, manifests: Path) -> None:
    """The offset changes with the clocks on 25 October 2026."""
    answer = call("next", "billing/close-day", *AFTER, "-n", "2", "--format", "json")
    assert answer.code == 0
    assert answer.json == {
        "schema_version": 1,
        "fires": [
            {"job": "billing/close-day", "local": "2026-10-25T04:17:00+01:00", "utc": "2026-10-25T03:17:00Z"},
            {"job": "billing/close-day", "local": "2026-10-26T04:17:00+01:00", "utc": "2026-10-26T03:17:00Z"},
        ],
    }


def test_a_bare_id_is_enough_where_it_is_unique(call: Call, manifests: Path) -> None:
    """The answer carries the full key."""
    answer = call("next", "fx-rates", *AFTER, "-n", "1", "--format", "json")
    assert ["billing/fx-rates"] == [fire["job"] for fire in answer.json["fires"]]


def test_all_jobs_are_merged_in_order_of_time(call: Call, manifests: Path) -> None:
    """The soonest fires, whichever job has them."""
    fires = call("next", "--after", "2026-10-24T02:00:00Z", "-n", "3", "--format", "json").json["fires"]
    assert [("fx-rates", "02:15"), ("close-day", "02:17"), ("fx-rates", "02:30")] == [
        (fire["job"].partition("/")[2], fire["utc"][11:16]) for fire in fires
    ]


def test_an_expression_needs_no_manifests(call: Call) -> None:
    """Its fires belong to no job."""
    answer = call("next", "--cron", "0 2 * * *", "--timezone", "Europe/Berlin", *AFTER, "-n", "1", "--format", "json")
    assert [{"job": None, "local": "2026-10-25T02:00:00+02:00", "utc": "2026-10-25T00:00:00Z"}] == answer.json["fires"]


def test_an_expression_is_read_in_utc_by_default(call: Call) -> None:
    """As a job without a zone is."""
    fires = call("next", "--cron", "0 2 * * *", *AFTER, "-n", "1", "--format", "json").json["fires"]
    assert fires[0]["local"] == "2026-10-25T02:00:00+00:00"


def test_five_fires_by_default(call: Call) -> None:
    """In text, a table with one row each."""
    lines = call("next", "--cron", "0 2 * * *", *AFTER).stdout.splitlines()
    assert len(lines) == 6
    assert lines[0].split() == ["LOCAL", "UTC", "IN"]


def test_spread_is_included(call: Call, manifests: Path) -> None:
    """What is shown is when the job really fires: within an hour after its nominal instant."""
    text = "schedrun: v1\nname: s\njobs:\n  a: {schedule: {cron: '0 2 * * *', spread: 1h}, target: {command: [x]}}\n"
    (manifests / "spread.yaml").write_text(text)
    (fire,) = call("next", "s/a", "--after", "2026-01-01T02:00:00Z", "-n", "1", "--format", "json").json["fires"]
    assert "2026-01-01T02:00:00Z" < fire["utc"] < "2026-01-02T03:00:00Z"
    (later,) = call("next", "s/a", "--after", fire["utc"], "-n", "1", "--format", "json").json["fires"]
    assert fire["utc"][10:] == later["utc"][10:]
    assert fire["utc"] < later["utc"]


@pytest.mark.parametrize(
    ("paused", "fires"),
    [
        pytest.param("true", [], id="without-end"),
        pytest.param("{until: '2026-10-25T00:07:00Z'}", ["2026-10-25T00:15:00Z"], id="until"),
    ],
)
def test_a_paused_job_fires_after_its_pause(call: Call, manifests: Path, paused: str, fires: list[str]) -> None:
    """And stderr says that it is paused."""
    text = (
        f"schedrun: v1\nname: s\njobs:\n  a: {{schedule: {{every: 15m}}, target: {{command: [x]}}, paused: {paused}}}\n"
    )
    (manifests / "paused.yaml").write_text(text)
    answer = call("next", "s/a", *AFTER, "-n", "1", "--format", "json")
    assert fires == [fire["utc"] for fire in answer.json["fires"]]
    assert answer.stderr == "s/a is paused by its manifest\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(("--after", "2026-10-24T12:00:00", "fx-rates"), "no offset", id="naive-after"),
        pytest.param(("--after", "2026-10-24", "fx-rates"), "no instant", id="date-alone"),
        pytest.param(("--after", "soon", "fx-rates"), "no instant", id="no-instant"),
        pytest.param(("--cron", "0 2 * * fri-mon"), "fri-mon", id="bad-expression"),
        pytest.param(("--cron", "0 2 * * *", "--timezone", "Europe/Berln"), "Europe/Berlin", id="bad-zone"),
        pytest.param(("--cron", "0 2 * * *", "fx-rates"), "--cron stands for itself", id="cron-and-job"),
        pytest.param(("--timezone", "UTC", "fx-rates"), "belongs to --cron", id="zone-without-cron"),
        pytest.param(("-n", "0", "fx-rates"), "0", id="no-fires"),
        pytest.param(("--manifests", "nowhere"), "nowhere", id="missing-path"),
    ],
)
def test_wrong_usage_exits_2_and_says_what_to_write(
    call: Call, manifests: Path, arguments: tuple[str, ...], words: str
) -> None:
    """Never a traceback."""
    answer = call("next", *arguments)
    assert answer.code == 2
    assert words in answer.stderr
    assert answer.stdout == ""


def test_an_unknown_job_is_answered_with_the_nearest(call: Call, manifests: Path) -> None:
    """One line on stderr, exit code 1."""
    answer = call("next", "close-dai")
    assert (1, "") == (answer.code, answer.stdout)
    assert "did you mean 'billing/close-day'?" in answer.stderr


def test_an_ambiguous_id_names_the_candidates(call: Call, manifests: Path) -> None:
    """Two sets have a job `close-day`."""
    text = "schedrun: v1\nname: stock\njobs:\n  close-day: {schedule: {every: 1h}, target: {command: [x]}}\n"
    (manifests / "stock.yaml").write_text(text)
    answer = call("next", "close-day")
    assert answer.code == 1
    assert "billing/close-day, stock/close-day" in answer.stderr


def test_broken_files_are_named_on_stderr(call: Call, broken: Path) -> None:
    """A job of a good file is answered; a list of all jobs is known to be incomplete."""
    one = call("next", "fx-rates", "--format", "json")
    assert one.code == 0
    assert "error[SR101]" in one.stderr
    assert one.json["fires"]
    assert call("next").code == 1
