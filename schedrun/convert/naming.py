"""Ids for jobs that had none: made of commands and unit names, unique in their manifest."""

import re
import shlex

_LONGEST = 63
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=.*", re.DOTALL)
_WRAPPERS = {"sudo", "nice", "ionice", "exec", "time", "nohup", "env", "command", "chronic", "setsid", "!", "(", "{",
             "if", "then", "else", "elif", "while", "until", "do"}  # fmt: skip
_TESTS = {"test", "[", "cd", "export", "set", "source", ".", "umask", "sleep"}
_INTERPRETERS = re.compile(r"(python|perl|ruby|php|node|bash|sh|dash|zsh|pypy)[0-9.]*")
_INLINE = {"perl": {"-e", "-E"}, "ruby": {"-e"}, "node": {"-e"}, "php": {"-r"}}
"""Options behind which an interpreter is given a program itself; for all others it is -c."""
_PLACE = re.compile(r"(?:.*/)?(.*)", re.DOTALL)


def slug(text: str, *, otherwise: str = "job") -> str:
    """Return the id that `text` suggests; `otherwise` when none of its characters can stand in one."""
    made = re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._")[:_LONGEST].strip("-._")
    return made or otherwise


def unique(names: list[str]) -> list[str]:
    """Return an id for each name, in order; a second one of a kind gets `-2`."""
    taken: set[str] = set()
    ids = []
    for name in names:
        base = candidate = slug(name)
        number = 1
        while candidate in taken:
            number += 1
            tail = f"-{number}"
            candidate = base[: _LONGEST - len(tail)].rstrip("-._") + tail
        taken.add(candidate)
        ids.append(candidate)
    return ids


def of_command(command: str) -> str:
    """Return the name of what a shell command runs: the program, or the script that an interpreter is given."""
    for part in re.split(r"&&|\|\||[;|&\n]", command):
        words = _words(part)
        while words and (words[0] in _WRAPPERS or _ASSIGNMENT.fullmatch(words[0]) or words[0].startswith("-")):
            words.pop(0)
        if not words or words[0] in _TESTS:
            continue
        return _of_words(words)
    return "job"


def _of_words(words: list[str]) -> str:
    program = _stem(words[0])
    interpreter = _INTERPRETERS.fullmatch(program)
    if interpreter is not None:
        inline = _INLINE.get(interpreter[1], {"-c"})
        script = next((word for word in words[1:] if word in inline or not word.startswith("-")), "-c")
        if script not in {*inline, "-c"}:
            return _stem(script)
    return program


def _stem(path: str) -> str:
    match = _PLACE.fullmatch(path)
    name = match[1] if match else path
    return re.sub(r"\.(sh|py|pl|rb|php|js|bash)$", "", name) or path


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()
