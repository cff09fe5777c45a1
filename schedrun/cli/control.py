"""What the commands that act on one job or run share: who asks, and one path to whoever is active."""

import asyncio
import getpass
import logging
import os
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from schedrun.cli import output
from schedrun.clock import SystemClock
from schedrun.core.run.recorded import Request
from schedrun.protocols import Clock
from schedrun.reconcile import verbs
from schedrun.reconcile.perform import Performed, perform

Words = Callable[[Mapping[str, Any]], str]
"""Says an answer for people."""


def request(verb: str, arguments: Mapping[str, object], *, clock: Clock) -> Request:
    """Return a request of the person who runs this command, never put before."""
    return Request(uuid.uuid4().hex, verb, dict(arguments), login_name(), clock.now())


def leave_words_to_the_answer() -> None:
    """Print nothing of the log: the answer says it, and without a handler of ours Python prints errors twice."""
    logging.getLogger("schedrun").addHandler(logging.NullHandler())


def act(state: Path, verb: str, **arguments: object) -> Performed:
    """Have a verb done: by the service that is active on the state, else on its rows. Raises SchedrunError."""
    leave_words_to_the_answer()
    clock = SystemClock()
    return asyncio.run(
        perform(
            request(verb, arguments, clock=clock),
            state=state,
            verbs=lambda live: verbs.control_verbs(live, clock=clock),
            clock=clock,
        )
    )


def show(performed: Performed, words: Words, *, output_format: str) -> None:
    """Print the answer, and whether a service gave it."""
    view: dict[str, Any] = {**performed.answer, "by_service": performed.by_service}
    if output_format == "json":
        output.print_json(view)
    else:
        output.print_text(words(view))


def login_name() -> str:
    """Return who asks; the user's number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # which of them depends on Python's version
        return f"uid {os.getuid()}"
