"""Every check over the evidence."""

from tests.torture.checks import attempts, concurrency, leftovers, occurrences
from tests.torture.evidence import Evidence


def disagreements(evidence: Evidence) -> list[str]:
    """Return a sentence for each thing on which ledger, witness and manifests do not agree."""
    checks = (occurrences, attempts, concurrency, leftovers)
    return [sentence for check in checks for sentence in check.disagreements(evidence)]
