"""Tokens and the file that holds them: lines `SCOPE TOKEN NAME`, readable by its owner alone."""

import hashlib
import hmac
import logging
import os
import re
import secrets
import stat
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

from schedrun.core.errors import SchedrunError
from schedrun.web.access import Scope

log = logging.getLogger(__name__)

SHORTEST, LONGEST = 32, 512
LONGEST_NAME = 100
LARGEST_FILE = 1024 * 1024
_GENERATED_BYTES = 32
_FILE_MODE = 0o600
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)
"""What a Bearer header can carry, as RFC 6750, section 2.1, has it."""


class TokenFileError(SchedrunError):
    """the token file cannot be used."""

    def __init__(self, file: Path, fault: str, *, remedy: str, line: int | None = None) -> None:
        self.file, self.line, self.remedy = file, line, remedy
        place = str(file) if line is None else f"{file}:{line}"
        super().__init__(f"{self.sentence}: {place}: {fault} ({remedy})")


@dataclass(frozen=True)
class Token:
    """One line of the file. `secret` is never shown; `name` is who acts with it."""

    scope: Scope
    secret: str = field(repr=False)
    name: str

    @cached_property
    def id(self) -> str:
        """What tells the token from others, and nothing of it."""
        return self._derived(b"schedrun: the id of a token")[:12].hex()

    @cached_property
    def cookie_key(self) -> bytes:
        """The key that signs this token's sessions: every process knows it, and it is gone with the token."""
        return self._derived(b"schedrun: the key of a token's sessions")

    @cached_property
    def digest(self) -> bytes:
        """A digest of the secret, for comparisons that take the same time whatever is compared."""
        return hashlib.sha256(self.secret.encode()).digest()

    def _derived(self, purpose: bytes) -> bytes:
        return hmac.digest(self.secret.encode(), purpose, "sha256")


class Tokens(Protocol):
    """Where the tokens are that are valid now."""

    def valid(self) -> tuple[Token, ...]:
        """Return the tokens that are valid now."""


def matching(tokens: tuple[Token, ...], given: str) -> Token | None:
    """Return the token whose secret is given, None for none; it takes the same time for any of them and for none."""
    digest, found = hashlib.sha256(given.encode("utf-8", "surrogateescape")).digest(), None
    for token in tokens:
        if hmac.compare_digest(token.digest, digest):
            found = token
    return found


def parse(text: str, *, file: Path) -> tuple[Token, ...]:
    """Return the tokens of a file's text; empty lines and those that begin with # say nothing.

    Raises TokenFileError, which names file and line and never repeats a token.
    """
    if text.startswith("\ufeff"):
        raise TokenFileError(file, "it begins with a byte order mark", remedy="save it as UTF-8 without one", line=1)
    found: dict[str, int] = {}
    tokens: list[Token] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        token = _parse_line(line, file, number)
        if (first := found.setdefault(token.secret, number)) != number:
            raise TokenFileError(
                file, f"the same token as in line {first}", remedy="give each line a token of its own", line=number
            )
        tokens.append(token)
    return tuple(tokens)


def _parse_line(line: str, file: Path, number: int) -> Token:
    parts = line.split(maxsplit=2)
    if len(parts) < 3:
        raise TokenFileError(file, "a part is missing", remedy="write SCOPE TOKEN NAME", line=number)
    scope, secret, name = parts[0], parts[1], parts[2].strip()
    if scope not in {one.value for one in Scope}:
        # What stands there instead may be the token.
        raise TokenFileError(file, "the first word is no scope", remedy="begin with `read` or `operate`", line=number)
    if not SHORTEST <= len(secret) <= LONGEST:
        raise TokenFileError(
            file,
            f"the token has {len(secret)} characters",
            remedy=f"give it {SHORTEST} to {LONGEST}, such as those of `openssl rand -hex 32`",
            line=number,
        )
    if not _TOKEN.fullmatch(secret):
        raise TokenFileError(
            file, "the token holds a character that no header can carry", remedy="use letters and digits", line=number
        )
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise TokenFileError(
            file, "the name is too long or cannot be printed", remedy=f"use up to {LONGEST_NAME} letters", line=number
        )
    return Token(Scope(scope), secret, name)


class TokenFile:
    """The tokens of a file, read again whenever it changes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, ...] | None = None
        self._tokens: tuple[Token, ...] = ()

    def load(self) -> tuple[Token, ...]:
        """Return the tokens as the file has them now.

        Raises TokenFileError when it cannot be read, when others than its owner may read or write it, when its owner is
        neither this user nor root, or when a line is wrong.
        """
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            remedy = "give its path, or let `schedrun run` make one"
            if self.path.is_symlink():
                remedy = "it is a link: make the file that it names, or take the link away"
            raise TokenFileError(self.path, (error.strerror or str(error)).lower(), remedy=remedy) from error
        try:
            found = os.fstat(descriptor)
            self._refuse_unsafe(found)
            text = os.read(descriptor, LARGEST_FILE).decode("utf-8", "surrogateescape")
        finally:
            os.close(descriptor)
        tokens = parse(text, file=self.path)
        self._seen, self._tokens = _signature(found), tokens
        return tokens

    def valid(self) -> tuple[Token, ...]:
        """See `Tokens.valid`: those of the file as it is now.

        While it is missing or has a fault, which the log tells once, no token is valid: one that was to be taken away
        must not live on because of a slip in another line.
        """
        try:
            seen: tuple[int, ...] | None = _signature(self.path.stat())
        except OSError:
            seen = None
        if seen == self._seen:
            return self._tokens
        try:
            return self.load()
        except TokenFileError as error:
            self._seen, self._tokens = seen, ()
            facts = {"event": "token_file_unusable", "error": str(error)}
            log.error("No token is valid until the token file is mended", extra=facts)  # noqa: TRY400  the error says it whole
            return ()

    def create(self, name: str) -> bool:
        """Write a file with one new token that may operate, named after who starts the service; False if there is one.

        It is written aside and linked into place, so that nobody ever reads half of it. Raises TokenFileError when it
        cannot be made.
        """
        if os.path.lexists(self.path):
            return False
        line = f"{Scope.OPERATE} {secrets.token_hex(_GENERATED_BYTES)} {name}\n"
        draft = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)
            try:
                with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123  a descriptor has no path
                    os.fchmod(descriptor, _FILE_MODE)
                    file.write(line)
                    file.flush()
                    os.fsync(descriptor)
                os.link(draft, self.path)
            finally:
                draft.unlink(missing_ok=True)
        except FileExistsError:
            return False  # another process was faster
        except OSError as error:
            remedy = "make its folder writable, or name a file that is there"
            raise TokenFileError(self.path, f"not made: {error.strerror or error}", remedy=remedy) from error
        return True

    def _refuse_unsafe(self, found: os.stat_result) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise TokenFileError(self.path, "it is no regular file", remedy="name a file")
        if found.st_uid not in {0, os.geteuid()}:
            remedy = f"make it yours with `chown {os.geteuid()} {self.path}`"
            raise TokenFileError(self.path, "it belongs to another user", remedy=remedy)
        if stat.S_IMODE(found.st_mode) & 0o077:
            remedy = f"take the right away with `chmod 600 {self.path}`"
            raise TokenFileError(self.path, "others than its owner may read or write it", remedy=remedy)
        if found.st_size >= LARGEST_FILE:
            raise TokenFileError(self.path, "it is larger than 1 MiB", remedy="name the right file")


def _signature(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_mode
