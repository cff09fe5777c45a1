"""SR6: what a shell would do and nobody does, failures that stay hidden, and secrets."""

import json

import pytest

from tests.lint.linted import lint, places
from tests.lint.test_rules import one_job

_SECRETS = (
    ("{command: [a], env: {API_KEY: k3jh45}}", "5:43"),
    ("{command: [a, --password=k3jh45]}", "5:27"),
    ("{command: [a, --token, k3jh45]}", "5:36"),
    ("{shell: 'PGPASSWORD=k3jh45 psql'}", "5:21"),
    ('{http: {url: "https://user:k3jh45@example.com"}}', "5:26"),
    ('{http: {url: "https://example.com?api_key=k3jh45"}}', "5:26"),
    ("{http: {url: 'https://e.com', headers: {Authorization: Bearer k3jh45}}}", "5:68"),
    ("{http: {url: 'https://e.com', json: {a: [{password: k3jh45}]}}}", "5:65"),
    ("{python: 'a:b', kwargs: {token: k3jh45}}", "5:45"),
    ("{command: [a, AKIAIOSFODNN7EXAMPLE]}", "5:27"),
    ("{command: [docker, run, -e, DB_PASSWORD=k3jh45, x]}", "5:41"),
    ("{command: [bash, -c, 'PGPASSWORD=k3jh45 psql']}", "5:34"),
    ("{command: [mysqldump, -pk3jh45, db]}", "5:35"),
    ("{command: [/usr/bin/curl, -sS, -u, 'me:k3jh45', x]}", "5:48"),
    ("{command: [curl, -H, 'X-Api-Key: k3jh45', x]}", "5:34"),
)


@pytest.mark.parametrize(("target", "place"), _SECRETS)
def test_finds_a_secret_and_never_says_it(target: str, place: str) -> None:
    """At its value, masked, and in no word of the finding."""
    (finding,) = lint(one_job(f"target: {target}"))
    assert [f"{place} SR603"] == places([finding])
    assert finding.masked
    assert "k3jh45" not in f"{finding.message}{finding.hint}"


@pytest.mark.parametrize(
    "target",
    [
        "{command: [a], env: {API_KEY: {from_env: API_KEY}}}",
        "{command: [a], env: {API_KEY_FILE: /run/secrets/key, TOKEN_TTL: '3600', PASSWORD: ''}}",
        "{command: [a, --password-file=/run/x, --token, --verbose]}",
        "{shell: 'PGPASSWORD=$PW psql'}",
        "{shell: 'helm upgrade a b --set auth.existingSecret=db-creds'}",
        "{shell: 'docker run --name mysql -p3306:3306 mysql:8'}",
        "{command: [docker, run, -e, DB_PASSWORD, --name, mysql, '-p3306:3306', x]}",
        "{command: [curl, -H, 'Accept: text/html', -u, me, x]}",
        "{command: [psql, -c, 'update t set password=md5(random()::text), token=NULL where secret=:it']}",
        "{http: {url: 'https://user@example.com?page=2'}}",
        "{http: {url: 'https://e.com', headers: {Accept: text/html}}}",
        "{python: 'a:b', kwargs: {tokens: 5, secret: null}}",
    ],
)
def test_what_only_names_a_secret_is_none(target: str) -> None:
    """References, switches, paths and numbers."""
    assert [] == places(lint(one_job(f"target: {target}")))


@pytest.mark.parametrize(
    "command",
    [
        ["docker", "run", "image", "sh", "-c", "ls | wc $X"],
        ["kubectl", "exec", "pod", "--", "bash", "-c", "echo $X"],
        ["sudo", "-u", "postgres", "bash", "-c", "echo $HOME"],
        ["python3.12", "-c", "print('$HOME')"],
        ["mongosh", "--eval", "db.x.find({$GT: 1})"],
        ["expr", "3", ">", "2"],
        ["find", ".", "-exec", "rm", "{}", ";"],
        ["su", "-", "postgres", "-c", "echo $HOME > x"],
        ["flock", "-n", "/run/x", "-c", "echo $HOME"],
        ["pip", "install", "x>=1", "<2"],
        ["/opt/My App/run", "x"],
        ["cut", "-d", "|", "-f", "1", "in.txt"],
        ["cut", "-sd", ";", "-f1"],
        ["sort", "-t", "|", "in.txt"],
        ["awk", "-F", "|", "{print $1}", "in.txt"],
        ["xargs", "-d", ";", "-n1", "rm"],
        ["xargs", "-0", "sort", "-t", "|", "all.txt"],
        ["mlr", "--icsv", "--ifs", ";", "cat", "in.csv"],
        ["sqlite3", "-separator", "|", "my.db", "select 1"],
        ["./export", "-d", "|", "--all"],
        ["./export", "--all", "-d", "|"],
        ["grep", "-c", ">", "genome.fa"],
        ["sudo", "/bin/grep", "-m", "1", "|", "in.txt"],
        ["xargs", "grep", "-l", "|", "in.txt"],
        ["tr", "|", ",", "in.txt"],
        ["find", ".", "-name", "|", "-print"],
        ["find", ".", "-exec", "grep", "-l", "a|b", "|", "{}", "+"],
        ["find", ".", "-exec", "rm", "{}", ";", "-o", "-execdir", "ls", "{}", ";"],
        ["jq", "-r", "--arg", "by", "|", ".a", "in.json"],
        ["jq", "-n", "$ARGS", "--args", "a", "|", "b"],
        ["test", "a", "<", "b"],
    ],
)
def test_what_another_program_reads_is_no_shell_syntax(command: list[str]) -> None:
    """A shell that comes later in the list, separators, patterns, and languages in which these signs mean something."""
    assert [] == places(lint(one_job(f"target: {json.dumps({'command': command})}"), select=("SR606",)))


