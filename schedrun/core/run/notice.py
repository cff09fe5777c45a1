"""Notices: what people are told about a job, and the rule of what is told when."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.spec.instant import utc_text

QUIET = timedelta(hours=1)
"""How long after a notice about a job another one of its kind is held back."""

WAITS = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
"""How long after each try of a delivery that failed the next one comes; after the last there is none."""

TRIES = len(WAITS) + 1
"""How often a delivery is tried."""


class NoticeKind(StrEnum):
    """What a notice tells of."""

    FAILURE = "failure"
    RECOVERY = "recovery"
    MISSED = "missed"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that is told about a job.

    `id` is the same however often it is told: whoever receives it twice knows by it. `at` is when it came to be, aware
    UTC. `run_id` names the run that it is about, `facts` say what no run says: of occurrences that were missed `first`,
    `last` (RFC 3339), `count` and `reason`, of a job that is late `expectation` and `since` (RFC 3339). `held_back` is
    how many notices of its kind about this job were held back since the last that was told.
    """

    id: str
    job_uid: str
    kind: NoticeKind
    at: datetime
    run_id: str | None = None
    facts: Mapping[str, str | int | float] | None = None
    held_back: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice on its way to one `channel` (its identity in the job's spec): how often it was tried, when it is next.

    `next_at` is aware UTC.
    """

    notice_id: str
    channel: str
    next_at: datetime
    tries: int = 0


class Told(NamedTuple):
    """What was told last of one kind about one job, and how many of the kind were held back since.

    `unrecovered` says of failures that none has been followed by a success since it was told.
    """

    at: datetime
    held_back: int = 0
    unrecovered: bool = False


class Admission(NamedTuple):
    """Whether a notice is told, having held back so many before it, and what is known of its kind from then on."""

    tells: bool
    held_back: int
    told: Told


def admit(kind: NoticeKind, told: Told | None, *, now: datetime) -> Admission:
    """Judge a notice of `kind` that comes to be at `now`, given what was `told` of it last.

    One an hour is told, and the next says how many were held back; a recovery is always told. What was told later than
    `now`, before the clock was set back, holds nothing back.
    """
    if told is not None and kind is not NoticeKind.RECOVERY and timedelta(0) <= now - told.at < QUIET:
        return Admission(False, 0, told._replace(held_back=told.held_back + 1))
    held_back = 0 if told is None else told.held_back
    return Admission(True, held_back, Told(now, unrecovered=kind is NoticeKind.FAILURE))


def is_due(delivery: Delivery, *, now: datetime) -> bool:
    """Whether the next try may come at `now`; also where the clock was set back so far that it would wait too long."""
    return not timedelta(0) < delivery.next_at - now <= WAITS[-1]


def next_try(delivery: Delivery, *, now: datetime) -> Delivery | None:
    """Return the delivery after a try that failed at `now`, None when that was the last."""
    if delivery.tries >= len(WAITS):
        return None
    wait = WAITS[delivery.tries]
    return Delivery(delivery.notice_id, delivery.channel, now + wait, delivery.tries + 1)


def of_failure(run: Run, *, now: datetime) -> Notice:
    """Return what is told of a run that ended without success."""
    return _of_run(NoticeKind.FAILURE, run, now)


def of_recovery(run: Run, *, now: datetime) -> Notice:
    """Return what is told of the first run that succeeded after a failure that was told."""
    return _of_run(NoticeKind.RECOVERY, run, now)


def of_missed(span: Span, *, now: datetime) -> Notice:
    """Return what is told of occurrences that were missed: the same for a span that has grown."""
    facts: dict[str, str | int | float] = {
        "first": utc_text(span.first),
        "last": utc_text(span.last),
        "count": span.count,
        "reason": span.reason,
    }
    identity = _identity(NoticeKind.MISSED, span.job_uid, span.first.isoformat())
    return Notice(identity, span.job_uid, NoticeKind.MISSED, now, facts=facts)


def of_late(job_uid: str, *, expectation: str, since: datetime, now: datetime) -> Notice:
    """Return what is told of an expectation on time that does not hold `since` then: the same for one breach."""
    facts = {"expectation": expectation, "since": utc_text(since)}
    identity = _identity(NoticeKind.LATE, job_uid, f"{expectation}\n{since.isoformat()}")
    return Notice(identity, job_uid, NoticeKind.LATE, now, facts=facts)


def _of_run(kind: NoticeKind, run: Run, now: datetime) -> Notice:
    return Notice(_identity(kind, run.job_uid, run.id), run.job_uid, kind, now, run.id)


def _identity(kind: NoticeKind, job_uid: str, subject: str) -> str:
    return hashlib.sha256(f"notice\n{kind}\n{job_uid}\n{subject}".encode()).hexdigest()[:20]
