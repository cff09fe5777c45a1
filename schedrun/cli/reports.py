"""How findings leave the program: one format on stdout, and as many more as wanted in files."""

import os
import stat
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import click

from schedrun.cli import output
from schedrun.cli.checkout import roots as checkout_roots
from schedrun.render.escape import for_terminal
from schedrun.render.findings_report import Checkout, Report
from schedrun.render.paint import Paint, unpainted

# A format's renderer is imported when it is used: most runs print one.


class Format(StrEnum):
    """The formats of findings."""

    FULL = "full"
    CONCISE = "concise"
    JSON = "json"
    GITHUB = "github"
    GITLAB = "gitlab"
    SARIF = "sarif"
    JUNIT = "junit"


AUTO, TEXT = "auto", "text"
"""The format that fits where the program runs; what `full` was called before there were others."""

NAMES = (AUTO, *(str(each) for each in Format), TEXT)
"""What `--format` takes."""


class Target(NamedTuple):
    """A report to be written: its format and its file."""

    format: Format
    file: Path


class UnwrittenError(click.ClickException):
    """A report cannot be written: as wrong usage, this exits with 2."""

    exit_code = 2


class ReportType(click.ParamType[Target]):
    """FORMAT=FILE."""

    name = "report"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Target:
        """Return format and file; anything else is a usage error that names the formats."""
        if isinstance(value, Target):
            return value
        name, equals, file = str(value).partition("=")
        if name not in set(Format) or not equals or not file:
            formats = ", ".join(Format)
            self.fail(f"{value!r} is no FORMAT=FILE, such as sarif=out.sarif; the formats are {formats}", param, ctx)
        if file == "-":
            self.fail(f"{value!r} names no file: `--format {name}` prints that report", param, ctx)
        return Target(Format(name), Path(file))


def chosen(name: str) -> Format:
    """Return the format that an option's value means here."""
    if name == AUTO:
        return Format.GITHUB if os.environ.get("GITHUB_ACTIONS") == "true" else Format.FULL
    return Format.FULL if name == TEXT else Format(name)


def checkout() -> Checkout:
    """Return where this process stands, and where the repository begins that a CI service checked out."""
    folder = Path.cwd().as_posix()
    roots = checkout_roots()
    # A workspace may be a link, and names are made of real folders.
    spelled = [spelling for root in roots for spelling in (os.path.abspath(root), os.path.realpath(root))]  # noqa: PTH100  Path.resolve follows the link, of which both spellings count
    return Checkout(folder, (*dict.fromkeys(spelled), folder))


def check_targets(targets: Sequence[Target], *, manifests: Sequence[str], baseline: Path | None) -> None:
    """Raise click.UsageError for a report in a file that holds something else: a manifest, the baseline, a report."""
    taken = {os.path.realpath(name): "is a manifest" for name in manifests}
    if baseline is not None:
        taken[os.path.realpath(baseline)] = "is the baseline"
    for target in targets:
        real = os.path.realpath(target.file)
        what = taken.get(real)
        if what is None and _takes_stdout(target.file):
            what = "is where stdout goes: what stands there is said with --format"
        if what is not None:
            raise click.UsageError(for_terminal(f"--report {target.format}={target.file}: that file {what}"))
        taken[real] = "would hold two reports"


def _takes_stdout(file: Path) -> bool:
    """Return whether what is printed goes into this file too: one of the two would overwrite the other."""
    try:
        status, printed = file.stat(), os.fstat(sys.stdout.fileno())
    except (OSError, ValueError):
        # The file does not exist yet, or stdout is none of the system's.
        return False
    return os.path.samestat(status, printed) and not stat.S_ISCHR(status.st_mode)


def write(report: Report, targets: Sequence[Target]) -> None:
    """Write every report to its file; raises UnwrittenError for one that cannot be written."""
    for target in targets:
        content = rendered(report, target.format)
        try:
            target.file.write_text(f"{content}\n", encoding="utf-8", errors="backslashreplace")
        except (OSError, ValueError) as error:
            words = error.strerror if isinstance(error, OSError) else str(error)
            message = f"the report {target.format}={target.file} cannot be written: {words}; name another file"
            raise UnwrittenError(for_terminal(message)) from error


def show(report: Report, wanted: Format) -> None:
    """Print the report on stdout; what GitHub shows no annotation of goes to the summary of its step."""
    if wanted is Format.FULL:
        medium = output.medium()
        content = _full(report, width=medium.width, paint=medium.paint)
    elif wanted is Format.GITHUB:
        content = _github(report, _unsummarised(report))
    else:
        content = rendered(report, wanted)
    output.print_text(content)


def rendered(report: Report, wanted: Format) -> str:
    """Return the report in a format, for a file or a pipe; what GitHub would not annotate stands as plain lines."""
    return _RENDERERS[wanted](report)


def _unsummarised(report: Report) -> str:
    """Append what got no annotation to the step's summary; return it as lines where there is no summary to write."""
    from schedrun.render import findings_github, findings_summary  # noqa: PLC0415  see above

    beyond = findings_github.beyond(report)
    name = os.environ.get("GITHUB_STEP_SUMMARY")
    if not beyond or not name:
        return _plain_lines(report)
    try:
        with Path(name).open("a", encoding="utf-8", errors="backslashreplace") as summary:
            if summary.tell():
                # HTML of another tool, which may lack a line break, goes on until an empty line.
                summary.write("\n\n")
            summary.write(findings_summary.text(beyond, checkout=report.checkout))
    except OSError:
        return _plain_lines(report)
    return ""


def _plain_lines(report: Report) -> str:
    from schedrun.render import findings_concise, findings_github  # noqa: PLC0415  see above

    return "\n".join(findings_concise.line(finding) for finding in findings_github.beyond(report))


def _full(report: Report, *, width: int | None = None, paint: Paint = unpainted) -> str:
    from schedrun.render import findings_full  # noqa: PLC0415  see above

    return findings_full.text(report, width=width, paint=paint)


def _concise(report: Report) -> str:
    from schedrun.render import findings_concise  # noqa: PLC0415  see above

    return findings_concise.text(report)


def _json(report: Report) -> str:
    from schedrun.render import findings_json  # noqa: PLC0415  see above

    return output.json_text(findings_json.validation_view(report))


def _github(report: Report, below: str | None = None) -> str:
    from schedrun.render import findings_github  # noqa: PLC0415  see above

    more = _plain_lines(report) if below is None else below
    return "\n".join([*findings_github.annotations(report), *([more] if more else []), report.tally])


def _gitlab(report: Report) -> str:
    import json  # noqa: PLC0415  see above

    from schedrun.render import findings_gitlab  # noqa: PLC0415  see above

    return json.dumps(findings_gitlab.view(report), indent=2)


def _sarif(report: Report) -> str:
    import json  # noqa: PLC0415  see above

    from schedrun import __version__  # noqa: PLC0415  see above
    from schedrun.lint.catalog import RULES  # noqa: PLC0415  see above
    from schedrun.render import findings_sarif  # noqa: PLC0415  see above

    return json.dumps(findings_sarif.view(report, rules=RULES, version=__version__), indent=2)


def _junit(report: Report) -> str:
    from schedrun.render import findings_junit  # noqa: PLC0415  see above

    return findings_junit.text(report)


_RENDERERS: dict[Format, Callable[[Report], str]] = {
    Format.FULL: _full,
    Format.CONCISE: _concise,
    Format.JSON: _json,
    Format.GITHUB: _github,
    Format.GITLAB: _gitlab,
    Format.SARIF: _sarif,
    Format.JUNIT: _junit,
}
