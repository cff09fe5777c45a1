"""HEAD: what GET answers, without its body."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schedrun.web.streams import is_stream


class Head:
    """Asks for what HEAD asks for as GET does, and keeps the body back; a stream has no end, and takes no HEAD."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        asked = dict(scope, method="GET")
        if is_stream(asked):
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] != "http.response.body":
                await send(message)
            elif not message.get("more_body", False):
                await send({"type": "http.response.body", "body": b""})

        await self._app(asked, receive, send_head)
