"""Instants as manifests write them: RFC 3339, the offset optional where a time zone is said."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from schedrun.core.spec.base import fault

_PATTERN = r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:[Zz]|[+-]\d{2}:\d{2})?"
_WHOLE = re.compile(_PATTERN, re.ASCII)
_HINT = 'write it like "2026-12-01T02:00:00+01:00", or without the offset beside a `timezone`'


def _validate(text: str) -> str:
    if not _WHOLE.fullmatch(text):
        raise fault("SR102", f"{text!r} is no instant", hint=_HINT)
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise fault("SR102", f"{text!r} is no instant: {error}", hint=_HINT) from error
    return text


InstantText = Annotated[str, AfterValidator(_validate), WithJsonSchema({"type": "string", "pattern": f"^{_PATTERN}$"})]
"""The text of an instant as it was written; `resolve` makes it one."""
