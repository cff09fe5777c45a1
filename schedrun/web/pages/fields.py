"""What forms and links of pages say: read leniently, and refused in words that a person at a browser understands."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from schedrun.core.run.page import Place
from schedrun.core.spec import instant
from schedrun.core.status import JobStatus, RunStatus
from schedrun.web import cursors
from schedrun.web.pages import jobs, runs
from schedrun.web.pages.clock_face import ClockFace
from schedrun.web.parameters import key_of
from schedrun.web.problem import Problem

S = TypeVar("S", JobStatus, RunStatus)

RUNS = "page of runs"
"""What tells the places of its pages from those of other lists."""


class _Fields(BaseModel):
    """Fields of a form; one that nobody knows says nothing."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class JobsForm(_Fields):
    """Which jobs are looked for."""

    q: str = ""
    set: str = ""
    status: str = ""
    label: str = ""
    after: str = ""

    def wanted(self) -> jobs.Filter:
        """Return what is meant. Raises Problem 422."""
        label = self.label.strip()
        if label and "=" not in label:
            raise _unfit(f"{label!r} is no label.", "Write it as NAME=VALUE.")
        late = self.status == jobs.LATE
        status = None if late else _status(JobStatus, self.status)
        return jobs.Filter(self.q.strip(), self.set, status, label, self.after, late)


class RunsForm(_Fields):
    """Which runs are looked for; instants without an offset are read on the clock that the reader chose."""

    job: str = ""
    status: str = ""
    begin: Annotated[str, Field(alias="from")] = ""
    end: Annotated[str, Field(alias="to")] = ""
    before: str = ""

    def wanted(self, face: ClockFace) -> runs.Filter:
        """Return what is meant. Raises Problem 422."""
        return runs.Filter(
            job=key_of(self.job.strip()),
            status=_status(RunStatus, self.status),
            since=_instant(self.begin, face),
            until=_instant(self.end, face),
            before=_place(self.before),
        )

    def asked(self) -> dict[str, str]:
        """Return the fields of a link to this list."""
        return {"job": self.job, "status": self.status, "from": self.begin, "to": self.end}


class RunForm(_Fields):
    """Which attempt's output is looked at; the last one where nothing is said."""

    attempt: str = ""

    def number(self, last: int) -> int:
        """Return the attempt, given the last one's number. Raises Problem 422."""
        if not self.attempt:
            return last
        number = int(self.attempt) if self.attempt.isascii() and self.attempt.isdecimal() else 0
        if not 1 <= number <= last:
            raise _unfit(f"{self.attempt!r} is no attempt of this run.", f"Choose one from 1 to {last}.")
        return number


JobsAsked = Annotated[JobsForm, Query()]
"""The form of the list of jobs, as a route's parameter."""

RunsAsked = Annotated[RunsForm, Query()]
"""The form of the list of runs, as a route's parameter."""

RunAsked = Annotated[RunForm, Query()]
"""What is looked at of one run, as a route's parameter."""


def _status(kind: type[S], text: str) -> S | None:
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        raise _unfit(f"{text!r} is no status.", f"Choose one of {', '.join(kind)}.") from None


def _instant(text: str, face: ClockFace) -> datetime | None:
    if not text:
        return None
    try:
        return instant.resolve(text, face.name)
    except ValueError:
        raise _unfit(f"{text!r} is no instant.", "Write it as 2026-12-01T06:00, or with an offset.") from None


def _place(text: str) -> Place | None:
    return cursors.place(text, of=RUNS) if text else None


def _unfit(detail: str, remedy: str) -> Problem:
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_input", detail=detail, remedy=remedy)
