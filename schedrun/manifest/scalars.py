"""What an unquoted scalar means: only what YAML 1.1 and YAML 1.2 read alike means anything here.

The two readings are the integer, float, bool, null, merge and value types of https://yaml.org/type/ (1.1) and the core
schema of YAML 1.2.2, chapter 10.3. Timestamps are text.
"""

import math
import re
from collections.abc import Callable
from typing import NamedTuple

from schedrun.manifest.node import Scalar
from schedrun.manifest.wording import named, quoted

_ALIKE: dict[str, Scalar] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_TRUTH_IN_YAML_11: dict[str, bool] = {
    variant: truth
    for word, truth in {"y": True, "yes": True, "on": True, "n": False, "no": False, "off": False}.items()
    for variant in (word, word.capitalize(), word.upper())
}
_SPECIAL_IN_YAML_11 = {"<<": "the merge key", "=": "the default key"}

WORDS = frozenset({*_ALIKE, *_TRUTH_IN_YAML_11, *_SPECIAL_IN_YAML_11})
"""The words that are, or in some YAML are, more than text."""
NUMBER_STARTS = frozenset("0123456789+-.")
"""What a number may begin with, in any YAML."""

_LONGEST_NUMBER = 100
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


class Refused(NamedTuple):
    """A scalar that manifests do not take: the diagnostic's code, what is wrong, what to write instead."""

    code: str
    message: str
    hint: str


def meaning(text: str) -> Scalar | Refused:
    """Return what the unquoted `text` is in every YAML, or why it cannot be taken."""
    if text in _ALIKE:
        return _ALIKE[text]
    if text in WORDS:
        return _ambiguous_word(text)
    if text[0] not in NUMBER_STARTS:
        return text
    older, newer = _number(text, _NUMBERS_11), _number(text, _NUMBERS_12)
    alike = type(older) is type(newer) and (older == newer or _is_nan(older))
    if not alike:
        return _ambiguous(text, _reading(older), _reading(newer), hint=_hint(text, older, newer))
    return text if newer is None else _bounded(text, newer)


def _ambiguous_word(text: str) -> Refused:
    if text in _SPECIAL_IN_YAML_11:
        return _ambiguous(text, _SPECIAL_IN_YAML_11[text], "text", hint=f'write "{text}" in quotes')
    truth = str(_TRUTH_IN_YAML_11[text]).lower()
    return _ambiguous(text, truth, "text", hint=f'write {truth}, or "{text}" in quotes for the text')


def _bounded(text: str, number: Scalar) -> Scalar | Refused:
    whole = isinstance(number, int) and _SMALLEST <= number <= _LARGEST
    if whole or (isinstance(number, float) and math.isfinite(number)):
        return number
    hint = "numbers are finite, and integers have at most 64 bits"
    return Refused("SR102", f"{quoted(text)} is no number that a manifest can hold", hint)


def _ambiguous(text: str, older: str, newer: str, *, hint: str) -> Refused:
    return Refused("SR011", f"{quoted(text)} is {older} in YAML 1.1 and {newer} in YAML 1.2", hint)


def _hint(text: str, older: float | None, newer: float | None) -> str:
    numbers = dict.fromkeys(str(number) for number in (newer, older) if number is not None and math.isfinite(number))
    quotes = f'"{text}" in quotes for the text' if len(text) <= _LONGEST_NUMBER else "it in quotes for the text"
    return f"write {' or '.join(numbers)}, or {quotes}" if numbers and ":" not in text else f"write {quotes}"


def _reading(number: float | None) -> str:
    return "text" if number is None else named(number)


def _is_nan(number: float | None) -> bool:
    return number is not None and math.isnan(number)


def _integer(base: int) -> Callable[[str], float]:
    return lambda text: int(text.replace("_", ""), base)


def _float(text: str) -> float:
    return float(text.replace("_", ""))


def _named_float(text: str) -> float:
    return float(text.lower().replace(".", ""))


def _base_60(text: str) -> float:
    digits = text.lstrip("+-").replace("_", "").split(":")
    total: float = 0
    for digit in digits:
        total = total * 60 + (float(digit) if "." in digit else int(digit))
    return -total if text.startswith("-") else total


_Readings = tuple[tuple[re.Pattern[str], Callable[[str], float]], ...]

_NAMED_FLOATS = (
    (re.compile(r"[-+]?\.(?:inf|Inf|INF)"), _named_float),
    (re.compile(r"\.(?:nan|NaN|NAN)"), _named_float),
)
_NUMBERS_11: _Readings = (
    (re.compile(r"[-+]?0b[01_]*[01][01_]*"), _integer(2)),
    (re.compile(r"[-+]?0[0-7_]+"), _integer(8)),
    (re.compile(r"[-+]?(?:0|[1-9][0-9_]*)"), _integer(10)),
    (re.compile(r"[-+]?0x_*[0-9a-fA-F][0-9a-fA-F_]*"), _integer(16)),
    # A number by the pattern of its type, though it has no digit that would say which.
    (re.compile(r"[-+]?0[bx]_+"), lambda _: 0),
    (re.compile(r"[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+"), _base_60),
    (re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*"), _base_60),
    (re.compile(r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?"), _float),
    (re.compile(r"[-+]?\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?"), _float),
    *_NAMED_FLOATS,
)
_NUMBERS_12: _Readings = (
    (re.compile(r"[-+]?[0-9]+"), _integer(10)),
    (re.compile(r"0o[0-7]+"), _integer(8)),
    (re.compile(r"0x[0-9a-fA-F]+"), _integer(16)),
    (re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"), _float),
    *_NAMED_FLOATS,
)


def _number(text: str, readings: _Readings) -> float | None:
    for pattern, read in readings:
        if pattern.fullmatch(text):
            # Python refuses to read very long integers, and no manifest needs them.
            return math.inf if len(text) > _LONGEST_NUMBER else read(text)
    return None
