"""What validation found -> diagnostics at the places where the values were written."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.source import Position
from schedrun.core.spec.notify import ADDRESS_FIELDS, NOTIFY_FIELDS
from schedrun.manifest.node import Extent, Node, Source
from schedrun.manifest.reader import MAX_FAULTS
from schedrun.manifest.subject import Part, Subject
from schedrun.manifest.vocabulary import DEFAULTS, DOCUMENT, JOB, Path, Vocabulary
from schedrun.manifest.wording import closest, listed, named, quoted, shortened

_KEY = "[key]"  # how Pydantic says that the key is meant, and not its value
_EXPECTED = re.compile(r"'([^']*)'")


_VOCABULARIES: Mapping[Part, Vocabulary] = {"document": DOCUMENT, "defaults": DEFAULTS, "job": JOB}


@dataclass(frozen=True, slots=True)
class _Wrong:
    """One fault before its place is known: where in the subject, and whether the key is meant."""

    code: str
    message: str
    hint: str | None
    path: Path
    at_key: bool = False
    related_key: str | None = None


def diagnostics(error: ValidationError, subject: Subject) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each fault of `error`, at most `reader.MAX_FAULTS`."""
    for details in error.errors(include_url=False)[:MAX_FAULTS]:
        path = _path(details["loc"], _VOCABULARIES[subject.part])
        for wrong in _wrongs(
            details["type"], details.get("input"), context=details.get("ctx", {}), path=path, subject=subject
        ):
            yield _placed(wrong, subject)


def _path(location: Path, vocabulary: Vocabulary) -> Path:
    """Return the location without the names of variants that Pydantic puts into it."""
    path: Path = ()
    in_union = False
    for step in location:
        if in_union and step != _KEY:
            in_union = False
            continue
        path = (*path, step)
        in_union = vocabulary.is_union(path)
    return path


class _Address:
    """Stands for a text that no message repeats."""


def _wrongs(kind: str, value: object, *, context: Mapping[str, Any], path: Path, subject: Subject) -> Iterator[_Wrong]:
    if _is_address(path) and isinstance(value, str):
        value = _Address()
    if kind == "faults":
        for each in context["faults"]:
            yield _Wrong(each["code"], shortened(each["message"]), each["hint"], (*path, *each["path"]))
    elif kind.startswith("SR"):
        yield _Wrong(kind, shortened(context["message"]), context["hint"], (*path, *context["path"]))
    elif kind == "extra_forbidden":
        yield _unknown_field(path, subject)
    elif kind == "missing":
        message = f"missing field {quoted(str(path[-1]))} in {subject.name}"
        yield _Wrong("SR103", message, _MISSING_HINTS.get(path), path[:-1], at_key=True)
    elif kind.startswith("union_tag"):
        yield _no_variant(value, path, subject)
    else:
        message, hint = _type_or_range(kind, value, {**context, "written": _written(path, subject), "field": path[-1]})
        yield _Wrong("SR102", f"{_field(path)} {message}", hint, path)


_MISSING_HINTS: Mapping[Path, str] = {
    ("schedule",): 'say when it runs, such as `schedule: {cron: "0 2 * * *"}`',
    ("target",): "say what it does, such as `target: {command: [./bin/report]}`",
    ("name",): "name the set that the jobs belong to, such as `name: billing`",
    ("schedrun",): "begin with `schedrun: v1`; if this is no manifest, move it out of here or name the manifests",
    ("jobs",): "declare jobs under `jobs`; write `jobs: {}` for a set that has none",
}


