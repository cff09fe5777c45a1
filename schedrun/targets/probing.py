"""Importing a module in a process of its own, to learn whether its functions can be called as manifests call them.

It runs the module's code. Whatever that does, prints or leaves behind, an answer comes within the time allowed.
"""

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from schedrun.core.spec.target import PythonTarget
from schedrun.targets.arguments import Fault
from schedrun.targets.environment import Inheritable
from schedrun.targets.process import exit_words

_PROGRAM = str(Path(__file__).with_name("probe.py"))
_ROOT = str(Path(__file__).parents[2])
_MOST_BYTES = 16 << 20
_ANSWER = TypeAdapter(list[list[Fault]])


class Prober:
    """Imports modules as a service would that is started here with this `app_dir` and these variables."""

    def __init__(
        self, *, app_dir: Path, environ: Mapping[str, str], monotonic: Callable[[], float], timeout: float
    ) -> None:
        """Allow each module `timeout` seconds of `monotonic`."""
        self._app_dir = app_dir.absolute()
        self._environment = Inheritable(environ).everything
        self._monotonic, self._timeout = monotonic, timeout
        self._children: set[subprocess.Popen[bytes]] = set()
        self._ended, self._lock = False, threading.Lock()

    def end(self) -> None:
        """End what is being imported, and let nothing more be: what `faults` then says on other threads is nothing."""
        with self._lock:
            self._ended = True
            for child in self._children:
                _kill(child)

    def faults(self, module: str, targets: Sequence[PythonTarget]) -> list[list[Fault]]:
        """Return what is wrong with each of the targets, which are all of `module`. Raises nothing for its code."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            child = self._start(theirs.fileno())
            theirs.close()
            try:
                answer, words = self._conversation(ours, child, request=self._request(targets))
            finally:
                _kill(child)
                with self._lock:
                    self._children.remove(child)
                child.wait()
        if answer is not None and len(answer) == len(targets):
            return answer
        hint = "what a module does when it is imported it does to the service too: move it into functions"
        return [[Fault("python", f"importing {module} {words}", hint)] for _ in targets]

    def _start(self, descriptor: int) -> "subprocess.Popen[bytes]":
        child = subprocess.Popen(  # noqa: S603  our own program, with a number
            [sys.executable, "-P", _PROGRAM, str(descriptor)],
            pass_fds=(descriptor,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._app_dir,
            env=self._environment,
            start_new_session=True,
        )
        with self._lock:
            self._children.add(child)
            if self._ended:
                _kill(child)
        return child

    def _request(self, targets: Sequence[PythonTarget]) -> bytes:
        paths = dict.fromkeys(str(Path(path).absolute()) for path in (*sys.path, _ROOT))
        paths.pop(str(self._app_dir), None)
        # Values stay here: only how many there are, and their names, decide whether they fit.
        calls = [
            {"function": target.python, "args": len(target.args), "kwargs": list(target.kwargs)} for target in targets
        ]
        return json.dumps({"path": list(paths), "app_dir": str(self._app_dir), "calls": calls}).encode()

    def _conversation(
        self, ours: socket.socket, child: "subprocess.Popen[bytes]", *, request: bytes
    ) -> tuple[list[list[Fault]] | None, str]:
        """Return the answer, or None and why there is none, in words that follow what was done."""
        deadline = self._monotonic() + self._timeout
        too_long = f"took longer than {self._timeout:g} s"
        received = b""
        try:
            ours.settimeout(self._timeout)
            ours.sendall(request)
            ours.shutdown(socket.SHUT_WR)
            while not received.endswith(b"\n") and len(received) < _MOST_BYTES:
                ours.settimeout(max(deadline - self._monotonic(), 0.001))
                piece = ours.recv(1 << 16)
                if not piece:
                    break
                received += piece
        except TimeoutError:
            return None, too_long
        except OSError:  # it ended, or closed the channel, before it had read
            pass
        answer = _answer(received)
        if answer is not None:
            return answer, ""
        if not _ends(child, within=max(deadline - self._monotonic(), 0.001)):
            return None, too_long
        return None, f"ended the process: {exit_words(_exit_code(child)) or 'exit code 0'}"


def _kill(child: "subprocess.Popen[bytes]") -> None:
    """Kill the child's group; it is not reaped yet, or the number could be another's."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def _ends(child: "subprocess.Popen[bytes]", *, within: float) -> bool:
    """Wait until the child ends, at most so many seconds; whether it did."""
    try:
        descriptor = os.pidfd_open(child.pid)
    except OSError:  # an old kernel, or a sandbox without pidfds
        with suppress(subprocess.TimeoutExpired):
            child.wait(within)
        return child.returncode is not None
    # Nobody reaps it yet: until the rest of its group is killed, the group's number must be nobody else's.
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            return bool(selector.select(within))
    finally:
        os.close(descriptor)


def _exit_code(child: "subprocess.Popen[bytes]") -> int:
    """Return how the child ended; a signal is negative."""
    if child.returncode is not None:
        return child.returncode
    ended = os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert ended is not None  # only WNOHANG lets it return without
    return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status


def _answer(data: bytes) -> list[list[Fault]] | None:
    """Return what the child answered, None when that is not what `probe` writes: modules can write there too."""
    try:
        return _ANSWER.validate_json(data)
    except ValidationError:
        return None
