"""Texts that a process is given: no system takes a NUL in one, nor `=` in the name of a variable."""

from typing import Annotated

from pydantic import AfterValidator, Field

from schedrun.core.spec.base import fault
from schedrun.core.spec.shape import Shape

_VARIABLE_HINT = "write the name alone, without `=`; a value goes behind the colon"
_VARIABLE_SHAPE = Shape(r"^[^=\x00]*$", _VARIABLE_HINT)
_NUL = "\0"
_NUL_HINT = "take \\0 away; bytes belong into a file"


def process_text(text: str) -> str:
    """Return the text; raises the fault SR102 for one that no process can be given."""
    if _NUL in text:
        raise fault("SR102", "this holds a NUL, which no process can be given", hint=_NUL_HINT)
    return text


def _argv(words: list[str]) -> list[str]:
    if words and not words[0]:
        raise fault("SR102", "an empty text names no program", hint="write the program's name first", path=(0,))
    for place, word in enumerate(words):
        if _NUL in word:
            raise fault("SR102", "this holds a NUL, which no process can be given", hint=_NUL_HINT, path=(place,))
    return words


def _variable(name: str) -> str:
    if "=" in name or _NUL in name:
        raise fault("SR102", "no variable of an environment has `=` or a NUL in its name", hint=_VARIABLE_HINT)
    return name


NonEmpty = Annotated[str, Field(min_length=1)]

ProcessText = Annotated[NonEmpty, AfterValidator(process_text)]
"""A text for a process: not empty, without NUL."""

Argv = Annotated[list[str], Field(min_length=1), AfterValidator(_argv)]
"""A program, which has a name, and its arguments."""

EnvName = Annotated[NonEmpty, AfterValidator(_variable), Field(json_schema_extra=_VARIABLE_SHAPE.of_key())]
"""The name of an environment variable, as far as every system agrees on it."""
