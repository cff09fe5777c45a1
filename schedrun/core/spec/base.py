"""What every model of the manifest shares: frozen, strict, closed, and faults that carry a code and a hint."""

from typing import Any, LiteralString

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError


class Spec(BaseModel):
    """A frozen, strict, closed model: unknown keys and `"5"` for 5 are errors."""

    # Most models are only parts of others, which build them with themselves: start-up time counts.
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)


def fault(
    code: LiteralString, message: str, *, hint: str | None = None, path: tuple[str | int, ...] = ()
) -> PydanticCustomError:
    """Return a validation error with a stable diagnostic `code`.

    `path` leads from the validated model to the field at fault, where a model's own validator finds it.
    Raise it inside a Pydantic validator; `manifest.check` turns its context into a diagnostic.
    """
    context: dict[str, Any] = {"message": message, "hint": hint, "path": path}
    return PydanticCustomError(code, "{message}", context)
