"""`schedrun explain`: one code, all codes, and what is none."""

from pathlib import Path

import pytest

from schedrun.lint.catalog import RULES
from tests.cli.conftest import Call
from tests.cli.test_program import on_terminal


def test_tells_all_of_a_code(call: Call) -> None:
    """Title, reason, the bad sample with what is said of it, the good one."""
    answer = call("explain", "SR101")
    rule = RULES["SR101"]
    assert 0 == answer.code
    assert answer.stdout.startswith(f"error[SR101] {rule.title}\n")
    for part in (rule.bad, rule.good):
        assert "".join(f"  {line}\n" for line in part.splitlines()) in answer.stdout
    assert "bad.yaml:8:5: error[SR101] unknown field `overlp` in job `close-day`\n" in answer.stdout
    assert "    hint: did you mean `overlap`?\n" in answer.stdout


def test_tells_the_second_place(call: Call) -> None:
    """Above the hint, as it is what the finding is about."""
    assert "    note: bad.yaml:5:3: first declared here\n    hint: " in call("explain", "SR105").stdout


@pytest.mark.parametrize("code", RULES)
def test_explains_every_code(call: Call, code: str) -> None:
    """Also in small letters; whatever a sample holds, the answer is printable."""
    answer = call("explain", code.lower())
    assert 0 == answer.code
    assert all(line.isprintable() for line in answer.stdout.splitlines())
    assert f"[{code}]" in answer.stdout


def test_lists_all_codes(call: Call) -> None:
    """One row each."""
    lines = call("explain").stdout.splitlines()[1:]
    assert list(RULES) == [line.split()[0] for line in lines]


def test_lists_the_codes_of_a_family(call: Call) -> None:
    """By the beginning of their codes."""
    lines = call("explain", "SR0").stdout.splitlines()[1:]
    assert [code for code in RULES if code.startswith("SR0")] == [line.split()[0] for line in lines]


def test_json_has_every_key(call: Call) -> None:
    """Of one code and of all."""
    (rule,) = call("explain", "SR004", "--format", "json").json["rules"]
    assert {"code", "severity", "title", "why", "bad", "good", "needs"} == set(rule)
    assert list(RULES) == [rule["code"] for rule in call("explain", "--format", "json").json["rules"]]


def test_an_unknown_code_exits_2(call: Call) -> None:
    """With the nearest one, or where to look."""
    answer = call("explain", "SR99")
    assert 2 == answer.code
    assert "'SR99' is no code: did you mean SR" in answer.stderr
    assert "`schedrun explain` lists them all" in call("explain", "\x1b[2J").stderr


def test_fits_a_narrow_terminal(call: Call, tmp_path: Path) -> None:
    """Words are wrapped; samples are what they are."""
    shown = on_terminal(tmp_path, "explain", "SR001", COLUMNS="40", NO_COLOR="1")
    words = [line for line in shown.splitlines() if not line.startswith("  ")]
    assert 40 >= max(map(len, words))
