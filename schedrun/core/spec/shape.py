"""What texts look like, for the schema that editors read: they mark what cannot be meant while it is typed."""

from collections.abc import Callable
from typing import Any, NamedTuple

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema

NAME = r"[A-Za-z_][^\x00-/:-@\[-^`{-\x7f]*"
"""A name of Python: its `\\w` knows letters of all alphabets, that of JavaScript those of one."""


class Shape(NamedTuple):
    """A pattern (ECMA 262, as JSON Schema has it) for the text in a field, and what to write.

    Validation never asks it and refuses more, so the pattern must fit all that is valid. It may be a function: one that
    takes time to put together is made for the schema alone. A value beside the text, such as a reference, is not meant.
    """

    pattern: str | Callable[[], str]
    words: str

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the schema of the field, with pattern and words at its text: YAML language servers know both."""
        schema = handler(core_schema)
        text = next(each for each in schema.get("oneOf", (schema,)) if each.get("type") == "string")
        text |= self.said()
        return schema

    def said(self) -> dict[str, Any]:
        """Return what the schema of a text says of it."""
        pattern = self.pattern if isinstance(self.pattern, str) else self.pattern()
        return {"pattern": pattern, "patternErrorMessage": self.words}

    def of_key(self) -> dict[str, Any]:
        """Return the same for a key: a pattern right in its schema would allow others beside those that match."""
        return {"allOf": [self.said()]}
