"""What all pictures share: sizes, type, colours that are names until the page says what they look like, and figures."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Any

from cherish.story.sentence import Part

WIDE, NARROW = 466, 324
"""The widths a picture is drawn for: a column of the page, and a phone. Letters keep their size in both."""
INK, SOFT, ACCENT, STONE, RULE = "#010101", "#020202", "#030303", "#040404", "#050505"
"""Stand-ins in the SVG for the page's variables, so that one picture serves light, dark and print."""
VARIABLES = {INK: "--ink", SOFT: "--soft", ACCENT: "--accent", STONE: "--stone", RULE: "--rule"}
FONT = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
SIZE, SMALL = 13, 12
_TEXT = re.compile(r'<text aria-label="(\w+) (\d+)"([^>]*)>([^<]*)</text>')
_SPARE = re.compile(r' (?:role|aria-[a-z]+|font-family)="[^"]*"')
_IDS = re.compile(r'(\bid="|url\(#|href="#)([^")]+)')


def finished(chart: Any, width: int, height: int) -> Any:
    """The chart in the common style, as wide and as high as said with everything in it."""
    return (
        chart.properties(width=width, height=height, background="transparent", padding=0)
        .properties(autosize={"type": "fit", "contains": "padding"})
        .configure(font=FONT)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=SOFT, labelFontSize=SMALL, titleColor=SOFT, titleFontSize=SMALL, titleFontWeight="normal",
            grid=False, domainColor=RULE, tickColor=RULE, labelPadding=5, titlePadding=8,
        )
    )  # fmt: skip


def written(part: Part, after: str = "") -> dict[str, str]:
    """A text of a chart and, for `description`, which figure it begins with and how long that is."""
    mark = f"{part.figure.id} {len(part.text)}" if part.figure else ""
    return {"text": part.text + after, "figure": mark}


def svg(chart: Any, key: str) -> str:
    """The chart as SVG text whose colours are the page's variables and whose width is that of its place.

    Figures are marked as in sentences, so that a changed label is found. The page describes the picture and names the
    type itself, so the marks' own roles and fonts go; ids get the key in front, because several pictures share a page.
    """
    import vl_convert

    text: str = vl_convert.vegalite_to_svg(chart.to_dict(validate=False), allowed_base_urls=[])
    for colour, variable in VARIABLES.items():
        text = text.replace(f'"{colour}"', f'"var({variable})"')
    text = _SPARE.sub("", _TEXT.sub(_marked, text))
    return _IDS.sub(lambda found: f"{found[1]}{key}-{found[2]}", text)


def _marked(found: re.Match[str]) -> str:
    figure, length, attributes, content = found.groups()
    text, size = unescape(content), int(length)
    said, after = escape(text[:size]), escape(text[size:])
    return f'<text{attributes}><tspan data-figure="{figure}">{said}</tspan>{after}</text>'
