"""Messages of every kind, with texts that try to be more than text."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from schedrun.core.run.message import Message
from schedrun.core.run.notice import Notice, NoticeKind
from schedrun.core.run.run import Run
from schedrun.core.status import RunKind, RunStatus

AT = datetime(2026, 3, 1, 4, 17, tzinfo=UTC)
RUN = Run(
    "0123456789abcdef0123",
    "u1",
    AT,
    RunKind.SCHEDULED,
    RunStatus.FAILED,
    AT,
    2,
    AT,
    AT + timedelta(seconds=75.25),
    3,
    "exit code 3",
)
FAILURE = Message(
    Notice("f" * 20, "u1", NoticeKind.FAILURE, AT + timedelta(seconds=76), RUN.id, held_back=2),
    "billing/close-day",
    "payments-oncall",
    "Close yesterday's invoices",
    {"team": "payments"},
    RUN,
    "one\ntwo",
)
RECOVERY = replace(
    FAILURE,
    notice=replace(FAILURE.notice, kind=NoticeKind.RECOVERY, held_back=0),
    run=RUN._replace(status=RunStatus.SUCCEEDED, exit_code=0, error=None, attempt=1),
    log_tail="",
)
MISSED = Message(
    Notice(
        "a" * 20,
        "u1",
        NoticeKind.MISSED,
        AT,
        facts={"first": "2026-03-01T01:00:00Z", "last": "2026-03-01T03:00:00Z", "count": 3, "reason": "down"},
    ),
    "billing/close-day",
)
BREACH = {"expectation": "must_finish_by", "since": "2026-03-01T05:00:00Z"}
LATE = Message(Notice("b" * 20, "u1", NoticeKind.LATE, AT, facts=BREACH), "billing/close-day")
FORGOTTEN = replace(FAILURE, run=None, log_tail="")
HOSTILE = replace(
    FAILURE,
    owner="<!channel> & <https://evil.example|click>",
    description="*bold* `code`\r\nBcc: eve@example.com",
    run=RUN._replace(error="no `x`\nSubject: y <@U123>"),
    log_tail="```\n<!here> & more \udcff\n.\nQUIT\n" + "&" * 4000,
)
LINKED = replace(LATE, link="https://jobs.example/schedrun/jobs/billing/close-day")
EVERY = {
    "failure": FAILURE,
    "recovery": RECOVERY,
    "missed": MISSED,
    "late": LATE,
    "forgotten": FORGOTTEN,
    "linked": LINKED,
}
