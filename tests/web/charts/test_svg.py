"""SVG as text."""

from markupsafe import Markup

from schedrun.web.charts.svg import element, percent, picture


def test_escapes_text_and_attributes() -> None:
    """Nothing that a manifest says becomes markup."""
    assert '<text class="a&#34;&gt;">&lt;b&gt;&amp;</text>' == element("text", "<b>&", class_='a">')


def test_keeps_markup_and_leaves_out_what_is_none() -> None:
    """Elements stand in elements; an attribute without a value is not there."""
    assert '<g><path d="M0"/></g>' == element("g", element("path", d="M0"), class_=None)


def test_names_attributes_as_svg_does() -> None:
    """A Python name becomes the attribute's, numbers are short."""
    assert '<rect aria-label="x" x="1.5" y="3" rx="0.33"/>' == element("rect", aria_label="x", x=1.5, y=3.0, rx=1 / 3)


def test_percentages_are_short() -> None:
    """Two digits are finer than any screen."""
    assert "33.33%" == percent(1 / 3)


def test_a_picture_is_known_by_its_label() -> None:
    """One that is as wide as its box has no box of its own, which would scale its texts."""
    wide = picture("a < b", class_="c", width="100%", height=10)
    assert isinstance(wide, Markup)
    assert 'role="img" aria-label="a &lt; b"' in wide
    assert "viewBox" not in wide
    assert 'viewBox="0 0 20 10"' in picture("a", class_="c", width=20, height=10)
