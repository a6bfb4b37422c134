"""Active customers over time: each day, and the four weeks up to it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from cherish.result import Result
from cherish.story import words
from cherish.story.asking import Asking
from cherish.story.pictures import canvas
from cherish.story.scene import Picture, Table
from cherish.story.sentence import Part

COARSE = 20
"""Below this many people a line would slope between counts that nobody can be between."""


def of(asking: Asking, course: Result, lately: Result) -> Picture | None:
    """The picture; none before there are two days."""
    start = asking.overview.headline["first_day"]
    if start is None:
        return None
    rows = [row for row in course.table.to_pylist() if row["day"] >= start and not row["partial"]]
    if len(rows) < 2:
        return None
    whole = start + timedelta(days=27)
    label = f"{asking.people.many.capitalize()} who {asking.acts.past} on each day, and in the four weeks up to it"
    mean = asking.mean(lately, "mean_dau")
    ends = asking.cell(course, "actives_28d", words.count, day=rows[-1]["day"]), Part(mean.text, mean)
    return Picture(label, lambda width: draw(rows, whole, ends, width), _table(asking, course, rows, whole))


def draw(rows: list[dict[str, Any]], whole: date, ends: tuple[Part, Part], width: int) -> Any:
    """Days as an area, four weeks as a line, both named at their end."""
    import altair as alt

    daily = [{"day": row["day"].isoformat(), "n": row["actives_1d"]} for row in rows]
    four = [{"day": row["day"].isoformat(), "n": row["actives_28d"]} for row in rows if row["day"] >= whole]
    most = max(1, *(row["n"] for row in daily + four))
    days = alt.Axis(format=_format(len(rows)), tickCount=5, labelFlush=True, labelOverlap=True, labelSeparation=12)
    x = alt.X("day:T", title=None, axis=days)
    y = alt.Y(
        "n:Q", title=None, scale=alt.Scale(domain=[0, most * 1.18]),
        axis=alt.Axis(tickCount=4, domain=False, ticks=False, grid=True, gridColor=canvas.RULE, format=",d"),
    )  # fmt: skip
    area = alt.Chart(alt.Data(values=daily)).mark_area(color=canvas.STONE, interpolate="step-after")
    layers = [area.encode(x=x, y=y)]
    if four:
        shape: Any = "step-after" if most < COARSE else "linear"
        line = alt.Chart(alt.Data(values=four)).mark_line(color=canvas.ACCENT, strokeWidth=2.5, interpolate=shape)
        layers += [line.encode(x=x, y=y), _end(four, ends[0], " in four weeks", canvas.ACCENT, x, y)]
    layers.append(_end(daily, ends[1], " a day", canvas.SOFT, x, y))
    return canvas.finished(alt.layer(*layers), width, 226)


def _format(days: int) -> str:
    return "%e %b" if days <= 120 else "%b" if days <= 366 else "%b %Y"


def _end(rows: list[dict[str, Any]], number: Part, after: str, colour: str, x: Any, y: Any) -> Any:
    import altair as alt

    # Above the highest of what lies under it, so that the text never lies on what it names.
    top = max(row["n"] for row in rows[-max(1, len(rows) * 9 // 20) :])
    mark = alt.Chart(alt.Data(values=[{"day": rows[-1]["day"], "n": top, **canvas.written(number, after)}]))
    return mark.mark_text(align="right", dy=-11, color=colour, fontSize=canvas.SIZE, fontWeight=600).encode(
        x=x, y=y, text="text:N", description="figure:N"
    )


def _table(asking: Asking, course: Result, rows: list[dict[str, Any]], whole: date) -> Table:
    # The last day of each month (or each day where there are few): enough to read the course.
    ends = [
        row for row, after in zip(rows, [*rows[1:], None], strict=True)
        if len(rows) <= 31 or after is None or after["day"].month != row["day"].month
    ]  # fmt: skip
    shown = [
        (
            Part(words.day(row["day"])),
            asking.cell(course, "actives_1d", words.count, day=row["day"]),
            asking.cell(course, "actives_28d", words.count, day=row["day"]) if row["day"] >= whole else Part(""),
        )
        for row in ends
    ]
    return Table(("day", "on that day", "in the four weeks up to it"), tuple(shown))
