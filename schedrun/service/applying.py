"""Applying manifests by hand: through the active process, else on the rows alone."""

from collections.abc import Mapping

from schedrun.core.run.recorded import Request
from schedrun.manifest.load import Loader
from schedrun.manifest.tree import FolderTree
from schedrun.protocols import Clock
from schedrun.reconcile import apply_verb
from schedrun.reconcile.perform import Performed, perform
from schedrun.reconcile.requests import Verb
from schedrun.scheduler.rows import Live, RowsOnly
from schedrun.service.manifests import reconciler
from schedrun.settings import Settings
from schedrun.stores.memory import MemoryStore
from schedrun.stores.readonly import state_exists


async def apply_now(settings: Settings, request: Request, *, clock: Clock) -> Performed:
    """Have the verb `apply` done: by the running service when there is one, else here, starting nothing.

    What came due stays queued for the next `schedrun run`.

    Raises SchedrunError when the service refuses or does not answer, RemovalCountError for a wrong `allow_remove`,
    StoreError when the state cannot be used.
    """

    def here(live: Live) -> Mapping[str, Verb]:
        reconciling = reconciler(live, Loader(FolderTree(settings.paths)), settings=settings, clock=clock)
        return {apply_verb.APPLY: apply_verb.verb(reconciling, settled=_at_once)}

    if request.arguments.get("allow_remove") is not None and not state_exists(settings.state):
        # What is refused leaves no empty state behind.
        await here(RowsOnly(MemoryStore()))[apply_verb.APPLY](request)
    return await perform(request, state=settings.state, verbs=here, clock=clock)


async def _at_once() -> None:
    """Wait for nothing: who applies by hand knows when the manifests are ready."""
