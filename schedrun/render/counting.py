"""Numbers of things in words.

Not those of `core.schedule.words`: who only checks manifests shall not load schedules.
"""


def counted(number: int, thing: str) -> str:
    """Return `1 job`, `2 jobs`, `0 jobs`: the number with its English noun, given in the singular."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
