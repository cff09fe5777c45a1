"""What was forgotten of old history, for people."""

from collections.abc import Mapping

from schedrun.render.counting import counted


def text(counts: Mapping[str, int], *, dry_run: bool) -> str:
    """Return what was forgotten, or would be."""
    numbers = ((counts["runs"], "run"), (counts["spans"], "span"), (counts["records"], "record"))
    said = ", ".join(counted(number, thing) for number, thing in numbers)
    if dry_run:
        return f"would forget {said}"
    return f"forgot {said}, and deleted {counted(counts['logs'], 'file')} of output"
