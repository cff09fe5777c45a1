"""A plan for people: one line a change, its fields below, a summary last."""

import json
from collections.abc import Iterator

from schedrun.core.ids import JobKey
from schedrun.core.plan.change import Action, Change, FieldChange, Plan
from schedrun.core.run.recorded import Override
from schedrun.core.spec.instant import utc_text
from schedrun.render import findings_text
from schedrun.render.escape import for_terminal
from schedrun.render.paint import Paint, Tone, painted, unpainted
from schedrun.render.plan_json import summary
from schedrun.render.width import display_width, hanging

SIGNS = {
    Action.CREATE: ("+", Tone.GOOD),
    Action.REMOVE: ("-", Tone.BAD),
    Action.MOVE: (">", Tone.ACTIVE),
    Action.UPDATE: ("~", Tone.ACTIVE),
    Action.PAUSE: ("=", Tone.WARN),
    Action.RESUME: ("*", Tone.GOOD),
    Action.NOOP: (" ", Tone.FAINT),
}
"""The sign in front of each action, and how it is meant."""

_ABSENT = "(absent)"
_HIDDEN = "(value hidden)"
_BLOCKED = "[blocked:"
_COMFORTABLE = 100
_HANGING = 6  # its fields stand less far in


def text(plan: Plan, *, width: int | None = None, paint: Paint = unpainted) -> str:
    """Return the plan's findings, changes, overrides and summary.

    Changes that change nothing are only counted. `width` is the terminal's; values too long for one line
    stand on two, before above after.
    """
    blocks = [
        findings_text.text(plan.findings, width=width, paint=paint),
        "\n".join(line for change in plan.effective for line in change_lines(change, width=width, paint=paint)),
        "\n".join(_override_line(job, override, paint=paint) for job, override in plan.overrides),
        summary_line(plan, paint=paint),
    ]
    return "\n\n".join(block for block in blocks if block)


def change_lines(change: Change, *, width: int | None = None, paint: Paint = unpainted) -> Iterator[str]:
    """Yield the line of a change, wrapped where the terminal's `width` asks for it, then one or two lines a field."""
    yield from _change_line(change, width=width, paint=paint)
    for field in change.fields:
        yield from _field_lines(field, width or _COMFORTABLE)


def _change_line(change: Change, *, width: int | None, paint: Paint) -> list[str]:
    """Return a change in one line: sign, action, job, reason, and why it is blocked where it is."""
    sign, tone = SIGNS[change.action]
    done = f"{sign} {change.action}"
    line = f"{done} {for_terminal(change.job)}: {for_terminal(change.reason)}"
    if change.blocked is None:
        return painted(hanging(line, width, indent=_HANGING), done, tone, paint=paint)
    line = f"{line} {_BLOCKED} {for_terminal(change.blocked)}]"
    lines = painted(hanging(line, width, indent=_HANGING), done, tone, paint=paint)
    return painted(lines, _BLOCKED, Tone.WARN, paint=paint)


def summary_line(plan: Plan, *, paint: Paint = unpainted) -> str:
    """Return the plan's last line: how many jobs each action touches and how many stay as they are."""
    counts = summary(plan)
    touched = [f"{counts[action]} to {action}" for action in Action if action is not Action.NOOP and counts[action]]
    unchanged = f"{counts[Action.NOOP]} unchanged"
    if not touched:
        return f"{paint('Nothing to change', Tone.GOOD)}: {unchanged}."
    blocked = [paint(f"{counts['blocked']} of them blocked", Tone.WARN)] if counts["blocked"] else []
    return f"{paint('Plan', Tone.STRONG)}: {', '.join([*touched, *blocked, unchanged])}."


def _field_lines(field: FieldChange, width: int) -> Iterator[str]:
    path, before, after = for_terminal(field.path), _value(field.before), _value(field.after)
    if _HIDDEN in {before, after} and _ABSENT not in {before, after}:
        yield f"    {path}: changed {_HIDDEN}"
        return
    line = f"    {path}: {before} -> {after}"
    if display_width(line) <= width:
        yield line
        return
    yield f"    {path}:"
    yield f"      before: {before}"
    yield f"      after:  {after}"


def _value(value: object) -> str:
    if value is None:
        return _ABSENT
    if value == _HIDDEN:
        return _HIDDEN
    return for_terminal(json.dumps(value, ensure_ascii=False, default=str))


def _override_line(job: JobKey, override: Override, *, paint: Paint) -> str:
    until = "until it is resumed" if override.until is None else f"until {utc_text(override.until)}"
    reason = f": {for_terminal(override.reason)}" if override.reason else ""
    return (
        f"{paint('! override', Tone.WARN)} {for_terminal(job)}: paused by {for_terminal(override.by)} {until}{reason}"
    )
