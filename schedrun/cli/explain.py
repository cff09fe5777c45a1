"""`schedrun explain`: what the code of a finding stands for."""

from collections.abc import Sequence

import click

from schedrun.cli import options, output
from schedrun.clock import SystemClock
from schedrun.core.diagnostics import Diagnostic, Rule
from schedrun.lint.catalog import RULES
from schedrun.render import rules_json, rules_text
from schedrun.render.escape import for_terminal


@click.command("explain")
@click.argument("code", required=False)
@options.format_option("text", "json")
def command(code: str | None, output_format: str) -> None:
    """Tell what CODE finds and why that matters, with a bad and a good sample.

    Without CODE: all codes, one line each; with the beginning of some, such as SR1: those. Under a bad sample stands
    what `schedrun validate` says of it.
    """
    rules = _rules(code or "")
    if output_format == "json":
        output.print_json(rules_json.rules_view(rules))
        return
    medium = output.medium()
    if len(rules) > 1:
        output.print_text(rules_text.table(rules, width=medium.width, paint=medium.paint))
        return
    found = _found(rules[0])
    output.print_text(rules_text.text(rules[0], found, width=medium.width, paint=medium.paint))


def _rules(code: str) -> list[Rule]:
    """Return the rule of a code, or those of which the codes begin so."""
    wanted = code.strip().upper()
    rules = [rule for rule in RULES.values() if rule.code.startswith(wanted)]
    if not rules:
        raise click.UsageError(for_terminal(f"{code!r} is no code: {_remedy(wanted)}"))
    return rules


def _remedy(code: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415  only a mistyped code pays for it

    near = get_close_matches(code, RULES, n=1)
    return f"did you mean {near[0]}?" if near else "`schedrun explain` lists them all"


def _found(rule: Rule) -> Sequence[Diagnostic]:
    """Return what the bad sample is told; nothing for one that means something only beside other things."""
    if rule.needs is not None:
        return ()
    # Only who asks for one code pays for the reader and the rules.
    from schedrun.lint.check import check  # noqa: PLC0415
    from schedrun.lint.settings import LintSettings  # noqa: PLC0415
    from schedrun.manifest.load import inspect_text  # noqa: PLC0415

    inspected = inspect_text({"bad.yaml": rule.bad.encode()})
    found = check(inspected, settings=LintSettings(select=(rule.code,)), now=SystemClock().now())
    return [finding for finding in found if finding.code == rule.code]
