"""Which fields stand where, taken from the models; what a field that stands nowhere was probably meant to be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from schedrun.core.spec.expect import EXPECT_KINDS, EXPECT_MODELS
from schedrun.core.spec.job import Job
from schedrun.core.spec.manifest import Defaults, Manifest, ScheduleDefaults, TargetDefaults
from schedrun.core.spec.notify import CHANNEL_KINDS, CHANNEL_MODELS, NOTIFY_FIELDS, Monitor
from schedrun.core.spec.policy import Misfire, Pause
from schedrun.core.spec.retries import Retries, When
from schedrun.core.spec.schedule import SCHEDULE_KINDS, CronSchedule, IntervalSchedule, OnceSchedule
from schedrun.core.spec.target import (
    TARGET_KINDS,
    CommandTarget,
    FromEnv,
    FromFile,
    HttpRequest,
    HttpTarget,
    PythonTarget,
    ShellTarget,
)
from schedrun.manifest.wording import closest, listed

Path = tuple[str | int, ...]
ANY = "*"
"""Stands for any one key, or any entry of a list, in the paths of a vocabulary."""

LISTS = ("expect", *NOTIFY_FIELDS)
"""The lists of a job whose entries are mappings."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The fields of a job, of defaults, or of a document.

    `variants` names, for each place, the models that may stand there: by the key that selects each, or by "" for the
    only one. `unions` are the places where Pydantic puts the name of the variant into an error's location.
    `elsewhere` explains fields that stand somewhere else in the document, or have another name here.
    """

    variants: Mapping[Path, Mapping[str, type[BaseModel]]]
    unions: frozenset[Path]
    elsewhere: Mapping[str, str]

    def is_union(self, path: Path) -> bool:
        """Return whether a variant's name follows `path` in the location of an error."""
        return any(each in self.unions for each in _spellings(path))

    def kinds(self, path: Path) -> Sequence[str]:
        """Return the keys of which exactly one must stand at `path`; none where anything may."""
        kinds = tuple(self._variants(path))
        return kinds if any(kinds) else ()

    def fields(self, path: Path) -> tuple[str, ...]:
        """Return the names of all fields that may stand at `path`, each once."""
        models = self._variants(path).values()
        return tuple(dict.fromkeys(name for model in models for name in _names(model)))

    def suggestion(self, path: Path, name: str) -> str | None:
        """Return what was probably meant by the unknown field `name` at `path`, None when nothing is near."""
        fitting = [kind for kind, model in self._variants(path).items() if name in _names(model)]
        if fitting:
            return f"`{name}` goes with {listed(fitting)}"
        if name in self.elsewhere:
            return self.elsewhere[name]
        places = [place for place in self.variants if name in self.fields(place)]
        if places:
            return f"`{name}` belongs {_place_in_words(places[0])}"
        near = closest(name, self.fields(path))
        if near is not None:
            return f"did you mean `{near}`?"
        return self._suggestion_elsewhere(name)

    def _suggestion_elsewhere(self, name: str) -> str | None:
        for place in self.variants:
            near = closest(name, self.fields(place))
            if near is not None:
                return f"did you mean `{near}`, {_place_in_words(place)}?"
        return None

    def _variants(self, path: Path) -> Mapping[str, type[BaseModel]]:
        return next((self.variants[each] for each in _spellings(path) if each in self.variants), {})


def _spellings(path: Path) -> tuple[Path, ...]:
    """Return the path as it is and as vocabularies write it, where any key or any entry of a list may stand."""
    numbered = tuple(ANY if isinstance(step, int) else step for step in path)
    return path, numbered, (*path[:-1], ANY)


def _place_in_words(place: Path) -> str:
    if len(place) > 1 and place[1] == ANY and place[0] in LISTS:
        return f"in an entry of the list `{place[0]}`"
    return f"under `{'.'.join(str(step) for step in place)}`" if place else "directly under the job"


