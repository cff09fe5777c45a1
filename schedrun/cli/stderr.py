"""Standard error, which may be told to lose what it cannot write: then the exit code that was meant still tells."""

import sys
from io import FileIO, TextIOWrapper
from typing import Any

from schedrun.cli import stdout


class _Descriptor(FileIO):
    loses = False

    def write(self, data: Any, /) -> int:
        """Write a buffer and return how many bytes were taken: all of them where what is refused may be lost."""
        try:
            return super().write(data)
        except OSError:
            if not self.loses:
                # Once: the interpreter tries again at its end, and would exit with a code of its own.
                self.loses = True
                raise
            return memoryview(data).nbytes


def losing(stream: TextIOWrapper) -> TextIOWrapper:
    """Return another stream on the descriptor of `stream`, which `lose` may tell to raise nothing."""
    return stdout.on(_Descriptor(stream.fileno(), "w", closefd=False), stream)


def lose() -> None:
    """From now on lose what standard error of this process does not take, where it is a stream of `losing`."""
    descriptor = getattr(getattr(sys.stderr, "buffer", None), "raw", None)
    if isinstance(descriptor, _Descriptor):
        descriptor.loses = True
