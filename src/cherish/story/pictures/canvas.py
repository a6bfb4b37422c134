"""What all pictures share: size, type, and colours that are names until the page says what they look like."""

from __future__ import annotations

import re
from typing import Any

WIDTH = 400
INK, SOFT, ACCENT, STONE, RULE = "#010101", "#020202", "#030303", "#040404", "#050505"
"""Stand-ins in the SVG for the page's variables, so that one picture serves light, dark and print."""
VARIABLES = {INK: "--ink", SOFT: "--soft", ACCENT: "--accent", STONE: "--stone", RULE: "--rule"}
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
SIZE = 13
_ROLES = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
_IDS = re.compile(r'(\bid="|url\(#|href="#)([^")]+)')


def finished(chart: Any, height: int) -> Any:
    """The chart in the common style."""
    return (
        chart.properties(width=WIDTH, height=height, background="transparent", padding=4, autosize={"type": "pad"})
        .configure(font=FONT, aria=False)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=SOFT, labelFontSize=12, titleColor=SOFT, titleFontSize=12, titleFontWeight="normal",
            grid=False, domainColor=RULE, tickColor=RULE, labelPadding=5, titlePadding=8,
        )
    )  # fmt: skip


def svg(chart: Any, key: str) -> str:
    """The chart as SVG text whose colours are the page's variables and whose width is that of its place.

    The page describes the picture itself, so the marks' own roles go; ids get the key in front, because several
    pictures share a page.
    """
    import vl_convert

    text: str = vl_convert.vegalite_to_svg(chart.to_dict(validate=False), allowed_base_urls=[])
    for colour, variable in VARIABLES.items():
        text = text.replace(f'"{colour}"', f'"var({variable})"')
    text = _ROLES.sub("", text)
    return _IDS.sub(lambda found: f"{found[1]}{key}-{found[2]}", text)
