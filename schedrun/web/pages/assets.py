"""The files that pages load: styles, scripts, the mark. They come with the package, and no request names a path."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from importlib.resources import files
from typing import NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import Response

from schedrun.web.problem import Problem

_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}

router = APIRouter(include_in_schema=False)


class Asset(NamedTuple):
    """A file, its media type and the tag that changes with it."""

    body: bytes
    media_type: str
    etag: str


@cache
def assets() -> Mapping[str, Asset]:
    """Return all files by name, read once."""
    found = {}
    for entry in (files("schedrun.web") / "static").iterdir():
        media_type = _TYPES.get(entry.name.rpartition(".")[2])
        if media_type is not None:
            body = entry.read_bytes()
            found[entry.name] = Asset(body, media_type, f'"{sha256(body).hexdigest()[:16]}"')
    return found


@router.get("/static/{name}")
async def asset(name: str, request: Request) -> Response:
    """Answer with a file; everybody may have it: the page that asks for a token is made of them."""
    found = assets().get(name)
    if found is None:
        raise Problem(
            HTTPStatus.NOT_FOUND, "not_found", detail="There is no such file.", remedy="Begin at the overview."
        )
    # An upgrade must show at once, so the browser asks each time; the tag makes that cheap.
    headers = {"ETag": found.etag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == found.etag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(found.body, media_type=found.media_type, headers=headers)
