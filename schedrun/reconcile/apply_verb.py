"""The verb `apply`: reconcile now, and answer with the plan that was applied."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from schedrun.core.errors import SchedrunError
from schedrun.core.run.recorded import Request
from schedrun.reconcile.reconciler import Reconciler
from schedrun.reconcile.requests import Answer, BadRequestError, Verb
from schedrun.render import plan_text
from schedrun.render.plan_json import plan_view

APPLY = "apply"
"""Reconcile now; `paths` (absolute) and `allow_remove` (integer) are optional arguments."""


class OtherPathsError(SchedrunError):
    """the running service applies other paths."""

    def __init__(self, asked: Sequence[str], *, served: Sequence[str]) -> None:
        self.asked, self.served = tuple(asked), tuple(served)
        super().__init__(f"{self.sentence}: it applies {', '.join(served)}, not {', '.join(asked)}")


def verb(reconciler: Reconciler, *, settled: Callable[[], Awaitable[None]]) -> Verb:
    """Return the verb `apply`: reconcile once the manifests hold still, and answer with the applied plan.

    `settled()` returns when they do.
    The answer's `plan` is it for programs, in the shape of `plan_view`, its `text` for people, unpainted.
    It refuses paths that are not the service's, compared after symlinks are followed.
    """

    async def answer(request: Request) -> Answer:
        said = request.arguments
        paths, allow_remove = _paths(said.get("paths")), _allow_remove(said.get("allow_remove"))
        if paths is not None and _real(paths) != _real(reconciler.paths):
            raise OtherPathsError(paths, served=reconciler.paths)
        await settled()
        reconciled = await reconciler.reconcile(allow_remove=allow_remove)
        return {"plan": plan_view(reconciled.plan), "text": plan_text.text(reconciled.plan)}

    return answer


def arguments(paths: Sequence[Path], *, allow_remove: int | None) -> dict[str, object]:
    """Return what a request says: the paths that are meant, and how many removals are confirmed."""
    return {"paths": [str(path.resolve()) for path in paths], "allow_remove": allow_remove}


def _paths(value: object) -> list[str] | None:
    if value is None:
        return None
    if isinstance(value, list) and value and all(isinstance(path, str) for path in value):
        return value
    raise BadRequestError(f"`paths` is a list of paths, not {value!r}")


def _allow_remove(value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise BadRequestError(f"`allow_remove` is a number of removals, not {value!r}")


def _real(paths: Sequence[str]) -> set[Path]:
    return {Path(path).resolve() for path in paths}
