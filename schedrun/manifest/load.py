"""Manifests on disk -> desired state, reading and checking only what changed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.ids import JobKey
from schedrun.core.plan.desired import DeclaredJob, Desired
from schedrun.core.plan.inspected import Inspected
from schedrun.manifest.assemble import assemble
from schedrun.manifest.check import CheckedFile, check
from schedrun.manifest.tree import FolderTree, Listing, TreeFile, content_hash, digest, unreadable

_HASH_DIGITS = 12

_MOST_PASSES = 10
"""How often a tree is read that changes while it is read; who writes without a pause is withheld by the watch."""


class _Loaded(NamedTuple):
    fingerprint: tuple[int, ...]
    digest: str
    checked: CheckedFile


def _by_commit(paths: Sequence[Path], content: str) -> str:
    from schedrun.manifest.revision import revision  # noqa: PLC0415  it runs git, and who looks once does not

    return revision(paths, content)


class Loader:
    """Loads a tree again and again; not for two threads at once.

    A file is read when its fingerprint changed, and checked when its content did. A load that sees no fingerprint
    change reads every file: whoever asked had a reason, and two quick writes may share one fingerprint.
    A job that did not change is the identical object in every load.
    """

    def __init__(
        self, tree: FolderTree, *, name: Callable[[Sequence[Path], str], str] = _by_commit, inspect: bool = False
    ) -> None:
        """Load `tree`; `name` makes a revision of paths and content hash, by default a commit where git can tell.

        With `inspect` every value keeps its place, for `inspected`.
        """
        self._inspect = inspect
        self._tree = tree
        self._name = name
        self._loaded: dict[str, _Loaded] = {}
        self._last: tuple[str, tuple[Diagnostic, ...], Desired] | None = None

    def load(self) -> Desired:
        """Return what the tree wants now. Blocks on files; raises nothing: what cannot be read is broken."""
        before = None if self._last is None else self._last[2]
        for _ in range(_MOST_PASSES):
            listing = self._tree.listing()
            desired = self._load(listing)
            # One after another, files are no picture of one moment: a job that moved meanwhile from a file that was
            # still to be read into one that had been read is in neither. So none is missed before nothing has moved.
            if _misses_none(before, desired) or self._tree.listing() == listing:
                break
        return desired

    def inspected(self) -> Inspected:
        """Load the tree, and return it with the place of every value; for a loader that was made to `inspect`."""
        desired = self.load()
        return _inspected(desired, (loaded.checked for loaded in self._loaded.values()))

    def _load(self, listing: Listing) -> Desired:
        unlisted = (*listing.faults, *self._refresh(listing))
        content = content_hash((name, loaded.digest) for name, loaded in self._loaded.items())
        name = self._name(self._tree.paths, content)
        if self._last is not None and self._last[:2] == (content, unlisted):
            desired = self._last[2]
            return desired if desired.revision == name else replace(desired, revision=name)
        checked = [loaded.checked for loaded in self._loaded.values()]
        desired = assemble(checked, revision=name, unlisted=unlisted)
        self._last = content, unlisted, desired
        return desired

    def _refresh(self, listing: Listing) -> list[Diagnostic]:
        """Bring what is loaded up to the listing; return the faults of files that cannot be read."""
        before, self._loaded = self._loaded, {}
        trusted = {
            file.name
            for file in listing.files
            if file.name in before and before[file.name].fingerprint == file.fingerprint
        }
        if len(trusted) == len(before) == len(listing.files):
            trusted = set()
        faults = []
        for file in listing.files:
            try:
                loaded = before[file.name] if file.name in trusted else self._read(file, before.get(file.name))
            except OSError as error:
                faults.append(unreadable(file.name, error))
            else:
                self._loaded[file.name] = loaded
        return faults

    def _read(self, file: TreeFile, before: _Loaded | None) -> _Loaded:
        data = self._tree.read(file)
        content = digest(data)
        if before is None:
            return _Loaded(file.fingerprint, content, check(data, file=file.name, inspect=self._inspect))
        if before.digest == content:
            return before._replace(fingerprint=file.fingerprint)
        checked = check(data, file=file.name, inspect=self._inspect)
        return _Loaded(file.fingerprint, content, checked._replace(jobs=_kept(checked.jobs, before.checked.jobs)))


def load(paths: Sequence[Path], *, confined: bool = False) -> Desired:
    """Return what the manifests below `paths` (files and folders) want, or what is wrong with them.

    `confined` refuses links that lead out of a path. The revision is a hash of what the manifests hold: who looks
    once needs no commit, which would cost a git process.
    """
    return Loader(FolderTree(paths, confined=confined), name=_by_content).load()


def inspect(paths: Sequence[Path]) -> Inspected:
    """Return what the manifests below `paths` say, with every value's place; links that lead out are refused."""
    return Loader(FolderTree(paths, confined=True), name=_by_content, inspect=True).inspected()


