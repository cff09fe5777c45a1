"""All that is known at the end: what the jobs saw, what the ledger says, and what the test did."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tests.torture import witness
from tests.torture.history import History
from tests.torture.jobs import Limits
from tests.torture.ledger import Ledger, Run, Span
from tests.torture.witness import Attempt, Line, Seen


@dataclass(frozen=True)
class Evidence:
    """Everything due at `all_due_at` must have a verdict; nothing later than `looked_until` can have one.

    `cut` says what the attempts that ran when a service was killed must become, `leftovers` are the processes of runs
    that outlived the last stop, `promised` the manual runs that somebody was told of, `overridden` the rows that
    somebody may have paused.
    """

    ledger: Ledger
    lines: Sequence[Line]
    history: History
    limits: Limits
    all_due_at: int
    looked_until: int
    cut: Mapping[Attempt, str] = field(default_factory=dict)
    leftovers: Sequence[str] = ()
    promised: Sequence[str] = ()
    overridden: Collection[str] = ()

    @cached_property
    def seen(self) -> Mapping[Attempt, Seen]:
        """What the witness saw of each attempt."""
        return witness.by_attempt(self.lines)

    @cached_property
    def begun(self) -> Sequence[tuple[Attempt, Seen]]:
        """The attempts that the witness saw begin, in that order."""
        return witness.begun(self.seen)

    @cached_property
    def scheduled(self) -> Mapping[str, Sequence[Run]]:
        """The scheduled runs by the uid of their job."""
        runs: dict[str, list[Run]] = {}
        for run in self.ledger.runs.values():
            if run.kind == "scheduled":
                runs.setdefault(run.uid, []).append(run)
        return runs

    @cached_property
    def spans(self) -> Mapping[str, Sequence[Span]]:
        """The spans by the uid of their job."""
        spans: dict[str, list[Span]] = {}
        for span in self.ledger.spans:
            spans.setdefault(span.uid, []).append(span)
        return spans
