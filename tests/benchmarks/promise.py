"""What a benchmark says of itself in the end: a figure beside its bound."""

import math
import sys
from collections.abc import Iterable
from typing import NamedTuple


class Promise(NamedTuple):
    """One figure, and between which bounds it must lie."""

    name: str
    figure: float
    at_least: float = 0.0
    at_most: float = math.inf

    @property
    def kept(self) -> bool:
        """Whether the figure lies within its bounds, which it may touch."""
        return self.at_least <= self.figure <= self.at_most


def report(promises: Iterable[Promise]) -> None:
    """Print one line a promise."""
    for promise in promises:
        bound = f"at least {promise.at_least:g}" if promise.at_most == math.inf else f"at most {promise.at_most:g}"
        verdict = "ok" if promise.kept else "MISSED"
        sys.stdout.write(f"{promise.name:<60}{promise.figure:>10.3f}  {bound:<15}{verdict}\n")
