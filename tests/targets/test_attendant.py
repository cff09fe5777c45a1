"""Which service attends to a process, said by its variables."""

import os
import subprocess
from collections.abc import Iterator

import pytest

from schedrun.targets import attendant

pytestmark = pytest.mark.real_time


@pytest.fixture
def other() -> Iterator[subprocess.Popen[bytes]]:
    """Return another process."""
    process = subprocess.Popen(["sleep", "300"])
    yield process
    process.kill()
    process.wait()


def variables(identity: str | None) -> bytes:
    return f"A=b\0SCHEDRUN_SERVICE={identity}\0".encode()


def test_belongs_to_another_that_lives(other: subprocess.Popen[bytes]) -> None:
    """As long as that lives, and to nobody once it is a zombie, or gone."""
    named = attendant.identity(other.pid)
    assert named is not None
    assert attendant.is_anothers(variables(named))
    other.kill()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    assert not attendant.is_anothers(variables(named))
    other.wait()
    assert not attendant.is_anothers(variables(named))


def test_belongs_to_no_other_whose_number_was_given_anew(other: subprocess.Popen[bytes]) -> None:
    """Another birth is another process; another namespace is a container, whose processes we may not know."""
    namespace, pid, born = str(attendant.identity(other.pid)).split("-")
    assert not attendant.is_anothers(variables(f"{namespace}-{pid}-{int(born) - 1}"))
    assert attendant.is_anothers(variables(f"{int(namespace) + 1}-{pid}-{born}"))


@pytest.mark.parametrize("said", [b"", b"A=b\0", b"SCHEDRUN_SERVICE=\0", b"SCHEDRUN_SERVICE=x\0", None])
def test_belongs_to_nobody_by_name(said: bytes | None) -> None:
    """It was started by a schedrun that did not say so, or its variables are not readable."""
    assert not attendant.is_anothers(said)


def test_is_our_own() -> None:
    """What this process started; a fork of it is another process."""
    assert attendant.ours() == attendant.identity(os.getpid()) != ""
    assert not attendant.is_anothers(variables(attendant.ours()))
    child = os.fork()
    if not child:
        os._exit(0 if attendant.ours() == attendant.identity(os.getpid()) else 1)
    assert 0 == os.waitpid(child, 0)[1]


def test_a_digest_names_one_process(other: subprocess.Popen[bytes]) -> None:
    """The same whenever it is asked, 16 digits, and no other's."""
    assert attendant.digest(other.pid) == attendant.digest(other.pid) != attendant.digest(os.getpid())
    assert 16 == len(str(attendant.digest(other.pid)))
    assert attendant.digest(2**22 + 1) is None
