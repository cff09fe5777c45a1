"""Entries as a manifest: what all jobs share in its defaults, what could not be carried in comments."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from schedrun.convert.entry import Entry, Note, Reading
from schedrun.render import yaml_text
from schedrun.render.escape import for_terminal

_WIDTH = 116


def text(reading: Reading, ids: Sequence[str], *, name: str, source: str) -> str:
    """Return the manifest of the set `name`; `ids` are those of the entries, `source` says where they come from."""
    zone = _shared([entry.fields.get("timezone") for entry in reading.entries if entry.carried])
    env = _shared([_env(entry) for entry in reading.entries if entry.carried])
    defaults: dict[str, Any] = {}
    if zone:
        defaults["timezone"] = zone
    if env:
        defaults["target"] = {"env": env}
    lines = [*_comment(f"Imported from {source}.", ""), *_notes(reading.notes, "")]
    lines += ["schedrun: v1", *_block({"name": name}, "")]
    if defaults:
        lines += _block({"defaults": defaults}, "")
    any_job = any(entry.carried for entry in reading.entries)
    lines.append("jobs:" if any_job else "jobs: {}")
    for entry, job_id in zip(reading.entries, ids, strict=True):
        lines += ["", *_job(entry, job_id, zone=zone, env=env)]
    return "\n".join(lines) + "\n"


def _job(entry: Entry, job_id: str, *, zone: object, env: object) -> list[str]:
    fields = dict(entry.fields)
    if entry.carried:
        if zone:
            fields.pop("timezone", None)
        if env:
            fields["target"] = {key: value for key, value in fields["target"].items() if key != "env"}
    lines = [*_comment(f"{entry.position.file}:{entry.position.line}: {entry.said}", "  "), *_notes(entry.notes, "  ")]
    body = _block({job_id: fields}, "  ")
    return lines + (body if entry.carried else [re.sub("^  ", "  # ", line) or "  #" for line in body])


def _block(value: Mapping[str, Any], indent: str) -> list[str]:
    lines = yaml_text.text([value]).split("\n")[1:-1]
    return [indent + line if line else line for line in lines]


def _notes(notes: Sequence[Note], indent: str) -> list[str]:
    return [line for note in notes for line in _comment(("NOT CARRIED: " if note.lost else "") + _placed(note), indent)]


def _placed(note: Note) -> str:
    return note.text if note.position is None else f"{note.position.file}:{note.position.line}: {note.text}"


def _comment(said: str, indent: str) -> list[str]:
    """Return comment lines of a readable width; nothing of the text can end the comment."""
    lines, line = [], ""
    for word in for_terminal(said).split(" "):
        if line and len(line) + len(word) + len(indent) > _WIDTH:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [f"{indent}# {each}".rstrip() for each in [*lines, line]]


def _env(entry: Entry) -> object:
    target = entry.fields["target"]
    return target.get("env") if "command" in target or "shell" in target else None


def _shared(values: list[Any]) -> Any:
    """Return the value that all have, None when they differ or there is a single one."""
    if len(values) < 2 or any(value != values[0] for value in values):
        return None
    return values[0]
