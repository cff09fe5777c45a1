"""What a job does: a command, a shell text, a Python function or an HTTP request."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from schedrun.core.pattern import Pattern
from schedrun.core.spec.base import Spec, fault
from schedrun.core.spec.header import HeaderName, header_value
from schedrun.core.spec.process_text import Argv, EnvName, ProcessText, process_text
from schedrun.core.spec.shape import NAME, Shape
from schedrun.core.spec.web_address import SHAPE, web_address

SERVICE_VARIABLES = "SCHEDRUN_"
"""What the names of the service's own settings begin with; no job reads or inherits them."""


_FILE_HINT = "write the whole path, such as /run/secrets/NAME"


def _refuse(kind: str, said: str, path: tuple[str | int, ...] = ()) -> None:
    """Raise a fault for a reference of a kind that nothing can be read by, without repeating it."""
    if kind == "from_env" and said.startswith(SERVICE_VARIABLES):
        hint = f"use a name that does not begin with {SERVICE_VARIABLES}"
        raise fault("SR102", "no job can read this variable: it is one of the service itself", hint=hint, path=path)
    if kind == "from_file" and not said.startswith("/"):
        raise fault("SR102", "the file of a secret is named by an absolute path", hint=_FILE_HINT, path=path)


def _variable(name: str) -> str:
    _refuse("from_env", name)
    return name


def _file(path: str) -> str:
    _refuse("from_file", path)
    return path


class FromEnv(Spec):
    """A secret read from an environment variable of the service when the run starts."""

    from_env: Annotated[
        EnvName,
        AfterValidator(_variable),
        Shape(f"^(?!{SERVICE_VARIABLES})", f"use a name that does not begin with {SERVICE_VARIABLES}"),
        Field(description="The name of the variable."),
    ]


class FromFile(Spec):
    """A secret read from a file when the run starts; one trailing newline is dropped."""

    from_file: Annotated[
        ProcessText,
        AfterValidator(_file),
        Shape("^/", _FILE_HINT),
        Field(description="The path of the file."),
    ]


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

WebAddress = Annotated[Value, AfterValidator(web_address), SHAPE]
"""An http or https URL as text, or a reference to a secret."""


def _process_value(value: str | FromEnv | FromFile) -> str | FromEnv | FromFile:
    return process_text(value) if isinstance(value, str) else value


EnvValue = Annotated[Value, AfterValidator(_process_value)]
"""What a variable of a process's environment holds, or a reference to a secret."""

HeaderValue = Annotated[Value, AfterValidator(header_value)]
"""What a header holds, or a reference to a secret."""

_PYTHON_REFERENCE = Pattern(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


_PYTHON_HINT = 'write "module:function", such as "billing.tasks:close_day"'
_PYTHON_SHAPE = Shape(rf"^{NAME}(?:\.{NAME})*:{NAME}(?:\.{NAME})*$", _PYTHON_HINT)


def _python_reference(text: str) -> str:
    if not _PYTHON_REFERENCE.fullmatch(text):
        raise fault(
            "SR601",
            f"{text!r} names no function",
            hint=_PYTHON_HINT,
        )
    return text


class Process(Spec):
    """What commands and shell texts share: environment and working folder (relative to `--app-dir`)."""

    env: Annotated[
        dict[EnvName, EnvValue], Field(description="Environment variables: text, or references to secrets.")
    ] = {}
    env_file: Annotated[ProcessText | None, Field(description="A file of KEY=VALUE lines, below `env`.")] = None
    inherit_env: Annotated[
        bool, Field(description="Whether the service's own environment comes first; else PATH, HOME and LANG alone.")
    ] = True
    workdir: Annotated[ProcessText | None, Field(description="The working folder, relative to `--app-dir`.")] = None


class CommandTarget(Process):
    """A program and its arguments; no shell reads them."""

    command: Annotated[Argv, Field(description="The program and its arguments.")]


class ShellTarget(Process):
    """A text for an interpreter, `/bin/sh -ec` unless said otherwise."""

    shell: Annotated[ProcessText, Field(description="The text.")]
    interpreter: Annotated[Argv, Field(description="What reads the text, which becomes its last argument.")] = [
        "/bin/sh",
        "-ec",
    ]


class PythonTarget(Spec):
    """A function `module:function` of the application, called with `args` and `kwargs`."""

    python: Annotated[
        str,
        AfterValidator(_python_reference),
        _PYTHON_SHAPE,
        Field(description="The function, as `module:function`."),
    ]
    args: Annotated[list[Any], Field(description="Its positional arguments.")] = []
    kwargs: Annotated[dict[str, Any], Field(description="Its keyword arguments.")] = {}


def _json_body(value: Any) -> Any:
    _refuse_references(value, ())
    return value


def _refuse_references(value: object, path: tuple[str | int, ...]) -> None:
    """Raise a fault for a reference in a JSON value, however deep, that nothing can be read by."""
    match value:
        case {"from_env": str() as name, **more} if not more:
            _refuse("from_env", name, (*path, "from_env"))
        case {"from_file": str() as file, **more} if not more:
            _refuse("from_file", file, (*path, "from_file"))
        case dict():
            for key, item in value.items():
                _refuse_references(item, (*path, key))
        case list():
            for place, item in enumerate(value):
                _refuse_references(item, (*path, place))


class HttpRequest(Spec):
    """A request; success is any 2xx. Secret references may stand in url, headers, body and anywhere in json."""

    method: Annotated[
        Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"], Field(description="The method.")
    ] = "GET"
    url: Annotated[WebAddress, Field(description="Where the request goes.")]
    headers: Annotated[
        dict[HeaderName, HeaderValue], Field(description="Headers: text, or references to secrets.")
    ] = {}
    body: Annotated[Value | None, Field(description="The body as text.")] = None
    json_body: Annotated[Any, AfterValidator(_json_body), Field(alias="json", description="The body as JSON.")] = None

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
