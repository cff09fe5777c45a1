"""File systems that are full, read-only or immutable, for tests that may make them; others skip and say why."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, *, size: str) -> Iterator[Path]:
    """Mount a disk of `size` (as mount writes it) on the new folder, which its owner alone may use."""
    folder.mkdir(mode=0o700)
    _mount("-t", "tmpfs", "-o", f"size={size},mode=700,uid={os.geteuid()}", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        _unmount(folder)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nobody write what is below the folder."""
    _mount("--bind", str(folder), str(folder))
    try:
        _mount("-o", "remount,bind,ro", str(folder))
        yield
    finally:
        _unmount(folder)


@contextmanager
def immutable(path: Path) -> Iterator[None]:
    """Let nobody, not even root, change the file or folder."""
    if shutil.which("chattr") is None:
        pytest.skip("there is no chattr")
    done = subprocess.run(["chattr", "+i", str(path)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"this file system or user makes nothing immutable: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", str(path)], check=True)


def fill(folder: Path) -> Path:
    """Write a file until there is no room left, and return it."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65_536, 4_096, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
    return filler


def _mount(*arguments: str) -> None:
    if shutil.which("mount") is None:
        pytest.skip("there is no mount")
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"this user mounts nothing: {done.stderr.strip()}")


def _unmount(folder: Path) -> None:
    # Lazily: a process that a failed test left behind must not keep it.
    subprocess.run(["umount", "-l", str(folder)], check=True)
