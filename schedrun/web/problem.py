"""Errors as RFC 9457 problem documents: what went wrong, in words, with a code for programs and a remedy for people."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse, Response

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818  it is raised as an answer, as RFC 9457 names it
    """An answer that is an error: `code` is for programs, `detail` and `remedy` are for people.

    `facts` are further members of the document, such as `active_run`; `headers` go with the answer.
    """

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        *,
        detail: str,
        remedy: str,
        facts: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.remedy = status, code, detail, remedy
        self.facts, self.headers = dict(facts or {}), dict(headers or {})

    def document(self) -> dict[str, Any]:
        """Return the members `type title status detail code remedy`, and the facts."""
        return {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            "code": self.code,
            "remedy": self.remedy,
            **self.facts,
        }

    def response(self) -> Response:
        """Return the document as an answer."""
        return JSONResponse(self.document(), self.status, headers=self.headers, media_type=MEDIA_TYPE)
