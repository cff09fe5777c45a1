"""What a team wants of its manifests: `[tool.schedrun]` of pyproject.toml, or schedrun.toml."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class LintSettings:
    """Which rules hold, and their numbers.

    `select` and `ignore` are codes or beginnings of codes (`SR4`); an empty `select` is all rules. `required` names
    fields that every job must say (`owner`, `timeout`); `minimal_interval` is the shortest gap that passes without
    SR217; `fleet_threshold` how many jobs may start in one minute before SR401 says so.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    minimal_interval: timedelta = timedelta(seconds=10)
    fleet_threshold: int = 50
