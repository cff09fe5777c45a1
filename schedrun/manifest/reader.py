"""The strict reader: bytes -> documents of positioned nodes, and every fault on the way.

It builds on the events of PyYAML's C parser, never on its constructors: those keep no places, take the last of two
equal keys, follow alias bombs and crash on deep nesting.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol, cast

from yaml import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)
from yaml._yaml import CParser
from yaml.error import MarkedYAMLError
from yaml.events import DocumentStartEvent, StreamEndEvent

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.source import Position
from schedrun.manifest import encoding, syntax
from schedrun.manifest.node import Document, Extent, Mark, Node, Scalar, Source
from schedrun.manifest.scalars import NUMBER_STARTS, WORDS, Refused, meaning
from schedrun.manifest.syntax import Problem, SyntaxFault
from schedrun.manifest.tree import MAX_BYTES
from schedrun.manifest.wording import named, quoted

MAX_DEPTH = 64
"""How deep mappings and lists may nest."""
MAX_NODES = 100_000
"""How many values a file may hold after its aliases were expanded."""
MAX_FAULTS = 500
"""After how many faults a file is not read on: enough for people, and a bound for what was written to hurt."""
_MAX_REREAD = 8 * 1024 * 1024  # characters that are read again after syntax errors, in all


class _Event(Extent, Protocol):
    """An event within a document, with the attributes that its kind has; its marks are always there."""

    anchor: str | None
    tag: str | None
    value: str
    style: str


_new_node = Node.__new__


def _is_bare(event: _Event) -> bool:
    """Return whether a scalar stands without quotes, tag and anchor."""
    return not event.style and event.tag is None and event.anchor is None


class Reading(NamedTuple):
    """What a file says: its documents, as far as they could be read, and its faults."""

    documents: tuple[Document, ...]
    faults: tuple[Diagnostic, ...]


def read(data: bytes, *, file: str) -> Reading:
    """Return the documents of `data` and every fault that reading found, in order of place.

    Never raises for what a file holds. A document that could not be read to its end is left out, and a
    file that exceeds a bound has none. A scalar at fault stays in its document as text, so that the rest can still be
    checked.
    """
    if len(data) > MAX_BYTES:
        return Reading(
            (),
            (_whole_file(file, "SR008", f"this file is larger than {MAX_BYTES // 2**20} MiB", "split it"),),
        )
    text, faults = encoding.decode(data, file=file)
    if text is None:
        return Reading((), tuple(faults))
    source = Source(file, text)
    documents = _documents(source, faults)
    if not documents and not faults:
        hint = "declare jobs in it, or remove the file"
        faults.append(_whole_file(file, "SR002", "this file holds no document", hint))
    return Reading(tuple(documents), tuple(faults))


def _whole_file(file: str, code: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, Position(file, 1, 1), message, hint)


def _documents(source: Source, faults: list[Diagnostic]) -> list[Document]:
    """Read all documents, going on after a syntax error where the rest can still be told apart."""
    documents: list[Document] = []
    text, begin = source, 0
    for _ in range(_MAX_REREAD // (len(source.text) + _MAX_REREAD // MAX_FAULTS) + 1):
        stream = _Stream(source)
        error = stream.read(text, begin)
        documents += stream.documents
        if error is None:
            faults += stream.faults
            break
        if error.diagnostic is not None:
            faults.append(error.diagnostic)
        if error.repaired is not None:
            # The document is read once more, so its other faults will be found again.
            faults += stream.faults[: stream.faults_before]
            text, begin = Source(source.file, error.repaired), stream.begin
            continue
        faults += stream.faults
        if stream.hostile:
            return []  # nothing more is done for such a file
        following = syntax.next_document(text.lines, stopped=error.line, begin=stream.begin)
        if following is None:
            break
        begin = following
    else:
        # Each syntax error costs another look at the whole file.
        message = "this file has more syntax errors than are looked for in one of its size"
        faults.append(Diagnostic("SR008", Severity.ERROR, faults[-1].position, message, "mend the first ones"))
    return documents


class _TooMuchError(Exception):
    """This file asks for more than a manifest needs."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic
        super().__init__(str(diagnostic))


