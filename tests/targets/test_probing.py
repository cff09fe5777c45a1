"""Modules are imported in processes of their own: what is wrong with their functions, whatever the modules do."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from schedrun.clock import SystemClock
from schedrun.core.spec.target import PythonTarget
from schedrun.targets.probing import Fault, Prober

pytestmark = pytest.mark.real_time

FUNCTIONS = """\
print("noise on stdout")
NUMBER = 5

def fine(region, *, dry=False): ...
def anything(*args, **kwargs): ...
def by_place(region, /): ...
async def later(region): ...

class Undecided:
    @property
    def __signature__(self):
        raise RuntimeError("no")
    def __call__(self): ...

undecided = Undecided()
"""

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


@pytest.mark.parametrize(
    ("function", "args", "kwargs"),
    [
        ("fine", [], {"region": "eu"}),
        ("fine", ["eu"], {"dry": True}),
        ("anything", [1, 2, 3], {"x": 1}),
        ("by_place", ["eu"], {}),
        ("later", ["eu"], {}),
        ("undecided", [1, 2], {}),
        ("NUMBER.bit_length", [], {}),
    ],
)
def test_finds_nothing_wrong_with(ask: Ask, function: str, args: list[object], kwargs: dict[str, object]) -> None:
    """What can be called so, or what nobody can tell."""
    assert [] == ask(FUNCTIONS, function, *args, **kwargs)


IT_IS = "it is fine(region, *, dry=False)"


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "expected"),
    [
        pytest.param("gone", [], {}, [Fault("python", "billing has no 'gone'")], id="gone"),
        pytest.param("NUMBER", [], {}, [Fault("python", "billing:NUMBER is a int, which cannot be called")], id="int"),
        pytest.param(
            "fine",
            [],
            {},
            [Fault("python", "billing:fine cannot be called so: missing a required argument: 'region'", IT_IS)],
            id="missing",
        ),
        pytest.param(
            "fine",
            [],
            {"region": 1, "regoin": 1},
            [Fault("kwargs", "billing:fine takes no argument 'regoin'", IT_IS, "regoin")],
            id="unknown",
        ),
        pytest.param(
            "fine", [1, 2], {}, [Fault("args", "billing:fine takes at most 1 `args`, not 2", IT_IS)], id="too many"
        ),
        pytest.param(
            "fine",
            [1],
            {"region": 1},
            [Fault("kwargs", "billing:fine is given 'region' by `args` already", IT_IS, "region")],
            id="twice",
        ),
        pytest.param(
            "by_place",
            ["eu"],
            {"region": 1},
            [Fault("kwargs", "billing:by_place takes no argument 'region'", "it is by_place(region, /)", "region")],
            id="by place alone",
        ),
    ],
)
def test_finds(ask: Ask, function: str, args: list[object], kwargs: dict[str, object], expected: list[Fault]) -> None:
    """What is wrong, where it is written, and the signature."""
    assert expected == ask(FUNCTIONS, function, *args, **kwargs)


ENDINGS = [
    pytest.param("raise ValueError('bad\\nnews')", "cannot import billing: ValueError: bad news", id="raises"),
    pytest.param(
        "import nowhere", "cannot import billing: ModuleNotFoundError: No module named 'nowhere'", id="import"
    ),
    pytest.param("def", "cannot import billing: SyntaxError: invalid syntax (billing.py, line 1)", id="syntax"),
    pytest.param("import sys; sys.exit(3)", "cannot import billing: SystemExit: 3", id="sys.exit"),
    pytest.param("import os; os._exit(3)", "importing billing ended the process: exit code 3", id="exits"),
    pytest.param("import os; os._exit(0)", "importing billing ended the process: exit code 0", id="exits with 0"),
    pytest.param("import os; os.abort()", "importing billing ended the process: killed by SIGABRT", id="aborts"),
    pytest.param(
        "import os; os.closerange(3, 99); os.write(1, b'x'); os._exit(4)",
        "importing billing ended the process: exit code 4",
        id="closes the channel",
    ),
    pytest.param(
        "import os\nfor fd in range(3, 99):\n    try: os.write(fd, b'[[1]]\\n')\n    except OSError: pass\nos._exit(5)",
        "importing billing ended the process: exit code 5",
        id="writes nonsense",
    ),
]


@pytest.mark.parametrize(("code", "message"), ENDINGS)
def test_says_how_an_import_ended(ask: Ask, code: str, message: str) -> None:
    """Its last line, or how its process ended."""
    assert [message] == [fault.message for fault in ask(code, "f")]


def test_an_import_that_takes_for_ever_is_ended(ask: Ask, tmp_path: Path) -> None:
    """With all of its group, also where a child of it holds the channel."""
    code = "import os, subprocess, time\nfds = [fd for fd in range(3, 99) if os.path.exists(f'/proc/self/fd/{fd}')]\n"
    code += "child = subprocess.Popen(['sleep', '1000'], pass_fds=fds)\n"
    code += "open('pid', 'w').write(str(child.pid)); time.sleep(1000)\n"
    for seconds in (1, 10, 100):
        (fault,) = ask(code, "f", _timeout=seconds)
        if (tmp_path / "pid").exists():
            break  # else its process was so slow to start
    assert f"importing billing took longer than {seconds} s" == fault.message
    child = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        _signal_until_gone(child)


def _signal_until_gone(pid: int) -> None:
    """Raise ProcessLookupError once the process is gone; whoever adopted it may need a moment to reap it."""
    for _ in range(10_000):
        os.kill(pid, 0)
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            raise ProcessLookupError


def test_a_thread_that_the_module_started_keeps_nobody(ask: Ask) -> None:
    """The answer is there, so the process ends."""
    code = "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()\ndef f(): ...\n"
    assert [] == ask(code, "f")


def test_the_service_is_not_told(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """No value of an argument leaves this process, and no setting of the service is inherited."""
    code = "import os\nassert not [name for name in os.environ if name.startswith('SCHEDRUN_')]\ndef f(**kw): ...\n"
    monkeypatch.setenv("SCHEDRUN_STATE", "x")
    assert [] == ask(code, "f", password="hunter2")
