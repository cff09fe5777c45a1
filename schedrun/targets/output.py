"""What a run printed: its first MiB, masked, as text, and all of it in a file where that is not enough."""

import codecs
from collections.abc import Callable

from schedrun.secret import Masker
from schedrun.targets.cap import OUTPUT_CAP, cut_line
from schedrun.targets.live_file import LiveFile


class Output:
    """Collects bytes as they arrive; secrets are masked also where they are split between two pieces.

    With `open_file`, everything goes to that file too once it is more than `cap`, or `spill` is called. It has no
    thread and no lock of its own: at most one may use it at a time.
    """

    def __init__(
        self, masker: Masker, *, cap: int = OUTPUT_CAP, open_file: Callable[[], LiveFile] | None = None
    ) -> None:
        self._mask = masker.stream()
        self._cap, self._open_file = cap, open_file
        self._kept = bytearray()
        self._cut = 0
        self._ended = False
        self.file: LiveFile | None = None
        """Where everything is, once it is somewhere."""

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return len(self._kept)

    @property
    def whole(self) -> bool:
        """Whether nothing was cut."""
        return self._cut == 0

    def feed(self, data: bytes) -> None:
        """Take the next piece."""
        if len(self._kept) >= self._cap and self._open_file is None:
            self._cut += len(data)
        else:
            self._keep(self._mask.feed(data))

    def spill(self) -> None:
        """Copy what was kept so far, and from now on everything, to the file."""
        if self.file is None and self._open_file is not None:
            self.file = self._open_file()
            self.file.write(bytes(self._kept))

    def end(self) -> None:
        """Take note that nothing more will be fed; idempotent."""
        if self._ended:
            return
        self._ended = True
        self._keep(self._mask.flush())
        if self.file is not None:
            self.file.close()

    def text(self, *, all_by: str | None = None) -> str:
        """End it and return what was kept, undecodable bytes replaced, and how much was cut.

        `all_by` is the command that prints what is in the file.
        """
        self.end()
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        # Not final when cut: a character that the cap splits is left out instead of called undecodable.
        text = decoder.decode(bytes(self._kept), final=self._cut == 0)
        return f"{text}{_cut_line(self._cut, self.file, all_by)}" if self._cut else text

    def _keep(self, masked: bytes) -> None:
        room = self._cap - len(self._kept)
        if len(masked) > room:
            self.spill()
        if self.file is not None:
            self.file.write(masked)
        self._kept += masked[:room]
        self._cut += max(0, len(masked) - room)


def _cut_line(count: int, file: LiveFile | None, all_by: str | None) -> str:
    more = f"{count:,} more bytes"
    if file is None or all_by is None:
        return cut_line(count)
    if file.fault is None:
        return f"\n[output cut here: {more}; `{all_by}` prints all of it]"
    return f"\n[output cut here: {more}, of which `{all_by}` prints what could be written: {file.fault}]"
