"""`must_finish_by` and `must_succeed_within` in manifests: what is written, what is refused and where, and defaults."""

from datetime import timedelta

import pytest

from tests.manifest.findings import GOOD, HEAD, finding, jobs, one_job, places

WHAT = "schedule: {every: 1h}, target: {command: [ls]}"


def test_both_are_read() -> None:
    """A time of day, in quotes or where YAML takes it for text anyway; a duration."""
    for written in ('"06:00"', "06:00"):
        (job,) = jobs(one_job(f"{WHAT}, must_finish_by: {written}, must_succeed_within: 26h")).values()
        assert ("06:00", timedelta(hours=26)) == (job.must_finish_by, job.must_succeed_within)
        assert {"06:00", "1d2h"} <= set(map(str, job.to_record().values()))


@pytest.mark.parametrize(
    ("written", "place", "hint"),
    [
        ("must_finish_by: 22:30", "3:76 SR011", 'write "22:30" in quotes for the text'),
        ("must_finish_by: 6", "3:76 SR102", 'such as "06:00"'),
        ('must_finish_by: "6:00"', "3:76 SR102", 'write "06:00"'),
        ('must_finish_by: ["06:00"]', "3:76 SR102", 'such as "06:00"'),
        ("must_finish_by: 26h", "3:76 SR102", "`must_succeed_within` takes durations"),
        ("must_succeed_within: 26", "3:81 SR102", "numbers with units"),
        ("must_succeed_within: 0s", "3:81 SR102", "such as 15m"),
        ('must_succeed_within: "06:00"', "3:81 SR102", "numbers with units"),
        ("must_finnish_by: x", "3:60 SR101", "did you mean `must_finish_by`?"),
    ],
)
def test_what_is_refused_says_where_and_what_to_write(written: str, place: str, hint: str) -> None:
    """The place is that of the value, or of the name that nobody knows."""
    found = finding(one_job(f"{WHAT}, {written}"))
    assert [place] == places((found,))
    assert hint in (found.hint or "")


def test_defaults_are_merged_below_the_job() -> None:
    """The job's own word counts, and null takes a default away."""
    text = f"""{HEAD}defaults: {{must_finish_by: "06:00", must_succeed_within: 26h}}
jobs:
  own: {{{GOOD[1:-1]}, must_finish_by: "07:00", must_succeed_within: 1h}}
  none: {{{GOOD[1:-1]}, must_finish_by: null, must_succeed_within: null}}
  both: {GOOD}
"""
    found = {key: (job.must_finish_by, job.must_succeed_within) for key, job in jobs(text).items()}
    expected = {
        "s/own": ("07:00", timedelta(hours=1)),
        "s/none": (None, None),
        "s/both": ("06:00", timedelta(hours=26)),
    }
    assert expected == found


def test_a_fault_of_the_defaults_is_found_once() -> None:
    """Where it is written."""
    found = finding(f'{HEAD}defaults: {{must_finish_by: "6:00"}}\njobs: {{a: {GOOD}, b: {GOOD}}}\n')
    assert ["3:28 SR102"] == places((found,))
