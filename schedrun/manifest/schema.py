"""The manifest's JSON Schema for editors, draft-07, generated from the models.

It says what the models say about shapes, types and names. What needs the whole document at once stays with `check`:
zones and crontabs that exist, duplicates, instants without an offset.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, TypeAlias

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from schedrun.core.spec.duration import text_of
from schedrun.core.spec.job import Job
from schedrun.core.spec.manifest import Manifest
from schedrun.core.spec.schedule import CronSchedule
from schedrun.core.spec.target import HttpRequest, ShellTarget

_Schema: TypeAlias = dict[str, Any]

DIALECT = "http://json-schema.org/draft-07/schema#"
_TITLE = "schedrun manifest, version 1"
_NULL: _Schema = {"type": "null"}
_RESTRICTIONS = frozenset({"type", "anyOf", "oneOf", "$ref", "enum", "const"})
_ABOUT = ("description", "default", "examples")


_DESCRIBED_BY: Mapping[str, tuple[type[BaseModel], ...]] = {
    "Job": (Job,),
    "Defaults": (Job,),
    "ScheduleDefaults": (CronSchedule,),
    "TargetDefaults": (ShellTarget, HttpRequest),
}
"""The models whose fields say what those of the same name are for: defaults have the shape of a job."""


class _Draft07(GenerateJsonSchema):
    schema_dialect = DIALECT

    def encode_default(self, dft: Any) -> Any:
        """Return a default as a manifest writes it: editors insert it."""
        return text_of(dft) if isinstance(dft, timedelta) else super().encode_default(dft)


def manifest_schema() -> dict[str, Any]:
    """Return the schema of one document of a manifest."""
    schema = Manifest.model_json_schema(
        by_alias=True, ref_template="#/definitions/{model}", schema_generator=_Draft07, mode="validation"
    )
    definitions = schema.pop("$defs")
    for name, models in _DESCRIBED_BY.items():
        _describe(definitions[name]["properties"], models)
    for model in (schema, *definitions.values()):
        _let_null_take_away(model)
    schema["properties"]["jobs"]["additionalProperties"] = False
    schema["patternProperties"] = {"^x-": {"description": "Anything: a place for anchors."}}
    return {"$schema": DIALECT, "title": _TITLE, **_tidy(schema), "definitions": _tidy(definitions)}


def _describe(properties: dict[str, _Schema], models: Iterable[type[BaseModel]]) -> None:
    for model in models:
        for name, field in model.model_fields.items():
            if name in properties and field.description is not None:
                properties[name].setdefault("description", field.description)


def _let_null_take_away(model: _Schema) -> None:
    """Allow null for all fields that may be left out, and for the entries of mappings that merge with defaults."""
    required = model.get("required", ())
    for name, field in model.get("properties", {}).items():
        if isinstance(field.get("additionalProperties"), dict):
            field["additionalProperties"] = _nullable(field["additionalProperties"])
        if name not in required:
            model["properties"][name] = _nullable(field)


def _nullable(schema: _Schema) -> _Schema:
    alternatives = schema.get("anyOf")
    if alternatives is None:
        if schema.keys().isdisjoint(_RESTRICTIONS):
            return schema
        said = {key: value for key, value in schema.items() if key not in _ABOUT}
        alternatives = [said]
    if _NULL not in alternatives:
        alternatives = [*alternatives, _NULL]
    return {**{key: schema[key] for key in _ABOUT if key in schema}, "anyOf": alternatives}


def _tidy(value: Any) -> Any:
    """Return the schema without what editors show as noise, and with nothing beside a `$ref`.

    Generated titles only repeat the names of fields, and defaults that hold nothing say nothing. Draft-07 ignores
    whatever stands beside `$ref`.
    """
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    if not isinstance(value, dict):
        return value
    tidy = {key: _tidy(item) for key, item in value.items() if not _is_noise(key, item)}
    if "$ref" in tidy and len(tidy) > 1:
        tidy = {"allOf": [{"$ref": tidy.pop("$ref")}], **tidy}
    return tidy


def _is_noise(key: str, value: object) -> bool:
    return (key == "title" and isinstance(value, str)) or (
        key == "default" and (value is None or isinstance(value, dict | list))
    )
