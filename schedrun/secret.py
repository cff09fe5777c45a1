"""Secrets: which may be read, how they are read when a run starts, how they stay out of what is recorded.

What belongs here: resolving `from_env` and `from_file`, and masking the values that came out. What must not:
remembering a value longer than the run that asked for it. No message here ever holds a value.
"""

import errno
import json
import os
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import quote

from schedrun.core.errors import SchedrunError
from schedrun.core.spec.target import SERVICE_VARIABLES, FromEnv, FromFile

MASK = "***"
"""What is recorded in a secret's place."""

_DEFAULT_FOLDER = "/run/secrets"
_LARGEST_FILE = 1 << 20
_HEAD_BYTES = 16


class SecretError(SchedrunError):
    """a secret could not be read."""

    def __init__(self, reference: str, reason: str) -> None:
        self.reference, self.reason = reference, reason
        super().__init__(f"{self.sentence}: {reference} {reason}")


class SecretSource:
    """Reads the secrets that manifests refer to, as far as the operator allows.

    `patterns` are names of environment variables (`*` and `?` match as in file names) and absolute paths of
    files or folders; None allows any name and the files below /run/secrets. Whatever the patterns say, the
    service's own variables (SCHEDRUN_*) and everything in `state_dir` stay out of reach.
    """

    def __init__(
        self,
        patterns: Sequence[str] | None = None,
        *,
        environ: Mapping[str, str],
        state_dir: Path | None = None,
    ) -> None:
        allowed = ("*", _DEFAULT_FOLDER) if patterns is None else patterns
        self._names = tuple(pattern for pattern in allowed if "/" not in pattern)
        self._roots = tuple(_real(pattern) for pattern in allowed if "/" in pattern)
        self._state_dir = _real(state_dir) if state_dir is not None else None
        self._environ = environ

    def read(self, reference: FromEnv | FromFile) -> str:
        """Return the value `reference` leads to now.

        Raises SecretError when it may not be read, is not there, or is not text without NUL.
        """
        if isinstance(reference, FromEnv):
            return self._variable(reference.from_env)
        return self._file(reference.from_file)

    def for_run(self) -> "RunSecrets":
        """Return a reader that remembers what it read, so that one run's output can be masked."""
        return RunSecrets(self)

    def _variable(self, name: str) -> str:
        reference = f"from_env {name}"
        if name.startswith(SERVICE_VARIABLES):
            raise SecretError(reference, "is a setting of the service itself; use another name")
        if not any(fnmatchcase(name, pattern) for pattern in self._names):
            raise SecretError(reference, "is not among the names that --secrets-from allows")
        value = self._environ.get(name)
        if value is None:
            raise SecretError(reference, "is not set in the service's environment")
        return _text(os.fsencode(value), reference)

    def _file(self, path: str) -> str:
        reference = f"from_file {path}"
        if not path.startswith("/") or "\0" in path:
            raise SecretError(reference, "is no absolute path")
        # Judge where the path leads, not how it is spelled: a link in an allowed folder may point anywhere.
        target = _real(path)
        if self._state_dir is not None and target.is_relative_to(self._state_dir):
            raise SecretError(reference, "lies in the state folder, which no job may read")
        if not any(target.is_relative_to(root) for root in self._roots):
            raise SecretError(reference, "leads outside the paths that --secrets-from allows")
        value = _text(_content(target, reference), reference)
        return value.removesuffix("\n").removesuffix("\r") if value.endswith("\n") else value


class RunSecrets:
    """Resolves the values of one run's target and remembers which of them are secret."""

    def __init__(self, source: SecretSource) -> None:
        self._source = source
        self._values: set[str] = set()

    def text(self, value: str | FromEnv | FromFile) -> str:
        """Return the text itself, or the secret it refers to; raises SecretError."""
        if isinstance(value, str):
            return value
        secret = self._source.read(value)
        self._values.add(secret)
        return secret

    def nested(self, value: object) -> object:
        """Return a JSON value with each `{from_env: NAME}` or `{from_file: PATH}` resolved, however deep.

        Raises SecretError.
        """
        if isinstance(value, dict):
            reference = _reference(value)
            if reference is not None:
                return self.text(reference)
            return {key: self.nested(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.nested(item) for item in value]
        return value

    def masker(self) -> "Masker":
        """Return what masks every secret resolved so far."""
        return Masker(self._values)


class Masker:
    """Replaces secrets by `***`, as they are and as JSON and URLs spell them.

    Where secrets overlap or one begins another, all that any of them covers is masked. Empty ones are
    ignored.
    """

    def __init__(self, values: Iterable[str]) -> None:
        spellings = {spelling.encode() for value in values if value for spelling in _spellings(value)}
        # The longest first: an alternation takes the first branch that matches, and a short one leaves some.
        self._spellings = sorted(spellings, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, self._spellings))) if spellings else None

    def text(self, text: str) -> str:
        """Return `text` with every secret masked, and lone surrogates replaced by `?`."""
        stream = self.stream()
        masked = stream.feed(text.encode("utf-8", "replace")) + stream.flush()
        return masked.decode()

    def stream(self) -> "MaskedStream":
        """Return a mask for bytes that arrive in pieces."""
        return MaskedStream(self._pattern, self._spellings)


