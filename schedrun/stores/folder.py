"""The folder of a state: its owner's alone."""

import os
import stat
from pathlib import Path

from schedrun.core.errors import StoreError
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
        raise StoreError(f"the folder of the state cannot be used: {error}") from error
    if found.st_uid not in {0, os.geteuid()}:
        raise UnsafeFolderError(folder, remedy=f"make it yours with `chown {os.geteuid()} {folder}`")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UnsafeFolderError(folder, remedy=f"take the right away with `chmod go-w {folder}`")


def make_private(file: Path) -> None:
    """Make `file` when it is missing and its owner's alone; raises StoreError when that cannot be.

    A file that is there is not opened: closing it would drop the locks that SQLite holds on it in this process.
    """
    try:
        mode = file.lstat().st_mode
    except FileNotFoundError:
        os.close(create_private(file))
        return
    except OSError as error:
        raise StoreError(f"the state cannot be used: {error}") from error
    if not stat.S_ISREG(mode):
        raise StoreError(f"the state cannot be used: {file} is no regular file")
    if stat.S_IMODE(mode) & ~FILE_MODE:
        file.chmod(FILE_MODE)


def create_private(file: Path) -> int:
    """Return a descriptor of `file`, made when missing; only its owner can open it, no child inherits it."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE)
    except OSError as error:
        raise StoreError(f"the state cannot be used: {error}") from error
    if stat.S_IMODE(os.fstat(descriptor).st_mode) & ~FILE_MODE:
        os.fchmod(descriptor, FILE_MODE)
    return descriptor
