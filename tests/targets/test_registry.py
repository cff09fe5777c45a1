"""Every kind of a manifest's target has somebody who executes it, if the operator allows."""

import asyncio
from collections.abc import Collection
from pathlib import Path

import pytest

from schedrun.core.run.outcome import Outcome
from schedrun.core.spec.target import (
    TARGET_KINDS,
    CodeTarget,
    CommandTarget,
    HttpRequest,
    HttpTarget,
    PythonTarget,
    ShellTarget,
)
from schedrun.secret import SecretSource
from schedrun.targets.registry import Targets, kind_of, refusal, targets
from tests.targets.contexts import run_context


def every_target(allowed: Collection[str] | None = None) -> Targets:
    return targets(app_dir=Path(), secrets=SecretSource(environ={}), environ={"PATH": "/usr/bin:/bin"}, allowed=allowed)


def test_has_a_target_for_every_kind() -> None:
    """A kind that the models know and nobody executes would fail at its first run."""
    assert set(TARGET_KINDS) == set(every_target())


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        (CommandTarget(command=["true"]), "command"),
        (ShellTarget(shell="true"), "shell"),
        (PythonTarget(python="os:getcwd"), "python"),
        (HttpTarget(http=HttpRequest(url="http://localhost")), "http"),
    ],
)
def test_knows_the_kind_of_a_spec(spec: object, kind: str) -> None:
    """Each model is one kind."""
    assert kind == kind_of(spec)


def test_knows_no_kind_of_what_manifests_cannot_say() -> None:
    """Functions that an application registered are called by the scheduler itself."""
    with pytest.raises(KeyError):
        kind_of(CodeTarget(code="app:job"))


def test_runs_a_spec_with_the_target_of_its_kind() -> None:
    """One call for whatever a job is."""

    async def work() -> list[str | None]:
        every = every_target()
        specs = [
            CommandTarget(command=["echo", "a"]),
            ShellTarget(shell="echo b"),
            PythonTarget(python="math:floor", args=[2.5]),
        ]
        outcomes = [await every.run(spec, run_context()) for spec in specs]
        await every.close()
        return [outcome.output for outcome in outcomes]

    assert ["a\n", "b\n", "2"] == asyncio.run(work())


def test_fails_the_runs_of_a_kind_that_is_not_allowed() -> None:
    """And runs nothing of them."""
    error = "shell targets do not run here: --allow-targets allows command,http"
    assert error == refusal("shell", allowed={"http", "command"})
    outcome = asyncio.run(every_target({"http", "command"}).run(ShellTarget(shell="true"), run_context()))
    assert Outcome(error=error) == outcome


@pytest.mark.parametrize("allowed", [None, {"shell"}, ["http", "shell"]])
def test_refuses_nothing_that_is_allowed(allowed: Collection[str] | None) -> None:
    """Without a list everything is."""
    assert None is refusal("shell", allowed=allowed)
