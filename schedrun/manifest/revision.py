"""Which version of the manifests this is: a commit where git can tell, else a hash of what they hold."""

import os
import subprocess
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from schedrun.manifest import git
from schedrun.manifest.tree import FolderTree, is_manifest

_HASH_DIGITS = 12
_GIT_SECONDS = 2.0

_STATUS = (
    "git",
    # Neither a hook nor a monitor that the repository's configuration names may run.
    *("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"),
    *("status", "--porcelain=v2", "--branch", "--no-ahead-behind", "--no-renames", "-z"),
    *("--untracked-files=all", "--ignored=traditional", "--end-of-options", "--"),
)


def revision(paths: Sequence[Path], content_hash: str) -> str:
    """Return the commit of the repository that holds `paths`, or the first 12 digits of `content_hash`.

    The commit is 40 or 64 hexadecimal digits, with `+dirty` when a manifest there differs from it, is missing
    or is not part of it. The hash is the answer wherever a commit could mislead: no git, no repository, no
    commit yet, several repositories, a manifest that a link takes from elsewhere, a git that fails or needs
    more than 2 seconds. Costs one git process; blocks.
    """
    manifests = _real_files(paths)
    roots = {os.path.realpath(path) for path in paths}
    folders = {os.path.split(file)[0] for file in manifests} | roots
    repository = _repository_of(folders)
    status = None if repository is None else _status(repository, sorted(_outermost(folders)))
    if repository is None or status is None:
        return content_hash[:_HASH_DIGITS]
    commit, touched = status
    if commit is None:
        return content_hash[:_HASH_DIGITS]
    dirty = _concerns({f"{repository}/{path}".rstrip("/") for path in touched}, manifests, roots)
    return f"{commit}+dirty" if dirty else commit


def _real_files(paths: Sequence[Path]) -> set[str]:
    """Return the real path of every manifest; resolves a folder once, however many files it holds."""
    real_folders: dict[str, str] = {}
    real_files = set()
    for file in FolderTree(paths).listing().files:
        if file.path.is_symlink():
            real_files.add(os.path.realpath(file.path))
            continue
        folder, name = os.path.split(file.path)
        if folder not in real_folders:
            real_folders[folder] = os.path.realpath(folder)
        real_files.add(f"{real_folders[folder]}/{name}")
    return real_files


def _repository_of(folders: Collection[str]) -> str | None:
    """Return the working tree that holds all real `folders`, None when that is not one and the same."""
    found = {git.enclosing_repository(folder) for folder in folders}
    return found.pop() if len(found) == 1 else None


def _outermost(folders: Collection[str]) -> Iterator[str]:
    """Yield the folders that lie below no other one: fewer arguments for git, the same answer."""
    for folder in folders:
        if not any(str(parent) in folders for parent in Path(folder).parents):
            yield folder


def _status(repository: str, paths: Sequence[str]) -> tuple[str | None, list[str]] | None:
    """Ask git for (commit, paths that differ from it, below the repository); None when it has no answer."""
    try:
        done = subprocess.run(  # noqa: S603  no shell; every path is absolute and stands behind `--`
            [*_STATUS, *paths],
            cwd=repository,
            env=git.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_GIT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return _parsed(os.fsdecode(done.stdout).split("\0"))


def _parsed(records: Sequence[str]) -> tuple[str | None, list[str]]:
    commit = None
    touched = []
    for record in records:
        kind, _, rest = record.partition(" ")
        match kind:
            case "#":
                name, _, value = rest.partition(" ")
                if name == "branch.oid" and value != "(initial)":
                    commit = value
            case "?" | "!":
                touched.append(rest)
            case "1":  # XY sub mH mI mW hH hI path
                touched.append(rest.split(" ", 7)[7])
            case "u":  # XY sub m1 m2 m3 mW h1 h2 h3 path
                touched.append(rest.split(" ", 9)[9])
            case _:
                pass
    return commit, touched


def _concerns(touched: Collection[str], manifests: Collection[str], roots: Collection[str]) -> bool:
    """Return whether what differs from the commit includes a manifest, or a folder that holds one."""
    folders = {os.path.split(file)[0] for file in manifests}
    holders = folders.union(*(map(str, Path(folder).parents) for folder in folders))
    return any(
        path in manifests or path in holders or path in roots or (is_manifest(path) and not os.path.lexists(path))
        for path in touched
    )
