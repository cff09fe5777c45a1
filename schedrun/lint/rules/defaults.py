"""SR1: what lint adds to the rules of shape, and what it says of comments that suppress."""

from schedrun.core.diagnostics import Rule, Severity
from schedrun.lint.samples import manifest

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING


def _suppressed(comment: str) -> str:
    return manifest({"timeout": None}).replace("  report:\n", f"  report:  # schedrun: ignore{comment}\n")


RULES: tuple[Rule, ...] = (
    Rule(
        "SR108",
        _WARNING,
        "a default that no job takes",
        "Whoever edits it believes to change something. Every job says its own value, or is of a kind without one.",
        manifest({"timeout": "5m"}, defaults="{timeout: 1h}"),
        manifest({"timeout": "5m"}, {"timeout": None}, defaults="{timeout: 1h}"),
    ),
    Rule(
        "SR109",
        _WARNING,
        "a suppression that suppresses nothing",
        "What it was for has been mended; left standing it hides the next finding of its kind.",
        _suppressed("[SR501, SR508] ends by itself"),
        _suppressed("[SR501] ends by itself"),
    ),
    Rule(
        "SR110",
        _ERROR,
        "a suppression without codes or reason",
        "`# schedrun: ignore[SR501] reason`: the codes say what is accepted and the reason why. Without either"
        " nothing is suppressed.",
        manifest({}).replace("  report:\n", "  report:  # schedrun: ignore[SR501]\n"),
        _suppressed("[SR501] ends by itself"),
    ),
    Rule(
        "SR111",
        _ERROR,
        "a suppression of what cannot be suppressed",
        "The code is none, or stands for a fault that breaks its file: such a file is not applied, whatever a comment"
        " says.",
        manifest({}).replace("  report:\n", "  report:  # schedrun: ignore[SR101] we know\n"),
        _suppressed("[SR501] ends by itself"),
    ),
)
