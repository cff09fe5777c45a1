"""What a command line answered, in this process or as one of its own."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command left behind."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> dict[str, Any]:
        """Return stdout as the one JSON object that it is."""
        view: dict[str, Any] = json.loads(self.stdout)
        return view
