"""How answers leave the program: the width and the colours of terminals and pipes."""

import io

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
