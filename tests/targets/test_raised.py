"""How an exception is named: by its class and bases, and by what a retry rule calls them."""

import concurrent.futures
import json
import pickle
import sys
from types import ModuleType

import pytest

from schedrun.targets import raised


class Outer:
    class InnerError(Exception):
        pass


@pytest.mark.parametrize(
    ("error", "name"),
    [
        pytest.param(json.JSONDecodeError("x", "", 0), "json.JSONDecodeError", id="re-exported"),
        pytest.param(concurrent.futures.CancelledError(), "concurrent.futures.CancelledError", id="two modules deep"),
        pytest.param(pickle.PicklingError(), "pickle.PickleError", id="base of a class in C"),
        pytest.param(ConnectionError(), "IOError", id="synonym of a builtin"),
        pytest.param(ConnectionError(), "EnvironmentError", id="another one"),
        pytest.param(ConnectionError(), "socket.error", id="synonym elsewhere"),
        pytest.param(TimeoutError(), "asyncio.TimeoutError", id="asyncio's timeout"),
        pytest.param(TimeoutError(), "socket.timeout", id="a socket's timeout"),
        pytest.param(TimeoutError(), "concurrent.futures.TimeoutError", id="a future's timeout"),
        pytest.param(Outer.InnerError(), f"{__name__}.Outer.InnerError", id="inside a class"),
    ],
)
def test_knows_every_name_under_which_a_class_is_reached(error: Exception, name: str) -> None:
    """Subclasses count; nothing is added that nobody asked for."""
    assert name in raised.names(error, asked=[name])
    assert set(raised.names(error)) == set(raised.names(error, asked=["ZeroDivisionError", "json.dumps", "no.Such"]))


def test_asks_no_module_for_what_it_does_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its answer may be an import, in the middle of whatever went wrong."""
    module = ModuleType("eager")
    module.__getattr__ = pytest.fail  # type: ignore[method-assign]  # as modules define it
    monkeypatch.setitem(sys.modules, "eager", module)
    assert raised.names(KeyError()) == raised.names(KeyError(), asked=["eager.KeyError"])
