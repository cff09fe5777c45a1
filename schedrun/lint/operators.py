"""Which arguments of a command list are operators of a shell that nobody reads, and which the program takes itself."""

from schedrun.core.pattern import Pattern

OPERATORS = frozenset({"|", "||", "&&", "&", ";", ">", ">>", "<", "<<", "2>", "2>>", "2>&1", "&>", ">&2"})
_REDIRECTION = Pattern(r"(?:\d|&)?>>?[ \t]*(?:&\d|[A-Za-z_./~$]\S*)|\d?<[ \t]*/[\w.]+/\S+")
_BEFORE_A_COMMAND = frozenset({"|", "||", "&&", ";"})

_COMPARING = frozenset({"[", "expr", "test"})
"""Programs in whose own language all these signs have a meaning."""
_MATCHING = frozenset({"ack", "ag", "egrep", "fgrep", "grep", "rg", "tr", "zgrep"})
"""Programs whose first argument that is no option is any text."""
_SEPARATING = {
    **dict.fromkeys(("awk", "gawk", "mawk"), "F"),
    **dict.fromkeys(("cut", "numfmt", "paste", "qsv", "xsv"), "d"),
    **dict.fromkeys(("join", "sort", "split"), "t"),
    "column": "so",
    "psql": "FR",
    "xargs": "dEI",
}
"""The short options of programs after which a separator stands, which any of these signs may be."""
_SEPARATOR = Pattern(r"--?(?:\w+-)*(?:delim|delimiter|[io]?fs|quote|quotechar|sep|separator)")
_NUMBER = Pattern(r"\d+")
_NEAR = 64
"""So many arguments before an operator tell what it is; a list of operators was written to take time."""

_FIND_RUNS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
_FIND_ALONE = frozenset(
    {
        *("-H", "-L", "-P", "-a", "-and", "-daystart", "-delete", "-depth", "-d", "-empty", "-executable", "-false"),
        *("-follow", "-ignore_readdir_race", "-ls", "-mount", "-nogroup", "-noleaf", "-not", "-nouser", "-o", "-or"),
        *("-print", "-print0", "-prune", "-quit", "-readable", "-true", "-warn", "-nowarn", "-writable", "-xdev"),
    }
)
"""What of `find`'s expressions takes no value (https://www.gnu.org/software/findutils/manual/)."""
_JQ_NAMED = frozenset({"--arg", "--argjson", "--rawfile", "--slurpfile"})
_JQ_REST = frozenset({"--args", "--jsonargs"})


def is_operator(argument: str) -> bool:
    """Return whether a shell, if one read it, would take this argument for an operator or a redirection."""
    return argument in OPERATORS or _REDIRECTION.fullmatch(argument) is not None


def is_taken(command: list[str], place: int) -> bool:
    """Return whether the program itself takes the operator at `place`: as a separator, pattern, end or comparison."""
    program = _name(command[0])
    before = command[max(place - _NEAR, 1) : place]
    names = [program, *map(_name, before)]
    if program in _COMPARING or _is_value(command, place) or _is_separator(names):
        return True
    if program == "find":
        return _is_of_find(before)
    if program == "jq":
        return not (_JQ_NAMED.isdisjoint(before[-2:-1]) and _JQ_REST.isdisjoint(before))
    return _is_pattern(names)


def _is_value(command: list[str], place: int) -> bool:
    """Return whether no command follows where one must, so that the operator can only be the option's value."""
    following = command[place + 1 : place + 2]
    ends = not following or following[0].startswith("-")
    return ends and command[place] in _BEFORE_A_COMMAND and command[place - 1].startswith("-")


def _is_separator(names: list[str]) -> bool:
    option = names[-1]
    if _SEPARATOR.fullmatch(option):
        return True
    letters = "".join(_SEPARATING.get(name, "") for name in names)
    return option.startswith("-") and not option.startswith("--") and option[-1] in letters


def _is_of_find(before: list[str]) -> bool:
    """Return whether it is within a command that `find` runs, ends one, or is the value of a test."""
    runs = max((place for place, argument in enumerate(before) if argument in _FIND_RUNS), default=None)
    if runs is not None and {";", "+"}.isdisjoint(before[runs:]):
        return True
    return before[-1:] != [] and before[-1].startswith("-") and before[-1] not in _FIND_ALONE


def _is_pattern(names: list[str]) -> bool:
    """Return whether nothing but options stands between it and a program that looks for a text."""
    for name in reversed(names):
        if name in _MATCHING:
            return True
        if not name.startswith("-") and not _NUMBER.fullmatch(name):
            return False
    return False


def _name(argument: str) -> str:
    return argument.rpartition("/")[2]
