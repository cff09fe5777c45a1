"""Ofelia: INI files, and the same jobs as labels of containers (compose files, `docker inspect`).

Sources: mcuadros/ofelia `docs/jobs.md` and `core/`, go-gcfg/gcfg for the text of INI files; expressions are read by
robfig/cron v3, seconds first where there are six fields.
"""

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any, NamedTuple

from schedrun.convert import naming
from schedrun.convert.entry import Entry, Note, Reading, Source, Zone
from schedrun.convert.formats import cron_entry, yaml_documents
from schedrun.convert.formats.yaml_documents import items, mapping
from schedrun.convert.timetables import cron_fields
from schedrun.core.source import Position

_SECTION = re.compile(r'\[\s*(?P<kind>[A-Za-z-]+)(?:\s+"(?P<name>[^"]*)")?\s*\](?:\s*[#;].*)?')
_SETTING = re.compile(r"(?P<key>[A-Za-z][A-Za-z0-9_-]*)\s*(?:=\s*(?P<value>.*))?")
_KINDS = ("job-exec", "job-run", "job-local", "job-service-run")
_LABEL = re.compile(r"ofelia\.(job-[a-z-]+)\.(.+)\.([a-z-]+)")
_RUN_FLAGS = {
    "volume": "--volume",
    "volumes-from": "--volumes-from",
    "environment": "--env",
    "network": "--network",
    "user": "--user",
    "hostname": "--hostname",
    "entrypoint": "--entrypoint",
}
_EXEC_FLAGS = {"user": "--user", "environment": "--env"}
_QUIET = {"schedule", "command", "container", "image", "no-overlap", "dir", "environment", "delete", "tty", "pull"}
_TRUE = {"1", "t", "true"}
_YES = {*_TRUE, "yes", "on"}
_QUOTE_WITHIN = re.compile(r"""(?:\\.|[^"\\#;])+\"""")
_PART = re.compile(r"\\.|.")
_ESCAPES = {'\\"': '"', "\\\\": "\\", "\\n": "\n", "\\t": "\t"}
_OF_CONTAINERS = {"ofelia.enabled", "ofelia.service"}
_ENABLED = "ofelia.enabled"
"""Among the settings of labels: whether Ofelia looks at their container."""
Settings = dict[str, list[str]]
"""The values of each key, in the order they are said."""


class _Section(NamedTuple):
    """A job as it is said: a section of an INI file, or the labels of a container that name it."""

    kind: str
    name: str
    settings: Settings
    position: Position


def read(sources: list[Source], zone: Zone) -> Reading:
    """Return the jobs of INI files and of labels."""
    entries: list[Entry] = []
    notes: list[Note] = []
    for source in sources:
        first = next((line for line in source.text.split("\n") if line.strip() and line.strip()[0] not in "#;"), "")
        found = _sections(source, notes) if _SECTION.match(first.strip()) else _labels(source, notes)
        made = [_entry(section, zone) for section in found]
        if not made:
            notes.append(Note("there are no jobs of Ofelia here", position=Position(source.name, 1, 1)))
        entries.extend(made)
    return Reading(tuple(entries), tuple(notes))


def _sections(source: Source, notes: list[Note]) -> Iterator[_Section]:
    current: _Section | None = None
    ignored: Settings = {}
    for number, raw in _logical(source.text):
        line = raw.strip()
        at = Position(source.name, number, len(raw) - len(raw.lstrip()) + 1)
        if not line or line[0] in "#;":
            continue
        section = _SECTION.fullmatch(line)
        if section is not None or line[0] == "[":
            if current is not None:
                yield current
            current, ignored = None, {}
            kind = section["kind"].lower() if section else ""
            if section and kind in _KINDS:
                current = _Section(kind, section["name"] or "job", {}, at)
            elif kind != "global":
                text = f"the section {line} is unknown: a job is [{'], ['.join(_KINDS)}], its name in double quotes"
                notes.append(Note(text, position=at))
            continue
        setting = _SETTING.fullmatch(line)
        if setting is None:
            notes.append(Note(f"{line!r} is no setting: write `key = value`", position=at))
            continue
        settings = ignored if current is None else current.settings
        settings.setdefault(setting["key"].lower(), []).append(_unquoted(setting["value"]))
        if setting["key"].lower() == "command" and _QUOTE_WITHIN.match(setting["value"] or ""):
            text = (
                'Ofelia takes double quotes out of a value, so what stands in them is several words; `\\"` keeps them'
            )
            notes.append(Note(text, lost=False, position=at))
        if current is None and setting["key"].lower().startswith(("slack", "smtp", "mail", "save", "email", "gotify")):
            notes.append(Note(f"`{setting['key']}`: write `on_failure`", position=at))
    if current is not None:
        yield current


