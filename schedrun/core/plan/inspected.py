"""What manifests say, with the place of every value: what rules look at."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from schedrun.core.ids import JobKey
from schedrun.core.plan.desired import DeclaredJob, Desired
from schedrun.core.source import Position, SourceMap


class InspectedDocument(NamedTuple):
    """One document as it was written: its set (None: it has no good name), its defaults, its jobs before they merge.

    `defaults` are plain values, and `source` says where they stand; `own` are each job's plain values by id, without
    defaults, for those that are mappings. `ids` are the places of the ids.
    """

    job_set: str | None
    source: SourceMap | None
    defaults: Mapping[str, Any]
    own: Mapping[str, Mapping[str, Any]]
    ids: Mapping[str, Position]


class InspectedFile(NamedTuple):
    """One file: its lines without their ends, its sound jobs (also where others in it are broken), its documents."""

    name: str
    lines: Sequence[str]
    jobs: Mapping[JobKey, DeclaredJob]
    documents: tuple[InspectedDocument, ...]


class Inspected(NamedTuple):
    """A whole tree: what it wants, and every file that could be read, by name."""

    desired: Desired
    files: Mapping[str, InspectedFile]

    @property
    def jobs(self) -> Mapping[JobKey, DeclaredJob]:
        """Every sound job of every file; of one that is declared twice the first."""
        jobs: dict[JobKey, DeclaredJob] = {}
        for file in self.files.values():
            for key, job in file.jobs.items():
                jobs.setdefault(key, job)
        return jobs
