"""The five fields of a crontab line: their names, their ranges, their words."""

from typing import NamedTuple


class Field(NamedTuple):
    """One field: values from `low` to `high`, the words that stand for values from `low` upwards."""

    name: str
    low: int
    high: int
    words: tuple[str, ...] = ()

    def value_of(self, word: str) -> int | None:
        """Return the value that `word` (lower case) stands for; None when it is none of this field's."""
        if word.isascii() and word.isdigit():
            value = int(word)
            return value if self.low <= value <= self.high else None
        return self.low + self.words.index(word) if word in self.words else None


MINUTE = Field("minute", 0, 59)
HOUR = Field("hour", 0, 23)
DAY = Field("day of month", 1, 31)
MONTH = Field(
    "month",
    1,
    12,
    (
        "jan",
        "feb",
        "mar",
        "apr",
        "may",
        "jun",
        "jul",
        "aug",
        "sep",
        "oct",
        "nov",
        "dec",
    ),
)
WEEKDAY = Field("day of week", 0, 7, ("sun", "mon", "tue", "wed", "thu", "fri", "sat"))
"""0 and 7 are both Sunday."""

FIELDS = (MINUTE, HOUR, DAY, MONTH, WEEKDAY)
"""In the order in which a line writes them."""

NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
"""What each nickname is short for."""
