"""What stands around an engine in its process."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from schedrun.protocols import Leftovers, Notifiers, Traces
from schedrun.scheduler.watchdog import Watchdog


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around an engine in its process.

    `leftovers` are the processes of an earlier service, None where nothing that runs has processes that could outlive
    one. `still_ours()` raises StoreError when another process could be active on the same ledger. `watchdog` names
    what keeps the event loop from going on, where one is wanted. `state` is the ledger's file, `logs` the folder of
    outputs that outgrow it, None where there is none. `notifiers` tell people and monitors; without, notices wait.
    `traces` follow runs, None where nobody asks for them.
    """

    leftovers: Leftovers | None = None
    still_ours: Callable[[], None] = lambda: None
    watchdog: Watchdog | None = None
    state: Path | None = None
    logs: Path | None = None
    notifiers: Notifiers | None = None
    traces: Traces | None = None


ALONE = Surroundings()
"""Nothing does."""
