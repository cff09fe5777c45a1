"""What schedrun or the system refuses, in words for one line."""

from schedrun.core.errors import SchedrunError
from schedrun.render.escape import for_terminal


def words(error: SchedrunError | OSError) -> str:
    """Return what was refused and, where the system names none but its working folder, that this one is gone."""
    if not isinstance(error, OSError):
        return for_terminal(str(error))
    if error.filename is not None:
        return for_terminal(f"{error.filename}: {error.strerror}")
    return "the working folder is gone: change into one that exists" if of_folder(error) else for_terminal(str(error))


def of_folder(error: OSError) -> bool:
    """Return whether it was the working folder itself that was not found."""
    if not isinstance(error, FileNotFoundError) or error.filename is not None:
        return False
    from pathlib import Path  # noqa: PLC0415  only a failure pays for it

    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False
