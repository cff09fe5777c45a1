"""What is applied, for people: the verdict first, then what is in the way."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.ids import JobKey
from schedrun.core.run.lateness import Late
from schedrun.core.run.recorded import BlockedRemoval, Session, SyncRecord
from schedrun.core.spec.instant import utc_text
from schedrun.render import findings_text
from schedrun.render.counting import counted
from schedrun.render.escape import for_terminal
from schedrun.render.instants import relative, to_the_second
from schedrun.render.paint import Paint, Tone, unpainted
from schedrun.render.status_json import degraded


def text(
    sync: SyncRecord | None,
    session: Session | None,
    *,
    now: datetime,
    unreadable: Sequence[Diagnostic] = (),
    late: Mapping[JobKey, Late] = MappingProxyType({}),
    paint: Paint = unpainted,
) -> str:
    """Return what the last reconcile applied and left undone, and how the last service process stands.

    `unreadable` are findings about recorded jobs that cannot run, `late` the jobs that do not do in time what is
    expected of them: that degrades nothing.
    """
    lines = [_verdict(sync, unreadable=unreadable, paint=paint)]
    if sync is not None:
        lines += _sync_lines(sync, now=now, paint=paint)
    if unreadable:
        lines += ["", paint("Recorded jobs that cannot run:", Tone.BAD), findings_text.text(unreadable, paint=paint)]
    if late:
        lines += ["", paint("Late:", Tone.BAD), *(_late_line(job, each, now=now) for job, each in late.items())]
    return "\n".join([*lines, *_session_lines(session, now=now, paint=paint)])


def _sync_lines(sync: SyncRecord, *, now: datetime, paint: Paint) -> Iterator[str]:
    yield f"paths: {for_terminal(' '.join(sync.paths))}"
    yield f"applied: {_revision(sync)}, {utc_text(to_the_second(sync.at))} ({relative(sync.at, now=now)})"
    if sync.broken:
        yield ""
        yield paint("Broken files keep their last good jobs:", Tone.BAD)
        yield findings_text.text(sync.broken, paint=paint)
    if sync.blocked:
        yield ""
        yield paint("Blocked removals; their jobs go on firing:", Tone.WARN)
        yield from (_blocked_line(removal) for removal in sync.blocked)


def _verdict(sync: SyncRecord | None, *, unreadable: Sequence[Diagnostic], paint: Paint) -> str:
    if not degraded(sync, unreadable):
        applied = "the live jobs are what the manifests say"
        return f"{paint('ok', Tone.GOOD)}: {'no manifests were applied to this state yet' if sync is None else applied}"
    reasons = []
    if sync is not None and sync.broken:
        reasons.append(counted(len({finding.position.file for finding in sync.broken}), "broken file"))
    if sync is not None and sync.blocked:
        reasons.append(counted(len(sync.blocked), "blocked removal"))
    if unreadable:
        reasons.append(counted(len(unreadable), "unreadable job"))
    return f"{paint('degraded', Tone.BAD)}: {', '.join(reasons)}"


def _revision(sync: SyncRecord) -> str:
    applied = for_terminal(sync.revision_applied or "nothing")
    if sync.revision_applied == sync.revision_attempted:
        return applied
    return f"{applied} (attempted {for_terminal(sync.revision_attempted)})"


def _blocked_line(removal: BlockedRemoval) -> str:
    return f"{for_terminal(removal.job)}: {for_terminal(removal.reason)}"


def _late_line(job: JobKey, late: Late, *, now: datetime) -> str:
    since = f"{utc_text(to_the_second(late.since))} ({relative(late.since, now=now)})"
    return f"{for_terminal(job)}: {late.expectation} does not hold since {since}"


def _session_lines(session: Session | None, *, now: datetime, paint: Paint) -> Iterator[str]:
    if session is None:
        return
    if session.ended_at is not None:
        yield f"service: {paint('stopped', Tone.WARN)} {relative(session.ended_at, now=now)}"
        return
    since, alive = relative(session.started_at, now=now), relative(session.alive_at, now=now)
    yield f"service: pid {session.pid}, started {since}, last seen {alive}"
