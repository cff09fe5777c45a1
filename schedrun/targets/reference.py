"""Finding what `module:function` names. Light on purpose: isolated functions pay for its imports at each start."""

import importlib
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from schedrun.core.errors import SchedrunError
from schedrun.targets import raised


class FunctionNotFoundError(SchedrunError):
    """a target names no function that can be called."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)

    @property
    def exceptions(self) -> tuple[str, ...]:
        """The names of what the import raised, if that was the reason."""
        return () if self.__cause__ is None else raised.names(self.__cause__)


def resolve(reference: str) -> Callable[..., Any]:
    """Import `module:function` and return the function.

    Raises FunctionNotFoundError when the import fails, whatever its code raises, or finds nothing callable. What a
    module raises in its own `__getattr__` counts as its import.
    """
    module_name, _, path = reference.partition(":")
    try:
        module = importlib.import_module(module_name)
    except BaseException as error:
        raise FunctionNotFoundError(f"cannot import {module_name}: {raised.line(error)}") from error
    try:
        found = reduce(getattr, path.split("."), module)
    except BaseException as error:
        if _says_there_is_none(error, steps=path.split(".")):
            raise FunctionNotFoundError(f"{module_name} has no {path!r}") from None
        raise FunctionNotFoundError(f"cannot get {path!r} from {module_name}: {raised.line(error)}") from error
    if not callable(found):
        raise FunctionNotFoundError(f"{reference} is a {type(found).__qualname__}, which cannot be called")
    return found


def _says_there_is_none(error: BaseException, *, steps: Sequence[str]) -> bool:
    """Whether it is what `getattr` raises for a name, and not what code raises that makes a value when it is asked."""
    return isinstance(error, AttributeError) and (error.name is None or error.name in steps)