@pytest.mark.parametrize(
    ("command", "column"),
    [
        (["backup", ">/dev/null"], 36),
        (["backup", "2>>", "log"], 36),
        (["backup", "2> log"], 36),
        (["backup", "&>log"], 36),
        (["backup", "</dev/null"], 36),
        (["python3 report.py"], 26),
        (["/usr/bin/report -v /tmp"], 26),
        (["report | wc"], 26),
        (["find", ".", "|", "wc", "-l"], 39),
        (["find", ".", "-print0", "|", "xargs", "-0", "rm"], 50),
        (["find", ".", "-exec", "ls", "{}", ";", "|", "wc"], 65),
        (["find", "/", "-name", "core", "2>/dev/null"], 56),
        (["jq", ".a", "in.json", "|", "wc", "-l"], 49),
        (["jq", "-r", ".a", "in.json", ">", "out.json"], 55),
        (["xargs", "-n1", "rm", "|", "wc"], 48),
        (["cut", "-d", "|", "-f1", "in.txt", "|", "sort"], 61),
        (["sort", "-r", "|", "uniq"], 40),
        (["grep", "-c", "x", "in.txt", "|", "mail"], 55),
        (["docker", "compose", "up", "-d", "&&", "./next"], 59),
        (["./serve", "-v", "&"], 43),
    ],
)
def test_what_only_a_shell_would_do_is_found(command: list[str], column: int) -> None:
    """Redirections and pipes, also behind programs that take such signs elsewhere, and a line in a program's place."""
    findings = lint(one_job(f"target: {json.dumps({'command': command})}"), select=("SR606",))
    assert [f"5:{column} SR606"] == places(findings)


@pytest.mark.parametrize(
    "script",
    [
        "case $x in a|b) y;; esac",
        "case $x in start | stop ) y;; c|d) z;; esac",
        "[[ $x =~ ^(a|b)$ ]] && y",
        "echo $((1 | 2))",
        "x=${a#b|c}",
        "cat <<E\na\nb | c\nE\nx",
        "cat <<-'E' > f\n\ta | b\n\tE",
        "if a | grep -q b; then c; fi",
        "while a | grep -q b; do sleep 1; done",
        "! a | grep -q b",
        "a >| b",
        "echo done | mail -s x y",
        "if x; then printf a | b; fi",
        "yes | a",
        "a | b || true",
        "set -euo pipefail; a | b",
    ],
)
def test_what_is_no_pipeline_hides_no_failure(script: str) -> None:
    """Patterns, arithmetic, documents, and conditions whose failure is an answer."""
    manifest = (
        f"schedrun: v1\nname: s\njobs: {{j: {{schedule: {{every: 1h}}, target: {{shell: {json.dumps(script)}}}}}}}\n"
    )
    assert [] == places(lint(manifest, select=("SR607",)))


@pytest.mark.parametrize(
    "script",
    [
        "if a | b; then c | d; fi",
        "case $x in a|b) c | d;; esac",
        "cat <<E | wc\nx\nE",
        "x=$(a | b)",
        "a |& b",
        "cat 'it' | wc",
        "echo | a | b",
        "a | b\nc || true",
        "# no pipefail here\na | b",
        "set +o pipefail; a | b",
    ],
)
def test_a_pipeline_beside_these_is_found(script: str) -> None:
    """Only the part that is none is passed over."""
    manifest = (
        f"schedrun: v1\nname: s\njobs: {{j: {{schedule: {{every: 1h}}, target: {{shell: {json.dumps(script)}}}}}}}\n"
    )
    assert ["3:51 SR607"] == places(lint(manifest, select=("SR607",)))


def test_a_function_is_to_read_its_secret_itself() -> None:
    """References are resolved in commands and requests, not in arguments."""
    (finding,) = lint(one_job("target: {python: 'a:b', kwargs: {token: k3jh45}}"))
    assert finding.hint is not None
    assert "let the function read it" in finding.hint
