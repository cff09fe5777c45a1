"""The long torture: `python -m tests.torture --minutes 10 --seed N`; exit code 1 on any disagreement."""

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests.torture import verdict
from tests.torture.torture import Torture, summary


def main() -> None:
    """Torture, print what happened, and every disagreement."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description="Kill schedrun, again and again.")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long, about")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="what the dice begin with")
    parser.add_argument("--extra", type=int, default=30, help="how many random jobs beside one of every kind")
    parser.add_argument("--verbose", action="store_true", help="say what happens")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="schedrun-torture-"))
    _say(f"seed {options.seed}, in {folder}")
    torture = Torture(
        folder, options.seed, options.minutes * 60, extra=options.extra, say=_say if options.verbose else _keep_quiet
    )
    evidence = torture.run()
    found = [*torture.faults, *verdict.disagreements(evidence)]
    _say(summary(torture, evidence))
    for sentence in found:
        _say(f"- {sentence}")
    if found:
        _say(f"{len(found)} disagreements; see {folder}")
        sys.exit(1)
    _say("ledger, witness and manifests agree")
    shutil.rmtree(folder)


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def _keep_quiet(_sentence: str) -> None:
    return


if __name__ == "__main__":
    main()
