"""What the documents show is true: manifests validate, snippets run, commands and make targets exist."""

import asyncio
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import httpx
import pytest
from click.testing import CliRunner
from fastapi import FastAPI

from schedrun.cli.main import cli
from schedrun.cli.runs import Runs
from schedrun.core.spec.job import Job
from schedrun.core.spec.manifest import Header
from schedrun.core.spec.policy import Misfire
from schedrun.core.spec.retries import Retries, When
from schedrun.core.spec.schedule import CronSchedule, IntervalSchedule, OnceSchedule
from schedrun.core.spec.target import CommandTarget, HttpTarget, PythonTarget, ShellTarget
from schedrun.core.status import JobStatus, Origin
from schedrun.manifest import reader, tree
from schedrun.manifest.check import check

ROOT = Path(__file__).parents[1]
README, CONTRIBUTING = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md"))

_BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(?P<text>[^`\n]+)`")


def blocks(document: str, language: str) -> list[str]:
    """Return the fenced blocks of one language."""
    return [block["text"] for block in _BLOCK.finditer(document) if block["language"] == language]


def commands(document: str) -> Iterator[str]:
    """Yield every `schedrun ...` that is typed in a console block or stands in code, with its arguments."""
    for block in blocks(document, "console"):
        yield from (line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ schedrun "))
    prose = _BLOCK.sub("", document)
    yield from (said["text"] for said in _INLINE.finditer(prose) if said["text"].startswith("schedrun "))


def snippet(word: str) -> dict[str, object]:
    """Run the Python snippet of the README that holds `word` and return its names."""
    (text,) = (block for block in blocks(README, "python") if word in block)
    names: dict[str, object] = {"__name__": "snippet"}
    exec(compile(text, "README.md", "exec"), names)
    return names


def test_every_manifest_validates() -> None:
    """Each YAML block is a whole manifest without a finding."""
    shown = blocks(README, "yaml")
    assert shown
    for text in shown:
        assert () == check(text.encode(), file="README.md").findings


def test_the_sample_shows_every_field_of_a_job() -> None:
    """Who adds a field to the models adds it to the annotated sample, or to the sentences below it."""
    models = (Header, Job, Misfire, Retries, When, CronSchedule, IntervalSchedule, OnceSchedule)
    targets = (CommandTarget, ShellTarget, PythonTarget, HttpTarget)
    fields = {name for model in (*models, *targets) for name in model.model_fields}
    sample = blocks(README, "yaml")[0]
    assert {"args"} == {name for name in fields if not re.search(rf"\b{name}\b", sample)} - {"start"}


@pytest.mark.parametrize("line", sorted({*commands(README), *commands(CONTRIBUTING)}))
def test_every_command_exists_with_its_options(line: str) -> None:
    """What a reader copies is understood by the program."""
    name, *arguments = shlex.split(line.partition(">")[0].partition(";")[0])[1:]
    if name.startswith("--"):
        assert name in {option for parameter in cli.params for option in parameter.opts}
        return
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    if isinstance(command, Runs) and arguments and arguments[0] in command.parts:
        command = command.part(arguments.pop(0))
    elif isinstance(command, click.Group) and arguments:
        part = command.get_command(click.Context(command), arguments.pop(0))
        assert part is not None
        command = part
    known = {option for parameter in command.params for option in parameter.opts}
    said = {argument.strip("[]") for argument in arguments if argument.strip("[").startswith("-")}
    assert set() == said - known


def test_every_command_is_listed() -> None:
    """The README has a line for each command."""
    table = list(dict.fromkeys(re.findall(r"^\| `schedrun (\w+)", README, re.MULTILINE)))  # a part has its own line
    assert cli.list_commands(click.Context(cli)) == table


def test_every_setting_of_run_is_named() -> None:
    """Options of `run` that only its help would name are options that nobody finds."""
    command = cli.get_command(click.Context(cli), "run")
    assert command is not None
    options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
    assert set() == {option for option in options if f"`{option}" not in README and f" [{option}]" not in README}


def test_the_bounds_of_a_manifest_are_those_of_the_reader() -> None:
    """Who writes manifests by a program asks how large they may be."""
    words = " ".join(README.split())
    assert f"{tree.MAX_BYTES // 2**20} MiB, {reader.MAX_NODES:,} values with aliases expanded" in words
    assert f"and {reader.MAX_DEPTH} levels of mappings and lists; after {reader.MAX_FAULTS} faults" in words


@pytest.mark.parametrize("document", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_every_make_target_exists(document: str) -> None:
    """What follows `make` is in the Makefile."""
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|\$ |; )make ([a-z]+)", document))
    assert named
    assert set() == named - targets


@pytest.mark.parametrize("document", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_every_file_named_exists(document: str) -> None:
    """Links and paths of the project lead somewhere."""
    paths = {*re.findall(r"\]\(([^)#:]+)\)", document), *re.findall(r"`((?:schedrun|tests|\.ci)/[\w./]+)`", document)}
    assert set() == {path for path in paths if not (ROOT / path).exists() and path != "schedrun/lint/"}


def test_every_section_named_exists() -> None:
    """Links within the README lead to a heading, by the name that GitHub gives it."""
    headings = re.findall(r"^#+ (.+)$", _BLOCK.sub("", README), re.MULTILINE)
    names = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    linked = set(re.findall(r"\]\(#([^)]+)\)", README))
    assert linked
    assert set() == linked - names


def test_the_fastapi_snippet_serves_its_jobs() -> None:
    """The application starts the scheduler, its route returns the jobs as JSON, and it stops with it."""
    jobs = {job["id"]: job for job in answer_of(snippet("@app.get")["app"], "/jobs").json()}
    assert {"refresh_rates", "close_day"} == set(jobs)
    assert JobStatus.PENDING == jobs["close_day"]["status"]
    assert Origin.CODE == jobs["close_day"]["origin"]
    assert {"id", "name", "status", "trigger", "next_run_time", "origin"} <= set(jobs["close_day"])


def test_the_mounted_snippet_serves_its_manifests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The host's lifespan starts what the mounted application shows."""
    shutil.copytree(ROOT / "manifests", tmp_path / "manifests")
    monkeypatch.chdir(tmp_path)
    answer = answer_of(snippet("app.mount")["app"], "/schedrun/api/v1/jobs")
    assert {"manifest"} == {job["origin"] for job in answer.json()["jobs"]}


def answer_of(app: object, path: str) -> httpx.Response:
    """Return what the application answers within its lifespan."""
    assert isinstance(app, FastAPI)

    async def ask() -> httpx.Response:
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return await client.get(path)

    return asyncio.run(ask())


def test_the_scheduler_snippet_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """It runs a job by hand, pauses one and lists all three."""
    snippet("asyncio.run(main())")
    printed = capsys.readouterr().out
    assert re.search(r"^run [0-9a-f]{20}$", printed, re.MULTILINE)
    assert {"cut-over", "often", "report"} <= {line.split()[0] for line in printed.splitlines()}
    assert "report paused at 02:30 on Monday to Friday, Europe/Berlin" in printed


def test_the_helpers_snippet_holds() -> None:
    """Its assertions are true."""
    assert "next_fire_times" in snippet("next_fire_times")


def test_the_clock_change_is_shown_as_it_is() -> None:
    """The fires shown are those of the engine; how long ago they were depends on the reader."""
    (block,) = (block for block in blocks(README, "console") if "schedrun next" in block)
    line, _header, *fires = block.splitlines()
    answer = CliRunner().invoke(cli, shlex.split(line.removeprefix("$ schedrun "))).stdout
    assert [fire.split()[:2] for fire in fires] == [fire.split()[:2] for fire in answer.splitlines()[1:]]
