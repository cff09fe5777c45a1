"""Which files below the given paths are manifests. Listing reads no contents and never blocks on a fifo."""

import errno
import hashlib
import os
import stat
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import NamedTuple

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.source import Position
from schedrun.manifest.links import follow, within

MAX_BYTES = 4 * 1024 * 1024
"""The largest manifest; of a larger file one byte more is read, so that the reader can tell."""

_SUFFIXES = (".yaml", ".yml")
_DEBRIS = ("..", ".#")  # a ConfigMap's own folders and links; an editor's lock links, which point nowhere

Places = Mapping[str, frozenset[str] | None]
"""Real folders whose entries decide what a listing says: the names that matter there, None for every name."""


class TreeFile(NamedTuple):
    """A manifest: its name as a user writes it, where to read it, and (size, mtime_ns, ctime_ns, inode)."""

    name: str
    path: Path
    fingerprint: tuple[int, ...]


class Listing(NamedTuple):
    """What one pass over the paths found: manifests by name, and what could not be listed.

    A fault names its file, folder or path in `position.file` and breaks it. Nothing is left out silently:
    a path that vanished is a broken thing, which holds every removal back, and not an empty tree.
    `places` are what must be watched to learn that a new listing would differ.
    """

    files: tuple[TreeFile, ...]
    faults: tuple[Diagnostic, ...]
    places: Places = field(default_factory=dict)


class FolderTree:
    """The manifests of several paths: files as named, folders with every `*.yaml` and `*.yml` below them.

    Folders that start with a dot are skipped. Links are followed; a real file counts once, under its first
    name. `confined` refuses links that lead out of the given path, for trees that strangers may write.
    """

    def __init__(self, paths: Sequence[Path], *, confined: bool = False) -> None:
        self.paths = tuple(paths)
        self.confined = confined
        self._withheld: frozenset[str] = frozenset()

    def listing(self) -> Listing:
        """List the tree as it is now; costs one stat a manifest. Raises nothing: what fails is a fault."""
        walk = _Walk(self._withheld, confined=self.confined)
        for path in self.paths:
            walk.root(path)
        return walk.listing()

    def read(self, file: TreeFile) -> bytes:
        """Return the contents of a listed file, at most one byte more than MAX_BYTES.

        Raises OSError, also when the path has become something that is no regular file. Never blocks on one.
        """
        with open(file.path, "rb", buffering=0, opener=_open_at_once) as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise OSError(errno.EINVAL, "Not a regular file", file.name)
            return stream.read(min(status.st_size, MAX_BYTES) + 1)

    def withhold(self, names: Collection[str]) -> None:
        """From now on list these names, and only these, as faults: they are written without a pause."""
        self._withheld = frozenset(names)


def unreadable(name: str, error: OSError) -> Diagnostic:
    """Return the fault of a file or folder that the system did not let us read."""
    words = error.strerror or str(error)
    return _fault(name, f"cannot be read: {words[:1].lower()}{words[1:]}", _REMEDIES.get(error.errno or 0))


def is_manifest(name: str) -> bool:
    """Return whether a file of this name counts as a manifest without being named explicitly."""
    return name.endswith(_SUFFIXES)


