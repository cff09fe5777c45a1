"""What fuzzing begins with: whole manifests, and the words that they are made of."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from schedrun.core.spec.expect import EXPECT_KINDS
from schedrun.core.spec.job import Job
from schedrun.core.spec.manifest import Defaults, Header
from schedrun.core.spec.schedule import SCHEDULE_KINDS
from schedrun.core.spec.target import TARGET_KINDS
from schedrun.lint.catalog import RULES
from tests.manifest.pieces import PIECES

_MANIFESTS = Path(__file__).parents[2] / "manifests"
_SCALARS = ("Europe/Berlin", "Asia/Kathmandu", "1h30m", "0 2 * * *", "5 4 L * mon#1", "2026-03-29T02:30:00", "24:00")
_COMMENT = "# schedrun: ignore[SR501] reason\n"


def write(folder: Path) -> None:
    """Write every seed to a folder, which is made; names come from content."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds():
        (folder / sha256(seed).hexdigest()[:16]).write_bytes(seed)


def seeds() -> Iterator[bytes]:
    """Yield the samples of all rules, and the manifests of this tree."""
    for rule in RULES.values():
        yield from (rule.bad.encode(), rule.good.encode())
    yield from (path.read_bytes() for path in sorted(_MANIFESTS.rglob("*.yaml")))


def dictionary() -> str:
    """Return the words of manifests as libFuzzer's dictionary: one quoted text a line, bytes as escapes."""
    words = {*Job.model_fields, *Defaults.model_fields, *Header.model_fields, *SCHEDULE_KINDS, *TARGET_KINDS}
    words |= {*EXPECT_KINDS, *PIECES, *_SCALARS, _COMMENT}
    return "".join(f'"{_escaped(word)}"\n' for word in sorted(words))


def _escaped(word: str) -> str:
    return "".join(f"\\x{byte:02X}" for byte in word.encode())
