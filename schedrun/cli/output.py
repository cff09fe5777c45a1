"""How answers leave the program: JSON alone on stdout, text fitted and coloured only for a terminal."""

import os
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

_USUAL = os.terminal_size((80, 24))


class Medium(NamedTuple):
    """Where text goes: the columns it has (None: as many as it needs) and how it shows tones."""

    width: int | None = None
    paint: Paint = unpainted


def medium(stream: TextIO | None = None) -> Medium:
    """Return what `stream` (None: stdout) is: a terminal with width and colours, else a pipe that never wraps.

    A value of FORCE_COLOR gives colours to pipes and to any terminal, one of NO_COLOR to none, whatever the other says
    (https://force-color.org, https://no-color.org).
    """
    stream = stream or sys.stdout
    width = _columns(stream) if stream.isatty() else None
    return Medium(width, _paint() if _shows_colours(stream) else unpainted)


def _columns(terminal: TextIO) -> int:
    """Return how wide a terminal is. COLUMNS says it for all; stderr may be one while stdout goes to a file."""
    try:
        own = os.get_terminal_size(terminal.fileno())
    except OSError:
        own = _USUAL
    # Some terminals know no size of theirs and say 0.
    return shutil.get_terminal_size(own).columns or _USUAL.columns


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


def _shows_colours(stream: TextIO) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    if not stream.isatty():
        return False
    from rich.console import Console  # noqa: PLC0415  only people pay for colours

    return Console(file=stream, force_terminal=True).color_system is not None


def _paint() -> Paint:
    from rich.color import ColorSystem  # noqa: PLC0415  only people pay for colours
    from rich.style import Style  # noqa: PLC0415

    styles = {tone: Style.parse(words) for tone, words in _STYLES.items()}

    def paint(text: str, tone: Tone) -> str:
        style = styles.get(tone)
        return text if style is None else style.render(text, color_system=ColorSystem.STANDARD)

    return paint
