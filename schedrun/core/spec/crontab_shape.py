"""What a crontab expression looks like, as one pattern (ECMA 262) for the schema: fields, values, names, nicknames.

It fits every expression that parses. That a range runs forwards, and that its days ever come, no pattern can say.
"""

from collections.abc import Mapping

from schedrun.core.spec.crontab_field import DAY, FIELDS, HOUR, MINUTE, MONTH, NICKNAMES, WEEKDAY, Field

_BLANKS = r"[ \t\r\n]*"
_STEP = "(?:/0*[1-9][0-9]*)?"
_NUMBERS: Mapping[Field, str] = {
    MINUTE: "[1-5]?[0-9]",
    HOUR: "1?[0-9]|2[0-3]",
    DAY: "[1-9]|[12][0-9]|3[01]",
    MONTH: "[1-9]|1[0-2]",
    WEEKDAY: "[0-7]",
}


def pattern() -> str:
    """Return the pattern of a whole expression, blanks around it included."""
    # Behind an item its list goes on or ends: written so that no item stands here twice.
    fields = r"[ \t]+".join(rf"(?:(?:{_item(field)})(?:,(?=[^ \t\r\n])|(?=[ \t\r\n]|$)))+" for field in FIELDS)
    nicknames = "|".join(name.removeprefix("@") for name in NICKNAMES)
    return f"^{_BLANKS}(?:@(?:{nicknames})|{fields}){_BLANKS}$"


def _item(field: Field) -> str:
    value = "|".join((f"0*(?:{_NUMBERS[field]})", *map(_any_case, field.words)))
    # A value, or two with a hyphen between them.
    item = rf"(?:\*|(?:(?:{value})(?:-(?=[0-9A-Za-z])|(?=[/, \t\r\n]|$))){{1,2}}){_STEP}"
    if field is DAY:
        return f"{item}|[Ll][Ww]?"
    return f"{item}|0*[0-7][Ll]|(?:0*[0-7]|{'|'.join(map(_any_case, field.words))})#[1-5]" if field is WEEKDAY else item


def _any_case(word: str) -> str:
    return "".join(f"[{letter.upper()}{letter}]" for letter in word)
