"""The templates: everything is escaped, and a name that no page gives is an error."""

from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined

from schedrun.render.counting import counted
from schedrun.render.instants import elapsed, length
from schedrun.web.charts.strip import words
from schedrun.web.pages import paths


@cache
def environment() -> Environment:
    """Return the environment of all templates, read once."""
    folder = files("schedrun.web") / "templates"
    texts = {entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(".html")}
    made = Environment(
        loader=DictLoader(texts),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {"words": words, "job_name": paths.job_name, "length": length}
    made.globals |= {"counted": counted, "elapsed": elapsed, "with_query": paths.with_query}
    return made


def page(name: str, values: dict[str, Any]) -> str:
    """Return the page of a template."""
    return environment().get_template(name).render(values)
