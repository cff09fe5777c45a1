"""Fixes: what is mended keeps comments, layout and meaning, and what would change a run is left alone."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedrun.core.diagnostics import Diagnostic, Edit, Severity
from schedrun.core.plan.inspected import Inspected
from schedrun.core.source import Position
from schedrun.core.spec.job import Job
from schedrun.lint import meaning
from schedrun.lint.fix import applied, fixed
from schedrun.manifest.load import inspect_text
from tests.lint.linted import lint

HEAD = "schedrun: v1\nname: s\njobs:\n  j:\n    target: {command: [a]}  # what it does\n"


def mended(text: str) -> str:
    """Return what all fixes make of one manifest."""
    changes = fixed({"a.yaml": text}, lint(text), read=inspect_text)
    return changes[0].after if changes else text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('schedule: {cron: "0 12 * * 1"}', 'schedule: {cron: "0 12 * * mon"}'),
        ("schedule: {cron: '0  12 * * 1-5'}  # 1-5", "schedule: {cron: '0  12 * * mon-fri'}  # 1-5"),
        ('schedule: {cron: "0 12 * * 5-7"}', 'schedule: {cron: "0 12 * * fri,sat,sun"}'),
        ('schedule: {cron: "0 12 * * 7,1#2"}', 'schedule: {cron: "0 12 * * sun,mon#2"}'),
        ('schedule: {every: 1h}\n    timezone: "EST"', 'schedule: {every: 1h}\n    timezone: "America/Panama"'),
        (
            "schedule: {at: 2026-10-25T02:30:00}\n    timezone: Europe/Berlin",
            "schedule: {at: 2026-10-25T02:30:00+02:00}\n    timezone: Europe/Berlin",
        ),
        ("schedule: {cron: */5 * * * *}", 'schedule: {cron: "*/5 * * * *"}'),
        ("schedule: {cron: @daily}  # at night", 'schedule: {cron: "@daily"}  # at night'),
        ("schedule: {every: 1h}\n    description: 22:30", 'schedule: {every: 1h}\n    description: "22:30"'),
        (
            "schedule: {every: 1h}\n    labels: {a: no, b: 010}",
            'schedule: {every: 1h}\n    labels: {a: "no", b: "010"}',
        ),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_mends_and_keeps_everything_else(before: str, after: str, end: str) -> None:
    """Comments, quotes, blanks and line ends stay as they are."""
    text = f"{HEAD}    {before}\n    # the end\n".replace("\n", end)
    assert f"{HEAD}    {after}\n    # the end\n".replace("\n", end) == mended(text)


@pytest.mark.parametrize(
    "said",
    [
        'schedule: {cron: "0 12 * * 5L"}',
        'schedule: {cron: "* 4 * * *"}',
        "schedule: {every: 1h}\n    timezone: Etc/GMT+5",
        "schedule: {every: 1h}\n    paused: no",
        "schedule: {every: 1h}\n    max_instances: 010",
    ],
)
def test_leaves_alone_what_no_quotes_or_names_mend(said: str) -> None:
    """Where the meaning is not plain a person decides."""
    text = f"{HEAD}    {said}\n"
    assert text == mended(text)


def test_one_fix_that_does_not_hold_does_not_keep_the_others() -> None:
    """Each is tried by itself then."""
    text = f"{HEAD}    schedule: {{every: 1h}}\n    paused: no\n    description: 22:30\n    owner: 1_0\n"
    expected = text.replace("22:30", '"22:30"').replace("1_0", '"1_0"')
    assert expected == mended(text)


def test_many_fixes_are_not_tried_one_by_one_for_one_that_does_not_hold() -> None:
    """Each trial reads the file anew: halves of halves need few."""
    jobs = "".join(
        f"  a{number}: {{schedule: {{cron: 1 2 * * 1}}, target: {{command: [a]}}}}\n" for number in range(64)
    )
    text = f"{HEAD}    schedule: {{every: 1h}}\n{jobs}"
    place = Position("a.yaml", 6, 15, 6, 25)
    wrong = Diagnostic("SR208", Severity.WARNING, place, "", edits=(Edit(place, "{every: 2h}"),))
    reads = []

    def read(texts: Mapping[str, bytes]) -> Inspected:
        reads.append(texts)
        return inspect_text(texts)

    (mended,) = fixed({"a.yaml": text}, [*lint(text), wrong], read=read)
    assert text.replace("* * 1", "* * mon") == mended.after
    assert (64, True) == (len(mended.findings), len(reads) < 32)


def test_a_fix_that_changes_a_run_is_not_kept() -> None:
    """Whatever a rule believes of its edit."""
    text = f'{HEAD}    schedule: {{cron: "0 12 * * mon"}}\n'
    place = Position("a.yaml", 6, 22, 6, 36)
    wrong = Diagnostic("SR208", Severity.WARNING, place, "", edits=(Edit(place, '"0 12 * * tue"'),))
    assert [] == fixed({"a.yaml": text}, [wrong], read=inspect_text)


def test_the_same_value_is_mended_once() -> None:
    """Two jobs reach it through one anchor."""
    head = 'schedrun: v1\nname: s\nx-s: &s {cron: "0 12 * * 1"}\njobs:\n'
    text = head + "  a: {schedule: *s, target: {command: [a]}}\n  b: {schedule: *s, target: {command: [a]}}\n"
    assert text.replace("* * 1", "* * mon") == mended(text)


def test_a_file_that_is_not_at_hand_stays() -> None:
    """Only what was given can be changed."""

    def nothing(_: Mapping[str, bytes]) -> None:
        raise AssertionError("nothing is to be read")

    assert [] == fixed({}, lint(f'{HEAD}    schedule: {{cron: "0 12 * * 1"}}\n'), read=nothing)  # type: ignore[arg-type]  # never called


@given(st.text(alphabet="ab\n\r", max_size=20), st.data())
def test_edits_replace_exactly_their_place(text: str, data: st.DataObject) -> None:
    """An edit that writes what stands there changes nothing."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    number = data.draw(st.integers(0, len(lines) - 1))
    begin = data.draw(st.integers(0, len(lines[number])))
    end = data.draw(st.integers(begin, len(lines[number])))
    place = Position("a", number + 1, begin + 1, number + 1, end + 1)
    assert text == applied(text, [Edit(place, lines[number][begin:end])])
    longer = applied(text, [Edit(place, "<new>")])
    assert len(text) - (end - begin) + len("<new>") == len(longer)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ({"timezone": "EST"}, {"timezone": "America/Panama"}, True),
        ({"timezone": "EST"}, {"timezone": "America/New_York"}, False),
        ({"schedule": {"cron": "0 2 * * 1"}}, {"schedule": {"cron": "0 2 * * mon"}}, True),
        ({"schedule": {"cron": "0 2 * * 1"}}, {"schedule": {"cron": "0 2 * * 2"}}, False),
        ({"schedule": {"cron": "*/5 * * * *"}}, {"schedule": {"cron": "0/5 0/1 * * *"}}, False),
        ({"schedule": {"every": "1h"}}, {"schedule": {"every": "60m"}}, True),
        ({"schedule": {"every": "1h", "spread": "1m"}}, {"schedule": {"every": "1h"}}, False),
        ({"owner": "a"}, {"owner": "b"}, False),
        ({"paused": {"until": "2027-01-01T00:00:00Z"}}, {"paused": {"until": "2027-01-01T01:00:00+01:00"}}, True),
        ({"paused": {"until": "2027-01-01T00:00:00Z"}}, {"paused": {"until": "2027-01-02T00:00:00Z"}}, False),
    ],
)
def test_knows_texts_that_mean_the_same(one: dict[str, object], other: dict[str, object], alike: bool) -> None:
    """The same fields and the same fires, in the same zone's clocks."""
    base: dict[str, object] = {"schedule": {"cron": "0 2 * * *"}, "target": {"command": ["a"]}}
    assert alike == meaning.same(Job.model_validate({**base, **one}), Job.model_validate({**base, **other}))
