"""The token file: its lines, its safety, its changes, and how it is made."""

import logging
import os
import stat
import threading
from pathlib import Path

import pytest

from schedrun.web import tokens
from schedrun.web.access import Scope
from schedrun.web.tokens import Token, TokenFile, TokenFileError
from tests.web.gated import OPERATE, READ, token_file

FILE = Path("state.db.token")


def test_reads_lines_of_scope_token_and_name() -> None:
    """Empty lines and comments say nothing; a name may have several words."""
    text = f"# who may what\n\noperate {OPERATE} Ada Lovelace\n  read\t{READ}   guest  \n"
    expected = (Token(Scope.OPERATE, OPERATE, "Ada Lovelace"), Token(Scope.READ, READ, "guest"))
    assert expected == tokens.parse(text, file=FILE)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (f"operate {OPERATE}", "a part is missing"),
        (f"admin {OPERATE} ops", "the first word is no scope"),
        ("operate short ops", "the token has 5 characters"),
        (f"operate {'x' * 31} ops", "the token has 31 characters"),
        (f"operate {'x' * 513} ops", "the token has 513 characters"),
        (f"operate {'ü' * 40} ops", "no header can carry"),
        (f"operate {OPERATE} a\x1bb", "cannot be printed"),
        (f"operate {OPERATE} {'n' * 101}", "too long"),
        (f"operate {READ} again", "the same token as in line 1"),
    ],
)
def test_a_bad_line_is_named(line: str, fault: str) -> None:
    """By file and line, with what to write instead, and without the token."""
    with pytest.raises(TokenFileError, match=fault) as raised:
        tokens.parse(f"read {READ} guest\n{line}\n", file=FILE)
    assert 2 == raised.value.line
    assert f"{FILE}:2: " in str(raised.value)
    assert raised.value.remedy in str(raised.value)
    assert OPERATE not in str(raised.value)
    assert READ not in str(raised.value)


def test_a_token_in_the_place_of_the_scope_is_not_shown() -> None:
    """Not even the beginning of it."""
    with pytest.raises(TokenFileError, match="the first word is no scope") as raised:
        tokens.parse(f"{OPERATE} operate ops\n", file=FILE)
    assert OPERATE[:8] not in str(raised.value)


def test_a_byte_order_mark_is_named(tmp_path: Path) -> None:
    """Editors write one, and nobody sees it."""
    path = tmp_path / "token"
    path.write_text(f"operate {OPERATE} ops\n", encoding="utf-8-sig")
    path.chmod(0o600)
    with pytest.raises(TokenFileError, match="token:1: it begins with a byte order mark"):
        TokenFile(path).load()


def test_a_token_is_never_shown() -> None:
    """Not in its repr, its id or the key of its sessions."""
    token = Token(Scope.OPERATE, OPERATE, "ops")
    assert OPERATE not in repr(token)
    assert 24 == len(token.id)
    assert 32 == len(token.cookie_key)
    assert token.cookie_key != Token(Scope.OPERATE, READ, "ops").cookie_key


def test_finds_the_token_that_is_given() -> None:
    """And none for anything else, whatever characters it has."""
    known = tokens.parse(f"operate {OPERATE} ops\nread {READ} guest\n", file=FILE)
    assert [known[0], known[1], None, None, None] == [
        tokens.matching(known, given) for given in (OPERATE, READ, OPERATE[:-1], "", "\udcff")
    ]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602])
def test_a_file_that_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    """With the command that mends it."""
    path = token_file(tmp_path, mode=mode)
    with pytest.raises(TokenFileError, match=f"chmod 600 {path}"):
        TokenFile(path).load()


def test_a_file_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who owns it could change it."""
    path = token_file(tmp_path)
    os.chown(path, 4_711, -1) if os.geteuid() == 0 else monkeypatch.setattr(os, "geteuid", lambda: 4_711)
    with pytest.raises(TokenFileError, match="another user"):
        TokenFile(path).load()


@pytest.mark.parametrize(("kind", "fault"), [("missing", "no such file"), ("folder", "no regular file")])
def test_what_is_no_file_is_refused(tmp_path: Path, kind: str, fault: str) -> None:
    """With its name."""
    path = tmp_path / "tokens"
    if kind == "folder":
        path.mkdir(mode=0o700)
    with pytest.raises(TokenFileError, match=fault):
        TokenFile(path).load()


def test_changes_hold_at_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A line that is taken out ends its token; with a fault none is valid, which is told once, until it is mended."""
    file = TokenFile(token_file(tmp_path))
    assert ["ops", "guest"] == [token.name for token in file.valid()]
    token_file(tmp_path, f"read {READ} guest\n")
    assert ["guest"] == [token.name for token in file.valid()]
    token_file(tmp_path, f"read {READ} guest\noperate oops\n")
    assert () == file.valid()
    assert () == file.valid()
    told = [record for record in caplog.records if vars(record).get("event") == "token_file_unusable"]
    assert [logging.ERROR] == [record.levelno for record in told]
    assert f"{file.path}:2" in vars(told[0])["error"]
    token_file(tmp_path)
    assert 2 == len(file.valid())
    file.path.chmod(0o644)
    assert () == file.valid()
    file.path.unlink()
    assert () == file.valid()


def test_makes_one_token_that_may_operate(tmp_path: Path) -> None:
    """Private from the first moment, one line, and never made twice."""
    file = TokenFile(tmp_path / "state.db.token")
    before = os.umask(0)
    try:
        assert file.create("ada")
    finally:
        os.umask(before)
    (token,) = file.load()
    assert (Scope.OPERATE, "ada") == (token.scope, token.name)
    assert len(token.secret) >= 32
    assert 0o600 == stat.S_IMODE(file.path.stat().st_mode)
    assert f"operate {token.secret} ada\n" == file.path.read_text(encoding="utf-8")
    assert not file.create("eve")
    assert (token,) == file.load()
    assert [file.path] == list(tmp_path.iterdir())


def test_a_link_in_its_place_is_left_alone(tmp_path: Path) -> None:
    """Nothing is written to where it leads."""
    path = tmp_path / "state.db.token"
    path.symlink_to(tmp_path / "elsewhere")
    assert not TokenFile(path).create("ada")
    assert not (tmp_path / "elsewhere").exists()
    with pytest.raises(TokenFileError, match="make the file that it names, or take the link away"):
        TokenFile(path).load()


def test_of_several_that_make_it_one_wins(tmp_path: Path) -> None:
    """And all of them read the same token."""
    files = [TokenFile(tmp_path / "state.db.token") for _ in range(8)]
    made: list[bool] = []
    gate = threading.Barrier(len(files))

    def make(file: TokenFile) -> None:
        gate.wait()
        made.append(file.create("ada"))
        file.load()

    threads = [threading.Thread(target=make, args=(file,)) for file in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [True] == [one for one in made if one]
    assert 1 == len({file.valid() for file in files})
