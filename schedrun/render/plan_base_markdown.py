"""A comparison of two trees for a pull request: a comment that says at its top what matters, and folds the rest."""

import json
from collections.abc import Iterator

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.plan.change import FieldChange
from schedrun.core.plan.comparison import Comparison, JobComparison
from schedrun.core.spec.private_values import HIDDEN
from schedrun.render import plan_words
from schedrun.render.markdown import code, for_markdown

MARKER = "<!-- schedrun-plan -->"
"""The first line, which nobody sees: by it the comment is found again."""

MOST_BYTES = 60_000
"""How long a comment becomes; GitHub takes 65,536 characters."""

_OPEN_JOBS = 3
_MOST_RUNS = 10
_MOST_ITEMS = 25
_MOST_OF_A_KIND = 3
_MOST_LETTERS = 500
_LONGEST_BLOCK = 12_000
_RESERVED = 500  # for the line that says what was cut
_SIGNS = {Severity.ERROR: "❌", Severity.WARNING: "⚠️"}


def text(comparison: Comparison, *, failed: bool) -> str:
    """Return the comment, at most MOST_BYTES of UTF-8; nothing when nothing changes.

    `failed` is whether the command ends with exit code 1. Everything from manifests is escaped.
    """
    if comparison.is_empty:
        return ""
    verdict = f"**{_safe(plan_words.verdict(comparison, failed=failed))}**"
    head = [f"{MARKER}\n{verdict}", *_findings(comparison), *_closing(comparison)]
    return _joined(head, comparison.jobs)


def _joined(head: list[str], jobs: tuple[JobComparison, ...]) -> str:
    """Join the blocks while they fit, and say how many jobs did not."""
    blocks, room = list(head), MOST_BYTES - _RESERVED - sum(_size(block) for block in head)
    shown = 0
    for job in jobs:
        block = _job(job, folded=len(jobs) > _OPEN_JOBS)
        if _size(block) > room:
            break
        blocks.append(block)
        room -= _size(block)
        shown += 1
    if shown < len(jobs):
        rest = f"{len(jobs) - shown:,} more of {len(jobs):,} changed jobs"
        blocks.append(f"… and {rest}, for which this comment has no room.")
    return "\n\n".join(blocks)


def _size(block: str) -> int:
    return len(block.encode()) + 2


def _list(items: list[str], what: str) -> str:
    """Return the items, each a `what`, as a list, cut where it becomes too long, with the number of those left out."""
    lines: list[str] = []
    room = _LONGEST_BLOCK
    for item in items:
        room -= _size(item) + 2
        if room < 0 or len(lines) == _MOST_ITEMS:
            rest = len(items) - len(lines)
            return "\n".join([*lines, f"- … and {rest:,} more {what if rest == 1 else f'{what}s'}"])
        lines.append(f"- {item}")
    return "\n".join(lines)


def _findings(comparison: Comparison) -> Iterator[str]:
    if comparison.findings:
        yield "**Findings**\n\n" + _list([_finding(finding) for finding in comparison.findings], "finding")


def _finding(finding: Diagnostic) -> str:
    hint = "" if finding.hint is None else f" <br>{_safe(finding.hint)}"
    place = code(_short(str(finding.position)))
    return f"{_SIGNS[finding.severity]} {finding.code} {place}: {_safe(finding.message)}{hint}"


def _closing(comparison: Comparison) -> Iterator[str]:
    """Yield what holds for all changes together, before the jobs: what is cut shall be the details."""
    load = plan_words.load(comparison)
    kinds: list[list[str]] = [
        list(plan_words.on_merge(comparison)) if comparison.jobs else [],
        list(plan_words.removals(comparison)),
        [load] if load else [],
        list(plan_words.sharing(comparison)),
        [
            f"Clock changes in {zone}: {'; '.join(map(plan_words.clock_change, dates))}."
            for zone, dates in comparison.zones.items()
        ],
        list(plan_words.unknown(comparison)),
    ]
    if sentences := _of_each(kinds):
        yield "**In all**\n\n" + _list([_safe(sentence) for sentence in sentences], "remark")


def _of_each(kinds: list[list[str]]) -> list[str]:
    """Return the sentences; where they are too many, the first of each kind, so that none crowds out another."""
    if sum(map(len, kinds)) <= _MOST_ITEMS:
        return [sentence for kind in kinds for sentence in kind]
    return [sentence for kind in kinds for sentence in _first(kind)]


def _first(kind: list[str]) -> Iterator[str]:
    yield from kind[:_MOST_OF_A_KIND]
    if (rest := len(kind) - _MOST_OF_A_KIND) > 0:
        yield f"… and {rest:,} more like this"


def _job(job: JobComparison, *, folded: bool) -> str:
    change = job.change
    title = f"{code(change.job)}: {change.action}"
    summary = f"{title} — {_safe(plan_words.run_numbers(job))}"
    body = _list(list(_facts(job)), "fact")
    if folded:
        return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"
    return f"#### {summary}\n\n{body}"


def _facts(job: JobComparison) -> Iterator[str]:
    yield _safe(job.change.reason)
    if job.change.blocked is not None:
        yield f"**held back**: {_safe(job.change.blocked)}"
    for label, words in plan_words.schedule(job):
        yield f"{label}: **{_safe(words)}**"
    label, instants = plan_words.next_runs(job)
    yield f"{label}: {'; '.join(map(_safe, instants))}"
    for label, words in plan_words.run_lines(job, most=_MOST_RUNS):
        yield f"{label}: {for_markdown(words)}"
    for date in job.clock_dates:
        yield f"clock change: {_safe(plan_words.clock_line(date))}"
    yield from map(_field, job.change.fields)


def _field(field: FieldChange) -> str:
    path = code(_short(field.path))
    if HIDDEN in (field.before, field.after) and None not in (field.before, field.after):
        return f"{path}: changed {_safe(HIDDEN)}"
    return f"{path}: {_value(field.before)} → {_value(field.after)}"


def _value(value: object) -> str:
    if value is None:
        return "absent"
    if value == HIDDEN:
        return _safe(HIDDEN)
    return code(_short(json.dumps(value, ensure_ascii=False, default=str)))


def _safe(words: str) -> str:
    return for_markdown(_short(words))


def _short(words: str) -> str:
    return words if len(words) <= _MOST_LETTERS else f"{words[:_MOST_LETTERS]}…"
