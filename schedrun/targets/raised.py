"""How an exception is told: its last line, and the names that a retry rule may know it by."""

import sys
from collections.abc import Sequence

_LONGEST_LINE = 2_000
_BARE = ("builtins", "__main__")
_SYNONYMS = {
    "asyncio.TimeoutError": TimeoutError,
    "concurrent.futures.TimeoutError": TimeoutError,
    "socket.timeout": TimeoutError,
    "select.error": OSError,
    "socket.error": OSError,
}
"""Other names of builtins, whose modules need not be loaded where those are raised."""


def line(error: BaseException) -> str:
    """Return the last line of the traceback that `error` would print, its message on one line."""
    name = _name(type(error))
    try:
        message = " ".join(str(error).split())
    except Exception:  # noqa: BLE001  the failure to be told is `error`, not that of its own __str__
        message = "<its message cannot be shown>"
    text = f"{name}: {message}" if message else name
    if len(text) > _LONGEST_LINE:
        text = f"{text[:_LONGEST_LINE]} ..."
    return text.encode("utf-8", "replace").decode()


def names(error: BaseException, *, asked: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the names of the exception's class and of its bases, the nearest first, then what else is `asked` of them.

    As in `line`, builtins have bare names (`ConnectionError`) and others that of their module too (`httpx.ReadError`).
    A name that is asked for is one of theirs where it leads to them: `json.JSONDecodeError` stands in `json.decoder`.
    """
    kinds = type(error).__mro__[:-1]
    own = tuple(map(_name, kinds))
    return (*own, *(name for name in asked if name not in own and any(_meant(name) is kind for kind in kinds)))


def _meant(name: str) -> object:
    """Return what a dotted name leads to, None when that is nothing. It imports nothing: what was raised is loaded."""
    if name in _SYNONYMS:
        return _SYNONYMS[name]
    steps = name.split(".")
    for depth in range(len(steps) - 1, -1, -1):
        found: object = sys.modules.get(".".join(steps[:depth]) or "builtins")
        for step in steps[depth:]:
            # Without `getattr`: modules answer it with imports.
            found = getattr(found, "__dict__", {}).get(step)
        if found is not None:
            return found
    return None


def _name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ in _BARE else f"{kind.__module__}.{kind.__qualname__}"
