"""Modules are imported in processes of their own: what is wrong with their functions, whatever the modules do."""

import asyncio
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from schedrun.clock import SystemClock
from schedrun.core.spec.target import PythonTarget
from schedrun.targets.arguments import Fault
from schedrun.targets.probing import Prober
from tests.targets.contexts import dead, until

pytestmark = pytest.mark.real_time

Ask = Callable[..., list[Fault]]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Return a function that writes a module and returns what is wrong with one call of it."""

    def faults(code: str, function: str, *args: object, _timeout: float = 30, **kwargs: object) -> list[Fault]:
        (tmp_path / "billing.py").write_text(code)
        prober = Prober(app_dir=tmp_path, environ=os.environ, monotonic=SystemClock().monotonic, timeout=_timeout)
        target = PythonTarget(python=f"billing:{function}", args=list(args), kwargs=kwargs)
        (found,) = prober.faults("billing", [target])
        return found

    return faults


FUNCTIONS = """\
print("noise on stdout")
NUMBER = 5
def fine(region, *, dry=False): ...
def __getattr__(name):
    if name == "lazy":
        import nowhere
    raise AttributeError(name)
"""


@pytest.mark.parametrize(
    ("function", "kwargs", "expected"),
    [
        pytest.param("fine", {"region": 1}, [], id="nothing"),
        pytest.param("NUMBER.bit_length", {}, [], id="nothing that can be told"),
        pytest.param("gone", {}, [Fault("python", "billing has no 'gone'")], id="gone"),
        pytest.param("fime", {}, [Fault("python", "billing has no 'fime'", "did you mean `fine`?")], id="slip"),
        pytest.param("NUMBER", {}, [Fault("python", "billing:NUMBER is a int, which cannot be called")], id="int"),
        pytest.param(
            "fine",
            {"regoin": 1},
            [
                Fault(
                    "kwargs", "billing:fine takes no argument 'regoin'", "it is fine(region, *, dry=False)", "regoin"
                ),
                Fault("python", "billing:fine is not given 'region'", "it is fine(region, *, dry=False)"),
            ],
            id="arguments",
        ),
        pytest.param(
            "lazy",
            {},
            [
                Fault(
                    "python",
                    "cannot get 'lazy' from billing: ModuleNotFoundError: No module named 'nowhere'",
                    "raised at billing.py:6",
                )
            ],
            id="what the module imports when it is asked",
        ),
    ],
)
def test_finds(ask: Ask, function: str, kwargs: dict[str, object], expected: list[Fault]) -> None:
    """What is wrong with it, and where that is written."""
    assert expected == ask(FUNCTIONS, function, **kwargs)


TAKEN = """\
import os
taken = [fd for fd in map(int, os.listdir('/proc/self/fd')) if fd > 2 and os.path.exists(f'/proc/self/fd/{fd}')]
"""
"""Finds the descriptors of a process: the channel has the number that was free in the process of these tests."""

MOVE = "what a module does when it is imported it does to the service too: move it into functions"


@pytest.mark.parametrize(
    ("code", "message", "hint"),
    [
        pytest.param(
            "import json\ndef read():\n    json.loads('')\nread()",
            "cannot import billing: json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)",
            "raised at billing.py:3",
            id="raises",
        ),
        pytest.param(
            "import nowhere",
            "cannot import billing: ModuleNotFoundError: No module named 'nowhere'",
            "raised at billing.py:1",
            id="import",
        ),
        pytest.param(
            "def",
            "cannot import billing: SyntaxError: invalid syntax (billing.py, line 1)",
            "see billing.py:1",
            id="syntax",
        ),
        pytest.param(
            "eval('1 +')",
            "cannot import billing: SyntaxError: invalid syntax (<string>, line 1)",
            "raised at billing.py:1",
            id="syntax of no file",
        ),
        pytest.param(
            "import sys; sys.exit(3)", "cannot import billing: SystemExit: 3", "raised at billing.py:1", id="sys.exit"
        ),
        pytest.param("import os; os._exit(3)", "importing billing ended the process: exit code 3", MOVE, id="exits"),
        pytest.param("import os; os._exit(0)", "importing billing ended the process: exit code 0", MOVE, id="with 0"),
        pytest.param(
            "import os; os.abort()", "importing billing ended the process: killed by SIGABRT", MOVE, id="aborts"
        ),
        pytest.param(
            f"{TAKEN}for fd in taken: os.close(fd)\nos.write(1, b'x'); os._exit(4)",
            "importing billing ended the process: exit code 4",
            MOVE,
            id="closes the channel",
        ),
        pytest.param(
            f"{TAKEN}for fd in taken: os.write(fd, b'[[[1, {{}}]]]\\n')\nos._exit(5)",
            "importing billing ended the process: exit code 5",
            MOVE,
            id="writes nonsense",
        ),
    ],
)
def test_says_how_an_import_ended(ask: Ask, code: str, message: str, hint: str) -> None:
    """Its last line and where it was raised, or how its process ended."""
    assert [Fault("python", message, hint)] == ask(code, "f")


def test_a_module_that_forks_answers_once(ask: Ask) -> None:
    """Its copy says nothing."""
    assert [] == ask("import os\nos.fork()\ndef f(): ...\n", "f")


def test_a_module_that_opens_a_file_in_place_of_the_channel_keeps_it(ask: Ask, tmp_path: Path) -> None:
    """Nothing of ours is written there."""
    code = f"{TAKEN}for fd in taken: os.close(fd)\n"
    code += "mine = os.open('its', os.O_CREAT | os.O_WRONLY)\nfor fd in taken: os.dup2(mine, fd)\ndef f(): ...\n"
    assert ["importing billing ended the process: exit code 0"] == [fault.message for fault in ask(code, "f")]
    assert b"" == (tmp_path / "its").read_bytes()


def test_an_application_may_have_names_of_ours(ask: Ask, tmp_path: Path) -> None:
    """What looks at its functions is the service's, wherever the application's folder stands on the path."""
    (tmp_path / "schedrun.py").write_text("raise ImportError('this is the application')\n")
    assert [] == ask("def f(): ...\n", "f")


def test_ends_when_told(tmp_path: Path) -> None:
    """Who interrupts waits for no import."""
    (tmp_path / "billing.py").write_text("import time; time.sleep(1000)\n")
    prober = Prober(app_dir=tmp_path, environ=os.environ, monotonic=SystemClock().monotonic, timeout=1000)
    prober.end()
    ((fault,),) = prober.faults("billing", [PythonTarget(python="billing:f")])
    assert "importing billing ended the process: killed by SIGKILL" == fault.message


def test_an_import_that_takes_for_ever_is_ended(ask: Ask, tmp_path: Path) -> None:
    """With all of its group, also where a child of it holds the channel."""
    code = f"{TAKEN}import subprocess, time\nchild = subprocess.Popen(['sleep', '1000'], pass_fds=taken)\n"
    code += "open('draft', 'w').write(str(child.pid)); os.rename('draft', 'pid'); time.sleep(1000)\n"
    for seconds in (1, 10, 100):
        (fault,) = ask(code, "f", _timeout=seconds)
        if (tmp_path / "pid").exists():
            break  # else its process was so slow to start
    assert f"importing billing took longer than {seconds} s" == fault.message
    # It was killed, and needs a moment to be gone.
    asyncio.run(until(partial(dead, int((tmp_path / "pid").read_text()))))


def test_a_thread_that_the_module_started_keeps_nobody(ask: Ask) -> None:
    """The answer is there, so the process ends."""
    code = "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()\ndef f(): ...\n"
    assert [] == ask(code, "f")


def test_the_service_is_not_told(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """No value of an argument leaves this process, and no setting of the service is inherited."""
    code = "import os\nassert not [name for name in os.environ if name.startswith('SCHEDRUN_')]\ndef f(**kw): ...\n"
    monkeypatch.setenv("SCHEDRUN_STATE", "x")
    assert [] == ask(code, "f", password="hunter2")
