"""Whether a function takes what a target gives it. Light on purpose: processes that import one module load it."""

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

_LONGEST_SIGNATURE = 200
_BY_PLACE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


class Fault(NamedTuple):
    """What is wrong with a target: at its `python`, its `args`, or the entry `name` of its `kwargs`.

    It is not `certain` where a decorator stands before the function, and may give what is missing.
    """

    at: str
    message: str
    hint: str | None = None
    name: str | None = None
    certain: bool = True


class _Mismatch(NamedTuple):
    """A fault in words that follow the function's name: something is too much, else missing or given twice."""

    at: str
    words: str
    name: str | None = None
    too_much: bool = False


def faults(function: Callable[..., Any], *, called: str, args: int, kwargs: Sequence[str]) -> list[Fault]:
    """Return what is wrong with calling `function` with so many positional and these keyword arguments.

    `called` is its name in messages. Nothing is wrong with what does not say what it takes. Raises nothing for what
    the function's signature does when it is asked for.
    """
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        hint = "name a function that goes through what it yields"
        return [Fault("python", f"{called} is a generator: it returns at once and none of it runs", hint)]
    signature = _signature(function)
    found = [] if signature is None else list(_mismatches(signature, args=args, kwargs=kwargs))
    if not found:
        return []
    hint, own = _hint(signature, called), _signature(function, follow_wrapped=False)
    if own is None or any(_mismatches(own, args=args, kwargs=kwargs)):
        return [Fault(each.at, f"{called} {each.words}", hint, each.name) for each in found]
    return [
        Fault(
            each.at,
            f"{called} wraps a function that {each.words}",
            f"{hint}, unless its decorator {'takes' if each.too_much else 'gives'} more",
            each.name,
            each.too_much,
        )
        for each in found
        if each.name not in own.parameters
    ]


def _signature(function: Callable[..., Any], *, follow_wrapped: bool = True) -> inspect.Signature | None:
    try:
        return inspect.signature(function, follow_wrapped=follow_wrapped)
    except BaseException:  # noqa: BLE001  builtins have none, and what else code says of itself may fail as it likes
        return None


def _hint(signature: inspect.Signature | None, called: str) -> str:
    name = called.rpartition(":")[2].rpartition(".")[2]
    try:
        text = f"it is {name}{_ADDRESS.sub('', str(signature))}"
    except BaseException:  # noqa: BLE001  the repr of a default may fail as it likes
        return f"see what {name} takes"
    return text if len(text) <= _LONGEST_SIGNATURE else f"{text[:_LONGEST_SIGNATURE]} ..."


def _mismatches(signature: inspect.Signature, *, args: int, kwargs: Sequence[str]) -> Iterator[_Mismatch]:
    parameters = signature.parameters.values()
    kinds = {each.kind for each in parameters}
    by_place = [each for each in parameters if each.kind in _BY_PLACE]
    by_name = {each.name for each in parameters if each.kind in _BY_NAME}
    if args > len(by_place) and inspect.Parameter.VAR_POSITIONAL not in kinds:
        most = f"at most {len(by_place)} `args`, not {args}" if by_place else "no `args`"
        yield _Mismatch("args", f"takes {most}", too_much=True)
    placed = {each.name for each in by_place[:args]}
    for name in kwargs:
        if name in placed & by_name:
            yield _Mismatch("kwargs", f"is given {name!r} by `args` already", name)
        elif name not in by_name and inspect.Parameter.VAR_KEYWORD not in kinds:
            yield _Mismatch("kwargs", f"takes no argument {name!r}", name, too_much=True)
    given = placed | (by_name & set(kwargs))
    missing = [each.name for each in parameters if _is_needed(each) and each.name not in given]
    if missing:
        yield _Mismatch("python", f"is not given {', '.join(map(repr, missing))}")


def _is_needed(parameter: inspect.Parameter) -> bool:
    return parameter.kind in (*_BY_PLACE, *_BY_NAME) and parameter.default is inspect.Parameter.empty
