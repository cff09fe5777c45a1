"""Whether functions take what targets give them."""

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedrun.targets.arguments import Fault, faults


def fine(region: str, *, dry: bool = False) -> None: ...
def anything(*args: object, **kwargs: object) -> None: ...
def by_place(region: str, /) -> None: ...
def by_name(*, region: str) -> None: ...
def nothing() -> None: ...
async def later(region: str) -> None: ...
def yields() -> Iterator[int]:
    yield 1


async def yields_later() -> Any:
    yield 1


class Report:
    """Can be called itself, and so can its method."""

    def send(self, to: str) -> None: ...
    def __call__(self, to: str) -> None: ...


class Undecided:
    """Nobody can tell what it takes."""

    @property
    def __signature__(self) -> inspect.Signature:
        raise RuntimeError("no")

    def __call__(self) -> None: ...


class Unshown:
    """A default that shows itself to nobody."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


def secretive(region: object = Unshown()) -> None: ...
def addressed(region: object = object()) -> None: ...


def session(function: Callable[..., None]) -> Callable[..., None]:
    """Give the function its first argument."""

    @functools.wraps(function)
    def opened(*args: object, echo: bool = False, **kwargs: object) -> None:
        function("session", *args, **kwargs)

    return opened


@session
def given_session(session: str, region: str) -> None: ...
@functools.lru_cache
def cached(region: str) -> None: ...


def says(signature: inspect.Signature) -> Callable[..., None]:
    """Return a function that says that it takes this."""

    def function() -> None: ...

    vars(function)["__signature__"] = signature
    return function


@pytest.mark.parametrize(
    ("function", "args", "kwargs"),
    [
        (fine, 0, ["region"]),
        (fine, 1, ["dry"]),
        (anything, 3, ["x"]),
        (by_place, 1, []),
        (later, 1, []),
        (Report.send, 2, []),
        (Report().send, 1, []),
        (Report(), 0, ["to"]),
        (Report, 0, []),
        (functools.partial(fine, region="eu"), 0, ["region", "dry"]),
        (cached, 1, []),
        (max, 7, []),
        (Undecided(), 2, []),
        (given_session, 2, []),
        (given_session, 2, ["echo"]),
    ],
)
def test_finds_nothing_wrong_with(function: Callable[..., Any], args: int, kwargs: list[str]) -> None:
    """What can be called so, or what nobody can tell."""
    assert [] == faults(function, called="m:f", args=args, kwargs=kwargs)


FINE = "it is f(region: str, *, dry: bool = False) -> None"
WRAPPED = "it is f(session: str, region: str) -> None, unless its decorator"
GENERATOR = Fault(
    "python",
    "m:f is a generator: it returns at once and none of it runs",
    "name a function that goes through what it yields",
)


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "expected"),
    [
        pytest.param(fine, 0, [], [Fault("python", "m:f is not given 'region'", FINE)], id="missing"),
        pytest.param(
            fine,
            0,
            ["region", "regoin"],
            [Fault("kwargs", "m:f takes no argument 'regoin'", FINE, "regoin")],
            id="unknown",
        ),
        pytest.param(fine, 2, [], [Fault("args", "m:f takes at most 1 `args`, not 2", FINE)], id="too many"),
        pytest.param(
            fine,
            1,
            ["region"],
            [Fault("kwargs", "m:f is given 'region' by `args` already", FINE, "region")],
            id="twice",
        ),
        pytest.param(
            by_place,
            1,
            ["region"],
            [Fault("kwargs", "m:f takes no argument 'region'", "it is f(region: str, /) -> None", "region")],
            id="by place alone",
        ),
        pytest.param(
            by_name,
            1,
            [],
            [
                Fault("args", "m:f takes no `args`", "it is f(*, region: str) -> None"),
                Fault("python", "m:f is not given 'region'", "it is f(*, region: str) -> None"),
            ],
            id="by name alone",
        ),
        pytest.param(
            Report.send,
            0,
            [],
            [Fault("python", "m:f is not given 'self', 'to'", "it is f(self, to: str) -> None")],
            id="method of nobody",
        ),
        pytest.param(
            cached, 2, [], [Fault("args", "m:f takes at most 1 `args`, not 2", "it is f(region: str) -> None")]
        ),
        pytest.param(yields, 0, [], [GENERATOR], id="generator"),
        pytest.param(yields_later, 0, [], [GENERATOR], id="async generator"),
        pytest.param(secretive, 2, [], [Fault("args", "m:f takes at most 1 `args`, not 2", "see what f takes")]),
        pytest.param(
            addressed,
            0,
            ["x"],
            [Fault("kwargs", "m:f takes no argument 'x'", "it is f(region: object = <object object>) -> None", "x")],
            id="the same text each time",
        ),
        pytest.param(
            given_session,
            0,
            ["region"],
            [
                Fault(
                    "python",
                    "m:f wraps a function that is not given 'session'",
                    f"{WRAPPED} gives more",
                    certain=False,
                )
            ],
            id="a decorator may give it",
        ),
        pytest.param(
            given_session,
            3,
            ["regoin"],
            [
                Fault("args", "m:f wraps a function that takes at most 2 `args`, not 3", f"{WRAPPED} takes more"),
                Fault(
                    "kwargs", "m:f wraps a function that takes no argument 'regoin'", f"{WRAPPED} takes more", "regoin"
                ),
            ],
            id="what a decorator hardly takes",
        ),
    ],
)
def test_finds(function: Callable[..., Any], args: int, kwargs: list[str], expected: list[Fault]) -> None:
    """What is wrong, where it is written, and the signature."""
    assert expected == faults(function, called="m:f", args=args, kwargs=kwargs)


def test_a_long_signature_is_cut() -> None:
    """A hint is no page."""
    kind = inspect.Parameter.KEYWORD_ONLY
    many = inspect.Signature([inspect.Parameter(f"parameter_{number}", kind) for number in range(99)])
    (fault,) = faults(says(many), called="m:f", args=0, kwargs=[])
    assert (204, " ...") == (len(fault.hint or ""), (fault.hint or "")[-4:])


_KINDS = st.sampled_from(list(inspect._ParameterKind))


@st.composite
def _signatures(draw: st.DrawFn) -> inspect.Signature:
    parameters: dict[str, inspect.Parameter] = {}
    defaulted = False
    for kind in sorted(draw(st.lists(_KINDS, max_size=5))):
        variable = kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        if variable and any(each.kind is kind for each in parameters.values()):
            continue
        by_place = kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        # What follows a default by place has one too.
        has_default = not variable and (draw(st.booleans()) or (by_place and defaulted))
        defaulted |= by_place and has_default
        name = "abcde"[len(parameters)]
        parameters[name] = inspect.Parameter(name, kind, default=1 if has_default else inspect.Parameter.empty)
    return inspect.Signature(list(parameters.values()))


@settings(max_examples=200)
@given(signature=_signatures(), args=st.integers(0, 4), kwargs=st.sets(st.sampled_from("abcdef")))
def test_agrees_with_a_call(signature: inspect.Signature, args: int, kwargs: set[str]) -> None:
    """It finds something wrong exactly where Python refuses the call."""
    # `Signature.bind` refuses what Python takes: the name of a parameter by place alone, where there is `**`.
    function = eval(f"lambda {str(signature)[1:-1]}: None")
    try:
        function(*[None] * args, **dict.fromkeys(kwargs))
        refused = False
    except TypeError:
        refused = True
    assert refused == bool(faults(function, called="m:f", args=args, kwargs=sorted(kwargs)))
