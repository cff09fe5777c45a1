"""Names of files as other programs need them: from the top of a repository, or absolute."""

import posixpath

from schedrun.render.findings_report import Checkout


def from_the_top(name: str, checkout: Checkout) -> str | None:
    """Return the path of a file below the first root that holds it, None when none does.

    `name` is relative to the checkout's folder, or absolute. Looks at no disk.
    """
    path = absolute(name, checkout)
    for root in checkout.roots:
        if path.startswith(f"{root.rstrip('/')}/"):
            return path[len(root.rstrip("/")) + 1 :]
    return None


def absolute(name: str, checkout: Checkout) -> str:
    """Return the absolute path of a file."""
    return posixpath.normpath(posixpath.join(checkout.folder, name))
