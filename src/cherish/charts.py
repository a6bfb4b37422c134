"""Pictures of answers: one house theme, light and dark, drawn to SVG, PNG or HTML without any network."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from cherish.errors import QuestionError, Unsupported
from cherish.show import layout
from cherish.show.answered import Answered
from cherish.show.numbers import is_money, is_share

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
COLOURS = ["#0f766e", "#c2410c", "#4f46e5", "#a16207", "#be185d", "#0369a1", "#4d7c0f", "#7e22ce", "#57534e", "#b91c1c"]
DARK_COLOURS = [
    "#2dd4bf",
    "#fb923c",
    "#a5b4fc",
    "#facc15",
    "#f472b6",
    "#38bdf8",
    "#a3e635",
    "#d8b4fe",
    "#d6d3d1",
    "#f87171",
]
WIDTH, HEIGHT = 640, 320
BARS, BINS = 20, 30
SUFFIXES = (".svg", ".png", ".html")


def of(result: Answered, *, dark: bool = False) -> Any:
    """The chart of an answer in the house theme, titled by what it says.

    Raises:
        Unsupported: the answer has nothing to draw.
    """
    if result.table.num_rows == 0:
        raise Unsupported(f"{result.name}: the table is empty, so there is nothing to draw")
    chart = _drawn(result)
    if chart is None:
        raise Unsupported(f"{result.name} has no picture; its table says it best")
    return themed(_titled(chart, result), dark=dark)


def themed(chart: Any, *, dark: bool = False) -> Any:
    """A chart with the house's colours, type and lines."""
    ink, soft, rule, ground = (
        ("#e7e5e4", "#a8a29e", "#44403c", "#1c1917") if dark else ("#1c1917", "#57534e", "#e7e5e4", "#ffffff")
    )
    made = chart.copy(deep=False)
    made.background = ground
    made._kwds["config"] = {
        "font": FONT,
        "range": {"category": DARK_COLOURS if dark else COLOURS},
        "mark": {"color": (DARK_COLOURS if dark else COLOURS)[0]},
        "line": {"strokeWidth": 2},
        "view": {"stroke": None, "continuousWidth": WIDTH, "continuousHeight": HEIGHT, "discreteWidth": WIDTH},
        "title": {
            "color": ink, "subtitleColor": soft, "anchor": "start", "fontSize": 15, "subtitleFontSize": 11,
            "offset": 12,
        },
        "axis": {
            "labelColor": soft, "titleColor": soft, "titleFontWeight": "normal", "gridColor": rule, "domainColor": rule,
            "tickColor": rule, "labelFontSize": 11, "titleFontSize": 11, "labelLimit": 240,
        },
        "axisX": {"grid": False},
        "legend": {"labelColor": soft, "titleColor": soft, "titleFontWeight": "normal", "labelLimit": 240},
        "header": {"labelColor": soft, "titleColor": soft, "titleFontWeight": "normal"},
        "padding": 12,
    }  # fmt: skip
    return made


def save(answer: Any, file: Path | str, *, dark: bool = False) -> Path:
    """Draw an answer (or an Altair chart) to a file; its ending says how.

    Raises:
        QuestionError: another ending than .svg, .png or .html.
    """
    import vl_convert

    path = Path(file)
    if path.suffix.lower() not in SUFFIXES:
        raise QuestionError(f"{path.name}: name a file that ends in {', '.join(SUFFIXES)}")
    if not path.parent.is_dir():
        raise QuestionError(f"there is no folder {path.parent}; make it, or write elsewhere")
    spec = specification(of(answer, dark=dark) if hasattr(answer, "table") else answer)
    # No address is allowed, so that a chart can't fetch anything while it is drawn.
    if path.suffix.lower() == ".svg":
        path.write_text(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]), encoding="utf-8")
    elif path.suffix.lower() == ".png":
        path.write_bytes(vl_convert.vegalite_to_png(spec, scale=2, allowed_base_urls=[]))
    else:
        path.write_text(vl_convert.vegalite_to_html(spec, bundle=True), encoding="utf-8")
    return path


def specification(chart: Any) -> dict[str, Any]:
    """The chart as Vega-Lite, however many rows it has."""
    import altair as alt

    with alt.data_transformers.enable("default", max_rows=None):
        spec: dict[str, Any] = chart.to_dict()
    return spec


def drawable(table: Any) -> Any:
    """The table with money as numbers: a picture needs no more digits than a screen has dots."""
    import pyarrow as pa

    for place, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            table = table.set_column(place, field.name, table.column(place).cast(pa.float64()))
    return table


def _titled(chart: Any, result: Answered) -> Any:
    said = textwrap.wrap(layout.sentence(result), 110)
    if result.query.kind == "measure":
        title = {"text": textwrap.wrap(layout.sentence(result), 84), "subtitle": [result.name, result.convention]}
    else:
        asked = textwrap.wrap(result.about.get("question", result.query.name), 84)
        title = {"text": asked, "subtitle": [*said, result.name, result.convention]}
    return chart.properties(title=title)


def _drawn(result: Answered) -> Any:
    if result.query.kind == "report":
        return _definition(result).chart(drawable(result.table))
    draw = {"customer": _histogram, "group": _bars, "day": _line}[result.about["shape"]]
    return draw(drawable(result.table), result)


def _definition(result: Answered) -> Any:
    return result.query.definition() if result.origin is None else result.origin.definition


def _axis(result: Answered) -> dict[str, Any]:
    unit = result.about.get("unit", "")
    if is_share(unit):
        return {"title": result.query.name, "axis": {"format": ".0%"}}
    title = f"{result.query.name} ({unit})" if unit else result.query.name
    return {"title": title, "axis": {"format": ",.2~f" if is_money(unit) else ",~f"}}


def _line(table: Any, result: Answered) -> Any:
    import altair as alt

    return alt.Chart(table).mark_line().encode(
        x=alt.X("day:T", title=None), y=alt.Y("value:Q", scale=alt.Scale(zero=False), **_axis(result))
    )  # fmt: skip


def _bars(table: Any, result: Answered) -> Any:
    import altair as alt

    label = table.column_names[0]
    return alt.Chart(table.slice(0, BARS)).mark_bar().encode(
        y=alt.Y(field=label, type="nominal", sort=None, title=label), x=alt.X("value:Q", **_axis(result))
    )  # fmt: skip


def _histogram(table: Any, result: Answered) -> Any:
    import altair as alt
    import numpy as np
    import pyarrow as pa

    values = table["value"].drop_null().cast("float64").to_numpy()
    if not len(values):
        return None
    # The longest tail would squeeze everybody else into one bar: the last bar holds the highest hundredth.
    low, high = float(values.min()), float(np.quantile(values, 0.99))
    whole = bool((values == np.floor(values)).all())
    span = max(high - low, 1.0 if whole else 1e-9)
    width = max(1.0, float(np.ceil((span + 1) / BINS))) if whole else span / BINS
    edges = low + width * np.arange(int(np.ceil((span + (1 if whole else 0)) / width)) + 1)
    counts, _ = np.histogram(np.minimum(values, edges[-1] - (width / 2)), bins=edges)
    bins = pa.table({"start": edges[:-1], "end": edges[1:], "customers": counts})
    return alt.Chart(bins).mark_bar(binSpacing=1).encode(
        x=alt.X("start:Q", bin="binned", **_axis(result)), x2="end:Q", y=alt.Y("customers:Q", title="customers")
    )  # fmt: skip
