"""What a campaign claims as bars, and below them what of it a lot has shown."""

from __future__ import annotations

from cherish.result import Result
from cherish.story.asking import Asking
from cherish.story.pictures import bars
from cherish.story.scene import Picture, Table
from cherish.story.sentence import Part

CLICKED, RECEIVED, OTHERS = "claimed: bought soon after a click", "claimed: got it and bought", "all the others"
NOTHING, ADDED = "not proven", "what it added"


def of(asking: Asking, found: Result) -> Picture:
    """The picture: a bar for each claim, and the words where nothing is proven."""
    rows = found.table.to_pylist()
    labels = dict(zip((row["what"] for row in rows), (CLICKED, RECEIVED, OTHERS), strict=False))
    cells = [
        (Part(label), asking.cell(found, "value", asking.paid, what=what))
        for what, label in labels.items()
        if label != OTHERS
    ]
    values = {row["what"]: row["value"] for row in rows}
    drawn = [
        bars.Bar(parts[0].text, float(values[what] or 0), parts[1], "plain")
        for what, parts in zip((what for what, label in labels.items() if label != OTHERS), cells, strict=True)
        if values[what] is not None
    ]
    last = rows[-1]
    shown = found.headline["verdict"] != NOTHING
    number = asking.cell(found, "value", asking.paid, what=last["what"]) if shown else Part(NOTHING)
    drawn.append(bars.Bar(ADDED, float(last["value"] or 0) if shown else 0.0, number, "strong"))
    table = Table(("", "money"), (*cells, (Part(ADDED), number)))
    label = "What the campaign can claim, and what of it is proven"
    return Picture(label, lambda width: bars.draw(drawn, width), table)
