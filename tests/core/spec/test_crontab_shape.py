"""The pattern of crontab expressions in the schema says of every value what the parser says."""

import re

import pytest

from schedrun.core.spec.crontab import validate_cron_expression
from schedrun.core.spec.crontab_field import FIELDS, Field
from schedrun.core.spec.crontab_shape import pattern

PATTERN = re.compile(pattern())


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_knows_the_values_of_each_field(field: Field) -> None:
    """Numbers, names in any case, and lists of them; nothing else."""
    words = [*map(str, range(100)), "00", "007", *(name for each in FIELDS for name in each.words), "SUN", "Jan"]
    place = FIELDS.index(field)
    for word in words:
        for item in (word, f"*/{word}", f"{word},{word}", f"{word}-{word}", f"{word}#2", f"{word}L", f"{word},"):
            line = " ".join([*["*"] * place, item, *["*"] * (len(FIELDS) - place - 1)])
            assert validate_cron_expression(line)[0] == bool(PATTERN.match(line)), line
