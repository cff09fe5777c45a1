"""Instants that options and arguments say: every command reads the same forms, and refuses others in the same words."""

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Call

WRITE = "write it like 2026-12-01T02:00:00+01:00 or 2026-12-01T01:00:00Z"
YEARS = "write a year from 1970 to 8999"
BERLIN = f"{WRITE}, or without the offset for Europe/Berlin"
DURATION = ", or a duration such as 2h or 7d"

COMPLETE = {
    "validate": ("validate", "--now"),
    "plan": ("plan", "--base", "HEAD", "--now"),
    "next": ("next", "--cron", "0 4 * * *", "--after"),
    "import": ("import", "--from", "crontab", "tab", "--now"),
    "export": ("export", "--to", "crontab", "--now"),
}
"""Options whose instants say their offset."""
COUNTED = {"from": ("forecast", "--to", "2026-12-01T00:00:00Z", "--from"), "to": ("forecast", "--to")}
"""Options that take a duration as well."""

REFUSED = [
    pytest.param("soon", f"'soon' is no instant: {WRITE}", id="a word"),
    pytest.param("", f"'' is no instant: {WRITE}", id="nothing"),
    pytest.param("2026-12-01", f"'2026-12-01' is no instant: {WRITE}", id="a date"),
    pytest.param("2026-W49-2T00:00Z", f"'2026-W49-2T00:00Z' is no instant: {WRITE}", id="a week"),
    pytest.param("20261201T000000Z", f"'20261201T000000Z' is no instant: {WRITE}", id="the basic form"),
    pytest.param("2026-12-01T00Z", f"'2026-12-01T00Z' is no instant: {WRITE}", id="an hour alone"),
    pytest.param("2026-12-01T00:00:00", f"'2026-12-01T00:00:00' says no offset from UTC: {WRITE}", id="no offset"),
    pytest.param("2026-13-01T00:00:00Z", "'2026-13-01T00:00:00Z' is no instant: month must be in 1..12", id="no month"),
    pytest.param(
        "2026-12-01T00:00:00+24:00", "is no instant: its offset is a day or longer", id="no offset of a clock"
    ),
    pytest.param("1969-12-31T23:59:59Z", f"'1969-12-31T23:59:59Z' is out of range: {YEARS}", id="too early"),
    pytest.param("1970-01-01T00:59:59+01:00", f"is out of range: {YEARS}", id="too early in UTC"),
    pytest.param("9000-01-01T00:00:00Z", f"'9000-01-01T00:00:00Z' is out of range: {YEARS}", id="too late"),
    pytest.param("0001-01-01T00:00:00+10:00", f"is out of range: {YEARS}", id="before the calendar"),
    pytest.param("9999-12-31T23:59:59-01:00", f"is out of range: {YEARS}", id="behind the calendar"),
    pytest.param("soon\x1b[31m\u202e", f"'soon\\x1b[31m\\u202e' is no instant: {WRITE}", id="what a terminal obeys"),
]


def error(stderr: str) -> str:
    """Return the line that says what is wrong."""
    (line,) = [line for line in stderr.splitlines() if line.startswith("Error: ")]
    return line


@pytest.mark.parametrize("command", [*COMPLETE, *COUNTED])
@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_refuses_the_same_in_the_same_words(call: Call, manifests: Path, command: str, text: str, words: str) -> None:
    """Wrong usage, with what to write; where durations are taken that is said too."""
    *arguments, option = (COMPLETE | COUNTED)[command]
    answer = call(*arguments, option, text)
    assert (2, "") == (answer.code, answer.stdout)
    line = error(answer.stderr)
    assert line.startswith(f"Error: Invalid value for '{option}': ")
    assert words in line
    assert (command in COUNTED) == line.endswith(DURATION)


@pytest.mark.parametrize("command", [*COMPLETE, *COUNTED])
@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-30T02:00:00+01:00", "2026-11-30T01:00:00Z", "2026-11-30t01:00z", "2026-11-30 01:00:00.123456Z"),
        *("1970-01-01T00:00:00Z", "8999-12-31T23:59:59Z"),
    ],
)
def test_takes_the_forms_of_rfc_3339(call: Call, manifests: Path, command: str, text: str) -> None:
    """Both ends of the years that the remedy names are inside; what follows may be refused for other reasons."""
    assert "Invalid value" not in call(*(COMPLETE | COUNTED)[command], text).stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("soon", f"'soon' is no instant: {BERLIN}", id="a word"),
        pytest.param("2026-W49-2T00:00", f"'2026-W49-2T00:00' is no instant: {BERLIN}", id="a week"),
        pytest.param("9000-01-01T02:00:00", f"is out of range: {YEARS}", id="too late"),
        pytest.param("0001-01-01T00:00:00", f"is out of range: {YEARS}", id="before the calendar"),
        pytest.param(
            "2099-03-29T02:30:00",
            """'2099-03-29T02:30:00' does not exist in Europe/Berlin: the clocks skip it: write"""
            """ "2099-03-29T03:30:00+02:00", or another time""",
            id="in a gap",
        ),
    ],
)
def test_refuses_local_times_with_the_zone_in_which_they_would_be_read(
    call: Call, state: Path, text: str, words: str
) -> None:
    """`pause --until`, which takes a duration too, and `why JOB@TIME`."""
    pause, why = call("pause", "billing/close-day", "--until", text), call("why", f"billing/close-day@{text}")
    assert (2, "", 2, "") == (pause.code, pause.stdout, why.code, why.stdout)
    durations = "" if "skip" in words else DURATION
    assert re.fullmatch(f"Error: Invalid value for '--until': .*{re.escape(words + durations)}", error(pause.stderr))
    assert re.fullmatch(f"Error: Invalid value for 'JOB@TIME': .*{re.escape(words)}", error(why.stderr))


@pytest.mark.parametrize("text", ["9999999d", "99999999999999d", f"{'9' * 5000}d"])
def test_refuses_durations_that_lead_out_of_the_calendar(call: Call, manifests: Path, state: Path, text: str) -> None:
    """With the years that can be reached."""
    for arguments in (
        ("forecast", "--from", text),
        ("forecast", "--to", text),
        ("pause", "billing/close-day", "--until", text),
    ):
        answer = call(*arguments)
        assert (2, "") == (answer.code, answer.stdout)
        assert error(answer.stderr).endswith(f"Invalid value for '{arguments[-2]}': '{text}' is out of range: {YEARS}")