def _unknown_field(path: Path, subject: Subject) -> _Wrong:
    *place, last = path
    name, above = "…" if _is_address(path) and "://" in str(last) else str(last), tuple(place)
    vocabulary = _VOCABULARIES[subject.part]
    kinds = vocabulary.kinds(above)
    if name in kinds:
        message = f"{_field(above)} has exactly one of {listed(kinds, last='and')}"
        found = _trail(subject.node, above)
        entries = (found[-1] if found else subject.node).value
        first = next((kind for kind in kinds if isinstance(entries, dict) and kind in entries), None)
        return _Wrong("SR104", message, "keep one of them", path, at_key=True, related_key=first)
    where = f" in {_field(above)}" if above else ""
    message = f"unknown field {quoted(name)}{where} in {subject.name}"
    known = f"the fields here are {listed(vocabulary.fields(above), last='and')}"
    return _Wrong("SR101", message, vocabulary.suggestion(above, name) or known, path, at_key=True)


def _no_variant(value: object, path: Path, subject: Subject) -> _Wrong:
    vocabulary = _VOCABULARIES[subject.part]
    kinds = vocabulary.kinds(path)
    if not isinstance(value, dict):
        hint = _MAPPING_HINTS.get(path[:1])
        return _Wrong("SR102", f"{_field(path)} must be a mapping, not {_named(value)}", hint, path)
    strange = next((key for key in value if key not in vocabulary.fields(path)), None)
    hint = None if strange is None else vocabulary.suggestion(path, strange)
    return _Wrong("SR104", f"{_field(path)} needs exactly one of {listed(kinds)}", hint, path, at_key=True)


_ENTRY_HINT = "write the kind before the address, such as {email: [oncall@example.com]}"
_MAPPING_HINTS: Mapping[Path, str] = {
    ("schedule",): 'such as `schedule: {cron: "0 2 * * *"}`',
    ("monitor",): "write `monitor: {url: ...}`",
    **{(name,): _ENTRY_HINT for name in NOTIFY_FIELDS},
}


def _is_address(path: Path) -> bool:
    return bool(path) and path[0] in ADDRESS_FIELDS


def _named(value: object) -> str:
    return "a text" if isinstance(value, _Address) else named(value)


_Words = tuple[str, str | None]
"""What is wrong with a value, in words that follow its field's name, and a hint."""


def _no_text(value: object, context: Mapping[str, Any]) -> _Words:
    # As it was written: 1.10 is not 1.1 to whoever names a release.
    written = context["written"] or str(value)
    hint = f'write "{written}" in quotes' if isinstance(value, bool | int | float) else None
    return f"must be text, not {_named(value)}", hint


def _no_integer(value: object, _: Mapping[str, Any]) -> _Words:
    digits = isinstance(value, str) and value.isdecimal()
    return f"must be a whole number, not {_named(value)}", "take the quotes away" if digits else None


def _no_mapping(value: object, context: Mapping[str, Any]) -> _Words:
    if context["field"] == "monitor":
        return f"must be a mapping, not {_named(value)}", _MAPPING_HINTS["monitor",]
    count = context["field"] == "retries" and isinstance(value, int) and not isinstance(value, bool)
    return f"must be a mapping, not {_named(value)}", f"write `retries: {{max: {value}}}`" if count else None


def _no_list(value: object, context: Mapping[str, Any]) -> _Words:
    hint = "write its words as a list, such as [./bin/report, --daily]" if isinstance(value, str) else None
    if context["field"] == "email":
        hint = "write the addresses as a list, such as [oncall@example.com]"
    elif context["field"] == "expect":
        hint = "write its entries as a list, such as [{never_on: [sat, sun]}, {at_most: 1, per: day}]"
    elif context["field"] in NOTIFY_FIELDS:
        hint = "write its entries as a list, such as [{email: [oncall@example.com]}]"
    return f"must be a list, not {_named(value)}", hint


def _no_choice(value: object, context: Mapping[str, Any]) -> _Words:
    allowed = tuple(_EXPECTED.findall(context["expected"]))
    near = closest(str(value), allowed)
    return f"must be {listed(allowed)}, not {_named(value)}", near and f"did you mean `{near}`?"


def _out_of_range(value: object, context: Mapping[str, Any]) -> _Words:
    bound = f"at least {context['ge']}" if "ge" in context else f"at most {context['le']}"
    return f"must be {bound}, not {_named(value)}", None


