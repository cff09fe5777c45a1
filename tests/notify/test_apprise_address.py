"""Apprise: what it is given, and what is said where it is not there or does not know."""

import asyncio
import sys
from types import ModuleType
from typing import Any

import pytest

from schedrun.core.errors import NotDeliveredError
from schedrun.core.spec.notify import AppriseChannel
from schedrun.notify import apprise_address
from schedrun.notify.registry import Registry
from schedrun.secret import SecretSource
from tests.notify.messages import FAILURE


class Apprise:
    """Stands for the class of that name."""

    added: list[str]
    told: list[dict[str, Any]]
    taken = True

    def add(self, address: str) -> bool:
        if address == "raises://hunter2":
            raise TypeError(address)
        type(self).added.append(address)
        return address.startswith("discord://")

    def notify(self, **said: Any) -> bool:
        type(self).told.append(said)
        return type(self).taken


@pytest.fixture
def apprise(monkeypatch: pytest.MonkeyPatch) -> type[Apprise]:
    module = ModuleType("apprise")
    module.Apprise = Apprise  # type: ignore[attr-defined]  # as the real one has it
    monkeypatch.setitem(sys.modules, "apprise", module)
    monkeypatch.setattr(apprise_address, "is_installed", lambda: True)
    Apprise.added, Apprise.told = [], []
    monkeypatch.setattr(Apprise, "taken", True)
    return Apprise


def send(address: str) -> None:
    environ = {"ADDRESS": address}
    registry = Registry(secrets=SecretSource(environ=environ))
    asyncio.run(registry.send(AppriseChannel.model_validate({"apprise": {"from_env": "ADDRESS"}}), FAILURE))


def test_it_sends_plain_text(apprise: type[Apprise]) -> None:
    """Title, body with the notice's id, and what kind of news it is."""
    send("discord://hunter2")
    (said,) = apprise.told
    assert ("billing/close-day failed (exit code 3)", "failure", "text") == (
        said["title"],
        said["notify_type"],
        said["body_format"],
    )
    assert FAILURE.notice.id in said["body"]


@pytest.mark.parametrize(
    ("address", "taken", "reason"),
    [
        ("nonsense://hunter2", True, "does not know this kind of address"),
        ("raises://hunter2", True, r"cannot send it \(TypeError\)"),
        ("discord://hunter2", False, "could not send it"),
    ],
)
def test_a_failure_says_nothing_of_the_address(
    apprise: type[Apprise], monkeypatch: pytest.MonkeyPatch, address: str, taken: bool, reason: str
) -> None:
    """Which is a secret as a whole."""
    monkeypatch.setattr(apprise, "taken", taken)
    with pytest.raises(NotDeliveredError, match=reason) as caught:
        send(address)
    assert "hunter2" not in str(caught.value)


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command stands in the message."""
    monkeypatch.setattr(apprise_address, "is_installed", lambda: False)
    with pytest.raises(NotDeliveredError, match=r"pip install 'schedrun\[apprise\]'"):
        send("discord://x")
