"""How much of a run's output is recorded, and the line that says what is not."""

OUTPUT_CAP = 1 << 20
"""How many bytes of a run's output are kept."""


def capped(text: str, *, cap: int = OUTPUT_CAP) -> str:
    """Return `text` as it is recorded: the first MiB, and lone surrogates replaced by `?`."""
    if len(text) <= cap // 4 and text.isascii():
        return text
    data = text.encode("utf-8", "replace")
    if len(data) <= cap:
        return data.decode()
    # A character that the cap splits is left out.
    return f"{data[:cap].decode(errors='ignore')}{cut_line(len(data) - cap)}"


def cut_line(count: int) -> str:
    """Return what stands in the place of `count` bytes."""
    return f"\n[output cut here: {count:,} more bytes]"
