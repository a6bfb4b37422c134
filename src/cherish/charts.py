"""Pictures of answers: one house theme, light and dark, drawn to SVG, PNG or HTML without any network."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from cherish.errors import QuestionError, Unsupported
from cherish.show import layout, small
from cherish.show.answered import Answered
from cherish.show.numbers import is_money, is_share
from cherish.show.sides import sides

FONT = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
COLOURS = ["#b1123f", "#2a6f97", "#b7791f", "#2a7f6f", "#6b4c9a", "#6d655b", "#d1668f", "#7c8a3a", "#30466e", "#7d5a4f"]
DARK_COLOURS = [
    "#ff7d9b", "#7cc0e0", "#f0b95c", "#63cbb6", "#b79be8", "#bdb3a5", "#f4a3c1", "#c0cf74", "#93aee0", "#d0a08e",
]  # fmt: skip
"""The first is the accent of the story's page; neighbours differ in lightness too, for those who see few colours."""
LIGHT_INKS = ("#1c1a17", "#5c564d", "#e2dbd0", "#ffffff")
DARK_INKS = ("#f4efe7", "#b9b0a3", "#3a342d", "#1f1b17")
"""Letters, quiet letters, lines and ground, as on the story's page."""
WIDTH, HEIGHT = 640, 320
BARS, BINS = 20, 30
PIECE = 60
"""Up to so many letters what belongs together stays on one line."""
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
    ink, soft, rule, ground = DARK_INKS if dark else LIGHT_INKS
    made = chart.copy(deep=False)
    made.background = ground
    made._kwds["config"] = {
        "font": FONT,
        "range": {"category": DARK_COLOURS if dark else COLOURS},
        "mark": {"color": (DARK_COLOURS if dark else COLOURS)[0]},
        "line": {"strokeWidth": 2.2},
        "text": {"color": soft, "fontSize": 11},
        "view": {"stroke": None, "continuousWidth": WIDTH, "continuousHeight": HEIGHT, "discreteWidth": WIDTH},
        "title": {
            "color": ink, "subtitleColor": soft, "anchor": "start", "fontSize": 16, "subtitleFontSize": 11,
            "subtitlePadding": 6, "offset": 16, "lineHeight": 20, "subtitleLineHeight": 15,
        },
        "axis": {
            "labelColor": soft, "titleColor": soft, "titleFontWeight": "normal", "gridColor": rule, "domainColor": rule,
            "tickColor": rule, "labelFontSize": 11, "titleFontSize": 11, "labelLimit": 240, "titlePadding": 10,
            "labelPadding": 5,
        },
        "axisX": {"grid": False},
        "axisY": {"domain": False, "ticks": False},
        "legend": {"labelColor": soft, "titleColor": soft, "titleFontWeight": "normal", "labelLimit": 240},
        "header": {"labelColor": soft, "titleColor": soft, "titleFontWeight": "normal"},
        "padding": 20,
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
    # What belongs together stays on one line: "known silent share 10.7%".
    # Where a report says its answer in words, its figures stand in the picture.
    parts = str(result.headline.get("says") or layout.sentence(result)).split(" · ")
    together = " · ".join(_together(part) for part in parts) if len(parts) > 1 else parts[0]
    said = [line.replace("\u00a0", " ") for line in textwrap.wrap(together, 108, break_on_hyphens=False)]
    few = [f"some of it rests on fewer than {small.threshold()} customers"] if small.marks(result) else []
    if result.query.kind == "measure":
        title = {
            "text": textwrap.wrap(layout.sentence(result), 84),
            "subtitle": [*few, result.name, result.convention],
        }
    else:
        asked = textwrap.wrap(result.about.get("question", result.query.name), 84)
        title = {"text": asked, "subtitle": [*said, *few, result.name, result.convention]}
    return chart.properties(title=title)


def _together(part: str) -> str:
    """A figure in one piece; a whole sentence may be folded."""
    return part if len(part) > PIECE else part.replace(" ", "\u00a0")


def _drawn(result: Answered) -> Any:
    both = sides(result)
    return _side_by_side(both) if both else _one(result)


def _side_by_side(both: tuple[tuple[str, Any], ...]) -> Any:
    """The same picture of each side, one below the other."""
    import altair as alt

    charts = [(name, _one(side)) for name, side in both if side.table.num_rows]
    drawn = [chart.properties(title=alt.TitleParams(name, fontSize=13)) for name, chart in charts if chart is not None]
    return alt.vconcat(*drawn) if drawn else None


def _one(result: Answered) -> Any:
    if result.query.kind == "report":
        return _of_report(result)
    if "stages" in result.about and result.about["shape"] != "day":
        return _stages(result.table, result)
    draw = {"customer": _histogram, "group": _bars, "day": _line}[result.about["shape"]]
    return draw(drawable(result.table), result)


def _of_report(result: Answered) -> Any:
    try:
        return _definition(result).chart(drawable(result.table))
    except TypeError as error:
        if not small.is_shared(result):
            raise
        # A picture that does sums meets a hidden figure, which is null.
        raise Unsupported(f"{result.name}: nothing to draw without the figures that are hidden") from error


def _definition(result: Answered) -> Any:
    return result.query.definition() if result.origin is None else result.origin.definition


def _axis(result: Answered) -> dict[str, Any]:
    unit, name = result.about.get("unit", ""), result.query.name.replace("_", " ")
    if is_share(unit):
        return {"title": name, "axis": {"format": ".0%"}}
    title = f"{name} ({unit})" if unit and unit != name.rpartition(" ")[2] else name
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
    bars = int(np.ceil((span + 1) / width)) if whole else BINS
    edges = low + width * np.arange(bars + 1)
    counts, _ = np.histogram(np.minimum(values, edges[-1] - (width / 2)), bins=edges)
    if whole and width == 1:
        return _columns(edges[:-1], counts, float(values.max()), result)
    bins = pa.table({"start": edges[:-1], "end": edges[1:], "customers": counts})
    drawn = alt.Chart(bins).mark_bar(binSpacing=1).encode(
        x=alt.X("start:Q", bin="binned", scale=alt.Scale(nice=False, zero=False), **_axis(result)), x2="end:Q",
        y=alt.Y("customers:Q", title="customers"),
    )  # fmt: skip
    return drawn + _and_more(bins, result) if float(values.max()) > max(high, edges[-1]) else drawn


def _and_more(bins: Any, result: Answered) -> Any:
    """What the last bar holds, above it: its own values and all that are higher."""
    import altair as alt

    last = bins.slice(bins.num_rows - 1)
    form = ".0%" if is_share(result.about.get("unit", "")) else ",.4~r"
    told = alt.Chart(last).transform_calculate(told=f"format(datum.start, '{form}') + ' or more'")
    return told.mark_text(align="right", baseline="bottom", dy=-4).encode(
        x=alt.X("end:Q"), y=alt.Y("customers:Q"), text=alt.Text("told:N")
    )  # fmt: skip


def _stages(table: Any, result: Answered) -> Any:
    """How many customers are in each stage; of groups the shares side by side."""
    import altair as alt

    order = result.about["stages"].split("|")
    stage = alt.Y("stage:N", sort=order, title=None)
    if result.about["shape"] == "customer":
        rows = [{"stage": each, "customers": result.headline[each]} for each in order]
        return alt.Chart(alt.Data(values=rows)).mark_bar().encode(y=stage, x=alt.X("customers:Q", title="customers"))
    label = table.column_names[0]
    shown = table.filter(table["share"].is_valid())
    if not shown.num_rows:
        return None
    return alt.Chart(shown).mark_bar().encode(
        y=alt.Y(field=label, type="nominal", sort=None, title=label),
        x=alt.X("share:Q", title="share of customers", axis={"format": ".0%"}),
        color=alt.Color("stage:N", sort=order, title=None),
        order=alt.Order("place:Q"),
    ).transform_calculate(place=f"indexof({order!r}, datum.stage)")  # fmt: skip


def _columns(values: Any, counts: Any, most: float, result: Answered) -> Any:
    """A bar for each value where there are few and all are whole; the last one holds those above it, too."""
    import altair as alt

    names = [f"{value:g}" for value in values]
    names[-1] += "+" if most > values[-1] else ""
    rows = [{"value": name, "customers": int(count)} for name, count in zip(names, counts, strict=True)]
    axis = alt.Axis(labelAngle=0, labelOverlap=True)
    return alt.Chart(alt.Data(values=rows)).mark_bar().encode(
        x=alt.X("value:O", sort=None, title=_axis(result)["title"], axis=axis),
        y=alt.Y("customers:Q", title="customers"),
    )  # fmt: skip
