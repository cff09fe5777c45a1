"""Cursors: where the next page of a list begins, opaque to those who carry them."""

import base64
import binascii
import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from schedrun.core.run.page import Place
from schedrun.web.problem import Problem

LONGEST = 1_000
"""The longest cursor that is read, in characters."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROS = range(1 << 57)
"""Instants that have a place, in microseconds since 1970: more than there are to the year 6000."""

_ORDINALS = range(1 << 63)
_SURROGATES = re.compile("[\ud800-\udfff]")
_TAG_BYTES = 9


def of_place(place: Place, *, of: str) -> str:
    """Return the cursor of a place in the list `of`, which is the list's name with its filters."""
    return _sealed([(place.at - _EPOCH) // timedelta(microseconds=1), place.ordinal], of)


def of_key(key: str, *, of: str) -> str:
    """Return the cursor of a key in the list `of`."""
    return _sealed([key], of)


def place(cursor: str, *, of: str) -> Place:
    """Return the place of a cursor. Raises Problem 422 for one that this list did not give out."""
    match _opened(cursor, of):
        case [int(micros), int(ordinal)] if micros in _MICROS and ordinal in _ORDINALS:
            return Place(_EPOCH + timedelta(microseconds=micros), ordinal)
        case _:
            raise _foreign()


def key(cursor: str, *, of: str) -> str:
    """Return the key of a cursor. Raises Problem 422 for one that this list did not give out."""
    match _opened(cursor, of):
        case [str(found)] if not _SURROGATES.search(found):
            return found
        case _:
            raise _foreign()


def _sealed(value: list[Any], of: str) -> str:
    body = json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_tag(body, of) + body).decode().rstrip("=")


def _opened(cursor: str, of: str) -> Any:
    try:
        # Other characters would be passed over, so that one place had many cursors.
        sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise _foreign() from error
    tag, body = sealed[:_TAG_BYTES], sealed[_TAG_BYTES:]
    if tag != _tag(body, of):
        raise _foreign()
    try:
        # The tag can be worked out by anybody: what it seals may be anything.
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _foreign() from error


def _tag(body: bytes, of: str) -> bytes:
    """Return what tells a cursor from guesses and from those of other lists; it guards no secret, so needs no key."""
    return hashlib.blake2b(body, digest_size=_TAG_BYTES, key=hashlib.sha256(of.encode()).digest()).digest()


def _foreign() -> Problem:
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "bad_cursor",
        detail="`cursor` is none that this list with these filters has given out.",
        remedy="Take `next_cursor` as it came, with the same filters, or leave `cursor` out to begin anew.",
        facts={"errors": [{"field": "cursor", "message": "not a cursor of this list"}]},
    )
