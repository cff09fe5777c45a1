"""A message in words: its subject, and its facts in the order in which people ask for them."""

from datetime import datetime

from schedrun.core.run.message import Message
from schedrun.core.run.notice import NoticeKind
from schedrun.core.run.run import Run
from schedrun.core.spec.instant import utc_text
from schedrun.core.status import RunStatus

_HOW = {
    RunStatus.FAILED: "failed",
    RunStatus.TIMED_OUT: "timed out",
    RunStatus.INTERRUPTED: "was interrupted",
}

Facts = list[tuple[str, str]]
"""Names and values, each value one line or more of plain text."""


def subject(message: Message) -> str:
    """Return what happened in one line: `billing/close-day failed (exit code 3)`."""
    facts = message.notice.facts or {}
    match message.notice.kind:
        case NoticeKind.FAILURE:
            return f"{message.job} {_failure(message.run)}"
        case NoticeKind.RECOVERY:
            return f"{message.job} succeeded again"
        case NoticeKind.MISSED:
            count = facts.get("count", 1)
            return f"{message.job} missed {'a fire' if count == 1 else f'{count} fires'}"
        case NoticeKind.LATE:
            return f"{message.job} is late ({facts.get('expectation', 'an expectation')})"


def facts_of(message: Message) -> Facts:
    """Return what is known, the most telling first."""
    facts: Facts = []
    if message.description:
        facts.append(("Description", message.description))
    if message.owner:
        facts.append(("Owner", message.owner))
    if message.run is not None:
        facts += _of_run(message.run)
    elif message.notice.run_id is not None:
        facts.append(("Run", message.notice.run_id))
    facts += _of_notice(message)
    if message.notice.held_back:
        facts.append(("Held back", f"{message.notice.held_back} more of this kind since the last that was told"))
    return facts


def text(message: Message) -> str:
    """Return the whole message as plain text, for mails and the like."""
    lines = [f"{name}: {value}" for name, value in facts_of(message)]
    if message.log_tail:
        lines += ["", "The end of its output:", "", message.log_tail]
    if message.link:
        lines += ["", message.link]
    return "\n".join([*lines, "", f"Notice {message.notice.id}"])


def instant(at: datetime | None) -> str | None:
    """Return an instant as RFC 3339 in UTC, None for None."""
    return None if at is None else utc_text(at)


def _failure(run: Run | None) -> str:
    if run is None:
        return "failed"
    how = _HOW.get(run.status, "failed")
    return f"{how} ({run.error})" if run.error and run.status is RunStatus.FAILED and len(run.error) <= 80 else how


def _of_run(run: Run) -> Facts:
    facts = [("Run", run.id), ("Fire time", instant(run.fire_time) or "")]
    if run.attempt > 1:
        facts.append(("Attempts", str(run.attempt)))
    if run.started_at is not None and run.finished_at is not None:
        facts.append(("Took", f"{(run.finished_at - run.started_at).total_seconds():.1f} s"))
    if run.exit_code is not None:
        facts.append(("Exit code", str(run.exit_code)))
    if run.error:
        facts.append(("Error", run.error))
    return facts


def _of_notice(message: Message) -> Facts:
    known = message.notice.facts or {}
    names = {
        NoticeKind.MISSED: (("first", "First"), ("last", "Last"), ("reason", "Reason")),
        NoticeKind.LATE: (("expectation", "Expectation"), ("since", "Since")),
    }.get(message.notice.kind, ())
    return [(title, str(known[name])) for name, title in names if name in known]