class _Stream:
    """The documents and faults of a text, up to its end or its first syntax error.

    `begin` is the line (from 0) where the document at hand starts, `faults_before` how many faults lie before it.
    """

    def __init__(self, source: Source) -> None:
        self.documents: list[Document] = []
        self.faults: list[Diagnostic] = []
        self.begin = 0
        self.faults_before = 0
        self.hostile = False
        self._count = 0
        self._source = source

    def read(self, text: Source, begin: int) -> SyntaxFault | None:
        """Read `text` from line `begin` (from 0); return what stopped the reading, None at the end of the text."""
        self.begin = begin
        # Empty lines in place of what was read before keep every mark true.
        parser = CParser("\n" * begin + "\n".join(text.lines[begin:]) if begin else text.text)
        try:
            self._read(parser)
        except MarkedYAMLError as error:
            problem = Problem(
                str(error.problem),
                cast("Mark", error.problem_mark),
                error.context,
                cast("Mark | None", error.context_mark),
            )
            return syntax.fault(problem, text)
        except _TooMuchError as error:
            self.hostile = True
            return SyntaxFault(error.diagnostic, begin)
        finally:
            parser.dispose()
        return None

    def _read(self, parser: CParser) -> None:
        event = parser.get_event()
        while event is not None and not isinstance(event, StreamEndEvent):
            if isinstance(event, DocumentStartEvent):
                self._read_document(parser, cast("Extent", event), explicit=bool(event.explicit))
            event = parser.get_event()

    def _read_document(self, parser: CParser, start: Extent, *, explicit: bool) -> None:
        self.begin, self.faults_before = start.start_mark.line, len(self.faults)
        builder = _Builder(parser, self._source, self.faults, count=self._count)
        root = builder.root()
        self._count = builder.count
        if root.value is None:
            place = start if explicit else root.place
            hint = "declare jobs in it, or remove the `---`"
            builder.fault("SR002", place, "this document is empty", hint)
        else:
            self.documents.append(Document(self._source, root))


class _Anchored(NamedTuple):
    node: Node
    size: int


