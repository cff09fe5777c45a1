"""Manifests as YAML that the strict reader accepts again; the only view that needs yaml."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from schedrun.render.escape import for_terminal_lines

_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_.,/ -]*(?<! )|(?:\d+(?:ms|[wdhms]))+", re.ASCII)
_AMBIGUOUS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


class _ManifestDumper(yaml.SafeDumper):
    """Quotes every text that some version of YAML could read as something else; never writes an alias."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  the signature is yaml's
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=_style(text))


def _style(text: str) -> str | None:
    if "\n" in text and all(line.isprintable() for line in text.split("\n")):
        return "|"
    plain = _PLAIN.fullmatch(text) and text.lower() not in _AMBIGUOUS
    return None if plain else '"'


_ManifestDumper.add_representer(str, _represent_text)


def text(documents: Iterable[Mapping[str, Any]]) -> str:
    """Return the documents (JSON values with text keys) as one YAML stream, keys in the order given.

    What is invisible is written out: the stream may be printed on a terminal, and reviewed.
    """
    stream: str = yaml.dump_all(
        documents,
        Dumper=_ManifestDumper,
        allow_unicode=True,
        explicit_start=True,
        sort_keys=False,
        width=float("inf"),
    )
    # Texts with anything invisible stand in double quotes, where YAML has the same escapes.
    return for_terminal_lines(stream)
