"""Findings as SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from schedrun.core.diagnostics import Diagnostic, Edit, Rule
from schedrun.core.source import Position
from schedrun.render.escape import for_terminal
from schedrun.render.file_paths import absolute, from_the_top
from schedrun.render.findings_report import Checkout, Report, explain_command
from schedrun.render.fingerprints import fingerprints

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_TOP = "%SRCROOT%"
"""The base of relative paths; whoever reads the report knows where the repository is."""
_LINK = re.compile(r"\[(?=[^\[\]]*\]\()")


def view(report: Report, *, rules: Mapping[str, Rule], version: str) -> dict[str, Any]:
    """Return a log of one run; `rules` are all that there are by code, `version` is that of schedrun.

    Paths are relative to the top of the repository where a file lies in it. GitHub knows a finding again by
    `primaryLocationLineHash`, others by the fingerprint that bears our name; both are the same.
    """
    codes = sorted({*rules, *(finding.code for finding in report.findings)})
    places = {code: index for index, code in enumerate(codes)}
    results = [
        _result(finding, report.checkout, index=places[finding.code], fingerprint=fingerprint)
        for finding, fingerprint in zip(report.findings, fingerprints(report), strict=True)
    ]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "schedrun",
                        "version": version,
                        "rules": [_descriptor(code, rules.get(code)) for code in codes],
                    }
                },
                "invocations": [{"executionSuccessful": True, "exitCode": int(report.failed)}],
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {_TOP: {"description": {"text": "The top of the repository."}}},
                "results": results,
            }
        ],
    }


def _descriptor(code: str, rule: Rule | None) -> dict[str, Any]:
    if rule is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.why}\n\nSee: {explain_command(code)}", "markdown": _help(rule)},
        "defaultConfiguration": {"level": str(rule.severity)},
    }


def _help(rule: Rule) -> str:
    needs = f"Beside the manifest the samples need: {rule.needs}.\n\n" if rule.needs else ""
    return f"{rule.why}\n\n{needs}Bad:\n\n{_fenced(rule.bad)}\n\nGood:\n\n{_fenced(rule.good)}"


def _fenced(sample: str) -> str:
    return f"```yaml\n{sample.rstrip()}\n```"


def _result(finding: Diagnostic, checkout: Checkout, *, index: int, fingerprint: str) -> dict[str, Any]:
    message = f"{finding.message} ({finding.hint})" if finding.hint else finding.message
    location: dict[str, Any] = {"physicalLocation": _physical(finding.position, checkout)}
    if finding.job is not None:
        location["logicalLocations"] = [{"fullyQualifiedName": for_terminal(finding.job)}]
    result = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": str(finding.severity),
        "message": {"text": _plain(message)},
        "locations": [location],
        "partialFingerprints": {"primaryLocationLineHash": fingerprint, "schedrun/v1": fingerprint},
    }
    if finding.related is not None:
        note = {"text": _plain(finding.related_note or "see also")}
        result["relatedLocations"] = [
            {"id": 1, "physicalLocation": _physical(finding.related, checkout), "message": note}
        ]
    if finding.edits and not finding.masked:
        result["fixes"] = [_fix(finding, checkout)]
    return result


def _plain(words: str) -> str:
    """Return a text in which nothing is a link to whoever shows it."""
    return _LINK.sub(r"\\[", for_terminal(words))


def _physical(position: Position, checkout: Checkout) -> dict[str, Any]:
    return {"artifactLocation": _artifact(position.file, checkout), "region": _region(position)}


def _artifact(name: str, checkout: Checkout) -> dict[str, str]:
    path = from_the_top(name, checkout)
    if path is None:
        return {"uri": f"file://{_uri(absolute(name, checkout))}"}
    return {"uri": _uri(path), "uriBaseId": _TOP}


def _uri(path: str) -> str:
    # As the name is on disk, also where it is no UTF-8.
    return quote(path.encode("utf-8", "surrogateescape"), safe="/")


def _region(position: Position) -> dict[str, int]:
    region = {"startLine": position.line, "startColumn": position.column}
    if position.end_line is not None and position.end_column is not None:
        region |= {"endLine": position.end_line, "endColumn": position.end_column}
    return region


def _fix(finding: Diagnostic, checkout: Checkout) -> dict[str, Any]:
    by_file: defaultdict[str, list[Edit]] = defaultdict(list)
    for edit in finding.edits:
        by_file[edit.position.file].append(edit)
    changes = [
        {"artifactLocation": _artifact(name, checkout), "replacements": _replacements(edits)}
        for name, edits in by_file.items()
    ]
    return {"description": {"text": _plain(finding.hint or finding.message)}, "artifactChanges": changes}


def _replacements(edits: Sequence[Edit]) -> list[dict[str, Any]]:
    return [{"deletedRegion": _deleted(edit.position), "insertedContent": {"text": edit.text}} for edit in edits]


def _deleted(position: Position) -> dict[str, int]:
    """Return the region of an edit: a position without end takes nothing away."""
    return {"endLine": position.line, "endColumn": position.column} | _region(position)
