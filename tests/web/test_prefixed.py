"""Below the path of the public URL, whatever the proxy does with it."""

from typing import Any

import pytest

from schedrun.web.paths import path_of, root_of
from schedrun.web.prefixed import Prefixed

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("path", "below"),
    [
        ("/ops/schedrun/jobs", "/jobs"),
        ("/jobs", "/jobs"),
        ("/ops/schedrun", "/"),
        ("/ops/schedrun/", "/"),
        ("/", "/"),
        ("/ops/schedrunner", "/ops/schedrunner"),
    ],
)
async def test_answers_below_its_prefix(path: str, below: str) -> None:
    """Whether the proxy takes the prefix away or not: links begin with it, routes do not."""
    asked: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope)

    await Prefixed(app, "/ops/schedrun")({"type": "http", "path": path}, None, None)  # type: ignore[arg-type]  # nothing is sent
    assert [("/ops/schedrun", below)] == [(root_of(scope), path_of(scope)) for scope in asked]


@pytest.mark.parametrize(
    ("root", "path", "below"), [("", "/jobs", "/jobs"), ("/a/", "/a/jobs", "/jobs"), ("/a", "/ab", "/ab")]
)
def test_paths_are_below_the_mount(root: str, path: str, below: str) -> None:
    """A mount without a slash at its end is one, too."""
    assert below == path_of({"root_path": root, "path": path})
