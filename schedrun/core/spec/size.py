"""Sizes of memory as people write them: `256M`, `1.5G`, `512MiB`."""

import re
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from schedrun.core.pattern import Pattern
from schedrun.core.spec.base import fault

_FACTORS = {
    unit + suffix: factor
    for unit, power in (("K", 1), ("M", 2), ("G", 3))
    for suffix, factor in (("", 1024**power), ("i", 1024**power), ("iB", 1024**power), ("B", 1000**power))
}
_NUMBER, _UNIT = r"[0-9]+(?:\.[0-9]+)?", r"[KMG](?:i?B|i)?"
_SIZE = Pattern(f"({_NUMBER})({_UNIT})", re.ASCII)
_HINT = "write a number with its unit, such as 256M or 2G (K, M and G count in 1024s, KB, MB and GB in 1000s)"


def parse(text: str) -> int:
    """Return the bytes that `text` says. Raises ValueError when it is no size, or less than one byte."""
    found = _SIZE.fullmatch(text)
    size = round(float(found[1]) * _FACTORS[found[2]]) if found else 0
    if not size:
        raise ValueError(f"{text!r} is no size: {_HINT}")
    return size


def text_of(size: int) -> str:
    """Return the shortest text that `parse` reads back as `size` (bytes)."""
    for unit in ("G", "M", "K", "GB", "MB", "KB"):
        if size % _FACTORS[unit] == 0:
            return f"{size // _FACTORS[unit]}{unit}"
    return f"{size / 1000:.3f}KB"


def _validate(value: object) -> int:
    if not isinstance(value, str):
        raise fault("SR102", f"a size is text with a unit, not {value!r}", hint=_HINT)
    try:
        return parse(value)
    except ValueError as error:
        raise fault("SR102", f"{value!r} is no size", hint=_HINT) from error


Size = Annotated[
    int,
    BeforeValidator(_validate),
    PlainSerializer(text_of, return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{_NUMBER}{_UNIT}$", "examples": ["256M", "2G"]}),
]
"""Bytes that manifests write as text with a unit."""
