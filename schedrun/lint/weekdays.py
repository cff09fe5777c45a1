"""Numbers of weekdays -> their names, where a name can stand."""

import re

from schedrun.core.pattern import Pattern
from schedrun.core.spec import crontab
from schedrun.core.spec.crontab import Crontab, CrontabError
from schedrun.core.spec.crontab_field import WEEKDAY

_LAST = Pattern(r"[0-7]l", re.IGNORECASE)
_ITEM = Pattern(r"(?P<first>[0-7])(?:-(?P<last>[0-7]))?(?P<place>#[1-5])?")


def named(parsed: Crontab) -> str | None:
    """Return the expression with names for its weekdays; None where some number has none (steps).

    `5L` stays as it is: no name can stand before the `L`.
    """
    head, _, field = parsed.text.rstrip().rpartition(parsed.day_of_week)
    items = [_item(item) for item in parsed.day_of_week.split(",")]
    if not head or field or any(item is None for item in items):
        return None
    rewritten = head + ",".join(item for item in items if item is not None)
    try:
        crontab.parse(rewritten)
    except CrontabError:
        return None
    return rewritten


def _item(item: str) -> str | None:
    if _LAST.fullmatch(item):
        return item
    match = _ITEM.fullmatch(item)
    if match is None:
        return item if item.isalpha() or item == "*" else None
    first, last = int(match["first"]), int(match["last"] or match["first"])
    if first == last:
        return WEEKDAY.words[first % 7] + (match["place"] or "")
    if match["place"]:
        return None
    if (first, last) == (0, 7):
        last = 6
    if last == 7:
        # A range cannot end on Sunday by name, which is the first of them.
        return ",".join(WEEKDAY.words[day % 7] for day in range(first, last + 1))
    return f"{WEEKDAY.words[first]}-{WEEKDAY.words[last]}"
