"""A comparison of two trees for people at a terminal: one line of verdict, then each job that changes."""

from collections.abc import Iterator

from schedrun.core.plan.comparison import Comparison, JobComparison
from schedrun.render import findings_text, plan_text, plan_words
from schedrun.render.escape import for_log, for_terminal
from schedrun.render.paint import Paint, Tone, painted, unpainted
from schedrun.render.width import hanging

_MOST_RUNS = 5


def text(comparison: Comparison, *, failed: bool, width: int | None = None, paint: Paint = unpainted) -> str:
    """Return verdict, findings, each changed job and what holds for all of them; nothing when nothing changes.

    `failed` is whether the command ends with exit code 1; `width` is the terminal's.
    """
    if comparison.is_empty:
        return ""
    verdict = for_terminal(plan_words.verdict(comparison, failed=failed))
    word, tone = verdict.partition(":")[0], Tone.BAD if failed else Tone.GOOD
    blocks = [
        "\n".join(painted(hanging(verdict, width), word, tone, paint=paint)),
        findings_text.text(comparison.findings, width=width, paint=paint),
        *("\n".join(_job(job, width=width, paint=paint)) for job in comparison.jobs),
        "\n".join(line for sentence in _closing(comparison) for line in _fitted(sentence, width, lead="")),
    ]
    # Where people read it is often the log of a runner.
    return "\n".join(map(for_log, "\n\n".join(block for block in blocks if block).split("\n")))


def _job(job: JobComparison, *, width: int | None, paint: Paint) -> Iterator[str]:
    yield from plan_text.change_lines(job.change, width=width, paint=paint)
    for label, words in plan_words.schedule(job):
        yield from _fitted(f"{label}: {words}", width)
    label, instants = plan_words.next_runs(job)
    yield from _fitted(f"{label}: {', '.join(instants)}", width)
    for label, words in plan_words.run_lines(job, most=_MOST_RUNS):
        yield from _fitted(f"{label}: {words}", width)
    for date in job.clock_dates:
        yield from _fitted(f"clock change: {plan_words.clock_line(date)}", width)


def _closing(comparison: Comparison) -> Iterator[str]:
    if comparison.jobs:
        yield from plan_words.on_merge(comparison)
    yield from plan_words.removals(comparison)
    yield from (f"Shared: {sentence}" for sentence in plan_words.sharing(comparison))
    for zone, dates in comparison.zones.items():
        yield f"Clock changes in {zone}: {'; '.join(map(plan_words.clock_change, dates))}."
    if load := plan_words.load(comparison):
        yield load
    yield from plan_words.unknown(comparison)


def _fitted(sentence: str, width: int | None, *, lead: str = "    ") -> list[str]:
    return hanging(lead + for_terminal(sentence), width, indent=2)
