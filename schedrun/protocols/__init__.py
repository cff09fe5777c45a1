"""The small interfaces that backends implement, with their contracts in prose; values and protocols only.

One contract suite asserts each sentence on every backend (`tests/contracts`).
"""

from schedrun.protocols.clock import Clock, Timer
from schedrun.protocols.ledger import Reader, Store, Transaction
from schedrun.protocols.notify import Notifier, Notifiers
from schedrun.protocols.targets import Leftovers, RunContext, Target
from schedrun.protocols.tracing import EndedAttempt, Traces

__all__ = [
    "Clock",
    "EndedAttempt",
    "Leftovers",
    "Notifier",
    "Notifiers",
    "Reader",
    "RunContext",
    "Store",
    "Target",
    "Timer",
    "Traces",
    "Transaction",
]
