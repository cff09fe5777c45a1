"""What a look through a whole ledger has found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is not as it must be: `promise` names what is broken for machines, `message` says it to people.

    `job` is the key of the job that it concerns, `run` the id of the run, where there is one.
    """

    promise: str
    message: str
    job: str | None = None
    run: str | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """How much was looked at, and every flaw; the ledger is sound without one.

    `version` is that of the state's tables; None when not even that can be read. Of an earlier version than today's
    only the file was looked at, not what it promises of runs.
    """

    version: int | None
    current: bool
    jobs: int = 0
    runs: int = 0
    spans: int = 0
    flaws: tuple[Flaw, ...] = ()

    @property
    def damaged(self) -> bool:
        """Whether the file itself is broken, not only what stands in it."""
        return any(flaw.promise == FILE for flaw in self.flaws)


FILE = "file"
"""The promise of SQLite: that the file can be read."""
