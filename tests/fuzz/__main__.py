"""Fuzz `schedrun validate` under atheris: `python -m tests.fuzz --seconds 60`; exit code 77 when something was found.

Inputs grow from the samples of all rules and from the manifests of this tree, led by what code they reach. One that is
found is written to `tests/fuzz/found/`, where a test runs it from then on.
"""

import argparse
import sys
import tempfile
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

import atheris

_HERE = Path(__file__).parent
_LONGEST = 4_096  # bytes; longer ones are slow, and say little more
_SLOWEST = 10  # seconds for one input, instrumented; more counts as a hang
_MOST_MEMORY = 2_048  # MiB


def main() -> None:
    """Fuzz for the given time."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Give schedrun manifests of any kind.")
    parser.add_argument("--seconds", type=int, default=60, help="how long")
    parser.add_argument("--corpus", type=Path, help="a folder of inputs to grow; else a new one that is thrown away")
    options = parser.parse_args()
    # It names every module that it instruments.
    with redirect_stderr(StringIO()), atheris.instrument_imports(include=["schedrun"]):
        from tests.fuzz import reader, seeds

        # What is imported on use is to be led into as well.
        for seed in seeds.seeds():
            reader.examine(seed)
    with tempfile.TemporaryDirectory(prefix="schedrun-fuzz-") as name:
        corpus = options.corpus or Path(name) / "corpus"
        seeds.write(corpus)
        words = Path(name) / "words"
        words.write_text(seeds.dictionary(), encoding="ascii")
        atheris.Setup(
            [
                sys.argv[0],
                f"-max_total_time={options.seconds}",
                f"-max_len={_LONGEST}",
                "-len_control=0",  # seeds are whole manifests: to begin with short ones would waste them
                "-verbosity=0",
                "-print_final_stats=1",
                f"-timeout={_SLOWEST}",
                f"-rss_limit_mb={_MOST_MEMORY}",
                f"-artifact_prefix={_HERE / 'found'}/",
                f"-dict={words}",
                str(corpus),
            ],
            reader.examine,
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
