"""What forked children of this process hear: signals of their own, and never through asyncio's descriptor.

A child inherits the handlers and the descriptor that asyncio has given to the interpreter: a SIGTERM that ends the
child would be written there, and this process would hear it. Only the standard library is imported here: an isolated
function starts with this module too.
"""

import os
import signal
import threading
from collections.abc import Collection

_masks = threading.local()


class OwnSignals:
    """From `begin` to `end`, children that are forked take these signals for themselves, as programs do by default."""

    def __init__(self, numbers: Collection[int]) -> None:
        self._numbers = frozenset(numbers)
        self._on = False

    def begin(self) -> None:
        """Begin, once: there is no way to take a fork's hooks back."""
        self._on = True
        os.register_at_fork(before=self._hold, after_in_parent=self._let_go, after_in_child=self._forget)

    def end(self) -> None:
        """Leave children as they are."""
        self._on = False

    def _hold(self) -> None:
        # Until the child has forgotten the handlers: a signal may come to it before its first instruction.
        if self._on:
            _masks.before = signal.pthread_sigmask(signal.SIG_BLOCK, self._numbers)

    def _let_go(self) -> None:
        before = _masks.__dict__.pop("before", None)
        if before is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _forget(self) -> None:
        if self._on:
            self._on = False
            signal.set_wakeup_fd(-1)
            for number in self._numbers:
                signal.signal(number, signal.SIG_DFL)
        self._let_go()
