"""The long torture: `python -m tests.torture --minutes 10 --seed N`; exit code 1 on any disagreement."""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.torture import verdict
from tests.torture.torture import Torture, summary, throw_away


def main() -> None:
    """Torture, print what happened, and every disagreement."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description="Kill schedrun, again and again.")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long, about")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="what the dice begin with")
    parser.add_argument("--extra", type=int, default=30, help="how many random jobs beside one of every kind")
    parser.add_argument("--verbose", action="store_true", help="say what happens")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="schedrun-torture-"))
    print(f"seed {options.seed}, in {folder}", flush=True)
    say = (lambda sentence: print(sentence, flush=True)) if options.verbose else lambda _sentence: None
    torture = Torture(folder, options.seed, options.minutes * 60, extra=options.extra, say=say)
    evidence = torture.run()
    found = [*torture.faults, *verdict.disagreements(evidence)]
    print(summary(torture, evidence))
    for sentence in found:
        print(f"- {sentence}")
    print("ledger, witness and manifests agree" if not found else f"{len(found)} disagreements; see {folder}")
    if not found:
        throw_away(folder)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