def digest(content: bytes) -> str:
    """Return the hash that stands for a file's content: SHA-256, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def content_hash(digests: Iterable[tuple[str, str]]) -> str:
    """Return the hash of a whole tree, given (name, digest) of each file in the order of the listing."""
    lines = "".join(f"{content} {len(name)} {name}\n" for name, content in digests)
    return digest(lines.encode("utf-8", "surrogateescape"))


_REMEDIES = {
    errno.ENOENT: "create it, or name another path",
    errno.EACCES: "let the user who runs schedrun read it",
    errno.ELOOP: "its links form a loop: let them end at a file or folder",
}


def _open_at_once(path: str, flags: int) -> int:
    # Without O_NONBLOCK a fifo that took the file's place since the listing would block for ever.
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)


def _fault(name: str, message: str, hint: str | None = None) -> Diagnostic:
    printable = name.encode("utf-8", "backslashreplace").decode()
    return Diagnostic("SR001", Severity.ERROR, Position(printable, 1, 1), message, hint)


def _below(folder: str, entry: str) -> str:
    """Return the name of an entry as the user would write it."""
    if folder == ".":
        return entry
    return f"{folder.rstrip('/')}/{entry}"


class _Walk:
    """One pass over the paths. Folders wait in a queue, so that no depth exhausts the stack."""

    def __init__(self, withheld: frozenset[str], *, confined: bool) -> None:
        self._withheld = withheld
        self._confined = confined
        self._fence = "/"
        self._waiting: deque[tuple[str, str]] = deque()
        self._scanned: set[str] = set()
        self._counted: set[str] = set()
        self._files: list[TreeFile] = []
        self._faults: dict[str, Diagnostic] = {}
        self._turns: dict[str, set[str]] = {}

    def root(self, path: Path) -> None:
        """Add all that one given path holds; what an earlier path gave already counts once."""
        name = path.as_posix()
        try:
            trail = follow(name, base=os.path.realpath("."))
            self._watch(trail.turns)
            status = path.stat()
        except OSError as error:
            self._refuse(name, error)
            return
        self._fence = trail.end
        if not stat.S_ISDIR(status.st_mode):
            self._count(name, trail.end, status)
            return
        self._waiting.append((name, trail.end))
        while self._waiting:
            self._scan(*self._waiting.popleft())

    def listing(self) -> Listing:
        """Return what was found, in order of names."""
        places: dict[str, frozenset[str] | None] = {folder: frozenset(names) for folder, names in self._turns.items()}
        places.update(dict.fromkeys(self._scanned))
        return Listing(
            files=tuple(sorted(self._files, key=lambda file: file.name)),
            faults=tuple(self._faults[name] for name in sorted(self._faults)),
            places=places,
        )

    def _scan(self, name: str, real: str) -> None:
        if real in self._scanned:  # a second way to the same folder, or a cycle
            return
        self._scanned.add(real)
        try:
            with os.scandir(real) as entries:
                ordered = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self._refuse(name, error)
            return
        for entry in ordered:
            if not entry.name.startswith(_DEBRIS):
                self._enter(_below(name, entry.name), real, entry)

    def _enter(self, name: str, folder: str, entry: os.DirEntry[str]) -> None:
        try:
            if entry.is_symlink():
                self._follow(name, folder, entry)
            elif entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith("."):
                    self._waiting.append((name, entry.path))
            elif is_manifest(entry.name):
                self._count(name, entry.path, entry.stat(follow_symlinks=False))
        except FileNotFoundError:
            return  # removed since the folder was read: not listed, as if we had come a moment later
        except OSError as error:
            self._refuse(name, error)

    def _follow(self, name: str, folder: str, entry: os.DirEntry[str]) -> None:
        try:
            status = entry.stat()
        except OSError as error:
            # A link that names no other kind of file may have led to manifests until a moment ago.
            if is_manifest(entry.name) or "." not in entry.name:
                self._watch(follow(entry.name, base=folder).turns)
                self._refuse(name, error)
            return
        is_folder = stat.S_ISDIR(status.st_mode)
        if is_folder and entry.name.startswith("."):
            return
        if not is_folder and not is_manifest(entry.name):
            return
        trail = follow(entry.name, base=folder)
        self._watch(trail.turns)
        if self._confined and not within(trail.end, self._fence):
            self._add_fault(_fault(name, "this link leads out of the given path", "put the file itself there"))
        elif is_folder:
            self._waiting.append((name, trail.end))
        else:
            self._count(name, trail.end, status)

    def _count(self, name: str, real: str, status: os.stat_result) -> None:
        if real in self._counted:
            return
        self._counted.add(real)
        if not stat.S_ISREG(status.st_mode):
            self._add_fault(_fault(name, "this is not a regular file", "give it another suffix"))
        elif name in self._withheld:
            hint = "it counts again once it rests for 100 ms; write it elsewhere and rename it into place"
            self._add_fault(_fault(name, "this file is being written without a pause", hint))
        elif not is_utf8(name):
            self._add_fault(_fault(name, "the file's name is not UTF-8", "rename it"))
        else:
            fingerprint = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
            self._files.append(TreeFile(name, Path(name), fingerprint))

    def _watch(self, turns: Iterable[tuple[str, str]]) -> None:
        for folder, name in turns:
            self._turns.setdefault(folder, set()).add(name)

    def _refuse(self, name: str, error: OSError) -> None:
        self._add_fault(unreadable(name, error))

    def _add_fault(self, fault: Diagnostic) -> None:
        self._faults.setdefault(fault.position.file, fault)


def is_utf8(name: str) -> bool:
    """Return whether a name can be written as UTF-8: those of bytes that are none cannot."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
