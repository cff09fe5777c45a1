"""The manifests of a commit, read from git's objects: nothing is checked out, and nothing of the tree runs.

Links and submodules are not followed: what they lead to is no part of the commit's tree.
"""

import os
import posixpath
import subprocess
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.errors import SchedrunError
from schedrun.core.source import Position
from schedrun.manifest import git
from schedrun.manifest.links import within
from schedrun.manifest.tree import MAX_BYTES, is_manifest, is_utf8

_SECONDS = 120.0
_MOST_BYTES = 512 * 1024 * 1024
_FILE, _LINK, _SUBMODULE = "100", "120", "160"
_PARTIAL = "this clone lacks some of its files; clone it without `--filter`, or fetch them"
_DEBRIS = ("..", ".#")  # what a listing of a folder leaves out as well


class GitTreeError(SchedrunError):
    """the commit cannot be read."""

    def __init__(self, words: str) -> None:
        super().__init__(f"{self.sentence}: {words}")


class NoRepositoryError(GitTreeError):
    """there is no git repository here."""


class UnknownRefError(GitTreeError):
    """git knows no such commit."""


class AmbiguousRefError(GitTreeError):
    """several commits have that name."""


@dataclass(frozen=True, slots=True)
class CommitFiles:
    """The manifests of one commit: their contents by name, and what could not be read.

    Names are those that the working tree's listing would give, so that both sides of a comparison agree. A fault
    breaks the file or folder that it names. `commit` is the whole hash; `absent` are the paths that it does not have.
    """

    commit: str
    files: Mapping[str, bytes]
    faults: tuple[Diagnostic, ...]
    absent: frozenset[Path]


class _Entry(NamedTuple):
    mode: str
    oid: str
    path: str


class _Root(NamedTuple):
    name: str
    path: str
    """Below the repository; empty for the repository itself."""


class GitTree:
    """The manifests that the commit `ref` has below `paths`, which need not exist in the working tree."""

    def __init__(self, ref: str, paths: Sequence[Path]) -> None:
        self.ref = ref
        self.paths = tuple(paths)

    def read(self) -> CommitFiles:
        """Return the commit's manifests; blocks on some git processes.

        A file larger than `tree.MAX_BYTES` is cut behind it, so that the reader can tell. Raises NoRepositoryError
        when the paths lie in no working tree or in several, UnknownRefError when `ref` names no commit here,
        AmbiguousRefError when it may name several, and GitTreeError when git fails.
        """
        repository = _repository(self.paths)
        commit = _commit(repository, self.ref)
        roots = [_Root(path.as_posix(), _below(repository, path)) for path in self.paths]
        entries = _entries(repository, commit, paths=[root.path for root in roots])
        links = [entry for entry in entries if entry.mode.startswith(_LINK)]
        listing = _Listing(
            entries, inner=_inner(links, entries, targets=_contents(repository, (link.oid for link in links)))
        )
        for root in roots:
            listing.add(root)
        contents = _contents(repository, listing.blobs.values())
        files = {name: contents[oid] for name, oid in sorted(listing.blobs.items())}
        faults = tuple(listing.faults[name] for name in sorted(listing.faults))
        absent = (path for path, root in zip(self.paths, roots, strict=True) if not _holds(entries, root))
        return CommitFiles(commit, files, faults, frozenset(absent))


def not_checked_out(paths: Sequence[Path]) -> tuple[str, ...]:
    """Return the names of the manifests below `paths` that a sparse checkout leaves out; blocks on a git process.

    They are in the index, marked so, and not in the working tree: there they are not deleted. Raises
    NoRepositoryError when the paths lie in no working tree or in several, and GitTreeError when git fails.
    """
    repository = _repository(paths)
    roots = [_Root(path.as_posix(), _below(repository, path)) for path in paths]
    wanted = [root.path or "." for root in roots]
    done = _git(repository, "ls-files", "-t", "-s", "-z", "--", *wanted)
    if done.returncode:
        raise GitTreeError(_first_line(done.stderr))
    skipped = [record[2:] for record in os.fsdecode(done.stdout).split("\0") if record.startswith("S ")]
    listing = _Listing([_staged(record) for record in skipped], inner=())
    for root in roots:
        listing.add(root)
    return tuple(name for name in sorted(listing.blobs) if not os.path.lexists(name))


def _staged(record: str) -> _Entry:
    facts, _, path = record.partition("\t")
    mode, oid, _stage = facts.split(" ")
    return _Entry(mode, oid, path)


