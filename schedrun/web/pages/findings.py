"""Findings with the line that each is about, and marks below it."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from schedrun.core.diagnostics import Diagnostic
from schedrun.web import source


class Framed(NamedTuple):
    """A finding and its frame, masked; None where its line cannot be read any more."""

    finding: Diagnostic
    frame: str | None


async def framed(findings: Sequence[Diagnostic]) -> list[Framed]:
    """Return the findings with their lines as the files are now."""
    if not findings:
        return []
    frames = await asyncio.to_thread(source.frames, findings)
    return [Framed(finding, frame) for finding, frame in zip(findings, frames, strict=True)]
