"""What an import did, for people: each job with its verdict, what was lost, where the fires differ and why."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from schedrun.convert.entry import Note
from schedrun.convert.importing import Imported, Proven
from schedrun.convert.proof import Agreement
from schedrun.core.source import Position
from schedrun.render.counting import counted
from schedrun.render.escape import for_terminal
from schedrun.render.width import hanging

_MOST = 5
"""Differences that are shown; the rest is counted."""


def text(imported: Imported, *, width: int | None = None) -> str:
    """Return the report; every line is harmless on a terminal, and wrapped where it has `width` columns."""
    lines = [_note(note, note.position) for note in imported.notes]
    for each in imported.proven:
        lines += _job(each)
    lines += [str(finding) for finding in imported.findings]
    lines.append(_verdict(imported))
    return "\n".join(piece for line in lines for piece in hanging(for_terminal(line), width))


def _job(each: Proven) -> Iterator[str]:
    entry = each.entry
    place = f"{entry.position.file}:{entry.position.line}:{entry.position.column}"
    if not entry.carried:
        yield f"{place}: {each.job_id}: NOT CARRIED ({entry.said})"
    elif each.agreement is None:
        yield f"{place}: {each.job_id}: carried, and there is nothing to compare"
    else:
        yield f"{place}: {each.job_id}: {_agreement(each.agreement)}"
        zone = str(entry.fields.get("timezone", "UTC"))
        yield from _differences(each.agreement, zone)
    for note in entry.notes:
        yield "    " + _note(note, note.position)


def _note(note: Note, position: Position | None) -> str:
    place = "" if position is None else f"{position}: "
    return f"{place}{'not carried' if note.lost else 'note'}: {note.text}"


def _agreement(agreement: Agreement) -> str:
    span = f"from {agreement.after:%Y-%m-%d} to {agreement.until:%Y-%m-%d}"
    looked = f", looked at on {agreement.partly}" if agreement.partly else ""
    fires = counted(agreement.fires, "fire")
    if not agreement.holds:
        return f"DIFFERS at {counted(len(agreement.differences), 'instant')} {span} ({fires} here{looked})"
    if agreement.phase_free:
        return f"agrees: the same period, {fires} {span}"
    return f"agrees: {fires} {span}{looked}"


def _differences(agreement: Agreement, zone: str) -> Iterator[str]:
    for reason in agreement.reasons:
        yield f"    why: {reason}"
    local = ZoneInfo(zone)
    for difference in agreement.differences[:_MOST]:
        shown = difference.at.astimezone(local).isoformat()
        yield f"    {shown}: old {_times(difference.old)}, new {_times(difference.new)}"
    rest = len(agreement.differences) - _MOST
    if rest > 0:
        yield f"    and {rest} more"


def _times(count: int) -> str:
    return {0: "does not fire", 1: "fires"}.get(count, f"fires {count} times")


def _verdict(imported: Imported) -> str:
    carried = sum(1 for each in imported.proven if each.entry.carried)
    lost = sum(note.lost for each in imported.proven for note in each.entry.notes) + sum(n.lost for n in imported.notes)
    differ = sum(1 for each in imported.proven if each.agreement is not None and not each.agreement.holds)
    mark = "ok" if imported.complete else "not ok"
    return (
        f"{mark}: {carried} of {counted(len(imported.proven), 'job')} carried, {differ} differ,"
        f" {counted(lost, 'thing')} not carried"
    )
