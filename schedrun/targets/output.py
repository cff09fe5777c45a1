"""What a run printed: its first MiB, masked, as text."""

import codecs

from schedrun.secret import Masker

OUTPUT_CAP = 1 << 20
"""How many bytes of a run's output are kept."""


class Output:
    """Collects bytes as they arrive; secrets are masked also where they are split between two pieces."""

    def __init__(self, masker: Masker, *, cap: int = OUTPUT_CAP) -> None:
        self._mask = masker.stream()
        self._cap = cap
        self._kept = bytearray()
        self._cut = 0

    def feed(self, data: bytes) -> None:
        """Take the next piece."""
        if len(self._kept) >= self._cap:
            self._cut += len(data)
        else:
            self._keep(self._mask.feed(data))

    def text(self) -> str:
        """Return what was kept, undecodable bytes replaced, and how much was cut; nothing more may be fed."""
        self._keep(self._mask.flush())
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        # Not final when cut: a character that the cap splits is left out instead of called undecodable.
        text = decoder.decode(bytes(self._kept), final=self._cut == 0)
        return f"{text}{_cut_line(self._cut)}" if self._cut else text

    def _keep(self, masked: bytes) -> None:
        room = self._cap - len(self._kept)
        self._kept += masked[:room]
        self._cut += max(0, len(masked) - room)


def capped(text: str) -> str:
    """Return `text` as it is recorded: the first MiB, and lone surrogates replaced by `?`."""
    if len(text) <= OUTPUT_CAP // 4 and text.isascii():
        return text
    output = Output(Masker(()))
    output.feed(text.encode("utf-8", "replace"))
    return output.text()


def _cut_line(count: int) -> str:
    return f"\n[output cut here: {count:,} more bytes]"
