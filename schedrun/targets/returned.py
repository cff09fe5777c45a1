"""How a function's return value is told: by its repr, unless it says that the function never ran."""

from types import AsyncGeneratorType, GeneratorType

from schedrun.targets.cap import OUTPUT_CAP, capped

NEVER_RAN = "the function is a generator: it returned at once and none of it ran"


def never_ran(value: object) -> bool:
    """Whether `value` is a generator that nobody iterates: calling one does nothing, so success would be a lie."""
    return isinstance(value, GeneratorType | AsyncGeneratorType)


def text(value: object, *, cap: int = OUTPUT_CAP) -> str:
    """Return the repr of `value` up to the cap, whatever that repr does."""
    try:
        return capped(repr(value), cap=cap)
    except BaseException as error:  # noqa: BLE001  the function succeeded; only its result cannot be shown
        return f"<{type(value).__qualname__} whose repr raised {type(error).__qualname__}>"
