"""How answers leave the program: JSON alone on stdout, text fitted and coloured only for a terminal."""

import shutil
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple, TextIO

import click

from schedrun.render.paint import Paint, Tone, unpainted

SCHEMA_VERSION = 1
"""The version of every JSON answer; it changes when a key changes its meaning or goes."""

_STYLES = {
    Tone.STRONG: "bold",
    Tone.FAINT: "dim",
    Tone.GOOD: "green",
    Tone.BAD: "bold red",
    Tone.WARN: "yellow",
    Tone.ACTIVE: "cyan",
}


class Medium(NamedTuple):
    """Where text goes: the columns it has (None: as many as it needs) and how it shows tones."""

    width: int | None = None
    paint: Paint = unpainted


def medium(stream: TextIO | None = None) -> Medium:
    """Return what `stream` (None: stdout) is: a terminal with width and colours, else a pipe that never wraps."""
    stream = stream or sys.stdout
    if not stream.isatty():
        return Medium()
    return Medium(width=shutil.get_terminal_size().columns, paint=_terminal_paint(stream))


def print_json(view: Mapping[str, Any]) -> None:
    """Print one JSON object with its `schema_version`."""
    click.echo(json_text(view))


def json_text(view: Mapping[str, Any]) -> str:
    """Return one JSON object with its `schema_version`."""
    import json  # noqa: PLC0415  only JSON answers need it

    return json.dumps({"schema_version": SCHEMA_VERSION, **view}, indent=2)


def print_text(text: str) -> None:
    """Print text as it is; nothing for an empty one."""
    if text:
        click.echo(text, color=True)


def _terminal_paint(stream: TextIO) -> Paint:
    from rich.color import ColorSystem  # noqa: PLC0415  only people pay for colours
    from rich.console import Console  # noqa: PLC0415
    from rich.style import Style  # noqa: PLC0415

    console = Console(file=stream)
    if console.no_color or console.color_system is None:
        return unpainted
    styles = {tone: Style.parse(words) for tone, words in _STYLES.items()}

    def paint(text: str, tone: Tone) -> str:
        style = styles.get(tone)
        return text if style is None else style.render(text, color_system=ColorSystem.STANDARD)

    return paint