def inspect_text(files: Mapping[str, bytes], *, unlisted: Sequence[Diagnostic] = ()) -> Inspected:
    """Return what the given files say, by name and content, with every value's place; touches no disk.

    `unlisted` are the faults of files and folders that could not be read.
    """
    return inspect_contents([Contents(files, tuple(unlisted))])[0]


class Contents(NamedTuple):
    """The files of a tree by name, and the faults of files and folders that could not be read."""

    files: Mapping[str, bytes]
    unlisted: tuple[Diagnostic, ...] = ()


def contents(paths: Sequence[Path]) -> Contents:
    """Read the manifests below `paths`; links that lead out of a path are refused, and what fails is a fault."""
    tree = FolderTree(paths, confined=True)
    listing = tree.listing()
    files: dict[str, bytes] = {}
    faults = list(listing.faults)
    for file in listing.files:
        try:
            files[file.name] = tree.read(file)
        except OSError as error:
            faults.append(unreadable(file.name, error))
    return Contents(files, tuple(faults))


def inspect_contents(trees: Sequence[Contents]) -> list[Inspected]:
    """Return what each of the trees says, with every value's place; a file that two of them share is checked once."""
    known: dict[tuple[str, bytes], CheckedFile] = {}
    inspected = []
    for tree in trees:
        checked = []
        for item in sorted(tree.files.items()):
            if item not in known:
                known[item] = check(item[1], file=item[0], inspect=True)
            checked.append(known[item])
        content = content_hash((file.name, digest(tree.files[file.name])) for file in checked)
        desired = assemble(checked, revision=_by_content((), content), unlisted=tree.unlisted)
        inspected.append(_inspected(desired, checked))
    return inspected


def load_text(files: Mapping[str, bytes]) -> Desired:
    """Return what the given files want, by name and content; touches no disk."""
    names = sorted(files)
    content = content_hash((name, digest(files[name])) for name in names)
    return assemble([check(files[name], file=name) for name in names], revision=_by_content((), content))


def _inspected(desired: Desired, checked: Iterable[CheckedFile]) -> Inspected:
    return Inspected(desired, {file.name: file.inspected for file in checked if file.inspected is not None})


def _by_content(_paths: Sequence[Path], content: str) -> str:
    return content[:_HASH_DIGITS]


def _misses_none(before: Desired | None, desired: Desired) -> bool:
    """Whether every job that anybody can know of is there."""
    return before is not None and not before.broken and before.jobs.keys() <= desired.jobs.keys()


def _kept(jobs: Mapping[JobKey, DeclaredJob], before: Mapping[JobKey, DeclaredJob]) -> Mapping[JobKey, DeclaredJob]:
    """Return the jobs with each that did not change replaced by the object that it was before."""
    return {key: _same(job, before.get(key)) for key, job in jobs.items()}


def _same(job: DeclaredJob, before: DeclaredJob | None) -> DeclaredJob:
    if before is None or before.spec != job.spec or before.spec.model_fields_set != job.spec.model_fields_set:
        return job
    return before if before.position == job.position else replace(job, spec=before.spec)
