"""An application below the path of its public URL."""

from starlette.types import ASGIApp, Receive, Scope, Send


class Prefixed:
    """Answers below `prefix` (such as `/schedrun`), whether the proxy in front takes the prefix away or not."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app, self._prefix = app, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if "path" in scope:
            path = str(scope["path"])
            if path != self._prefix and not path.startswith(f"{self._prefix}/"):
                path = self._prefix + path
            scope = dict(scope, root_path=self._prefix, path=path)
        await self._app(scope, receive, send)
