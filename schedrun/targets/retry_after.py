"""What a server asks for when it sends a request away: the header Retry-After of RFC 9110, section 10.2.3."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

STATUSES = frozenset({429, 503})
"""The answers whose Retry-After says when to ask again."""

LONGEST = timedelta(days=365)
"""What more seconds than this are taken for."""

_SECONDS = re.compile(r"[0-9]+", re.ASCII)
_MOST_DIGITS = 9


def parse(header: str) -> timedelta | datetime | None:
    """Return the time to wait, or the instant (aware, UTC) before which not to come back; None when it is neither."""
    said = header.strip()
    if _SECONDS.fullmatch(said):
        digits = said.lstrip("0") or "0"
        return LONGEST if len(digits) > _MOST_DIGITS else min(LONGEST, timedelta(seconds=int(digits)))
    try:
        instant = parsedate_to_datetime(said)
        # Without a zone it is the asctime form, which is UTC too.
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
