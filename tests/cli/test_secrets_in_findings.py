"""No format shows a secret, of a sound job or a broken file, whichever rules are chosen."""

from pathlib import Path

import pytest

from schedrun.cli.reports import Format
from tests.cli.conftest import Call

SECRET = "hunter2xyz"
HEAD = "schedrun: v1\nname: s\ndefaults: {owner: o, timezone: UTC, timeout: 50s}\njobs:\n"


def flow(env: str, *, schedule: str = "{every: 5m}", more: str = "") -> str:
    """Return a manifest with a job on one line, and this environment."""
    return f"{HEAD}  a: {{schedule: {schedule}, target: {{command: [x], env: {{{env}}}}}{more}}}\n"


MANIFESTS = {
    "sound": flow("PASSWORD: hunter2xyz", schedule='{cron: "0 5 * * 1"}'),
    "accepted": flow("PASSWORD: hunter2xyz", schedule='{cron: "0 5 * * 1"}')[:-1]
    + " # schedrun: ignore[SR603] a test\n",
    "unknown field": flow("PASSWORD: hunter2xyz", more=", timout: 5m"),
    "no YAML": flow("PASSWORD: hunter2xyz")[:-3],
    "colon": f"{HEAD}  a:\n    target:\n      env:\n        PASSWORD: hunter2xyz: y\n",
    "at sign": flow("PASSWORD: @hunter2xyz"),
    "alias": flow("PASSWORD: *hunter2xyz"),
    "tag": flow("PASSWORD: !hunter2xyz foo"),
    "number": flow("PASSWORD: 918273645"),
    "octal": flow("PASSWORD: 0918273645"),
    "key twice": flow("PASSWORD: hunter2xyz, PASSWORD: hunter2xyz"),
    "list": flow("PASSWORD: [hunter2xyz]"),
    "no mapping": f"{HEAD}  a: {{schedule: {{every: 5m}}, target: {{command: [x], env: PASSWORD=hunter2xyz}}}}\n",
    "no list": f'{HEAD}  a: {{schedule: {{every: 5m}}, target: {{command: "x --password hunter2xyz"}}}}\n',
    "no job": f"{HEAD}  a: password=hunter2xyz\n",
    "default": HEAD.replace("50s}", "50s, target: {env: {PASSWORD: hunter2xyz}}, overlp: queue}") + "  a: {}\n",
    "unused default": HEAD.replace("50s}", "50s, target: {env: {PASSWORD: hunter2xyz}}}")
    + '  a: {schedule: {every: 5m}, target: {python: "a:b"}}\n',
    "no UTF-8": flow("PASSWORD: hunter2xyz, B: \udcff"),
}


@pytest.mark.parametrize("output_format", Format)
@pytest.mark.parametrize("name", MANIFESTS)
def test_no_format_shows_a_secret(call: Call, tmp_path: Path, name: str, output_format: Format) -> None:
    """Neither the frame nor the message nor the hint, nor a fix."""
    write(tmp_path, MANIFESTS[name])
    for options in ((), ("--ignore", "SR603")):
        answer = call("validate", "--format", str(output_format), *options)
        assert answer.code in {0, 1}
        assert SECRET not in answer.stdout + answer.stderr
        assert "918273645" not in answer.stdout + answer.stderr


@pytest.mark.parametrize("name", ["unknown field", "at sign", "octal"])
def test_the_status_shows_none_either(call: Call, tmp_path: Path, name: str) -> None:
    """What is wrong with a file is recorded without it."""
    write(tmp_path, MANIFESTS[name])
    call("apply")
    answer = call("status", "--format", "json")
    assert "manifests/a.yaml" in answer.stdout
    assert SECRET not in answer.stdout
    assert "918273645" not in answer.stdout


def test_a_diff_of_fixes_masks_it(call: Call, tmp_path: Path) -> None:
    """On the line that is fixed, and on lines around it."""
    manifest = flow("PASSWORD: hunter2xyz", schedule='{cron: "0 5 * * 1"}')
    manifest += "  b:\n    schedule: {every: 5m}\n    target:\n"
    manifest += "      command: [x]\n      env:\n        TOKEN: |\n          hunter2xyz\n"
    write(tmp_path, manifest)
    answer = call("validate", "--fix", "--diff")
    assert 1 == answer.code
    assert "mon" in answer.stdout
    assert SECRET not in answer.stdout
    assert "PASSWORD: *****" in answer.stdout


def write(folder: Path, text: str) -> None:
    """Write the only manifest."""
    (folder / "manifests").mkdir()
    (folder / "manifests" / "a.yaml").write_bytes(text.encode("utf-8", "surrogateescape"))
