"""Text from manifests cannot move a terminal's cursor, in any view."""

import logging
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedrun.core.plan.change import Action, FieldChange, Plan
from schedrun.core.run.recorded import BlockedRemoval, Override
from schedrun.core.source import Position
from schedrun.render import (
    findings_text,
    jobs_table,
    next_table,
    plan_text,
    runs_table,
    status_text,
)
from schedrun.render.escape import for_log, for_terminal
from schedrun.render.history import History
from schedrun.render.log_lines import PlainFormatter
from schedrun.render.people_lines import PeopleFormatter
from tests.render import samples
from tests.render.samples import ESCAPED, HOSTILE, NOW


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("plain text", "plain text", id="plain"),
        pytest.param("Zürich, 東京 ✓", "Zürich, 東京 ✓", id="letters-of-all-scripts"),
        pytest.param("a\x1b[2Jb", r"a\x1b[2Jb", id="escape-sequence"),
        pytest.param("a\x9b2Jb", r"a\x9b2Jb", id="c1-control"),
        pytest.param("a\rb\nc\td", r"a\rb\nc\td", id="line-breaks-and-tabs"),
        pytest.param("a\u202eb", r"a\u202eb", id="bidirectional-override"),
        pytest.param("a\u200bb", r"a\u200bb", id="zero-width"),
        pytest.param("a\udc80b", r"a\udc80b", id="lone-surrogate"),
        pytest.param("a\x00b\x7f", r"a\x00b\x7f", id="nul-and-delete"),
    ],
)
def test_writes_out_what_cannot_be_seen(text: str, shown: str) -> None:
    """Everything invisible becomes its escape, everything else stays."""
    assert shown == for_terminal(text)


@given(st.text())
def test_the_result_is_always_printable_and_encodable(text: str) -> None:
    """Whatever the text, a terminal gets printable characters only."""
    shown = for_terminal(text)
    assert shown.isprintable()
    shown.encode("utf-8")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("::error::x", r"\x3a:error::x"),
        ("  ::error::x", r"  \x3a:error::x"),
        ("a ::error::x", "a ::error::x"),
        ("a ##[group]x", r"a \x23#[group]x"),
        ("###[group]##vso[task.setvariable]", r"#\x23#[group]\x23#vso[task.setvariable]"),
        ("##teamcity[message]", r"\x23#teamcity[message]"),
        ("## a heading [link]", "## a heading [link]"),
    ],
)
def test_a_runner_sees_no_command_in_a_log(line: str, shown: str) -> None:
    """What GitHub, Azure and TeamCity would obey is broken, all else stays."""
    assert shown == for_log(line)


def _hostile_views() -> dict[str, str]:
    finding = replace(
        samples.FINDINGS[0],
        message=HOSTILE,
        hint=HOSTILE,
        position=Position(HOSTILE, 1, 1),
        related=Position(HOSTILE, 2, 2),
        related_note=HOSTILE,
    )
    change = samples.change(Action.UPDATE, HOSTILE, HOSTILE, FieldChange(HOSTILE, HOSTILE, [HOSTILE]), blocked=HOSTILE)
    plan = Plan((change,), HOSTILE, (finding,), ((HOSTILE, Override(HOSTILE, HOSTILE, NOW)),))
    job = replace(samples.JOBS[0], job=HOSTILE, schedule=HOSTILE, file=HOSTILE)
    run = samples.run(error=HOSTILE)
    history = History((run,), samples.HISTORY.spans, {"uid-1": HOSTILE, "uid-2": HOSTILE})
    sync = replace(
        samples.SYNC,
        paths=(HOSTILE,),
        revision_applied=HOSTILE,
        broken=(finding,),
        blocked=(BlockedRemoval(HOSTILE, HOSTILE),),
    )
    record = logging.makeLogRecord({"msg": HOSTILE, "levelname": "INFO", "job": HOSTILE})
    return {
        "findings": findings_text.text((finding,)),
        "plan": plan_text.text(plan),
        "jobs": jobs_table.text((job,), now=NOW),
        "jobs-narrow": jobs_table.text((job,), now=NOW, width=40),
        "next": next_table.text((replace(samples.FIRES[0], job=HOSTILE),), now=NOW),
        "runs": runs_table.text(history, now=NOW),
        "status": status_text.text(sync, None, now=NOW),
        "log": PlainFormatter().format(record),
        "terminal": PeopleFormatter().format(record),
    }


@pytest.mark.parametrize("view", _hostile_views())
def test_every_view_escapes_what_manifests_say(view: str) -> None:
    """Only the line breaks of the view itself remain, and the hostile text is there, written out."""
    shown = _hostile_views()[view]
    assert all(line.isprintable() for line in shown.split("\n"))
    assert "\\x1b[31m" in shown.replace("\n", "")


def test_a_hostile_id_is_shown_whole() -> None:
    """Escaping loses nothing."""
    assert ESCAPED in _hostile_views()["jobs"]
