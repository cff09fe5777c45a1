"""How the tests of import and export read: through the real readers, and through our own."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from schedrun.convert import importing
from schedrun.convert.entry import Reading, Source, Zone
from schedrun.convert.formats import crontab, kubernetes, ofelia, supercronic, systemd, yacron
from schedrun.convert.importing import Imported
from schedrun.core.plan.desired import DeclaredJob
from schedrun.core.spec.job import Job
from schedrun.manifest.load import load_text

NOW = datetime(2026, 6, 1, tzinfo=UTC)
BERLIN = Zone("Europe/Berlin", "a test")
READERS: dict[str, Callable[[list[Source], Zone], Reading]] = {
    "crontab": lambda sources, zone: crontab.read(sources, zone, form=crontab.USER),
    "crontab-system": lambda sources, zone: crontab.read(sources, zone, form=crontab.SYSTEM),
    "kubernetes": kubernetes.read,
    "ofelia": ofelia.read,
    "supercronic": supercronic.read,
    "systemd": systemd.read,
    "yacron": yacron.read,
}


def imported(foreign: str, *texts: str, names: tuple[str, ...] = (), zone: Zone = BERLIN) -> Imported:
    """Return what the texts of a tool become; `names` are those of their files."""
    names = names or tuple(f"file-{number}" for number in range(len(texts)))
    sources = [Source(name, text) for name, text in zip(names, texts, strict=True)]
    return proven(READERS[foreign](sources, zone))


def proven(reading: Reading) -> Imported:
    """Return the manifest of a reading; our own reader must accept it whatever was read."""
    made = importing.manifest(reading, name="imported", source="a test", now=NOW)
    assert () == made.findings, made.text
    return made


def jobs(made: Imported) -> dict[str, Job]:
    """Return the jobs of the manifest by their ids, as our own reader sees them."""
    desired = load_text({"imported": made.text.encode()})
    assert {} == dict(desired.broken)
    return {key.removeprefix("imported/"): job.spec for key, job in desired.jobs.items()}


def only(made: Imported) -> dict[str, Any]:
    """Return the record of the single job."""
    (job,) = jobs(made).values()
    return job.to_record()


def lost(made: Imported) -> str:
    """Return everything that was not carried, one text a line."""
    notes = [*made.notes, *(note for each in made.proven for note in each.entry.notes)]
    return "\n".join(note.text for note in notes if note.lost)


def declared(text: str) -> list[DeclaredJob]:
    """Return the jobs of a manifest of ours."""
    desired = load_text({"m.yaml": text.encode()})
    assert {} == dict(desired.broken)
    return [desired.jobs[key] for key in sorted(desired.jobs)]
