"""The named statements of `sql/`: each opens with `-- name: ...` and one sentence of intent."""

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

_NAME = "-- name: "


def parse(text: str) -> dict[str, str]:
    """Return the statements of a file by name, without comments; ValueError when a name comes twice."""
    statements: dict[str, str] = {}
    for section in text.split(_NAME)[1:]:
        name, _, body = section.partition("\n")
        if name in statements:
            raise ValueError(f"two statements are named {name}")
        lines = (line for line in body.splitlines() if not line.startswith("--"))
        statements[name] = "\n".join(lines).strip().removesuffix(";")
    return statements


def _load() -> Mapping[str, str]:
    folder = files("schedrun.stores") / "sql"
    texts = (entry.read_text(encoding="utf-8") for entry in sorted(folder.iterdir(), key=str))
    return MappingProxyType(parse("\n".join(texts)))


SQL = _load()
"""Every statement by name, read once."""