class MaskedStream:
    """Masks bytes that arrive in pieces.

    What may be the beginning of a secret is held back until that is known, and nothing else: who follows a run sees
    the rest at once. No time makes the beginning safe to show, for the end of the secret would follow it unmasked.
    """

    def __init__(self, pattern: re.Pattern[bytes] | None, spellings: Sequence[bytes]) -> None:
        self._pattern, self._spellings = pattern, spellings
        self._held = b""
        self._covered = 0

    def feed(self, data: bytes) -> bytes:
        """Take the next piece and return what is decided by now, masked."""
        if self._pattern is None:
            return data
        self._held += data
        return self._advance(self._pattern, min(_open_at(self._held, spelling) for spelling in self._spellings))

    def flush(self) -> bytes:
        """Return the masked rest: nothing more will come."""
        return self._advance(self._pattern, len(self._held)) if self._pattern is not None else b""

    def _advance(self, pattern: re.Pattern[bytes], limit: int) -> bytes:
        """Return the masked bytes before `limit` and hold the others.

        A secret that starts before `limit` has come in full. `_covered` counts the held bytes that one which
        started earlier covers: they are masked already, yet a secret may start among them.
        """
        held, covered, search = self._held, self._covered, 0
        masked = bytearray()
        while (found := pattern.search(held, search)) is not None and found.start() < limit:
            if found.start() >= covered:
                masked += held[covered : found.start()] + MASK.encode()
            covered = max(covered, found.end())
            search = found.start() + 1
        masked += held[covered:limit]
        self._held, self._covered = held[limit:], max(0, covered - limit)
        return bytes(masked)


def _open_at(data: bytes, secret: bytes) -> int:
    """Return where the longest proper beginning of `secret` starts that `data` ends with; else the end of `data`."""
    at = max(0, len(data) - len(secret) + 1)
    head = secret[:_HEAD_BYTES]
    while (at := data.find(head, at)) >= 0:
        if secret.startswith(data[at:]):
            return at
        at += 1
    for length in range(min(len(head), len(secret) - 1, len(data)), 0, -1):
        if data.endswith(secret[:length]):
            return len(data) - length
    return len(data)


def _reference(value: dict[object, object]) -> FromEnv | FromFile | None:
    match value:
        case {"from_env": str() as name} if len(value) == 1:
            return FromEnv(from_env=name)
        case {"from_file": str() as path} if len(value) == 1:
            return FromFile(from_file=path)
        case _:
            return None


def _spellings(value: str) -> Iterable[str]:
    return value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], quote(value, safe="")


def _real(path: str | Path) -> Path:
    return Path(os.path.realpath(path))


def _text(value: bytes, reference: str) -> str:
    if b"\0" in value:
        raise SecretError(reference, "holds a NUL byte")
    try:
        return value.decode()
    except UnicodeDecodeError:
        # From None: the exception carries the bytes.
        raise SecretError(reference, "is not UTF-8 text") from None


def _content(path: Path, reference: str) -> bytes:
    try:
        # O_NOFOLLOW: nobody may swap in a link after the path was judged. O_NONBLOCK: never wait for a FIFO.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise SecretError(reference, _open_words(error)) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise SecretError(reference, "is no regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(_LARGEST_FILE + 1)
    finally:
        os.close(descriptor)
    if len(content) > _LARGEST_FILE:
        raise SecretError(reference, "is larger than 1 MiB")
    return content


def _open_words(error: OSError) -> str:
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return "does not exist"
        case errno.EACCES | errno.EPERM:
            return "may not be read by the service's user"
        case _:
            return f"cannot be opened ({error.strerror})"
