"""What requests may say: query parameters and bodies, closed and bounded; anything else is refused by its name."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Header, Path, Query, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from schedrun.core.ids import JobKey, named_key
from schedrun.core.status import JobStatus, RunStatus
from schedrun.web import cursors, errors
from schedrun.web.logs.part import MOST_BYTES
from schedrun.web.questions import JobFilter

_RFC_3339 = r"^(19[7-9]\d|20\d\d)-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$"
_INSTANT = re.compile(_RFC_3339, re.ASCII)
_NAME = r"^[^/\x00-\x1f\x7f]{1,200}$"
_WHOLE = re.compile(r"-?[0-9]{1,20}")
_LARGEST = 10**15 - 1
LONGEST_FORECAST = timedelta(days=31)


def instant(value: Any) -> datetime:
    """Return the instant of an RFC 3339 text with an offset, from 1970 to 2099. Raises ValueError for anything else."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError(
            "write an instant of RFC 3339 with its offset, such as 2026-12-01T03:00:00Z (in a URL, + is %2B)"
        )
    try:
        return datetime.fromisoformat(value.upper())
    except ValueError as error:
        raise ValueError("there is no such instant in the calendar") from error


Instant = Annotated[
    datetime,
    BeforeValidator(instant),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": _RFC_3339}),
]
"""An instant of RFC 3339, with its offset."""


def _whole(value: Any) -> Any:
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        raise ValueError("write a whole number")
    return value


Whole = Annotated[int, BeforeValidator(_whole)]
"""A whole number in digits; Pydantic alone would read `1.0` and `1_0` as well."""

SEVERAL = frozenset({"label", "status"})
"""The query parameters that may be given more than once."""

_ONCE = ("Idempotency-Key", "Last-Event-ID")


async def said_once(request: Request) -> None:
    """Raise Problem 422 for what is given more than once and means one thing: whichever was heard would be a guess."""
    query, headers = request.query_params, request.headers
    twice = [name for name in query if name not in SEVERAL and len(query.getlist(name)) > 1]
    twice += [name for name in _ONCE if len(headers.getlist(name)) > 1]
    if twice:
        raise errors.invalid([(name, "given more than once") for name in twice])


class _Closed(BaseModel):
    """What knows its names: another one is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(_Closed):
    """A query that takes no parameters."""


class PageQuery(_Closed):
    """The part of a list that is asked for."""

    limit: Annotated[Whole, Field(ge=1, le=500, description="How many, at most.")] = 50
    cursor: Annotated[
        str | None,
        Field(
            max_length=cursors.LONGEST,
            pattern=r"^[A-Za-z0-9_-]+$",
            description="`next_cursor` of the page before, with the same filters.",
        ),
    ] = None


class JobsQuery(PageQuery):
    """Which jobs are listed."""

    set: Annotated[
        str | None, Field(pattern=_NAME, description="Only those of this job set; `-` for those declared in code.")
    ] = None
    label: Annotated[
        list[Annotated[str, Field(pattern=r"^[^=]{1,200}=.{0,500}$")]],
        Field(max_length=20, description="Only those with this label, as `key=value`; several must all be there."),
    ] = []
    status: Annotated[list[JobStatus], Field(max_length=20, description="Only those in one of these statuses.")] = []
    q: Annotated[
        str | None,
        Field(min_length=1, max_length=200, description="Only those with this text in their key or description."),
    ] = None

    def wanted(self) -> JobFilter:
        """Return the filter."""
        labels = tuple((name, value) for name, _, value in (text.partition("=") for text in self.label))
        return JobFilter(self.set, labels, frozenset(self.status) or None, self.q)

    def list_name(self) -> str:
        """Return what tells this list from others, for cursors."""
        return f"jobs {self.set!r} {sorted(self.label)} {sorted(self.status)} {self.q!r}"


_OfJob = Annotated[
    str | None,
    Field(max_length=400, min_length=1, description="Only those of this job: SET/ID, or -/ID; removed ones too."),
]


class RunsQuery(PageQuery):
    """Which runs are listed."""

    job: _OfJob = None
    status: Annotated[list[RunStatus], Field(max_length=20, description="Only those in one of these statuses.")] = []
    begin: Annotated[
        Instant | None, Field(alias="from", description="Only those with a fire time at or after this instant.")
    ] = None
    end: Annotated[Instant | None, Field(alias="to", description="Only those with a fire time before this one.")] = None

    def list_name(self) -> str:
        """Return what tells this list from others, for cursors."""
        return f"runs {self.job!r} {sorted(self.status)} {self.begin} {self.end}"


class SpansQuery(PageQuery):
    """Which spans are listed."""

    job: _OfJob = None

    def list_name(self) -> str:
        """Return what tells this list from others, for cursors."""
        return f"spans {self.job!r}"


_Attempt = Annotated[
    Whole | None, Field(ge=1, le=1_000_000, description="Which attempt; the last where it is left out.")
]


class LogQuery(_Closed):
    """Which part of a run's output is meant."""

    attempt: _Attempt = None
    offset: Annotated[Whole, Field(ge=0, le=_LARGEST, description="The byte at which it begins.")] = 0
    limit: Annotated[Whole, Field(ge=1, le=MOST_BYTES, description="How many bytes, at most.")] = MOST_BYTES


class LogStreamQuery(_Closed):
    """Which output is followed."""

    attempt: _Attempt = None


class ForecastQuery(_Closed):
    """What stretch of time is looked ahead."""

    begin: Annotated[
        Instant | None, Field(alias="from", description="The first instant; now where it is left out.")
    ] = None
    end: Annotated[
        Instant | None, Field(alias="to", description="The end, which is outside; 24 hours later where it is left out.")
    ] = None


class PauseBody(_Closed):
    """Why a job is paused, and until when."""

    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
        Field(description="Why; it stands in every plan.", json_schema_extra={"pattern": r"\S"}),
    ]
    until: Annotated[
        Instant | None, Field(description="When the pause ends; until it is resumed where it is left out.")
    ] = None


class RemovalsBody(_Closed):
    """Which held removals are confirmed."""

    jobs: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=200)]],
        Field(min_length=1, max_length=10_000, description="The keys of the held jobs, SET/ID."),
    ]


def key_of(name: str) -> JobKey:
    """Return the key that `SET/ID` or `-/ID` means."""
    job_set, slash, job_id = name.partition("/")
    return named_key(job_set, job_id) if slash else name


async def _job(
    job_set: Annotated[
        str, Path(alias="set", pattern=_NAME, description="The job set; `-` for a job declared in code.")
    ],
    job_id: Annotated[str, Path(alias="id", pattern=_NAME, description="The job's id in its set.")],
) -> JobKey:
    return named_key(job_set, job_id)


JobPath = Annotated[JobKey, Depends(_job)]
"""The job that a path names, `{set}/{id}`, as its key."""

RunPath = Annotated[str, Path(alias="id", pattern=r"^[\w-]{1,64}$", description="The run's id.")]
"""The run that a path names."""

LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        pattern=r"^[0-9]{1,15}$",
        description="Where to go on: the id of the last event that arrived.",
    ),
]
"""Where a client that connects again goes on."""

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="The same key on the same job gives the same run, however often it is sent.",
    ),
]
"""What makes a trigger that is sent twice one."""

NoQuery = Annotated[Nothing, Query()]
"""Refuses every query parameter."""


async def _no_body(request: Request) -> None:
    if (await request.body()).strip() not in {b"", b"{}"}:
        raise errors.invalid([("body", "unknown; nothing is taken here")])


NoBody = Annotated[None, Depends(_no_body)]
"""Refuses a body that says something: who sent it expects that it is heard."""
