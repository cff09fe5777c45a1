"""Lateness in the ledger: what is kept of jobs that declare expectations on time."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from schedrun.core.run.lateness import Late, Lateness, Newest


class LatenessReader(Protocol):
    """Questions about lateness, as part of a `Reader`."""

    def lateness(self, job_uid: str) -> Lateness | None:
        """Return what is kept of the job, None where nothing is."""

    def expecting(self) -> Sequence[str]:
        """Return the uids of the jobs of which something is kept, in their order."""

    def late_jobs(self) -> dict[str, Late]:
        """Return what has not held for longest of each live job that is late, by uid; ordered by key."""

    def late_of(self, job_uids: Iterable[str]) -> dict[str, Late]:
        """Return what `late_jobs` says of these jobs, removed or not, in no order."""

    def newest_occurrence(self, job_uid: str) -> Newest | None:
        """Return the newest scheduled run, or last of a span that no pause skipped, None where nothing is recorded.

        It succeeded where its run did, or one that was asked for at its instant or later.
        """


class LatenessWriter(LatenessReader, Protocol):
    """What a `Transaction` writes about lateness."""

    def put_lateness(self, lateness: Lateness) -> None:
        """Replace what is kept of a known job (StoreError otherwise)."""

    def drop_lateness(self, job_uid: str) -> None:
        """Keep nothing of the job any more; no-op where nothing is kept."""
