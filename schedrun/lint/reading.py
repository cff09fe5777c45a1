"""What the codes of reading (SR0) and of shape (SR1) mean; `manifest` finds them.

Each of these is an error: the file is broken as a whole, and a running service keeps its jobs as they last were. Only
a folder without manifests is a warning.
"""

from schedrun.core.diagnostics import Rule, Severity

_HEAD = """\
schedrun: v1
name: billing
defaults: {owner: payments, timezone: Europe/Berlin, timeout: 10m}
jobs:
"""
_JOB = """\
  close-day:
    schedule: {cron: "17 4 * * *"}
    target: {command: [./bin/close-day]}
"""
_GOOD = _HEAD + _JOB


def _error(code: str, title: str, why: str, *, bad: str, good: str = _GOOD) -> Rule:
    return Rule(code, Severity.ERROR, title, why, bad, good)


RULES: tuple[Rule, ...] = (
    _error(
        "SR001",
        "a file that cannot be read, or is no YAML",
        "Nobody can tell what its jobs are, so all of them stay as they were. In a file of several documents, reading"
        " goes on with the next document.",
        bad=f"{_HEAD}  close-day:\n    description: Close the day: all invoices of it\n"
        '    schedule: {cron: "17 4 * * *"}\n    target: {command: [./bin/close-day]}\n',
        good=f'{_HEAD}  close-day:\n    description: "Close the day: all invoices of it"\n'
        '    schedule: {cron: "17 4 * * *"}\n    target: {command: [./bin/close-day]}\n',
    ),
    _error(
        "SR002",
        "a file or document that holds nothing, or a folder without manifests",
        "A file that lost its content, in an editor or a bad merge, must not look like a set whose jobs were removed."
        " A set without jobs says so. A folder that is given and holds no manifest is a warning: most likely they are"
        " elsewhere.",
        bad="# The jobs of billing moved away.\n",
        good="schedrun: v1\nname: billing\njobs: {}\n",
    ),
    _error(
        "SR003",
        "an unquoted text that begins with `*` or `@`",
        "`*` begins an alias in YAML, and `@` may not begin a text. Crontab expressions go in quotes.",
        bad=f"{_HEAD}  close-day:\n    schedule: {{cron: */5 * * * *}}\n    target: {{command: [./bin/close-day]}}\n",
        good=f'{_HEAD}  close-day:\n    schedule: {{cron: "*/15 * * * *"}}\n'
        "    target: {command: [./bin/close-day]}\n",
    ),
    _error(
        "SR004",
        "a key that stands twice in one mapping, or an anchor that is defined twice",
        "Most YAML readers take the last of two and say nothing, so half of an edit is lost in silence. The finding is"
        " at the second one and names the first.",
        bad=f"{_GOOD}    kill_after: 30s\n    kill_after: 1m\n",
        good=f"{_GOOD}    kill_after: 1m\n",
    ),
    _error(
        "SR006",
        "a tab, a byte order mark, or text that is not printable UTF-8",
        "YAML forbids tabs in indentation, and what editors do not show cannot be reviewed. Where such a character is"
        " meant, it can be written as an escape in double quotes.",
        bad=f'{_HEAD}  close-day:\n\t  schedule: {{cron: "17 4 * * *"}}\n\t  target: {{command: [./bin/close-day]}}\n',
    ),
    _error(
        "SR007",
        "a tag such as `!!python/name` or `!secret`",
        "Tags ask a reader to build something other than plain data. Manifests have none: secrets are references"
        " (`from_env`, `from_file`), and text that looks like a number goes in quotes.",
        bad=f"{_GOOD}    description: !secret billing_description\n",
        good=f"{_GOOD}    description: Close the invoices of yesterday.\n",
    ),
    _error(
        "SR008",
        "a file that is too large, nests too deep, or expands aliases without bound",
        "A few lines of aliases can stand for billions of values. A manifest may hold 4 MiB, 64 levels and 100,000"
        " values; no honest one comes near.",
        bad=f"x-common: &common\n  again: [*common]\n{_GOOD}",
        good=f"x-common: &common {{retries: {{max: 2}}, idempotent: true}}\n{_GOOD}    <<: *common\n",
    ),
    _error(
        "SR011",
        "an unquoted scalar that YAML 1.1 and YAML 1.2 read differently",
        "`no` is false in the one and text in the other, `22:30` is 1350 and text, `010` is 8 and 10. Which of them a"
        " tool takes depends on its library, so manifests take neither: write what you mean.",
        bad=f"{_GOOD}    labels: {{country: no, opens: 22:30}}\n",
        good=f'{_GOOD}    labels: {{country: "no", opens: "22:30"}}\n',
    ),
    _error(
        "SR101",
        "an unknown field",
        "A misspelt `overlap` would be a job without one. Whatever schedrun does not know is an error; keys that begin"
        " with `x-` at the top of a document are free.",
        bad=f"{_GOOD}    overlp: queue\n",
        good=f"{_GOOD}    overlap: queue\n",
    ),
    _error(
        "SR102",
        "a value of the wrong type, or out of its range",
        'Nothing is converted: `"5"` is no number, `5` is no text, and a duration has a unit.',
        bad=f"{_GOOD}    kill_after: 90\n",
        good=f"{_GOOD}    kill_after: 90s\n",
    ),
    _error(
        "SR103",
        "a missing field",
        "A job needs a `schedule` and a `target`, a document `schedrun: v1`, a `name` and `jobs`. A file without"
        " `schedrun: v1` is most likely no manifest at all.",
        bad=f'{_HEAD}  close-day:\n    schedule: {{cron: "17 4 * * *"}}\n',
    ),
    _error(
        "SR104",
        "several, or none, of the fields of which exactly one must be there",
        "A job with `cron` and `every` could fire by either. The same goes for the kinds of a target and for fields"
        " that exclude each other, such as `overlap: allow` and `max_instances`.",
        bad=f'{_HEAD}  close-day:\n    schedule: {{cron: "17 4 * * *", every: 1d}}\n'
        "    target: {command: [./bin/close-day]}\n",
    ),
    _error(
        "SR105",
        "a job that is declared twice, in two files or documents",
        "One set may be spread over files, and then two people can choose one id. The finding is in the later file and"
        " names the first place; the jobs of the first file stay good.",
        bad=f"{_GOOD}---\n{_GOOD}",
        good=f"{_GOOD}---\n{_GOOD.replace('close-day', 'close-month')}",
    ),
    _error(
        "SR106",
        "a name that is none",
        "Sets, jobs and groups are named by up to 63 lower-case letters, digits, dots, hyphens and underscores, the"
        " first a letter or digit. Names stand in commands, URLs and metrics, where anything else would need quotes.",
        bad=_GOOD.replace("close-day:", "Close Day:"),
    ),
)
"""The rules of reading and of shape, in the order of their codes."""
