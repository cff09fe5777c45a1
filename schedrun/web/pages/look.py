"""The templates: everything is escaped, and a name that no page gives is an error."""

from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup, escape

from schedrun.render.counting import counted
from schedrun.render.instants import elapsed, length
from schedrun.web.charts.strip import words
from schedrun.web.charts.svg import element
from schedrun.web.pages import links, output


@cache
def environment() -> Environment:
    """Return the environment of all templates, read once."""
    folder = files("schedrun.web") / "templates"
    texts = {
        entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(".html")
    }
    made = Environment(
        loader=DictLoader(texts),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "words": words,
        "job_name": links.job_name,
        "length_words": _length,
        "short_revision": _short_revision,
        "output": output.shown,
        "marked": _marked,
    }
    made.globals |= {
        "counted": counted,
        "elapsed": elapsed,
        "with_query": links.with_query,
        "icon": links.icon,
        "status": links.status,
        "split_key": links.split_key,
    }
    return made


def page(name: str, values: dict[str, Any]) -> str:
    """Return the page of a template."""
    return environment().get_template(name).render(values)


def _length(duration: timedelta | float) -> str:
    return length(duration if isinstance(duration, timedelta) else timedelta(seconds=duration))


def _short_revision(revision: str) -> str:
    """Return as much of a commit as people compare, and whether there was more than that commit."""
    commit, plus, more = revision.partition("+")
    return f"{commit[:12]}{plus}{more}"


def _marked(frame: str) -> Markup:
    """Return a frame with its marks, which a screen reader passes over, apart from its line."""
    line, _, marks = frame.rpartition("\n")
    lead = len(marks) - len(marks.lstrip(" |"))
    marked = element("span", marks[:lead], element("b", marks[lead:], class_="marks"), aria_hidden="true")
    return escape(f"{line}\n") + marked
