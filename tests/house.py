"""House rules that no linter knows: run by `make lint`, exits 1 with one line a breach."""

import subprocess
import sys
from pathlib import Path

MOST_LINES = 400
SUFFIXES = {".py", ".sql", ".html", ".j2", ".sh", ".js", ".css"}
TOP_LEVEL = {
    "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "action.yml", "manifests", "pyproject.toml",
    "schedrun", "schemas", "tests",
}  # fmt: skip
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}


def breaches(root: Path) -> list[str]:
    """Return what breaks a house rule in the files that git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=root, check=True, capture_output=True, text=True,
    )  # fmt: skip
    files = [Path(line) for line in listed.stdout.splitlines() if (root / line).is_file()]
    found = [
        f"{file}: does not belong at the top level"
        for file in files
        if file.parts[0] not in TOP_LEVEL and not file.parts[0].startswith(".")
    ]
    for file in files:
        if file.suffix not in SUFFIXES:
            continue
        lines = len((root / file).read_text(encoding="utf-8").splitlines())
        if lines > MOST_LINES:
            found.append(f"{file}: {lines} lines, more than {MOST_LINES}; split it by concept")
        if file.stem in VAGUE:
            found.append(f"{file}: the name says nothing; name the concept")
    for package in sorted({file.parent for file in files if file.parts[0] == "schedrun" and file.suffix == ".py"}):
        charter = root / package / "__init__.py"
        if not charter.is_file() or not charter.read_text(encoding="utf-8").startswith('"""'):
            found.append(f"{package}: its __init__.py opens with the package's charter")
    return found


def main() -> None:
    """Print every breach and exit 1 when there is one."""
    found = breaches(Path(__file__).parents[1])
    sys.stdout.write("".join(f"{line}\n" for line in found))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
