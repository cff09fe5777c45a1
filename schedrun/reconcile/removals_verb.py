"""The verb `confirm_removals`: reconcile now, with the removals of some jobs confirmed, and no others."""

from collections.abc import Awaitable, Callable

from schedrun.core.ids import JobKey
from schedrun.core.run.recorded import Request
from schedrun.reconcile.reconciler import Reconciler
from schedrun.reconcile.requests import Answer, BadRequestError, Verb
from schedrun.render.plan_json import plan_view

CONFIRM_REMOVALS = "confirm_removals"
"""Reconcile now; `jobs` are the keys of held jobs whose removals are confirmed."""


def verb(reconciler: Reconciler, *, settled: Callable[[], Awaitable[None]]) -> Verb:
    """Return the verb: reconcile once the manifests hold still, and answer with the applied `plan`, as `plan_view`.

    `settled()` returns when they do. It refuses, and nothing is applied, when one of the removals is not held back at
    that moment: the refusal names those that are.
    """

    async def answer(request: Request) -> Answer:
        confirmed = _jobs(request.arguments.get("jobs"))
        await settled()
        reconciled = await reconciler.reconcile(confirmed=confirmed)
        return {"plan": plan_view(reconciled.plan)}

    return answer


def _jobs(value: object) -> frozenset[JobKey]:
    if isinstance(value, list) and value and all(isinstance(key, str) for key in value):
        return frozenset(value)
    raise BadRequestError(f"`jobs` is a list of jobs, not {value!r}")
