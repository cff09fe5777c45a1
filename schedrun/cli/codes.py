"""Codes of rules as options say them."""

import re

import click

_CODE = re.compile(r"SR\d{0,3}")


class CodesType(click.ParamType[tuple[str, ...]]):
    """Codes or beginnings of codes, separated by commas: `SR4,SR501`."""

    name = "codes"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return the codes in capitals; what is none is a usage error."""
        if isinstance(value, tuple):
            return value
        from schedrun.lint.catalog import RULES  # noqa: PLC0415  most runs choose none

        codes = tuple(code.strip().upper() for code in str(value).split(","))
        for code in codes:
            if not _CODE.fullmatch(code):
                self.fail(f"{code!r} is no code such as SR401, and no beginning of one such as SR4", param, ctx)
            if not any(known.startswith(code) for known in RULES):
                self.fail(f"there is no rule {code}: `schedrun explain` lists them all", param, ctx)
        return codes
