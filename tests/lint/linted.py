"""How the tests of rules say what they look at and what they expect: `line:column code` of each finding."""

from datetime import UTC, datetime
from typing import Any

from schedrun.core.diagnostics import Diagnostic
from schedrun.lint.check import check
from schedrun.lint.settings import LintSettings
from schedrun.manifest.load import inspect_text

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def lint(*texts: str, now: datetime = NOW, **settings: Any) -> list[Diagnostic]:
    """Return the findings in manifests called `a.yaml`, `b.yaml` and so on."""
    files = {f"{chr(ord('a') + place)}.yaml": text.encode() for place, text in enumerate(texts)}
    return check(inspect_text(files), settings=LintSettings(**settings), now=now)


def places(findings: list[Diagnostic]) -> list[str]:
    """Return `line:column code` of each finding."""
    return [f"{each.position.line}:{each.position.column} {each.code}" for each in findings]
