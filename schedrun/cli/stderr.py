"""Standard error: what it does not take is lost, and changes no exit code."""

from io import FileIO, TextIOWrapper
from typing import Any

from schedrun.cli import stdout


class _Descriptor(FileIO):
    def write(self, data: Any, /) -> int:
        """Write a buffer and return how many bytes were taken: all of them where the system refuses some."""
        try:
            return super().write(data)
        except OSError:
            # There is nobody left to tell, and the exit code that was meant still tells.
            return memoryview(data).nbytes


def lenient(stream: TextIOWrapper) -> TextIOWrapper:
    """Return another stream on the descriptor of `stream`, which raises nothing where it cannot write."""
    return stdout.on(_Descriptor(stream.fileno(), "w", closefd=False), stream)
