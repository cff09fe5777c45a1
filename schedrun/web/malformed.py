"""What is no HTTP, and never reaches the application: answered as every other error is."""

from http import HTTPStatus

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from schedrun.web.problem import Problem
from schedrun.web.safe_headers import HEADERS

_MALFORMED = Problem(
    HTTPStatus.BAD_REQUEST,
    "bad_request",
    detail="This is no HTTP request.",
    remedy="Send HTTP/1.1 with one header `Host`; to a proxy say that it speaks plain HTTP here.",
    headers={**HEADERS, "Cache-Control": "no-store", "Connection": "close"},
)


class Http(H11Protocol):
    """One connection. It reads as strictly as h11 does, wherever a faster parser is installed."""

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  uvicorn's own words for it
        """Answer what cannot be read with a problem document, where no answer has begun, and hang up."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            answer = _MALFORMED.response()
            head = h11.Response(status_code=400, headers=answer.raw_headers, reason=b"Bad Request")
            for event in (head, h11.Data(data=bytes(answer.body)), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