def _logical(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines with their numbers, those joined that a backslash continues."""
    number, begun = 0, ""
    for count, raw in enumerate(text.split("\n"), 1):
        number = number if begun else count
        line = begun + raw.rstrip("\r")
        if line.endswith("\\") and not line.endswith("\\\\") and line.lstrip()[0] not in "#;":
            begun = line[:-1]
        else:
            yield number, line
            begun = ""
    if begun:
        yield number, begun


def _unquoted(value: str | None) -> str:
    """Return a value as gcfg reads it: bare double quotes go, and a comment begins at a # or ; outside of them."""
    if value is None:
        return "true"
    made, quoted = "", False
    for part in _PART.findall(value):
        if part == '"':
            quoted = not quoted
        elif part in "#;" and not quoted:
            break
        else:
            made += _ESCAPES.get(part, part)
    return made.strip()


def _labels(source: Source, notes: list[Note]) -> Iterator[_Section]:
    documents = yaml_documents.load(source)
    if documents.fault is not None:
        notes.append(documents.fault)
    for document in documents.values:
        for container, labels, at in _containers(document, source, notes=notes):
            jobs: dict[tuple[str, str], Settings] = {}
            for label, value in labels.items():
                match = _LABEL.fullmatch(label)
                if label.startswith("ofelia.") and match is None and label not in _OF_CONTAINERS:
                    notes.append(Note(f"the label `{label}`", position=at))
                if match is not None and match[1] in _KINDS:
                    values = _list_value(value)
                    jobs.setdefault((match[1], match[2]), {}).setdefault(match[3], []).extend(values)
            for (kind, name), settings in jobs.items():
                if kind == "job-exec":
                    settings.setdefault("container", [container])
                settings[_ENABLED] = [labels.get("ofelia.enabled", "false").lower()]
                yield _Section(kind, name, settings, at)


def _list_value(value: str) -> list[str]:
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return [value]
    return found if isinstance(found, list) and all(isinstance(item, str) for item in found) else [value]


def _containers(document: Any, source: Source, *, notes: list[Note]) -> Iterator[tuple[str, dict[str, str], Position]]:
    for name, service in mapping(mapping(document).get("services")).items():
        if isinstance(service, dict):
            container = str(service.get("container_name", name))
            at = yaml_documents.position(source, service)
            for labels in (service.get("labels"), mapping(service.get("deploy")).get("labels")):
                yield container, _composed(_as_mapping(labels), at, notes=notes), at
    for inspected in map(mapping, items(document)):
        labels = mapping(inspected.get("Config")).get("Labels")
        name = str(inspected.get("Name", "")).lstrip("/")
        yield name, _as_mapping(labels), yaml_documents.position(source, inspected)


def _composed(labels: dict[str, str], at: Position, *, notes: list[Note]) -> dict[str, str]:
    """Return labels as Compose hands them on: `$$` is a dollar, and what follows a single one is its variable."""
    for label, value in labels.items():
        if label.startswith("ofelia.") and "$" in value.replace("$$", ""):
            notes.append(Note(f"the variables in `{label}` are replaced by Compose; here they are text", position=at))
    return {label: value.replace("$$", "$") for label, value in labels.items()}


def _as_mapping(labels: Any) -> dict[str, str]:
    if isinstance(labels, list):
        pairs = [str(label).partition("=") for label in labels]
        return {key: value for key, _, value in pairs}
    return {str(key): _text(value) for key, value in yaml_documents.plain(mapping(labels)).items()}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _entry(section: _Section, zone: Zone) -> Entry:
    kind, name, settings, at = section
    expression = _last(settings, "schedule")
    notes: list[Note] = []
    when = cron_entry.of_robfig(expression, zone, dialect=cron_fields.OFELIA)
    notes.extend(when.notes)
    fields: dict[str, Any] = {**when.fields}
    target = _target(section, notes)
    if target is not None:
        fields["target"] = target
    fields["overlap"] = "forbid" if _last(settings, "no-overlap").lower() in _YES else "allow"
    if _last(settings, _ENABLED) not in {"", "true"}:
        fields["paused"] = True
        notes.append(Note("paused: Ofelia looks at containers with ofelia.enabled=true alone", lost=False))
    flags = _EXEC_FLAGS if kind == "job-exec" else _RUN_FLAGS if kind == "job-run" else {}
    notes.extend(Note(f"`{key}`") for key in sorted(settings.keys() - _QUIET - flags.keys() - {_ENABLED}))
    said = f"[{kind} {name}] {expression or 'without a schedule'}"
    return Entry(naming.slug(name), at, said, fields, tuple(notes), when.timetable)


def _target(section: _Section, notes: list[Note]) -> dict[str, Any] | None:
    settings = section.settings
    try:
        words = shlex.split(_last(settings, "command"))
    except ValueError as error:
        notes.append(Note(f"its command cannot be split into words: {error}"))
        return None
    match section.kind:
        case "job-exec" if words and _last(settings, "container"):
            flags = _flags(settings, _EXEC_FLAGS)
            return {"command": ["docker", "exec", *flags, _last(settings, "container"), *words]}
        case "job-run" if _last(settings, "image") and not _last(settings, "container"):
            keep = ["--rm"] if (_last(settings, "delete") or "true").lower() in _TRUE else []
            if (_last(settings, "pull") or "true").lower() in _TRUE:
                text = "Ofelia pulls the image before each run; here `docker run` pulls what is missing"
                notes.append(Note(text, lost=False))
            return {
                "command": ["docker", "run", *keep, *_flags(settings, _RUN_FLAGS), _last(settings, "image"), *words]
            }
        case "job-run" if _last(settings, "container"):
            return {"command": ["docker", "start", "--attach", _last(settings, "container")]}
        case "job-local" if words:
            env = dict(value.partition("=")[::2] for value in settings.get("environment", []))
            target: dict[str, Any] = {"command": words}
            if env:
                target["env"] = env
            if _last(settings, "dir"):
                target["workdir"] = _last(settings, "dir")
            return target
        case "job-service-run":
            notes.append(Note("a service of a swarm: write `target`"))
        case _:
            notes.append(Note("there is nothing to run: it needs `command`, and `container` or `image`"))
    return None


def _flags(settings: Settings, flags: dict[str, str]) -> list[str]:
    # Without `user` it is root there, whatever the image says.
    said = settings | {"user": [_last(settings, "user") or "root"]}
    tty = ["--tty"] if _last(settings, "tty").lower() in _YES else []
    return tty + [word for key, flag in flags.items() for value in said.get(key, []) for word in (flag, value)]


def _last(settings: Settings, key: str) -> str:
    return (settings.get(key) or [""])[-1]
