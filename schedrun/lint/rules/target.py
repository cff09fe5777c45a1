"""SR6: what jobs do."""

from schedrun.core.diagnostics import Rule, Severity
from schedrun.lint.samples import manifest

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING

RULES: tuple[Rule, ...] = (
    Rule(
        "SR601",
        _ERROR,
        "a Python target that names no function",
        "A function is written `module:function`. With `--resolve` it is also imported and held against its arguments;"
        " what a decorator may give is a warning.",
        manifest({"target": "{python: billing.tasks.close_day}"}),
        manifest({"target": '{python: "billing.tasks:close_day"}'}),
    ),
    Rule(
        "SR603",
        _ERROR,
        "a literal secret",
        "Manifests are read by many, and their history keeps what was once in them. The value is never printed.",
        manifest({"target": "{command: [./bin/report], env: {DB_PASSWORD: correct-horse}}"}),
        manifest({"target": "{command: [./bin/report], env: {DB_PASSWORD: {from_env: DB_PASSWORD}}}"}),
    ),
    Rule(
        "SR604",
        _WARNING,
        "a POST with retries",
        "The answer to a request can be lost after the server has done what was asked: a retry does it twice. The"
        " same holds for PATCH.",
        manifest(
            {"target": '{http: {method: POST, url: "https://example.com/invoices"}}', "retries": "{max: 2}"},
        ),
        manifest(
            {"target": '{http: {method: PUT, url: "https://example.com/invoices"}}', "retries": "{max: 2}"},
        ),
    ),
    Rule(
        "SR606",
        _WARNING,
        "shell syntax in a command list",
        "A command list is not read by a shell: `|`, `>` and `$HOME` reach the program as they are, and a"
        " whole line in the first place is taken for a program's name.",
        manifest({"target": '{command: [./bin/report, ">", out.txt]}'}),
        manifest({"target": '{shell: "./bin/report > out.txt"}'}),
    ),
    Rule(
        "SR607",
        _WARNING,
        "a shell pipeline that hides failures",
        "A pipeline ends as its last command does, so a dump that fails into `gzip` succeeds. `pipefail` lets any"
        " failure count. Pipelines that begin with `echo`, or end in `|| true`, hide none.",
        manifest({"target": '{shell: "pg_dump app | gzip > app.gz"}'}),
        manifest({"target": '{shell: "pg_dump app | gzip > app.gz", interpreter: [bash, -o, pipefail, -ec]}'}),
    ),
)
