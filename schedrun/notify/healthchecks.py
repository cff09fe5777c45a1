"""Pings in the protocol of Healthchecks (https://healthchecks.io/docs/http_api/)."""

from urllib.parse import urlencode, urlsplit, urlunsplit

from schedrun.core.errors import NotDeliveredError
from schedrun.core.run.ping import Ping
from schedrun.core.spec.notify import Monitor
from schedrun.notify.post import Poster
from schedrun.secret import SecretSource


class Healthchecks:
    """Posts pings, each with its body."""

    def __init__(self, poster: Poster, secrets: SecretSource) -> None:
        self._poster, self._secrets = poster, secrets

    async def ping(self, monitor: Monitor, ping: Ping) -> None:
        """See `Notifiers.ping`."""
        url = address(self._secrets.for_run().text(monitor.url), ping)
        await self._poster.post(
            url,
            content=ping.body.encode("utf-8", "replace"),
            headers={"content-type": "text/plain; charset=utf-8"},
        )


def address(url: str, ping: Ping) -> str:
    """Return where the ping goes, given the check's URL; its query stays.

    Raises NotDeliveredError for what is no URL.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise NotDeliveredError("the monitor's url is none") from None
    path = parts.path.rstrip("/") + (f"/{ping.path}" if ping.path else "")
    query = "&".join(filter(None, (parts.query, urlencode({"rid": ping.rid}))))
    return urlunsplit(parts._replace(path=path, query=query, fragment=""))
