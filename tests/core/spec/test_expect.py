"""The entries of `expect`: what may be written, where faults are reported, what is recorded."""

import pytest

from schedrun.core.spec.expect import EXPECT_KINDS, EXPECT_MODELS, kind_of
from schedrun.core.spec.job import Job
from tests.manifest.findings import HEAD, finding, findings, jobs, one_job, places

_JOB = "schedule: {cron: '0 2 * * *'}, target: {command: [ls]}"


def expecting(entries: str) -> str:
    """Return a manifest whose job expects this; the entries begin at line 3, column 76."""
    return one_job(f"{_JOB}, expect: {entries}")


GOOD = [
    "[]",
    "[{fires_at: '2026-12-01T02:00:00Z'}]",
    "[{never_at: '02:30'}, {never_at: ['02:30:15', '2026-12-01T02:00:00Z']}]",
    "[{never_on: sat}, {never_on: [sat, sun, 2026-12-24]}]",
    "[{never_between: ['08:00', '18:00']}, {never_between: ['22:00', '06:00']}, {never_between: ['12:00', '24:00']}]",
    "[{at_most: 0, per: hour}, {at_most: 1, per: day, horizon: 90d}]",
    "[{at_least: 1, per: week, horizon: 2w}, {at_least: 1, per: month}]",
    "[{gap_at_most: 3d}]",
]


@pytest.mark.parametrize("entries", GOOD)
def test_takes(entries: str) -> None:
    """Each kind, a list of one also without its brackets."""
    assert () == findings(expecting(entries))


BAD = [
    ("{never_on: [sat]}", "3:76 SR102", "write its entries as a list"),
    ("[never_on]", "3:77 SR102", None),
    ("[{}]", "3:77 SR104", None),
    ("[{never_onn: sat}]", "3:77 SR104", "did you mean `never_on`?"),
    ("[{at_most: 1}]", "3:77 SR103", None),
    ("[{at_most: 1, at_least: 1, per: day}]", "3:90 SR104", "keep one of them"),
    ("[{at_most: -1, per: day}]", "3:87 SR102", None),
    ("[{at_least: 0, per: day}]", "3:88 SR102", None),
    ("[{at_most: 1, per: year}]", "3:95 SR102", None),
    ("[{at_least: 1, per: week, horizon: 13d}]", "3:111 SR102", "write 14d or more"),
    ("[{at_most: 1, per: day, horizon: 3661d}]", "3:109 SR102", "write 3660d or less"),
    ("[{gap_at_most: 0s}]", "3:91 SR102", None),
    ("[{never_on: sunday}]", "3:88 SR102", "write sun"),
    ("[{never_on: [sat, Sun]}]", "3:94 SR102", "write sun"),
    ("[{never_on: [2026-02-30]}]", "3:89 SR102", "write mon, tue"),
    ("[{never_on: '0000-01-01'}]", "3:88 SR102", "write mon, tue"),
    ("[{never_on: []}]", "3:88 SR102", None),
    ("[{never_between: '08:00-18:00'}]", "3:93 SR102", 'such as ["08:00", "18:00"]'),
    ("[{never_between: ['08:00']}]", "3:93 SR102", 'such as ["08:00", "18:00"]'),
    ("[{never_between: ['08:00', '08:00:00']}]", "3:93 SR102", "the end itself is outside"),
    ("[{never_between: ['24:00', '08:00']}]", "3:93 SR102", 'write "00:00"'),
    ("[{never_between: ['8:00', '18:00']}]", "3:94 SR102", "in quotes"),
    ("[{never_at: noon}]", "3:88 SR102", "in quotes"),
    ("[{never_at: 5}]", "3:88 SR102", 'write "5" in quotes'),
    ("[{fires_at: tomorrow}]", "3:88 SR102", "2026-12-01"),
    ("[{fires_at: '2026-12-01T02:00:00'}]", "3:88 SR102", "say the `timezone`"),
    ("[{fires_at: '2026-12-01T02:00:00Z', horizon: 3d}]", "3:112 SR101", "`horizon` goes with"),
]


@pytest.mark.parametrize(("entries", "place", "hint"), BAD)
def test_refuses(entries: str, place: str, hint: str | None) -> None:
    """One fault, at the value, the key or the entry, with what to write."""
    found = finding(expecting(entries))
    assert [place] == places((found,))
    assert hint is None or hint in (found.hint or "")


def test_local_times_must_exist() -> None:
    """An instant is read in the job's zone, in each entry."""
    entries = "[{fires_at: '2026-03-29T02:30'}, {never_at: ['02:30', '2026-03-29T02:30', '2026-07-01T02:30+01:00']}]"
    found = findings(one_job(f"{_JOB}, timezone: Europe/Berlin, expect: {entries}"))
    assert ["SR307", "SR307", "SR306"] == [each.code for each in found]


def test_is_no_default() -> None:
    """What all jobs must fulfil is what a linter is for."""
    found = finding(f"{HEAD}defaults: {{expect: []}}\njobs: {{}}\n")
    assert ("SR101", "`expect` cannot be a default: say it in each job") == (found.code, found.hint)


def test_an_entry_directly_under_the_job_is_shown_its_place() -> None:
    """The commonest slip of who has read about expectations once."""
    assert "`never_on` belongs in an entry of the list `expect`" == finding(one_job(f"{_JOB}, never_on: sat")).hint


def test_is_recorded_as_lists_and_read_back() -> None:
    """What the job's row holds is a manifest's `expect` again."""
    (job,) = jobs(expecting("[{never_on: sat}, {at_most: 1, per: day, horizon: 90d}]")).values()
    record = job.to_record()["expect"]
    assert [{"never_on": ["sat"]}, {"at_most": 1, "per": "day", "horizon": "90d"}] == record
    assert job == Job.model_validate(job.to_record())


def test_every_kind_has_its_model() -> None:
    """The key that selects a model is its own first field."""
    assert list(EXPECT_KINDS) == [
        next(kind for kind in model.model_fields if kind != "horizon") for model in EXPECT_MODELS
    ]
    assert list(EXPECT_KINDS) == [kind_of({kind: 1}) for kind in EXPECT_KINDS]
