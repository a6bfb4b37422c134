"""An instrument as people read it: what it measures, its items, how it is scored, and under which terms."""

from __future__ import annotations

from collections.abc import Iterator

from cherish.instruments.instrument import Instrument

_WHOLES = {"items": "the mean of all items", "subscales": "the mean of the subscales", "none": "none"}


def facts(instrument: Instrument) -> dict[str, str]:
    """What there is to know beside the items, by title."""
    form = instrument.form
    found = {"scale": f"{form.min:g} to {form.max:g}", "scoring": scoring(instrument)}
    if len(form.items) > 1:
        found |= {"whole": _WHOLES[form.total], "missing": f"at least {form.answered:.0%} of a subscale answered"}
    if form.shown:
        found["shown"] = f"from {form.shown[0]:g} to {form.shown[1]:g}"
    if form.classes:
        found["classes"] = ", ".join(f"{name} from {lowest:g}" for name, lowest in form.classes.items())
    return found | {"source": form.source, "terms": " ".join(form.terms.split())}


def scoring(instrument: Instrument) -> str:
    """How answers become figures, in words."""
    form = instrument.form
    if form.scoring == "promoters" and form.cuts:
        low, high = form.cuts
        return f"100 * (share of {high:g} or more - share of {low:g} or less)"
    if form.scoring == "top":
        return f"share of {form.cut:g} or more, and the mean"
    return "means"


def items(instrument: Instrument) -> Iterator[tuple[str, str, str]]:
    """Name, remarks and text of each item."""
    for item in instrument.items:
        low, high = instrument.range(item)
        remarks = [item.subscale or "", "reversed" if item.reverse else ""]
        if (low, high) != (instrument.form.min, instrument.form.max):
            remarks.append(f"{low:g} to {high:g}")
        yield item.name, ", ".join(filter(None, remarks)), item.text or ""


def lines(instrument: Instrument) -> Iterator[tuple[str, str]]:
    """The whole card as lines with a style each, for a screen."""
    form = instrument.form
    yield f"{instrument.name}: {form.title}", "bold"
    yield "", ""
    yield form.about, ""
    yield "", ""
    for title, text in facts(instrument).items():
        if text:
            yield f"{title:9}{text}", ""
    yield "", ""
    yield "Items" + (" (a shell: their wording is yours to fill in)" if instrument.shell else ""), "bold"
    listed = [*items(instrument)]
    width, remarked = (max(len(each[place]) for each in listed) for place in (0, 1))
    for name, remarks, text in listed:
        yield f"  {name:{width}}  {remarks:{remarked}}  {text}".rstrip(), ""
    yield "", ""
    yield f"Ask: cherish report survey --instrument {instrument.name}", "dim"
