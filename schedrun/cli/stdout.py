"""Standard output: what cannot be printed in full is an error that names it, at the end of the process too."""

import os
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import Any, TextIO

import click

NAME = "stdout"
"""The `filename` of an OSError that is about standard output."""

_CUT_OFF = 1


class _Descriptor(FileIO):
    def write(self, data: Any, /) -> int:
        """Write a buffer and return how many bytes were taken; raises OSError that names stdout."""
        try:
            return super().write(data)
        except OSError as error:
            error.filename = NAME
            raise


def named(stream: TextIOWrapper) -> TextIOWrapper:
    """Return another stream on the descriptor of `stream`; what it cannot write raises OSError with `NAME`."""
    return on(_Descriptor(stream.fileno(), "w", closefd=False), stream)


def on(descriptor: FileIO, stream: TextIOWrapper) -> TextIOWrapper:
    """Return a stream on a descriptor that writes as `stream` does."""
    return TextIOWrapper(
        BufferedWriter(descriptor),
        encoding=stream.encoding,
        errors=stream.errors,
        newline="\n",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def ended(code: int | str | None, stream: TextIO) -> int | str | None:
    """Write what `stream` still holds and return the exit code: `code`, but 1 where a success was cut off."""
    try:
        stream.flush()
    except OSError as error:
        # The interpreter flushes once more, and would print a traceback of its own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if code:
            return code
        if not isinstance(error, BrokenPipeError):
            click.echo(f"Error: {NAME}: {error.strerror}", err=True)
        return _CUT_OFF
    return code
