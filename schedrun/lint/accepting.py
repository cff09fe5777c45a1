"""Whether manifests have comments that accept findings: most have none, and their scan is imported on use."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from schedrun.core.plan.inspected import InspectedFile

if TYPE_CHECKING:
    from schedrun.lint.suppress import Suppressions

_IGNORE = "ignore"
"""What the line of a comment that suppresses holds."""


def comments_in(files: Mapping[str, InspectedFile]) -> "Suppressions | None":
    """Return what the comments of the files (by name) suppress, None when no line holds such a comment."""
    if not any(_IGNORE in line for file in files.values() for line in file.lines):
        return None
    from schedrun.lint import catalog, suppress  # noqa: PLC0415  most trees have no such comment

    return suppress.Suppressions(files.values(), known=catalog.RULES)
