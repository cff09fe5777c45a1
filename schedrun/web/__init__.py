"""The HTTP API and the dashboard: questions to the ledger, requests to the active process, and their pages.

Nothing here decides anything about runs, and nothing below imports it. Reads come from the store and actions go
through the request table, so that any process on the same state can answer.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schedrun.web.create import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> object:
    if name != "create_app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from schedrun.web.create import create_app  # noqa: PLC0415  the framework is loaded by whoever serves

    return create_app
