"""`schedrun import`: a manifest from the files of another tool, with a proof of its fire times."""

import os
import re
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schedrun.cli import output
from schedrun.cli.instants import InstantType
from schedrun.cli.verdict_command import VerdictCommand
from schedrun.clock import SystemClock
from schedrun.convert import importing, naming, report
from schedrun.convert.entry import Reading, Source, Zone
from schedrun.core.spec.zone import ZoneError, zone_of
from schedrun.render.escape import for_terminal

if TYPE_CHECKING:
    from types import ModuleType

_FORMATS = ("crontab", "crontab-system", "kubernetes", "yacron", "ofelia", "supercronic", "systemd", "celery",
            "apscheduler")  # fmt: skip
_SUFFIXES = {
    "kubernetes": (".yaml", ".yml"),
    "yacron": (".yaml", ".yml"),
    "ofelia": (".ini", ".yaml", ".yml"),
    "systemd": (".timer", ".service"),
}
_OF_CRON = re.compile(r"[A-Za-z0-9_-]+")
"""Names of files of /etc/cron.d: see cron(8) of Debian."""
_LARGEST = 8 * 1024 * 1024
"""Bytes of a file: what other tools read by hand is far smaller."""


@click.command("import", cls=VerdictCommand)
@click.option("--from", "foreign", type=click.Choice(_FORMATS), required=True, help="What the paths are written for.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--name", metavar="SET", help="The name of the set.  [default: imported]", default="imported")
@click.option("--timezone", metavar="ZONE", help="The zone of times that say none.  [default: TZ, else UTC]")
@click.option("--now", metavar="INSTANT", type=InstantType(),
              help="Compare the twelve months after this instant, offset included.  [default: now]")  # fmt: skip
@click.option("--app-dir", type=click.Path(path_type=Path, file_okay=False, exists=True), default=Path(),
              help="The folder from which celery and apscheduler import.")  # fmt: skip
@click.pass_context
def command(
    ctx: click.Context,
    foreign: str,
    paths: tuple[str, ...],
    *,
    name: str,
    timezone: str | None,
    now: datetime | None,
    app_dir: Path,
) -> None:
    """Write a manifest from the jobs of another tool, and prove that it fires when they did.

    PATH is a file or a folder, `-` is stdin; for celery and apscheduler it is module:attribute, and importing
    that runs its code.

    The manifest goes to stdout, with comments on what could not be carried. The report goes to stderr: whether the
    fires of old and new agree for twelve months, or where they differ and why. Exit code 0: all was carried and agrees,
    1: not all, 2: it could not be told.
    """
    if name != naming.slug(name):
        raise click.UsageError(f"{name!r} is no name of a set: write lower-case letters, digits and -")
    moment = now or SystemClock().now()
    zone = _zone(timezone)
    reading = _objects(foreign, paths, zone=zone, app_dir=app_dir) if foreign in {"celery", "apscheduler"} else None
    if reading is None:
        reading = _texts(foreign, paths, zone=zone)
    source = f"{foreign}: {' '.join(paths)}"
    imported = importing.manifest(reading, name=name, source=source, now=moment)
    click.echo(imported.text, nl=False)
    click.echo(report.text(imported, width=output.medium(sys.stderr).width), err=True)
    if not imported.complete:
        ctx.exit(1)


def _zone(said: str | None) -> Zone:
    """Return the zone of sources that say none: the option, else TZ, else UTC."""
    # `:` and a path are other ways to name the same zone.
    variable = os.environ.get("TZ", "").removeprefix(":").removeprefix("/usr/share/zoneinfo/")
    key, origin = (said, "--timezone") if said else (variable, "TZ") if variable else ("UTC", "TZ is not set")
    try:
        zone_of(key)
    except ZoneError as error:
        remedy = "" if said else " (or say --timezone)"
        raise click.UsageError(for_terminal(f"{origin}: {error}{remedy}")) from error
    return Zone(key, origin)


def _texts(foreign: str, paths: tuple[str, ...], *, zone: Zone) -> Reading:
    sources = [source for path in paths for source in _sources(foreign, path)]
    if foreign == "yacron":
        sources = _with_included(sources)
    if not sources:
        suffixes = ", ".join(_SUFFIXES.get(foreign, ("",)))
        raise click.UsageError(f"there is no file for {foreign} in the folder: its files end with {suffixes}")
    return _reader(foreign)(sources, zone)


