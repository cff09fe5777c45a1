"""The torture, short: `make torture` is the same for as long as one likes."""

import os
import random
from pathlib import Path

import pytest

from tests.torture import verdict
from tests.torture.torture import Torture, summary

pytestmark = pytest.mark.real_time

SECONDS = 25.0


def test_killed_again_and_again_nothing_is_lost_and_nothing_runs_twice(tmp_path: Path) -> None:
    """Ledger, witness and manifests agree, whatever the dice did; TORTURE_SEED throws them again."""
    seed = int(os.environ.get("TORTURE_SEED") or random.randrange(10**6))
    said: list[str] = []
    torture = Torture(tmp_path, seed, SECONDS, say=said.append)
    evidence = torture.run()
    found = [*torture.faults, *verdict.disagreements(evidence)]
    assert [] == found, "\n".join([summary(torture, evidence), *said])
