"""What codes stand for, for people."""

from collections.abc import Iterable, Iterator, Sequence

from schedrun.core.diagnostics import Diagnostic, Rule, Severity
from schedrun.render import findings_concise
from schedrun.render.escape import for_terminal, for_terminal_lines
from schedrun.render.findings_full import TONES
from schedrun.render.paint import Paint, Tone, unpainted
from schedrun.render.table import Cell, Column, Table
from schedrun.render.table import text as table_text
from schedrun.render.width import wrapped

_WIDEST = 100
_COLUMNS = (Column("CODE"), Column("SEVERITY"), Column("FINDS", wraps=True))


def table(rules: Iterable[Rule], *, width: int | None = None, paint: Paint = unpainted) -> str:
    """Return one row a rule."""
    rows = tuple(
        (Cell(rule.code, Tone.STRONG), Cell(str(rule.severity), TONES[rule.severity]), Cell(rule.title))
        for rule in rules
    )
    return table_text(Table(_COLUMNS, rows), width=width, paint=paint)


def text(rule: Rule, found: Sequence[Diagnostic], *, width: int | None = None, paint: Paint = unpainted) -> str:
    """Return what a rule finds and why that matters, a bad sample with what is `found` in it, and a good one."""
    return "\n".join(_lines(rule, found, width=min(width or _WIDEST, _WIDEST), paint=paint))


def _lines(rule: Rule, found: Sequence[Diagnostic], *, width: int, paint: Paint) -> Iterator[str]:
    label = paint(f"{rule.severity}[{rule.code}]", TONES[rule.severity])
    lead = len(f"{rule.severity}[{rule.code}] ")
    first, *rest = wrapped(rule.title, max(width - lead, 16))
    yield f"{label} {paint(first, Tone.STRONG)}"
    yield from (" " * lead + paint(line, Tone.STRONG) for line in rest)
    yield ""
    yield from wrapped(rule.why, width)
    if rule.needs is not None:
        yield ""
        yield from wrapped(f"Beside the manifest the samples need: {rule.needs}.", width)
    yield ""
    yield paint("bad:", Tone.BAD if rule.severity is Severity.ERROR else Tone.WARN)
    yield from _sample(rule.bad)
    if found:
        yield ""
        for finding in found:
            yield from wrapped(findings_concise.line(finding), width)
            for words in _more(finding):
                yield from (f"    {line}" for line in wrapped(for_terminal(words), width - 4))
    yield ""
    yield paint("good:", Tone.GOOD)
    yield from _sample(rule.good)


def _more(finding: Diagnostic) -> Iterator[str]:
    if finding.related is not None:
        yield f"note: {finding.related}: {finding.related_note or 'see also'}"
    if finding.hint is not None:
        yield f"hint: {finding.hint}"


def _sample(sample: str) -> Iterator[str]:
    for line in for_terminal_lines(sample.rstrip("\n")).split("\n"):
        yield f"  {line}".rstrip()
