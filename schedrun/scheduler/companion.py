"""What goes on beside an engine: following manifests, answering requests, keeping history."""

from typing import Protocol

from schedrun.scheduler.engine import Engine


class Companion(Protocol):
    """What goes on beside an engine for as long as this process is active on its ledger."""

    def begin(self, engine: Engine) -> None:
        """Begin, on the running event loop: the engine fires already."""

    async def hold(self) -> None:
        """Begin nothing new: the engine stops firing and drains. Idempotent."""

    async def end(self) -> None:
        """Return once nothing goes on any more; the store is closed after that. Idempotent."""
