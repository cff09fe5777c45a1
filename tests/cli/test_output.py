"""How answers leave the program: the width and the colours of terminals and pipes."""

import fcntl
import io
import os
import struct
import sys
import termios
from collections.abc import Iterator

import pytest

from schedrun.cli import output
from schedrun.render.paint import Tone


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        """Say yes."""
        return True


@pytest.mark.parametrize(
    ("stream", "settings", "coloured"),
    [
        pytest.param(Terminal(), {}, True, id="terminal"),
        pytest.param(Terminal(), {"NO_COLOR": "1"}, False, id="terminal-no"),
        pytest.param(Terminal(), {"NO_COLOR": ""}, True, id="terminal-empty-no"),
        pytest.param(Terminal(), {"FORCE_COLOR": ""}, True, id="terminal-empty-force"),
        pytest.param(Terminal(), {"TERM": "dumb"}, False, id="dumb"),
        pytest.param(Terminal(), {"TERM": "dumb", "FORCE_COLOR": "1"}, True, id="dumb-force"),
        pytest.param(io.StringIO(), {}, False, id="pipe"),
        pytest.param(io.StringIO(), {"FORCE_COLOR": "1"}, True, id="pipe-force"),
        pytest.param(io.StringIO(), {"FORCE_COLOR": "0"}, True, id="pipe-force-any-value"),
        pytest.param(io.StringIO(), {"FORCE_COLOR": ""}, False, id="pipe-empty-force"),
        pytest.param(io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, id="pipe-force-and-no"),
        pytest.param(io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": ""}, True, id="pipe-force-and-empty-no"),
        pytest.param(io.StringIO(), {"FORCE_COLOR": "1", "TERM": "dumb"}, True, id="pipe-force-dumb"),
    ],
)
def test_colours(
    stream: io.StringIO, settings: dict[str, str], coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_COLOR wins over FORCE_COLOR, and that over what the stream is; an empty value says nothing."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm-256color", **settings}.items():
        monkeypatch.setenv(name, value)
    medium = output.medium(stream)
    assert coloured == (medium.paint("x", Tone.GOOD) != "x")
    assert (medium.width is None) == (not stream.isatty())


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, io.TextIOWrapper]]:
    """Yield a terminal, by its other end and as a stream; stdout is none, and no variable says a width."""
    for name in ("COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "__stdout__", io.StringIO())
    master, slave = os.openpty()
    with os.fdopen(slave, "w", encoding="utf-8") as stream:
        yield master, stream
    os.close(master)


@pytest.mark.parametrize(("columns", "expected"), [(47, 47), (0, 80)])
def test_a_terminal_is_as_wide_as_it_is_when_another_stream_goes_to_a_file(
    pair: tuple[int, io.TextIOWrapper], columns: int, expected: int
) -> None:
    """What stderr says beside a manifest that is written to a file; one that knows no width has 80 columns."""
    master, stream = pair
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    assert expected == output.medium(stream).width


def test_a_variable_says_the_width_of_all(pair: tuple[int, io.TextIOWrapper], monkeypatch: pytest.MonkeyPatch) -> None:
    """COLUMNS wins over what the terminal says, and is nothing to a pipe."""
    monkeypatch.setenv("COLUMNS", "33")
    assert (33, None) == (output.medium(pair[1]).width, output.medium(io.StringIO()).width)