class _Builder:
    """Builds the nodes of one document; depth, number of values and aliases stay bounded."""

    def __init__(self, parser: CParser, source: Source, faults: list[Diagnostic], *, count: int) -> None:
        self.count = count
        self._next = cast("Callable[[], _Event]", parser.get_event)
        self._source, self._faults = source, faults
        self._anchors: dict[str, _Anchored | None] = {}  # None: still open

    def root(self) -> Node:
        return self._node(self._next(), None, 0)

    def _node(self, event: _Event, key: _Event | None, depth: int) -> Node:
        kind: type = type(event)
        if kind is ScalarEvent:
            self.count += 1
            if self.count > MAX_NODES:
                self._too_much(event, f"this file holds more than {MAX_NODES:,} values", "split it")
            node = _new_node(Node, self._scalar(event), event, key)
            if event.anchor is not None:
                self._open(event, event.anchor)
                self._anchors[event.anchor] = _Anchored(node, 1)
            return node
        if kind is AliasEvent:
            return self._alias(event, key)
        return self._collection(event, key, depth)

    def _scalar(self, event: _Event) -> Scalar:
        if event.tag is not None:
            self._tag(event)
        text = event.value
        if event.style or (text[:1] not in NUMBER_STARTS and text not in WORDS):
            return text
        value = meaning(text)
        if isinstance(value, Refused):
            self.fault(value.code, event, value.message, value.hint)
            return text
        return value

    def _collection(self, event: _Event, key: _Event | None, depth: int) -> Node:
        if depth >= MAX_DEPTH:
            self._too_much(event, f"mappings and lists nest deeper than {MAX_DEPTH} levels here", "make it flatter")
        if event.tag is not None:
            self._tag(event)
        before = self.count
        self.count += 1
        anchor = event.anchor
        kind: type = type(event)
        if anchor is not None:
            self._open(event, anchor)
        value = self._mapping(depth) if kind is MappingStartEvent else self._sequence(depth)
        node = _new_node(Node, value, event, key)
        if anchor is not None:
            self._anchors[anchor] = _Anchored(node, self.count - before)
        if self.count > MAX_NODES:
            self._too_much(event, f"this file holds more than {MAX_NODES:,} values", "split it")
        return node

    def _open(self, event: _Event, anchor: str) -> None:
        if anchor in self._anchors:
            hint = "give each anchor of a document a name of its own"
            self.fault("SR004", event, f"anchor {quoted(anchor)} is defined twice", hint)
        self._anchors[anchor] = None

    def _sequence(self, depth: int) -> list[Node]:
        items: list[Node] = []
        while True:
            event = self._next()
            kind: type = type(event)
            if kind is SequenceEndEvent:
                return items
            items.append(self._node(event, None, depth + 1))

    def _mapping(self, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        merged: Node | None = None
        while True:
            event = self._next()
            kind: type = type(event)
            if kind is MappingEndEvent:
                break
            if kind is ScalarEvent and event.value == "<<" and _is_bare(event):
                if merged is not None:
                    self.fault(
                        "SR004",
                        event,
                        "duplicate key `<<`",
                        "merge a list: `<<: [*a, *b]`",
                        related=merged.key,
                    )
                merged = self._node(self._next(), event, depth + 1)
                continue
            text = self._key(event, depth)
            node = self._node(self._next(), event, depth + 1)
            if text is None:
                continue
            if text in entries:
                self.fault(
                    "SR004",
                    event,
                    f"duplicate key {quoted(text)}",
                    "keep one of them",
                    related=entries[text].key,
                )
            else:
                entries[text] = node
        return entries if merged is None else self._with_merged(entries, merged)

    def _key(self, event: _Event, depth: int) -> str | None:
        """Return the text of a key; None for one that is no text, which is a fault."""
        kind: type = type(event)
        if kind is ScalarEvent and event.tag is None and event.anchor is None:
            text = event.value
            if event.style or (text[:1] not in NUMBER_STARTS and text not in WORDS):
                return text
        node = self._node(event, None, depth + 1)
        if isinstance(node.value, str):
            return node.value
        hint = f'write "{event.value}" in quotes' if kind is ScalarEvent and event.value else "keys are text"
        self.fault("SR102", event, f"a key must be text, not {named(node.value)}", hint)
        return None

    def _with_merged(self, entries: dict[str, Node], merged: Node) -> dict[str, Node]:
        """Return the entries with those of `<<` added that they do not say themselves."""
        sources = merged.value if isinstance(merged.value, list) else [merged]
        for source in sources:
            if not isinstance(source.value, dict):
                hint = "write `<<: *anchor`, or a list of such"
                self.fault("SR102", source.alias or source.place, "only mappings can be merged with `<<`", hint)
                continue
            alias = source.alias or merged.alias
            self.count += len(source.value)
            for key, node in source.value.items():
                if key not in entries:
                    entries[key] = node if alias is None else node._replace(alias=alias)
        return entries

    def _alias(self, event: _Event, key: _Event | None) -> Node:
        name = str(event.anchor)
        if name not in self._anchors:
            hint = f'define `&{name}` above it, or write "*{name}" in quotes for the text'
            self.fault("SR001", event, f"no anchor {quoted(name)} is defined above this alias", hint)
            return _new_node(Node, None, event, key)
        anchored = self._anchors[name]
        if anchored is None:
            self.fault("SR008", event, f"alias {quoted(name)} stands inside the value it refers to", "take it out")
            return _new_node(Node, None, event, key)
        self.count += anchored.size
        if self.count > MAX_NODES:
            self._too_much(event, f"aliases expand this file to more than {MAX_NODES:,} values", "use fewer aliases")
        return _new_node(Node, anchored.node.value, anchored.node.place, key, event)

    def _tag(self, event: _Event) -> None:
        hint = "take the tag away; text that looks like something else goes in quotes"
        tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")  # as it was written
        self.fault("SR007", event, f"tags such as {quoted(tag)} have no meaning in manifests", hint)

    def fault(self, code: str, place: Extent, message: str, hint: str, related: Extent | None = None) -> None:
        """Note a fault; gives up on the file when it has too many."""
        if len(self._faults) >= MAX_FAULTS:
            self._too_much(place, f"this file has more than {MAX_FAULTS} faults", "mend the first ones")
        position = self._source.of_place(place)
        first = None if related is None else self._source.of_place(related)
        note = None if related is None else "first written here"
        self._faults.append(Diagnostic(code, Severity.ERROR, position, message, hint, first, note))

    def _too_much(self, place: Extent, message: str, hint: str) -> None:
        raise _TooMuchError(Diagnostic("SR008", Severity.ERROR, self._source.at(place.start_mark), message, hint))
