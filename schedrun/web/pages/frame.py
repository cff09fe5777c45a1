"""What surrounds every page: where it stands, who looks at it, on what clock, and whether all is well."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import HTMLResponse

from schedrun.core.run import gaps
from schedrun.core.run.recorded import Session, SyncRecord
from schedrun.protocols import Reader
from schedrun.render.counting import counted
from schedrun.web.access import Caller, Scope
from schedrun.web.pages import clock_face, links, look
from schedrun.web.pages.clock_face import ClockFace
from schedrun.web.pages.links import Links
from schedrun.web.paths import path_of, root_of


class Surroundings(NamedTuple):
    """What every page asks the ledger, beside its own questions."""

    sync: SyncRecord | None
    session: Session | None
    unreadable: int = 0
    """How many live rows cannot be read, where that was asked."""


class Heading(NamedTuple):
    """Where a page belongs: its section, its title, and which events change it.

    `about` is `all`, `plan`, `job KEY`, `run ID`, or nothing.
    """

    here: str
    title: str
    about: str = ""


class Verdict(NamedTuple):
    """How the whole stands: `kind` is `good`, `warn` or `bad`, `words` say it, `more` says the rest."""

    kind: str
    words: str
    more: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What the layout shows; `path` is the page's own."""

    root: str
    path: str
    place: Heading
    face: ClockFace
    caller: str | None
    can_operate: bool
    verdict: Verdict | None

    @property
    def login(self) -> str:
        """Where one logs in, and comes back from."""
        return self.root + links.with_query("/login", next=self.path)


def ask(reader: Reader) -> Surroundings:
    """Return what surrounds a page."""
    return Surroundings(reader.sync(), reader.last_session())


def verdict(around: Surroundings, *, now: datetime) -> Verdict:
    """Return how the whole stands; the worst is said first."""
    sync, session, unreadable = around
    down = None if session is None else gaps.ended(session, now=now)
    broken = 0 if sync is None else len({finding.position.file for finding in sync.broken})
    blocked = 0 if sync is None else len(sync.blocked)
    troubles = [
        *([counted(broken, "broken file")] if broken else []),
        *([counted(unreadable, "unreadable job")] if unreadable else []),
        *([f"{counted(blocked, 'removal')} held back"] if blocked else []),
    ]
    if down is not None:
        return Verdict("bad", "Not running", ", ".join(["no service fires the jobs", *troubles]))
    if troubles:
        return Verdict("bad" if broken or unreadable else "warn", "Degraded", ", ".join(troubles))
    if sync is None:
        return Verdict("good", "Running", "no manifests were applied to this state yet")
    return Verdict("good", "In sync", "the live jobs are what the manifests say")


def of(request: Request, caller: Caller, place: Heading, *, now: datetime, around: Surroundings | None = None) -> Frame:
    """Return the frame of a page."""
    query = request.url.query
    path = path_of(request.scope)
    return Frame(
        root=root_of(request.scope),
        path=f"{path}?{query}" if query else path,
        place=place,
        face=clock_face.chosen(request, now=now),
        caller=None if caller.scope is None else caller.name,
        can_operate=caller.scope is Scope.OPERATE,
        verdict=None if around is None else verdict(around, now=now),
    )


def text(template: str, frame: Frame, values: dict[str, Any]) -> str:
    """Return the page of a template."""
    common = {"frame": frame, "face": frame.face, "root": frame.root, "links": Links(frame.root)}
    return look.page(template, values | common)


def answer(template: str, frame: Frame, values: dict[str, Any]) -> HTMLResponse:
    """Return the page of a template as an answer."""
    # A page shows what is now, and to whom it was shown.
    return HTMLResponse(text(template, frame, values), headers={"Cache-Control": "no-store", "Vary": "Cookie"})
