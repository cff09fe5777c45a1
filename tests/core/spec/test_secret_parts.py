"""Which parts of a manifest's lines are hidden."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedrun.core.spec import secret_parts

SECRET = "hunter2xyz"


@pytest.mark.parametrize(
    "line",
    [
        "PASSWORD: hunter2xyz",
        "  - PASSWORD: hunter2xyz  # of the old system",
        "{PASSWORD: hunter2xyz, B: y}",
        '"password":"hunter2xyz"',
        "PASSWORD: [hunter2xyz]",
        "PASSWORD: {from_val: hunter2xyz}",
        "PASSWORD: @hunter2xyz",
        "PASSWORD: *hunter2xyz",
        "PASSWORD: !hunter2xyz y",
        "headers: {Authorization: Bearer hunter2xyz}",
        "X-Api-Key: hunter2xyz",
        "secrets: {db: hunter2xyz}",
        "env: PASSWORD=hunter2xyz",
        "timout: 5m # password=hunter2xyz",
        "command: [x, --password, hunter2xyz]",
        "command: [x, --api-key=hunter2xyz]",
        'command: "x --password hunter2xyz"',
        'url: "https://u:hunter2xyz@x/"',
        'url: "https://x/?token=hunter2xyz"',
        "shell: psql postgres://u:hunter2xyz@db/app",
        'shell: curl -H "Authorization: Bearer hunter2xyz" https://x',
        "shell: mysqldump -u app -phunter2xyz app",
        "shell: curl -s -u app:hunter2xyz https://x",
        "shell: sshpass -p hunter2xyz ssh x",
        "command: [sshpass, -p, hunter2xyz, ssh, x]",
        'command: ["mysqldump", "-phunter2xyz", app]',
        "command: [curl, '-u', 'app:hunter2xyz', x]",
        'description: "xoxb-hunter2xyz"',
    ],
)
def test_a_secret_is_hidden(line: str) -> None:
    """Whatever else is wrong with the line."""
    shown = _shown([line])
    assert SECRET not in shown


@pytest.mark.parametrize(
    "lines",
    [
        ["PASSWORD: |", "  hunter2xyz", "  hunter2xyz"],
        ['PASSWORD: "a', '  hunter2xyz"'],
        ["PASSWORD:", "  hunter2xyz"],
        ["credentials:", "  user: hunter2xyz"],
        ["- --password", "- hunter2xyz"],
        ["x " * 2000 + "PASSWORD: hunter2xyz"],
    ],
)
def test_a_secret_on_further_lines_is_hidden(lines: list[str]) -> None:
    """Values go on below their key."""
    assert SECRET not in _shown(lines)


@pytest.mark.parametrize(
    "lines",
    [
        ["PASSWORD: {from_env: BILLING}"],
        ["PASSWORD:", "  from_env: BILLING", "OTHER: BILLING"],
        ["TOKEN: $BILLING"],
        ["rotate-token:", "  schedule: {every: 5m}", "  owner: BILLING"],
        ["rotate-token: {owner: BILLING}"],
        ["COMPASS: BILLING"],
        ["https://x/?page_token=BILLING"],
        ["PASSWORD: x", "B: BILLING"],
        ["{PASSWORD: x, B: BILLING}"],
    ],
)
def test_what_is_no_secret_is_shown(lines: list[str]) -> None:
    """References, names that only sound so, and what stands beside."""
    assert "BILLING" in _shown(lines)


@given(st.lists(st.text(alphabet="pas:token=-{}[]'\"| \thx/@", max_size=60), max_size=6))
def test_parts_lie_within_their_lines(lines: list[str]) -> None:
    """Whatever the lines hold."""
    for number, found in secret_parts.parts(lines).items():
        for start, end in found:
            assert 0 <= start <= end <= len(lines[number - 1])


def _shown(lines: list[str]) -> str:
    hidden = secret_parts.parts(lines)
    text = []
    for number, line in enumerate(lines, 1):
        characters = list(line)
        for start, end in hidden.get(number, ()):
            characters[start:end] = "*" * (end - start)
        text.append("".join(characters))
    return "\n".join(text)
