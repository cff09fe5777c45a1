"""How an exception is told: its last line, and the names that a retry rule may know it by."""

_LONGEST_LINE = 2_000
_BARE = ("builtins", "__main__")


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


def names(error: BaseException) -> tuple[str, ...]:
    """Return the names of the exception's class and of its bases, the nearest first.

    As in `line`, builtins have bare names (`ConnectionError`) and others that of their module too (`httpx.ReadError`).
    """
    return tuple(_name(kind) for kind in type(error).__mro__ if kind is not object)


def _name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ in _BARE else f"{kind.__module__}.{kind.__qualname__}"
