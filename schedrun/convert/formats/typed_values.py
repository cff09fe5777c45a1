"""Values of a YAML document whose tool takes one type only: what has another is named, with what it is taken for."""

import re
from dataclasses import dataclass
from typing import Any

from schedrun.convert.entry import Note, Source
from schedrun.convert.formats import yaml_documents

_YES, _NO = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}


@dataclass(frozen=True, slots=True)
class Typed:
    """A mapping of `source`, called `owner` in the notes that it adds to `notes`."""

    values: dict[Any, Any]
    owner: str
    source: Source
    notes: list[Note]

    def flag(self, key: str) -> bool:
        """Return whether the value says yes; no value says no."""
        value = self.values.get(key)
        if value is None or isinstance(value, bool):
            return value is True
        said = _written(value).lower()
        taken = said in _YES
        text = f"is {_shown(value)}, neither true nor false: {_written(taken)} is assumed"
        self.tell(key, text, lost=said not in _YES | _NO)
        return taken

    def number(self, key: str, default: int | None = None) -> int | None:
        """Return a whole number from 0, `default` where there is none."""
        value = self.values.get(key)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if value is None:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        digits = isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value) is not None
        taken = int(value) if digits else default
        assumed = "nothing" if taken is None else str(taken)
        self.tell(key, f"is {_shown(value)}, no whole number from 0: {assumed} is assumed", lost=not digits)
        return taken

    def text(self, key: str) -> str:
        """Return a text, an empty one where there is none."""
        value = self.values.get(key)
        if value is None or isinstance(value, str):
            return value or ""
        self.tell(key, f"is {_shown(value)}, no text: {_written(value)!r} is assumed")
        return _written(value)

    def texts(self, key: str) -> list[str]:
        """Return a list of texts, an empty one where there is none."""
        value = self.values.get(key)
        if value is not None and not isinstance(value, list):
            self.tell(key, f"is {_shown(value)}, no list: a list of it alone is assumed")
        found = yaml_documents.items(value if value is None or isinstance(value, list) else [value])
        for item in found:
            if not isinstance(item, str):
                self.tell(key, f"holds {_shown(item)}, which is no text: {_written(item)!r} is assumed")
        return [item if isinstance(item, str) else _written(item) for item in found]

    def tell(self, key: str, said: str, *, lost: bool = False) -> None:
        """Add a note on a value, with its place."""
        at = yaml_documents.position(self.source, self.values, key)
        self.notes.append(Note(f"`{key}` of {self.owner} {said}", lost=lost, position=at))


def _written(value: Any) -> str:
    """Return a value as YAML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(yaml_documents.plain(value))


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return repr(value) if isinstance(value, str) else _written(value)
