"""Where a request goes below whatever the application is mounted on."""

from starlette.types import Scope


def root_of(scope: Scope) -> str:
    """Return where the application is mounted: empty, or a path without a slash at its end."""
    return str(scope.get("root_path", "")).rstrip("/")


def path_of(scope: Scope) -> str:
    """Return the path below the mount, which begins with a slash."""
    root, path = root_of(scope), str(scope["path"])
    below = path.removeprefix(root) if path == root or path.startswith(f"{root}/") else path
    return below or "/"