class _Listing:
    """Which of a commit's entries are manifests, by the rules of the working tree's listing."""

    def __init__(self, entries: Sequence[_Entry], *, inner: Collection[str]) -> None:
        """List `entries`; `inner` are the paths of links that need no following."""
        self.blobs: dict[str, str] = {}
        self.faults: dict[str, Diagnostic] = {}
        self._entries = entries
        self._counted = set(inner)

    def add(self, root: _Root) -> None:
        """Add all that one given path holds; what an earlier path gave already counts once."""
        for entry in self._entries:
            if entry.path in self._counted or not (within(entry.path, root.path) or not root.path):
                continue
            rest = entry.path[len(root.path) :].lstrip("/")
            if _counts(entry, rest):
                self._counted.add(entry.path)
                self._take(entry, _name(root.name, rest))

    def _take(self, entry: _Entry, name: str) -> None:
        if not is_utf8(name):
            self._fault(name, "the file's name is not UTF-8", hint="rename it")
        elif entry.mode.startswith(_FILE):
            self.blobs[name] = entry.oid
        elif entry.mode.startswith(_SUBMODULE):
            self._fault(name, "this is a submodule, which is not read from a commit", hint="compare inside of it")
        else:
            self._fault(name, "this is a link, which is not followed in a commit", hint="put the file itself there")

    def _fault(self, name: str, message: str, *, hint: str) -> None:
        printable = name.encode("utf-8", "backslashreplace").decode()
        fault = Diagnostic("SR001", Severity.ERROR, Position(printable, 1, 1), message, hint)
        self.faults.setdefault(printable, fault)


def _holds(entries: Iterable[_Entry], root: _Root) -> bool:
    return not root.path or any(within(entry.path, root.path) for entry in entries)


def _counts(entry: _Entry, rest: str) -> bool:
    """Return whether an entry at `rest` below a given path says something about manifests."""
    if not rest:
        return True
    *folders, name = rest.split("/")
    if any(folder.startswith(".") for folder in folders) or name.startswith(_DEBRIS):
        return False
    if entry.mode.startswith(_FILE):
        return is_manifest(name)
    # A link or submodule may stand for a folder of manifests; one that names another kind of file does not.
    return is_manifest(name) or "." not in name


def _name(root: str, rest: str) -> str:
    """Return the name of what stands at `rest` below the given path `root`, as the user would write it."""
    if not rest:
        return root
    return rest if root == "." else f"{root.rstrip('/')}/{rest}"


def _inner(links: Iterable[_Entry], entries: Iterable[_Entry], *, targets: Mapping[str, bytes]) -> set[str]:
    """Return the paths of the links that lead to what is listed itself: to follow them would count it twice."""
    files = {entry.path for entry in entries if entry.mode.startswith(_FILE)}
    folders = {parent for path in files for parent in _parents(path)}
    inner = set()
    for link in links:
        target = os.fsdecode(targets[link.oid])
        end = posixpath.normpath(posixpath.join(posixpath.dirname(link.path), target))
        if end in folders or (end in files and is_manifest(end)):
            inner.add(link.path)
    return inner


def _parents(path: str) -> Iterator[str]:
    while path := posixpath.dirname(path):
        yield path


def _repository(paths: Sequence[Path]) -> str:
    found = {git.enclosing_repository(os.path.realpath(path)) for path in paths}
    repository = found.pop() if len(found) == 1 else None
    if found:
        raise NoRepositoryError("the given paths lie in several; compare them one by one")
    if repository is None:
        where = ", ".join(path.as_posix() for path in paths)
        raise NoRepositoryError(f"{where} lies in no working tree; run it in a checkout, or leave --base out")
    return repository


def _below(repository: str, path: Path) -> str:
    real = os.path.realpath(path)
    return "" if real == repository else os.path.relpath(real, repository)


def _commit(repository: str, ref: str) -> str:
    asked = ("--verify", "--end-of-options", f"{ref}^{{commit}}")
    try:
        done = _git(repository, "-c", "core.warnAmbiguousRefs=true", "rev-parse", *asked)
    except ValueError:  # a null byte
        raise UnknownRefError(repr(ref)) from None
    if done.returncode == 0:
        if b"is ambiguous" in done.stderr:  # git would choose one, which need not be the one that is meant
            names = [*_full_names(repository, ref), "the whole hash"]
            raise AmbiguousRefError(f"{ref!r}; write {' or '.join(names)}")
        return done.stdout.decode("ascii").strip()
    # Without a word: that there is no such commit is said here, with a remedy.
    done = _git(repository, "rev-parse", "--quiet", *asked)
    if _complaints(done.stderr):
        raise GitTreeError(_first_line(done.stderr))
    raise UnknownRefError(f"{ref!r}; {_remedy(repository, ref)}")


