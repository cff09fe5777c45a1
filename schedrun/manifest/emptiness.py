"""Given folders in which there is no manifest: what was looked for there is most likely elsewhere."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.source import Position
from schedrun.manifest.links import within
from schedrun.manifest.tree import FolderTree


def findings(paths: Sequence[Path], *, read: Collection[str]) -> Iterator[Diagnostic]:
    """Yield SR002, as a warning, at each of the `paths` that is a folder without manifests; blocks on its listing.

    `read` are the names of all files and folders that reading `paths` came upon, broken ones too.
    """
    for path in paths:
        folder = path.as_posix()
        # What two given paths hold has the first one's names, so a folder without names is listed by itself.
        if path.is_dir() and not any(_is_below(name, folder) for name in read) and _is_empty(path):
            printable = folder.encode("utf-8", "backslashreplace").decode()
            message = "no manifests found: neither this folder nor those below it hold a *.yaml or *.yml"
            hint = "name the file or folder that holds them; folders whose names begin with a dot are passed over"
            yield Diagnostic("SR002", Severity.WARNING, Position(printable, 1, 1), message, hint)


def _is_below(name: str, folder: str) -> bool:
    return not name.startswith(("/", "../")) if folder == "." else within(name, folder)


def _is_empty(folder: Path) -> bool:
    listing = FolderTree([folder], confined=True).listing()
    return not listing.files and not listing.faults