def _reader(foreign: str) -> Callable[[list[Source], Zone], Reading]:
    from importlib import import_module  # noqa: PLC0415  each reader is imported when it is asked for

    if foreign in {"crontab", "crontab-system"}:
        from schedrun.convert.formats import crontab  # noqa: PLC0415

        form = crontab.SYSTEM if foreign == "crontab-system" else crontab.USER
        return lambda sources, zone: crontab.read(sources, zone, form=form)
    module: ModuleType = import_module(f"schedrun.convert.formats.{foreign}")
    reader: Callable[[list[Source], Zone], Reading] = module.read
    return reader


def _objects(foreign: str, paths: tuple[str, ...], *, zone: Zone, app_dir: Path) -> Reading:
    from importlib import import_module  # noqa: PLC0415

    from schedrun.convert.formats import python_object  # noqa: PLC0415

    module = import_module(f"schedrun.convert.formats.{foreign}")
    read: Callable[[python_object.Loaded, Zone], Reading] = module.read
    readings = []
    for reference in paths:
        click.echo(for_terminal(f"Importing {reference}: this runs its code"), err=True)
        loaded = python_object.load(reference, folder=app_dir.absolute(), since=SystemClock().now())
        readings.append(read(loaded, zone))
    return Reading(
        tuple(entry for reading in readings for entry in reading.entries),
        tuple(note for reading in readings for note in reading.notes),
    )


def _sources(foreign: str, path: str) -> list[Source]:
    if path == "-":
        return [Source("stdin", _decoded(sys.stdin.buffer.read(_LARGEST + 1), "stdin"))]
    file = Path(path)
    if not file.exists():
        raise click.UsageError(for_terminal(f"there is no file or folder {path!r}"))
    if not file.is_dir():
        files = [file, *_beside_timer(file)] if foreign == "systemd" and file.suffix == ".timer" else [file]
    else:
        endings = _SUFFIXES.get(foreign)
        found = sorted(file.rglob("*") if endings else file.iterdir())
        files = [each for each in found if each.is_file() and (endings is None or each.suffix in endings)]
        if foreign == "crontab-system":
            files = _read_by_cron(files)
        if foreign == "systemd":
            files += [each for each in found if _is_drop_in(each)]
    return [_source(each) for each in files]


def _read_by_cron(files: list[Path]) -> list[Path]:
    """Return the files of /etc/cron.d that Debian's cron reads, and tell of the others: backups, placeholders."""
    read = [each for each in files if _OF_CRON.fullmatch(each.name)]
    for each in files:
        if each not in read:
            click.echo(
                for_terminal(f"note: {each}: left out, as by Debian's cron, for the letters of its name"), err=True
            )
    return read


def _beside_timer(timer: Path) -> list[Path]:
    """Return the files of the timer's own service, or of its template, and the drop-ins of all of them."""
    services = [timer.with_suffix(".service")]
    if "@" in timer.stem:
        services.append(timer.with_name(timer.stem.partition("@")[0] + "@.service"))
    drop_ins = [each for unit in (timer, *services) for each in sorted(Path(f"{unit}.d").glob("*.conf"))]
    return [each for each in (*services, *drop_ins) if each.is_file()]


def _is_drop_in(file: Path) -> bool:
    return file.suffix == ".conf" and file.parent.name.endswith((".timer.d", ".service.d")) and file.is_file()


def _with_included(sources: list[Source]) -> list[Source]:
    """Return the sources and the files that they include, where those are to be found."""
    from schedrun.convert.formats import yacron  # noqa: PLC0415  each reader is imported when it is asked for

    found = {source.name: source for source in sources}
    waiting = list(sources)
    while waiting:
        source = waiting.pop()
        for name in yacron.included(source):
            file = Path(os.path.normpath(Path(source.name).parent / name))
            if str(file) not in found and file.is_file():
                found[str(file)] = _source(file)
                waiting.append(found[str(file)])
    return list(found.values())


def _source(file: Path) -> Source:
    with file.open("rb") as opened:
        return Source(str(file), _decoded(opened.read(_LARGEST + 1), str(file)))


def _decoded(data: bytes, name: str) -> str:
    if len(data) > _LARGEST:
        raise click.ClickException(for_terminal(f"{name}: this file is larger than {_LARGEST // 1024 // 1024} MiB"))
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        text = f"{name}:{line}:{column}: this is no UTF-8: convert the file, for example with iconv"
        raise click.ClickException(for_terminal(text)) from error
