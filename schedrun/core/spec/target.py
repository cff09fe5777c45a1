"""What a job does: a command, a shell text, a Python function or an HTTP request."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from schedrun.core.pattern import Pattern
from schedrun.core.spec.base import Spec, fault

NonEmpty = Annotated[str, Field(min_length=1)]


class FromEnv(Spec):
    """A secret read from an environment variable of the service when the run starts."""

    from_env: Annotated[NonEmpty, Field(description="The name of the variable.")]


class FromFile(Spec):
    """A secret read from a file when the run starts; one trailing newline is dropped."""

    from_file: Annotated[NonEmpty, Field(description="The path of the file.")]


_SECRETS = ("from_env", "from_file")


def _value_kind(value: object) -> str | None:
    if isinstance(value, dict):
        return next((kind for kind in _SECRETS if kind in value), None)
    return next((kind for kind in _SECRETS if hasattr(value, kind)), "text")


Value = Annotated[
    Annotated[str, Tag("text")] | Annotated[FromEnv, Tag("from_env")] | Annotated[FromFile, Tag("from_file")],
    Discriminator(_value_kind),
]
"""Text, or a reference to a secret."""

_PYTHON_REFERENCE = Pattern(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def _python_reference(text: str) -> str:
    if not _PYTHON_REFERENCE.fullmatch(text):
        raise fault(
            "SR601",
            f"{text!r} names no function",
            hint='write "module:function", such as "billing.tasks:close_day"',
        )
    return text


class Process(Spec):
    """What commands and shell texts share: environment and working folder (relative to `--app-dir`)."""

    env: Annotated[
        dict[NonEmpty, Value], Field(description="Environment variables: text, or references to secrets.")
    ] = {}
    env_file: Annotated[NonEmpty | None, Field(description="A file of KEY=VALUE lines, below `env`.")] = None
    inherit_env: Annotated[
        bool, Field(description="Whether the service's own environment comes first; else PATH, HOME and LANG alone.")
    ] = True
    workdir: Annotated[NonEmpty | None, Field(description="The working folder, relative to `--app-dir`.")] = None


class CommandTarget(Process):
    """A program and its arguments; no shell reads them."""

    command: Annotated[list[str], Field(min_length=1, description="The program and its arguments.")]


class ShellTarget(Process):
    """A text for an interpreter, `/bin/sh -ec` unless said otherwise."""

    shell: Annotated[NonEmpty, Field(description="The text.")]
    interpreter: Annotated[
        list[str], Field(min_length=1, description="What reads the text, which becomes its last argument.")
    ] = ["/bin/sh", "-ec"]


class PythonTarget(Spec):
    """A function `module:function` of the application, called with `args` and `kwargs`."""

    python: Annotated[str, AfterValidator(_python_reference), Field(description="The function, as `module:function`.")]
    args: Annotated[list[Any], Field(description="Its positional arguments.")] = []
    kwargs: Annotated[dict[str, Any], Field(description="Its keyword arguments.")] = {}


class HttpRequest(Spec):
    """A request; success is any 2xx. Secret references may stand in url, headers, body and anywhere in json."""

    method: Annotated[
        Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"], Field(description="The method.")
    ] = "GET"
    url: Annotated[Value, Field(description="Where the request goes.")]
    headers: Annotated[dict[NonEmpty, Value], Field(description="Headers: text, or references to secrets.")] = {}
    body: Annotated[Value | None, Field(description="The body as text.")] = None
    json_body: Annotated[Any, Field(alias="json", description="The body as JSON.")] = None

    @model_validator(mode="after")
    def _has_one_body(self) -> Self:
        if self.body is not None and self.json_body is not None:
            message = "a request has `body` or `json`, not both"
            raise fault("SR104", message, hint="keep one of them", path=("json",))
        return self


class HttpTarget(Spec):
    """One HTTP request."""

    http: Annotated[HttpRequest, Field(description="The request.")]


class CodeTarget(Spec):
    """A function that the embedding application registered; manifests cannot say this."""

    code: str


TARGET_KINDS = ("command", "shell", "python", "http")
"""The keys of which a manifest's target has exactly one."""


def _target_kind(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((kind for kind in (*TARGET_KINDS, "code") if kind in value), None)
    return next((kind for kind in (*TARGET_KINDS, "code") if hasattr(value, kind)), None)


Target = Annotated[
    Annotated[CommandTarget, Tag("command")]
    | Annotated[ShellTarget, Tag("shell")]
    | Annotated[PythonTarget, Tag("python")]
    | Annotated[HttpTarget, Tag("http")],
    Discriminator(_target_kind),
]
"""What a manifest's job may do."""
