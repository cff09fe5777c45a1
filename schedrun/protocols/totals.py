"""Totals in the ledger: what was counted since it began."""

from datetime import timedelta
from typing import Protocol

from schedrun.core.run.totals import Totals


class TotalsReader(Protocol):
    """The question about totals, as part of a `Reader`."""

    def totals(self) -> Totals:
        """Return what was counted: totals by job and verdict, buckets by measure, set and bound, each in that order.

        A run counts once, with its final status, in the unit of work that ends it for good; a scheduled one is then an
        occurrence with that verdict too. The occurrences of a span count when it is inserted. Both count for the key
        that the job has at that moment. The duration of a run is that of its last attempt, from its start to its end;
        it is measured where the run succeeded, failed or timed out.

        No total is ever lowered: not when its records are pruned or a span is cut, not when a job is renamed or
        removed. Occurrences that are judged anew after a span was cut count anew.
        """


class TotalsWriter(TotalsReader, Protocol):
    """What a `Transaction` counts beside what it writes."""

    def observe_lateness(self, job_uid: str, lateness: timedelta) -> None:
        """Measure how late a run of a known job (StoreError otherwise) starts; less than nothing counts as nothing."""
