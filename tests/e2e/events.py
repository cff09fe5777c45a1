"""A client of server-sent events over a real socket, which connects again as browsers do."""

import http.client
import json
from types import TracebackType
from typing import Any, NamedTuple, Self

from tests.e2e.service import DEADLINE

_SILENCES = 3
"""A comment comes each 15 s: after so many nothing will come any more."""


class Heard(NamedTuple):
    """An event."""

    name: str
    data: Any
    id: str | None


class EventSource:
    """One stream; a context manager that leaves it."""

    def __init__(self, address: tuple[str, int], path: str, *, last: str | None = None) -> None:
        self._connection = http.client.HTTPConnection(*address, timeout=DEADLINE)
        headers = {} if last is None else {"Last-Event-ID": last}
        self._connection.request("GET", path, headers=headers)
        self.answer = self._connection.getresponse()

    @property
    def status(self) -> int:
        """The status of the answer."""
        return self.answer.status

    def next(self) -> Heard | None:
        """Return the next event, None at the end of the stream, whether it was in order or not."""
        fields: dict[str, str] = {}
        silences = 0
        while line := self._line():
            if line == "\n":
                if "event" in fields:
                    return Heard(fields["event"], json.loads(fields["data"]), fields.get("id"))
                fields = {}
            elif line.startswith(":"):
                silences += 1
                assert silences < _SILENCES, "still waiting for an event"
            else:
                name, _, value = line.rstrip("\n").partition(": ")
                fields[name] = value
        return None

    def until(self, name: str, **facts: Any) -> list[Heard]:
        """Return the events up to the first with this name and these facts."""
        heard: list[Heard] = []
        while event := self.next():
            heard.append(event)
            assert len(heard) < 20_000
            if event.name == name and facts.items() <= event.data.items():
                return heard
        raise AssertionError(f"ended without {name} {facts}: {heard[-5:]}")

    def close(self) -> None:
        """Leave; idempotent."""
        self.answer.close()
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _line(self) -> str:
        try:
            return self.answer.readline().decode()
        except (http.client.HTTPException, ConnectionError):
            return ""
