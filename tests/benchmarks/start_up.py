"""How long the program takes to answer: CPU of whole processes, peers and floor in the same run.

`schedrun --help` stands beside a bare click program with the same commands, `schedrun validate` of one file
beside a process that only loads yaml and pydantic, and so does what the hook of pre-commit runs, in a folder without
settings. The first model that a process defines makes pydantic load most of itself, so the peer defines one, the least
that pydantic can be loaded for; what the two imports cost before that is printed as well. Processes alternate, so that
a busy machine slows all of them alike, and keep their bytecode, as installed programs do, in a folder of their own.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

import yaml
from click import Context

from schedrun.cli.main import cli
from tests.benchmarks.promise import Promise, report

_ROUNDS = 25
_ROOT = Path(__file__).parents[2]
_HOOKS = _ROOT / ".pre-commit-hooks.yaml"
_MANIFEST = """\
schedrun: v1
name: bench
jobs:
  hello:
    schedule: {cron: "17 4 * * mon-fri"}
    timezone: Europe/Berlin
    target: {command: [echo, hello]}
"""
_BARE_HEAD = """\
import click

@click.group()
@click.option("--version", is_flag=True)
def cli(version):
    '''GitOps for scheduled jobs.'''
"""
_BARE_COMMAND = """
@cli.command("{name}", short_help="What it does, in one line.")
@click.argument("paths", nargs=-1)
@click.option("--format", type=click.Choice(["text", "json"]))
def {name}_(paths, format):
    '''What it does.'''
"""
_YAML_AND_PYDANTIC = """\
import sys, yaml
from pydantic import BaseModel

class Document(BaseModel):
    name: str

Document.model_validate(yaml.load(open(sys.argv[1]), yaml.CSafeLoader))
"""
_WITH_OUR_MODELS = """\
import sys, yaml
from schedrun.core.spec.manifest import Header
from schedrun.core.spec.job import Job

document = yaml.load(open(sys.argv[1]), yaml.CSafeLoader)
for job in document.pop("jobs").values():
    Job.model_validate(job)
Header.model_validate(document)
"""


def main() -> list[Promise]:
    """Print CPU milliseconds a process and return the ratios that matter."""
    with tempfile.TemporaryDirectory() as folder:
        cost = _medians(_programs(Path(folder)), folder=Path(folder))
    floor = cost["python -c pass"]
    print(f"start-up, CPU of a whole process, median of {_ROUNDS}")  # noqa: T201
    for name, milliseconds in cost.items():
        print(f"  {name:<34}{milliseconds:>8.1f} ms{milliseconds / floor:>7.1f} x floor")  # noqa: T201
    return [
        Promise(f"{ours}, CPU, times {peer}", cost[ours] / cost[peer], at_most=most)
        for ours, peer, most in (
            ("schedrun --help", "bare click --help", 1.3),
            ("schedrun validate", "yaml and pydantic", 1.3),
            ("hook of pre-commit", "yaml and pydantic", 1.5),
        )
    ]


def _programs(folder: Path) -> dict[str, Sequence[str]]:
    manifest, bare, peer = folder / "bench.yaml", folder / "bare.py", folder / "peer.py"
    manifest.write_text(_MANIFEST, encoding="utf-8")
    names = cli.list_commands(Context(cli))
    bare.write_text(_BARE_HEAD + "".join(_BARE_COMMAND.format(name=name) for name in names) + "\ncli()\n")
    peer.write_text(_YAML_AND_PYDANTIC)
    schedrun = (sys.executable, "-c", "from schedrun.cli.main import main; main()")  # the console script
    return {
        "python -c pass": (sys.executable, "-c", "pass"),
        "bare click --help": (sys.executable, str(bare), "--help"),
        "schedrun --help": (*schedrun, "--help"),
        "import yaml, pydantic.BaseModel": (sys.executable, "-c", "import yaml; from pydantic import BaseModel"),
        "yaml and pydantic": (sys.executable, str(peer), str(manifest)),
        "yaml and our models": (sys.executable, "-c", _WITH_OUR_MODELS, str(manifest)),
        "schedrun validate": (*schedrun, "validate", str(manifest)),
        "hook of pre-commit": (*schedrun, *_hook_arguments(), str(manifest)),
    }


def _hook_arguments() -> Sequence[str]:
    """Return what the hook's entry gives to the program before the names of the files."""
    (hook,) = yaml.safe_load(_HOOKS.read_text(encoding="utf-8"))
    program, *arguments = hook["entry"].split()
    assert program == "schedrun"
    return [*arguments, *hook.get("args", ())]


def _medians(programs: Mapping[str, Sequence[str]], *, folder: Path) -> dict[str, float]:
    environment = os.environ | {"PYTHONPYCACHEPREFIX": str(folder / "bytecode"), "PYTHONPATH": str(_ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    samples: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(_ROUNDS + 1):
        for name, arguments in programs.items():
            milliseconds = _cpu_milliseconds(arguments, environment, folder)
            if number:  # the first round only fills the caches
                samples[name].append(milliseconds)
    return {name: median(values) for name, values in samples.items()}


def _cpu_milliseconds(arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> float:
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, env=environment, cwd=folder)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{arguments} ended with {process.returncode}")
    return (usage.ru_utime + usage.ru_stime) * 1000


if __name__ == "__main__":
    report(main())
