"""Whatever stands in a foreign file, the manifest is good, and says the same command."""

import json
import re
import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedrun.convert import naming
from schedrun.convert.formats.crontab import percent
from schedrun.core.ids import JOB_ID_PATTERN
from tests.convert.reading import READERS, imported, jobs, lost, only

LETTER = st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\0")
COMMAND = st.one_of(
    st.text(LETTER, min_size=1),
    st.text("'\"\\$`#:&*!|>{}[]-?,@% \tabc~", min_size=1),
    st.sampled_from(
        ["no", "null", "1e3", "~", "- a", "a: b", "#x", "'", '"', "0x1f", "22:30", "<<: *a", "--- a", "é", "\x1b[2J"]
    ),
)


@settings(max_examples=150)
@given(command=COMMAND)
def test_a_command_of_a_crontab_survives(command: str) -> None:
    """Byte for byte, when it holds no standard input, but for a backslash behind a backslash."""
    line = command.replace("%", "").strip(" \t\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
    if not line or line.split()[:1] == []:
        return
    made = imported("crontab", f"0 5 * * * {line}\n")
    line = re.sub(r"\\(.)", lambda pair: "\\" if pair[1] == "\\" else pair[0], line)
    if made.proven and made.proven[0].entry.carried:
        shell = only(made)["target"]["shell"]
        assert line.lstrip() == shell or line == shell or line.strip() == shell.strip()


@settings(max_examples=150)
@given(words=st.lists(st.text(LETTER).filter(lambda word: "$$" not in word), min_size=1, max_size=4))
def test_words_of_kubernetes_survive(words: list[str]) -> None:
    """As JSON, which is YAML."""
    text = json.dumps(
        {"kind": "CronJob", "metadata": {"name": words[0]}, "spec": {"schedule": "0 5 * * *", "jobTemplate": {"spec": {
            "template": {"spec": {"containers": [{"image": "x", "command": ["x", *words]}]}}}}}}
    )  # fmt: skip
    made = imported("kubernetes", text)
    if made.proven:
        assert ["x", *words] == only(made)["target"]["command"]


@pytest.mark.parametrize(
    ("written", "word", "refers"),
    [
        ("echo $$", "echo $", False),
        ("$$(A) $$$(A)", "$(A) $$(A)", True),
        ("$(echo $$)", "$(echo $$)", False),
        ("$HOME $", "$HOME $", False),
    ],
)
def test_dollars_of_kubernetes_are_read_as_it_expands_them(written: str, word: str, refers: bool) -> None:
    """Two become one, also in variables; what it takes for a reference is left and named."""
    container = {"image": "x", "command": ["x", written], "env": [{"name": "A", "value": written}]}
    text = json.dumps(
        {"kind": "CronJob", "metadata": {"name": "a"}, "spec": {"schedule": "0 5 * * *", "jobTemplate": {"spec": {
            "template": {"spec": {"containers": [container]}}}}}}
    )  # fmt: skip
    made = imported("kubernetes", text)
    assert (["x", word], {"A": word}) == (only(made)["target"]["command"], only(made)["target"]["env"])
    assert (refers, refers) == tuple(
        said in lost(made) for said in ("$(NAME) in a command", "$(NAME) in the variable A")
    )


@settings(max_examples=100)
@given(
    foreign=st.sampled_from(sorted(READERS)),
    text=st.one_of(st.text(), st.text("*/0123456789-,# \n\t[]=:\"'{}@LW%&abcjob-exec")),
)
def test_no_text_is_a_traceback(foreign: str, text: str) -> None:
    """The manifest is good for every one of them."""
    made = imported(foreign, text, names=("a.timer",))
    assert made.text.startswith("# Imported from")


@settings(max_examples=100)
@given(value=st.text(LETTER), comment=st.text(LETTER))
def test_variables_and_comments_survive(value: str, comment: str) -> None:
    """A variable keeps its value, and no comment ends early."""
    kept = value.strip()
    if len(kept) > 1 and kept[0] == kept[-1] and kept[0] in "\"'":
        return
    made = imported("crontab", f"A={value}\n# {comment}\n0 5 * * * a\n")
    (job,) = jobs(made).values()
    assert ({"A": kept} if kept or "A" in job.to_record()["target"].get("env", {}) else {}) == job.to_record()[
        "target"
    ].get("env", {})


@settings(max_examples=200)
@given(command=st.text("%\\ ab", max_size=12), halved=st.booleans())
def test_percent_signs_are_read_as_cron_reads_them(command: str, halved: bool) -> None:
    """Against its loop, written down from the outside: a backslash saves the next sign, and vanishes before %.

    Debian's, which was run, lets it vanish before another one too.
    """
    out, rest, index = "", None, 0
    while index < len(command):
        if command[index] == "\\" and index + 1 < len(command):
            vanishes = command[index + 1] == "%" or (halved and command[index + 1] == "\\")
            out += command[index + 1] if vanishes else command[index : index + 2]
            index += 2
        elif command[index] == "%":
            rest = command[index + 1 :]
            break
        else:
            out += command[index]
            index += 1
    found, stdin = percent(command, halved=halved)
    assert (out.rstrip(), rest is None) == (found, stdin is None)


@settings(max_examples=200)
@given(names=st.lists(st.text(), min_size=1, max_size=5))
def test_ids_are_good_and_unique(names: list[str]) -> None:
    """Whatever the jobs were called."""
    ids = naming.unique(names * 2)
    assert len(ids) == len(set(ids)) == 2 * len(names)
    assert all(re.fullmatch(JOB_ID_PATTERN, each) for each in ids)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("/usr/local/bin/backup.sh --full", "backup"),
        ("cd /srv/app && ./poll.py >/dev/null", "poll"),
        ("test -x /usr/sbin/anacron || { cd / && run-parts /etc/cron.daily; }", "run-parts"),
        ("A=1 sudo -n nice python3 -u /opt/report.py", "report"),
        ("python3 -c 'print(1)'", "python3"),
        ("perl -e 'sleep 5' && x", "perl"),
        ("sh -e /opt/a.sh", "a"),
        ("[ -x /a ] && if [ ! -d /run ]; then /usr/lib/php/sessionclean; fi", "sessionclean"),
        ("'unclosed", "unclosed"),
    ],
)
def test_names_of_commands(command: str, name: str) -> None:
    """The program, or the script that an interpreter is given."""
    assert name == naming.slug(naming.of_command(command))


def test_nothing_is_lost_in_silence() -> None:
    """An empty file has no jobs, and that is no success."""
    made = imported("crontab", "# nothing\n")
    assert (False, "there are no jobs here") == (made.complete, lost(made))
    assert shlex.split(made.text.splitlines()[-1]) == ["jobs:", "{}"]
