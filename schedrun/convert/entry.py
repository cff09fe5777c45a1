"""What a reader of a foreign format finds: jobs to be, each with its place, and what could not be carried."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schedrun.convert.timetables.timetable import Timetable
from schedrun.core.source import Position


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth a comment in the manifest. `lost` when the manifest does not do it; a remark otherwise."""

    text: str
    lost: bool = True
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A job to be: `fields` are those of a manifest's job, in the order they are written.

    `said` is when it fires in the words of its source. Without `timetable` there is nothing to prove; without a
    schedule or target in `fields` it stands in the manifest as a comment.
    """

    name: str
    position: Position
    said: str
    fields: Mapping[str, Any]
    notes: tuple[Note, ...] = ()
    timetable: Timetable | None = None

    @property
    def carried(self) -> bool:
        """Whether it becomes a job."""
        return "schedule" in self.fields and "target" in self.fields


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was found: entries in their order, and notes about no single one of them."""

    entries: tuple[Entry, ...] = ()
    notes: tuple[Note, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Source:
    """A text to read: the name it goes by, and its lines' text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Zone:
    """The zone of a source that says none: its key, and where that comes from (`TZ`, the option, or nowhere)."""

    key: str
    origin: str

    @property
    def note(self) -> Note:
        """Return the remark that says so."""
        return Note(f"no time zone is said: {self.key} is assumed ({self.origin})", lost=False)