def _full_names(repository: str, ref: str) -> Iterator[str]:
    """Yield what `ref` may stand for, written so that it stands for nothing else."""
    for kind in ("heads", "tags", "remotes"):
        name = f"refs/{kind}/{ref}"
        if _git(repository, "rev-parse", "--quiet", "--verify", "--end-of-options", f"{name}^{{commit}}").stdout:
            yield name


def _remedy(repository: str, ref: str) -> str:
    listed = _git(repository, "for-each-ref", "--format=%(refname)", "refs/remotes").stdout
    branches = [name.removeprefix("refs/remotes/") for name in os.fsdecode(listed).splitlines()]
    if fetched := [branch for branch in branches if branch.partition("/")[2] == ref]:
        return f"there is no branch of that name here; name {' or '.join(fetched)}, which was fetched"
    if _git(repository, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true":
        return "this clone is shallow; fetch the history (actions/checkout: `fetch-depth: 0`; GitLab: `GIT_DEPTH: 0`)"
    return "fetch it first, or name a branch, tag or commit that `git log` shows"


def _entries(repository: str, commit: str, *, paths: Sequence[str]) -> list[_Entry]:
    wanted = [] if "" in paths else sorted(set(paths))
    done = _git(repository, "ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit, *wanted)
    if done.returncode:
        raise GitTreeError(_first_line(done.stderr))
    return [_entry(record) for record in os.fsdecode(done.stdout).split("\0") if record]


def _entry(record: str) -> _Entry:
    facts, _, path = record.partition("\t")
    mode, _kind, oid = facts.split(" ")
    return _Entry(mode, oid, path)


def _contents(repository: str, oids: Iterable[str]) -> Mapping[str, bytes]:
    """Return what the blobs hold, each cut one byte behind MAX_BYTES."""
    asked = list(dict.fromkeys(oids))
    if not asked:
        return {}
    sizes = _sizes(repository, asked)
    whole = [oid for oid in asked if sizes[oid] <= MAX_BYTES]
    if sum(sizes[oid] for oid in whole) > _MOST_BYTES:
        raise GitTreeError(f"its manifests hold more than {_MOST_BYTES:,} bytes; name fewer paths")
    contents = dict.fromkeys(asked, b" " * (MAX_BYTES + 1))
    done = _git(repository, "cat-file", "--batch", "--buffer", given="".join(f"{oid}\n" for oid in whole).encode())
    if done.returncode:
        raise GitTreeError(_first_line(done.stderr))
    contents.update(_blobs(done.stdout))
    return contents


def _sizes(repository: str, oids: Sequence[str]) -> dict[str, int]:
    given = "".join(f"{oid}\n" for oid in oids).encode()
    done = _git(repository, "cat-file", "--batch-check", "--buffer", given=given)
    if done.returncode:
        raise GitTreeError(_first_line(done.stderr))
    sizes: dict[str, int] = {}
    for line in done.stdout.decode("ascii").splitlines():
        oid, kind, *rest = line.split(" ")
        if kind != "blob":
            raise GitTreeError(f"the object {oid} is missing; {_PARTIAL}")
        sizes[oid] = int(rest[0])
    return sizes


def _blobs(answer: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield (object, content) of what `cat-file --batch` answers: a line `OID blob SIZE`, the content, a line feed."""
    begin = 0
    while begin < len(answer):
        end = answer.index(b"\n", begin)
        oid, _kind, size = answer[begin:end].decode("ascii").split(" ")
        begin = end + 1 + int(size) + 1
        yield oid, answer[end + 1 : begin - 1]


def _git(repository: str, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return git.call(arguments, at=repository, given=given, seconds=_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise GitTreeError(f"git took longer than {_SECONDS:g} seconds") from error
    except FileNotFoundError as error:
        raise GitTreeError("there is no program `git`; install it") from error


def _complaints(text: bytes) -> list[str]:
    """Return the lines in which git says why it failed: warnings come before them, or stand alone."""
    return [line for line in os.fsdecode(text).strip().splitlines() if not line.startswith("warning: ")]


def _first_line(text: bytes) -> str:
    complaints = _complaints(text)
    for line in complaints:
        if "promisor remote" in line:
            return f"{line.removeprefix('fatal: ')}; {_PARTIAL}"
    first = complaints[0] if complaints else "git failed without a word"
    if "dubious ownership" in first:
        return f"{first}; if you trust it: git config --global --add safe.directory DIRECTORY"
    return first
