"""What the manifests want, and what is wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.ids import JobKey
from schedrun.core.source import Position, SourceMap
from schedrun.core.spec.job import Job


@dataclass(frozen=True, slots=True)
class DeclaredJob:
    """A job that a good manifest declares; `position` is that of its id.

    `source` says where its values were written, where the manifests were read for that.
    """

    key: JobKey
    position: Position
    spec: Job
    source: SourceMap | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Desired:
    """What the whole tree wants.

    `broken` holds the files that have an error and every error of theirs: none of their documents is in
    `jobs`, and a recorded job whose row names such a file stays as it is. A folder that cannot be listed is
    broken too, and with it every file that rows name below it.
    """

    jobs: Mapping[JobKey, DeclaredJob]
    revision: str
    broken: Mapping[str, tuple[Diagnostic, ...]] = field(default_factory=dict)
    files: tuple[str, ...] = ()
