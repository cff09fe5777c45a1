"""What was validated, for the words and the place of what is wrong with it."""

from typing import Literal, NamedTuple, TypeAlias

from schedrun.core.source import Position
from schedrun.manifest.node import Node, Source

Part: TypeAlias = Literal["document", "defaults", "job"]
"""The parts of a manifest that are validated by themselves."""


class Subject(NamedTuple):
    """The head of a document, its defaults, or a job with the defaults below it.

    `own` is the node as it was written, `home` the position that stands for what is missing; `name` says it in words.
    """

    part: Part
    node: Node
    own: Node
    source: Source
    home: Position
    name: str
