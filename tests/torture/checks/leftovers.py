"""No process outlives its run past the end of the service."""

from collections.abc import Iterator

from tests.torture.evidence import Evidence


def disagreements(evidence: Evidence) -> Iterator[str]:
    """Yield a sentence for each process that is left."""
    yield from evidence.leftovers
