"""Where a path really leads, one component at a time."""

import errno
import os
from typing import NamedTuple

_MOST_LINKS = 40  # as the kernel's own walk: beyond this a path is a loop


class Trail(NamedTuple):
    """A path followed to its end.

    `end` is the real path, as far as it exists. `turns` are the entries on the way, as (real folder, name),
    of which a replacement would lead elsewhere: every link, the first missing name, and the end itself.
    """

    end: str
    turns: tuple[tuple[str, str], ...]


def follow(path: str, *, base: str) -> Trail:
    """Follow `path`, relative to the real folder `base` unless absolute; a loop ends where it is noticed."""
    here = "/" if path.startswith("/") else base
    turns: list[tuple[str, str]] = []
    ahead = _components(path)
    while ahead:
        name = ahead.pop()
        if name == "..":
            here, _ = os.path.split(here)  # `here` is real, so its parent is too
            continue
        try:
            target = os.readlink(_join(here, name))  # noqa: PTH115  a Path for each step would double the time
        except OSError as error:
            if error.errno == errno.EINVAL:  # no link, and it exists
                here = _join(here, name)
                continue
            turns.append((here, name))
            return Trail(_join(here, "/".join([name, *reversed(ahead)])), tuple(turns))
        turns.append((here, name))
        if len(turns) > _MOST_LINKS:
            break
        if target.startswith("/"):
            here = "/"
        ahead.extend(_components(target))
    parent, name = os.path.split(here)
    if name:
        turns.append((parent, name))
    return Trail(here, tuple(turns))


def within(path: str, folder: str) -> bool:
    """Return whether the real `path` is the real `folder` or lies below it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _components(path: str) -> list[str]:
    """Return the components that mean something, the first one last."""
    return [part for part in reversed(path.split("/")) if part not in {"", "."}]


def _join(folder: str, name: str) -> str:
    return f"/{name}" if folder == "/" else f"{folder}/{name}"
