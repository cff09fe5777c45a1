"""How long retries may take, as the rules see it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from schedrun.core.run import retry
from schedrun.core.run.outcome import Outcome
from schedrun.core.status import RunStatus
from schedrun.lint import reliability
from tests.core.plan.builders import job

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)

lengths = st.sampled_from((0, 500, 10_000, 90_000, 3_600_000))
"""Milliseconds."""


@given(most=st.integers(0, 12), first=lengths, factor=st.sampled_from((1, 1.5, 2, 100)), limit=lengths, long=lengths)
def test_the_retry_budget_is_that_of_the_waits_of_the_live_scheduler(
    most: int, first: int, factor: float, limit: int, long: int
) -> None:
    """All attempts as long as they may be, and between them the longest waits."""
    said = {"max": most, "backoff": f"{first}ms", "factor": factor, "max_backoff": f"{limit}ms", "jitter": False}
    spec, failed, timeout = job(retries=said), Outcome(error="no"), timedelta(milliseconds=long)
    at = NOON
    for attempt in range(1, most + 1):
        again = retry.decide(spec, attempt=attempt, status=RunStatus.FAILED, outcome=failed, at=at + timeout, roll=0)
        assert again is not None
        at = again
    budget = reliability.retry_budget(spec.retries, timeout)
    assert timedelta(milliseconds=1) >= abs(budget - (at + timeout - NOON))
