"""SVG elements as text, each attribute escaped."""

from functools import cache

from markupsafe import Markup, escape

Attribute = str | float | None


def element(name: str, /, *children: str, **attributes: Attribute) -> Markup:
    """Return an element. Children that are no markup are escaped as text; an attribute that is None is left out.

    A trailing underscore is dropped from an attribute's name (`class_`), others become hyphens (`aria_label`).
    """
    # A page has hundreds of elements: markup is not made where text does.
    said = "".join([f'{_named(key)}{_value(value)}"' for key, value in attributes.items() if value is not None])
    if not children:
        return Markup(f"<{name}{said}/>")  # noqa: S704  names are ours, values escaped
    inside = "".join([child if type(child) is Markup else escape(child) for child in children])
    return Markup(f"<{name}{said}>{inside}</{name}>")  # noqa: S704  as above, and children escaped


@cache
def _named(key: str) -> str:
    return f' {key.rstrip("_").replace("_", "-")}="'


def percent(share: float) -> str:
    """Return a share of the whole (0 to 1) as a percentage."""
    return f"{_number(100 * share)}%"


def picture(label: str, *children: str, class_: str, width: float | str, height: float) -> Markup:
    """Return a chart that screen readers know by its label."""
    box = None if isinstance(width, str) else f"0 0 {_number(width)} {_number(height)}"
    return element(
        "svg",
        *children,
        class_=class_,
        role="img",
        aria_label=label,
        width=width,
        height=height,
        viewBox=box,
        focusable="false",
    )


def _value(value: str | float) -> str:
    return escape(value) if isinstance(value, str) else _number(value)


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    return f"{value:.2f}".rstrip("0").rstrip(".")