def _names(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


_SECRETS: Mapping[str, type[BaseModel]] = {"from_env": FromEnv, "from_file": FromFile}

_CHANNELS: Mapping[str, type[BaseModel]] = dict(zip(CHANNEL_KINDS, CHANNEL_MODELS, strict=True))
_NOTIFY_PLACES: Mapping[Path, Mapping[str, type[BaseModel]]] = {
    **{(name, ANY): _CHANNELS for name in NOTIFY_FIELDS},
    **{(name, ANY, kind): _SECRETS for name in NOTIFY_FIELDS for kind in CHANNEL_KINDS if kind != "email"},
    ("monitor",): {"": Monitor},
    ("monitor", "url"): _SECRETS,
}
_NOTIFY_UNIONS = frozenset(_NOTIFY_PLACES) - {("monitor",)}

_CALLED_OTHERWISE = {
    "enabled": "write `paused: true` for a job that must not fire",
    "disabled": "write `paused: true` for a job that must not fire",
    "jitter": "write `spread` under `schedule`",
    "concurrency": "write `max_instances`",
    "tags": "write `labels`",
    "tz": "write `timezone`",
    "notify": "write `on_failure`, `on_recovery`, `on_missed` or `on_late`",
    "healthcheck": "write `monitor: {url: ...}`",
}
"""What other schedulers call a field of a job, and what to write here."""

JOB = Vocabulary(
    variants={
        (): {"": Job},
        ("schedule",): dict(
            zip(SCHEDULE_KINDS, (CronSchedule, IntervalSchedule, OnceSchedule), strict=True),
        ),
        ("target",): dict(
            zip(TARGET_KINDS, (CommandTarget, ShellTarget, PythonTarget, HttpTarget), strict=True),
        ),
        ("target", "http"): {"": HttpRequest},
        ("misfire",): {"": Misfire},
        ("retries",): {"": Retries},
        ("retries", "when"): {"": When},
        ("paused",): {"": Pause},
        ("expect", ANY): dict(zip(EXPECT_KINDS, EXPECT_MODELS, strict=True)),
        ("target", "env", ANY): _SECRETS,
        ("target", "http", "headers", ANY): _SECRETS,
        ("target", "http", "url"): _SECRETS,
        ("target", "http", "body"): _SECRETS,
        **_NOTIFY_PLACES,
    },
    unions=frozenset(
        {
            ("schedule",),
            ("target",),
            ("target", "env", ANY),
            ("target", "http", "headers", ANY),
            ("target", "http", "url"),
            ("target", "http", "body"),
            ("paused",),
            ("expect", ANY),
        }
    )
    | _NOTIFY_UNIONS,
    elsewhere={
        name: f"`{name}` belongs to the document, above `jobs`" for name in ("name", "defaults", "schedrun", "jobs")
    }
    | _CALLED_OTHERWISE,
)

_JOB_PLACES: tuple[Path, ...] = ((), ("schedule",), ("target",))

DEFAULTS = Vocabulary(
    variants={
        (): {"": Defaults},
        ("schedule",): {"": ScheduleDefaults},
        ("target",): {"": TargetDefaults},
        ("misfire",): {"": Misfire},
        ("retries",): {"": Retries},
        ("retries", "when"): {"": When},
        ("target", "env", ANY): _SECRETS,
        ("target", "headers", ANY): _SECRETS,
        **_NOTIFY_PLACES,
    },
    unions=frozenset({("target", "env", ANY), ("target", "headers", ANY)}) | _NOTIFY_UNIONS,
    elsewhere={
        name: f"`{name}` cannot be a default: say it in each job" for place in _JOB_PLACES for name in JOB.fields(place)
    }
    | {"http": "write `headers` directly under `target`; the rest of a request cannot be a default"},
)

DOCUMENT = Vocabulary(
    variants={(): {"": Manifest}},
    unions=frozenset(),
    elsewhere={
        name: f"`{name}` belongs {_place_in_words(place)}, below `jobs`"
        for place in reversed(tuple(JOB.variants))
        for name in JOB.fields(place)
    },
)
