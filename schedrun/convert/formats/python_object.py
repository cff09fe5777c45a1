"""Objects of somebody else's code: found by `module:attribute`, and their arguments as plain values."""

import contextlib
import importlib
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from schedrun.core.errors import SchedrunError


class ObjectError(SchedrunError):
    """this names no object of Python."""

    def __init__(self, reference: str, why: str) -> None:
        self.reference, self.why = reference, why
        super().__init__(f"{self.sentence}: {reference!r}: {why}")


class Loaded(NamedTuple):
    """What `reference` (`module:attribute`) names, and when its module began to be imported (aware)."""

    value: Any
    reference: str
    since: datetime


def load(reference: str, *, folder: Path, since: datetime) -> Loaded:
    """Import a module with `folder` on its path, which runs its code, and return what `module:attribute` names.

    `since` (aware) is now. What that code prints goes to stderr. Raises ObjectError for whatever goes wrong meanwhile.
    """
    module_name, colon, attribute = reference.partition(":")
    if not colon or not module_name or not attribute:
        raise ObjectError(reference, "write module:attribute, such as shop.celery:app")
    sys.path.insert(0, str(folder))
    try:
        with contextlib.redirect_stdout(sys.stderr):
            found: Any = importlib.import_module(module_name)
            for name in attribute.split("."):
                found = getattr(found, name)
    except (Exception, SystemExit) as error:
        raise ObjectError(reference, f"{type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(str(folder))
    return Loaded(found, reference, since)


def plain(value: Any) -> Any:
    """Return the value as JSON would hold it. Raises ValueError or TypeError when JSON cannot."""
    _check_keys(value)
    return json.loads(json.dumps(value, allow_nan=False))


def _check_keys(value: Any) -> None:
    # JSON would make texts of numbers, and the function would get another mapping than before.
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise TypeError(f"keys that are no text: {value!r}")
        for item in value.values():
            _check_keys(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check_keys(item)
