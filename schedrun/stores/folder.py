"""The folder of a state: its owner's alone."""

import os
import stat
from pathlib import Path

from schedrun.core.errors import StoreError
from schedrun.stores import faults
from schedrun.stores.faults import UnsafeFolderError

FOLDER_MODE = 0o700
FILE_MODE = 0o600


def prepare(state: Path) -> None:
    """Create the folder of `state` when it is missing.

    Raises UnsafeFolderError when others can write it (an owner other than this user and root can), StoreError when
    it cannot be made.
    """
    folder = state.parent
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        found = folder.stat()
    except OSError as error:
        raise faults.of_system(state, error) from error
    if found.st_uid not in {0, os.geteuid()}:
        raise UnsafeFolderError(folder, remedy=f"make it yours with `chown {os.geteuid()} {folder}`")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UnsafeFolderError(folder, remedy=f"take the right away with `chmod go-w {folder}`")


def make_private(state: Path) -> None:
    """Make the file of `state` when it is missing and its owner's alone; raises StoreError when that cannot be.

    A file that is there is not opened: closing it would drop the locks that SQLite holds on it in this process.
    """
    try:
        found = state.lstat()
    except FileNotFoundError:
        os.close(create_private(state, state=state))
        return
    except OSError as error:
        raise faults.of_system(state, error) from error
    if stat.S_ISLNK(found.st_mode):
        raise StoreError(f"the state cannot be used: {state} is a link (name {state.resolve()} itself)")
    if not stat.S_ISREG(found.st_mode):
        raise StoreError(f"the state cannot be used: {state} is no regular file")
    if found.st_nlink > 1:
        # Each name has a lock of its own, and SQLite a log: two services would write into one file.
        raise StoreError(
            f"the state cannot be used: {state} has {found.st_nlink} names (hard links; `find -samefile {state}` finds"
            f" them: delete the others, and make copies with `schedrun state backup`)"
        )
    if stat.S_IMODE(found.st_mode) & ~FILE_MODE:
        try:
            state.chmod(FILE_MODE)
        except OSError as error:
            raise faults.of_system(state, error) from error


def create_private(file: Path, *, state: Path) -> int:
    """Return a descriptor of `file`, made when missing; only its owner can open it, no child inherits it.

    Raises StoreError, naming `state`, when that cannot be.
    """
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE)
    except OSError as error:
        raise faults.of_system(state, error) from error
    try:
        if stat.S_IMODE(os.fstat(descriptor).st_mode) & ~FILE_MODE:
            os.fchmod(descriptor, FILE_MODE)
    except OSError as error:
        os.close(descriptor)
        raise faults.of_system(state, error) from error
    return descriptor