def _no(kind: str) -> Callable[[object, Mapping[str, Any]], _Words]:
    return lambda value, _: (f"must be {kind}, not {_named(value)}", None)


def _empty(_: object, __: Mapping[str, Any]) -> _Words:
    return "must not be empty", None


_IN_WORDS: Mapping[str, Callable[[object, Mapping[str, Any]], _Words]] = {
    "string_type": _no_text,
    "int_type": _no_integer,
    "int_from_float": _no_integer,
    "bool_type": _no("true or false"),
    "list_type": _no_list,
    "dict_type": _no("a mapping"),
    "model_type": _no_mapping,
    "model_attributes_type": _no("a mapping"),
    "enum": _no_choice,
    "literal_error": _no_choice,
    "greater_than_equal": _out_of_range,
    "less_than_equal": _out_of_range,
    "string_too_short": _empty,
    "too_short": _empty,
}


def _type_or_range(kind: str, value: object, context: Mapping[str, Any]) -> _Words:
    in_words = _IN_WORDS.get(kind)
    if in_words is None:
        return f"must be something else than {_named(value)} ({kind.replace('_', ' ')})", None
    return in_words(value, context)


def _written(path: Path, subject: Subject) -> str:
    """Return the text of the scalar at `path`; nothing where no scalar stands."""
    nodes = _trail(subject.node, path)
    return subject.source.text_of(nodes[-1]) if len(nodes) == len(path) else ""


def _field(path: Path) -> str:
    """Return a field's name as messages say it: `schedule.cron`."""
    steps = [str(step) for step in path if step != _KEY]
    return quoted(".".join(steps)) if steps else "this"


def _placed(wrong: _Wrong, subject: Subject) -> Diagnostic:
    nodes = _trail(subject.node, wrong.path)
    if not nodes:
        position = subject.home
    else:
        position = _position(nodes[-1], subject.source, at_key=wrong.at_key or wrong.path[-1] == _KEY)
    related, note = _related(wrong, nodes, subject)
    message = wrong.message
    if subject.part == "job" and related is not None and wrong.related_key is None and subject.name not in message:
        # What stands elsewhere does not show whose it is, and some formats have no second place.
        message = f"{message} (in {subject.name})"
    masked = bool(nodes) and _is_address(wrong.path) and isinstance(nodes[-1].value, str) and not wrong.at_key
    return Diagnostic(wrong.code, Severity.ERROR, position, message, wrong.hint, related, note, masked=masked)


def _position(node: Node, source: Source, *, at_key: bool) -> Position:
    if at_key and node.key is not None:
        return source.of_place(node.key)
    return source.of_node(node)


def _related(wrong: _Wrong, nodes: list[Node], subject: Subject) -> tuple[Position | None, str | None]:
    """Return the second position: the other of two keys, the alias, or the job that takes a default."""
    if wrong.related_key is not None and nodes:
        siblings = (nodes[-2] if len(nodes) > 1 else subject.node).value
        other = siblings.get(wrong.related_key) if isinstance(siblings, dict) else None
        if other is not None and other.key is not None:
            return subject.source.of_place(other.key), f"`{wrong.related_key}` stands here"
    alias: Extent | None = next((node.alias for node in nodes if node.alias is not None), None)
    if alias is not None:
        return subject.source.of_place(alias), "reached through this alias"
    written = _trail(subject.own, wrong.path)
    if nodes and (not written or written[-1].place is not nodes[-1].place):
        return subject.home, f"a default of {subject.name}"
    return None, None


def _trail(node: Node, path: Path) -> list[Node]:
    """Return the nodes along `path`, as far as it leads."""
    trail: list[Node] = []
    for step in path:
        below = _child(node, step)
        if below is None:
            break
        node = below
        trail.append(node)
    return trail


def _child(node: Node, step: str | int) -> Node | None:
    child: Node | None = None
    if isinstance(node.value, dict) and isinstance(step, str):
        child = node.value.get(step)
    elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
        child = node.value[step]
    return child
