"""From what a reader found to a manifest with its proof: ids, the last check, the text, and each comparison."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import ValidationError

from schedrun.convert import manifest_text, naming
from schedrun.convert.entry import Entry, Note, Reading
from schedrun.convert.proof import Agreement, Proofs
from schedrun.core.diagnostics import Diagnostic
from schedrun.core.ids import job_key
from schedrun.core.spec.job import Job
from schedrun.manifest.load import load_text


@dataclass(frozen=True, slots=True)
class Proven:
    """One entry, the id it got, and how old and new agree (None: there is nothing to compare)."""

    entry: Entry
    job_id: str
    agreement: Agreement | None


@dataclass(frozen=True, slots=True)
class Imported:
    """A manifest, what became of each entry, and notes about no single one.

    `findings` is empty, unless our own reader refuses what was written.
    """

    text: str
    proven: tuple[Proven, ...]
    notes: tuple[Note, ...]
    findings: tuple[Diagnostic, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether there are jobs, all was carried, and every fire agrees."""
        lost = any(note.lost for note in self.notes) or any(
            note.lost for each in self.proven for note in each.entry.notes
        )
        agrees = all(each.agreement is None or each.agreement.holds for each in self.proven)
        return bool(self.proven) and not lost and agrees and not self.findings


def manifest(reading: Reading, *, name: str, source: str, now: datetime) -> Imported:
    """Return the manifest of the set `name`, proven for the twelve months after `now` (aware)."""
    entries = tuple(_settled(entry) for entry in reading.entries)
    reading = _hoisted(replace(reading, entries=entries))
    ids = naming.unique([entry.name for entry in entries])
    text = manifest_text.text(reading, ids, name=name, source=source)
    desired = load_text({"imported": text.encode()})
    findings = tuple(finding for found in desired.broken.values() for finding in found)
    proofs = Proofs(now)
    proven = [
        Proven(entry, job_id, proofs.of(entry.timetable, desired.jobs[job_key(name, job_id)].spec))
        if entry.carried and entry.timetable is not None and not findings
        else Proven(entry, job_id, None)
        for entry, job_id in zip(reading.entries, ids, strict=True)
    ]
    return Imported(text, tuple(proven), reading.notes, findings)


def _hoisted(reading: Reading) -> Reading:
    """Return the reading with remarks that several entries share said once, for all."""
    counts = Counter(note for entry in reading.entries for note in entry.notes if not note.lost)
    shared = [note for note, count in counts.items() if count > 1]
    entries = tuple(
        replace(entry, notes=tuple(note for note in entry.notes if note not in shared)) for entry in reading.entries
    )
    return Reading(entries, (*reading.notes, *shared))


def _settled(entry: Entry) -> Entry:
    """Return the entry with every field that no manifest accepts taken out and named."""
    fields, notes = dict(entry.fields), list(entry.notes)
    for name in [name for name, value in fields.items() if not _is_text(value)]:
        del fields[name]
        notes.append(Note(f"`{name}` is not carried: it holds halves of letters, which are no text"))
    for _ in entry.fields:
        if "schedule" not in fields or "target" not in fields:
            break
        try:
            Job.model_validate(fields)
        except ValidationError as error:
            for name, why in _refused(error):
                if fields.pop(name, None) is not None:
                    notes.append(Note(f"`{name}` is not carried: {why}"))
        else:
            break
    return replace(entry, fields=fields, notes=tuple(notes))


def _is_text(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return False
    return True


def _refused(error: ValidationError) -> Sequence[tuple[str, str]]:
    found = [(str(detail["loc"][0]), detail["msg"]) for detail in error.errors() if detail["loc"]]
    # A fault between fields names none of them; without a target nothing false can run.
    return found or [("target", str(error.errors()[0]["msg"]))]
