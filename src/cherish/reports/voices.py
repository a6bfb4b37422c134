"""Whose voices are heard, and whose are not?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from cherish.errors import QuestionError, Unanswerable
from cherish.points import at
from cherish.points.fact import count
from cherish.reports._heard import Heard, heard
from cherish.reports._segmented import segmented
from cherish.reports.segments import OTHER, natural
from cherish.spec.definition import NAMES, WHOLE, WINDOW, Card, Source, parameter
from cherish.spec.names import ANSWERS, COMPLAINTS, CONTACTS, REVIEWS
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.roles import role
from cherish.spec.view import UNKNOWN, View

CHANNELS = {"answers": "survey", "reviews": "review", "complaints": "complaint", "contacts": "contact"}


class Voices(Report):
    """Per channel and segment: the segment's share among those who spoke, over its share in the base, with an interval.

    A customer speaks on a channel by at least one of its events in the window: `survey` (answers), `review`,
    `complaint`, `contact`, `other` (whatever you name, such as Coupon Redeemed), and with `known=age` also by having
    that trait at all: who told you their age, and who did not. Traits are as known now.

    `ratio` 1 is a segment heard as much as it is large, 2 twice as much. The interval comes from a bootstrap over
    people; `unheard` are the segments whose upper end is below 1. The headline's representativity
    R = 1 - 2 sd(share that speaks) is 1 where every segment speaks alike; it sees only differences between these
    segments. `by` is one trait, two, or a measure in fifths (`measure:monetary`).
    """

    card: ClassVar[Card] = Card(
        family="Y",
        formula="(voices of the segment / voices) / (customers of the segment / customers); R = 1 - 2 sd(propensity)",
        unit="customers",
        range=(0, None),
        source=Source("Schouten, Cobben & Bethlehem", 2009, "Indicators for the representativeness of survey response"),
        nulls={"no_voices": "nobody spoke on this channel in the window"},
        apart=("unheard",),
        example='log.report("voices", by="country")',
    )

    answers: tuple[str, ...] = parameter(ANSWERS, "events that answer a survey", NAMES)
    base: str = parameter("everyone", "everybody, or who acted in the window", choices=("everyone", "active"))
    by: tuple[str, ...] = parameter(("measure:active_days",), "a trait, two, or a measure, in fifths", NAMES)
    complaints: tuple[str, ...] = parameter(COMPLAINTS, "events that complain", NAMES)
    contacts: tuple[str, ...] = parameter(CONTACTS, "turns of the customer in conversations", NAMES)
    draws: int = parameter(2000, "how many samples the bootstrap draws", WHOLE, least=200)
    known: tuple[str, ...] = parameter((), "traits that are a voice by being known, each for itself: age", NAMES)
    other: tuple[str, ...] = parameter((), "events of one more channel, such as Coupon Redeemed", NAMES)
    reviews: tuple[str, ...] = parameter(REVIEWS, "events that review", NAMES)
    seed: int = parameter(1, "another seed draws other samples", WHOLE, least=0)
    top: int = parameter(12, "how many segments to show apart", WHOLE, least=1)
    window: int | None = parameter(365, "how many days back from the moment", WINDOW)

    def plan(self, view: View, run: Run) -> Plan:
        """People and voices per segment."""
        names = self._channels(view)
        found = segmented(view, self.by, run)
        people = self._people(view, names)
        rows = people.inner_join(found.rows, "customer_id")
        titles = [*names.values(), *(f"{trait} known" for trait in self.known)]
        sums = {f"v_{place}": rows.count(where=rows[f"spoke_{place}"]) for place in range(len(titles))}
        counts = rows.group_by("segment").agg(base=rows.count(), **sums)
        figures: dict[str, Any] = {}

        def finish(rows: Any) -> Any:
            segments, base, voices = self._cut(rows, len(titles))
            each = {
                title: heard(base, voices[place], self.draws, (self.seed, place)) for place, title in enumerate(titles)
            }
            figures.update(_figures(segments, each))
            return _table(segments, each)

        return Plan(
            expression=counts.order_by("segment"),
            finish=finish,
            headline=lambda table: dict(figures),
            convention=f"voices/{found.by}/of_{self.base}/bootstrap_{self.draws}_seed_{self.seed}",
            notes=self._notes(view, names),
            fits=found.fits,
        )

    def _channels(self, view: View) -> dict[str, str]:
        """The parameters of channels that the log has events for, and the channels' names."""
        found = {key: title for key, title in CHANNELS.items() if role(view, self, key, needed=False)}
        if self.other and role(view, self, "other"):
            found["other"] = " or ".join(self.other)
        if not found and not self.known:
            raise Unanswerable(
                "voices needs somebody who speaks: the log has no answers, reviews, complaints or contacts by their "
                "customary names. Name events of your own (other=NAME) or a trait that people told (known=TRAIT); "
                f"there are {', '.join(sorted(view.facts.names))}"
            )
        return found

    def _people(self, view: View, names: Mapping[str, str]) -> Any:
        """customer_id and `spoke_0`, `spoke_1` ... of those in the base."""
        facts = {f"n_{place}": count("activity", window=self.window, names=role(view, self, key))
                 for place, key in enumerate(names)}  # fmt: skip
        if self.base == "active":
            facts["acts"] = count("activity", window=self.window, names=view.names("core"))
        people = at.gather(view, facts)
        spoke = {f"spoke_{place}": people[f"n_{place}"] > 0 for place in range(len(names))}
        kept = (people.filter(people.acts > 0) if self.base == "active" else people).mutate(**spoke)
        for place, trait in enumerate(self.known, len(names)):
            told = view.customers((self._trait(view, trait),)).select("customer_id", told="by_1")
            kept = kept.inner_join(told, "customer_id")
            kept = kept.mutate(**{f"spoke_{place}": kept.told != UNKNOWN}).drop("told")
        return kept

    def _trait(self, view: View, name: str) -> str:
        if name not in view.facts.traits and f"traits.{name.removeprefix('traits.')}" != name:
            there = ", ".join(sorted(view.facts.traits)) or "none"
            raise QuestionError(f"known={name!r}: no trait is called so; there are {there}")
        return view.field(f"traits.{name.removeprefix('traits.')}")

    def _cut(self, rows: pa.Table, channels: int) -> tuple[list[str], Any, Any]:
        """Segments in the order people read, those beyond `top` as one; the base and the voices of each."""
        sums = {row["segment"]: [row["base"], *(row[f"v_{place}"] for place in range(channels))]
                for row in rows.to_pylist()}  # fmt: skip
        ranked = sorted((name for name in sums if name != UNKNOWN), key=lambda name: (-sums[name][0], name))
        rest = f"({OTHER})" if OTHER in ranked[: self.top] else OTHER
        shown = sorted(ranked[: self.top], key=natural)
        counts = [sums[name] for name in shown]
        if ranked[self.top :]:
            shown.append(rest)
            counts.append([sum(each) for each in zip(*(sums[name] for name in ranked[self.top :]), strict=True)])
        if UNKNOWN in sums:
            shown.append(UNKNOWN)
            counts.append(sums[UNKNOWN])
        table = np.array(counts, dtype=np.int64).reshape(len(counts), channels + 1)
        return shown, table[:, 0], table[:, 1:].T

    def _notes(self, view: View, names: Mapping[str, str]) -> tuple[str, ...]:
        silent = [title for key, title in CHANNELS.items() if key not in names]
        said = [f"The log has no events for these channels: {', '.join(silent)}."] if silent else []
        if self.known:
            said.append("Traits are as known now: who told theirs later than the moment counts, too.")
        if not all(name.startswith("measure:") for name in self.by):
            said.append(
                f"Segments are by {' and '.join(self.by)} as known now; `{UNKNOWN}` are those it isn't known of."
            )
        return tuple(said)

    def chart(self, table: Any) -> Any:
        """The ratio of every segment with its interval, a panel per channel, and the line of fair hearing."""
        import altair as alt

        rows = [row for row in table.to_pylist() if row["ratio"] is not None]
        order = list(dict.fromkeys(row["segment"] for row in rows))
        base = alt.Chart(width=300, height=alt.Step(24)).encode(y=alt.Y("segment:N", sort=order, title=None))
        title = "share among voices / share in the base"
        # One axis for all layers: axes that differ are drawn on top of one another.
        axis = alt.Axis(title=title, tickCount=6, labelOverlap=True, labelSeparation=6)
        x = alt.X("ratio:Q", scale=alt.Scale(zero=True), axis=axis)
        spans = base.mark_rule(strokeWidth=2).encode(x=alt.X("ratio_low:Q", axis=axis), x2="ratio_high:Q")
        color = alt.condition("datum.unheard", alt.value("#b3123f"), alt.value("#444444"))
        dots = base.mark_circle(size=70, opacity=1).encode(
            x=x, color=color, tooltip=["segment:N", "ratio:Q", "voices:Q"]
        )
        fair = alt.Chart().mark_rule(strokeDash=[4, 3]).encode(x=alt.XDatum(1, axis=axis))
        return alt.layer(fair, spans, dots, data=alt.Data(values=rows)).facet(row=alt.Row("channel:N", title=None))


def _table(segments: list[str], each: Mapping[str, Heard]) -> pa.Table:
    columns: dict[str, list[Any]] = {"channel": [], "segment": []}
    for title, found in each.items():
        n, spoke = int(found.base.sum()), int(found.voices.sum())
        parts = {
            "channel": [title] * len(segments), "segment": segments,
            "base": found.base, "voices": found.voices,
            "base_share": found.base / n if n else found.ratio,
            "voice_share": found.voices / spoke if spoke else found.ratio,
            "speaking_share": np.divide(found.voices, found.base, out=np.zeros(len(segments)), where=found.base > 0),
            "ratio": found.ratio, "ratio_low": found.low, "ratio_high": found.high,
            "unheard": found.unheard.tolist(),
            "why": [None if spoke else "no_voices"] * len(segments),
        }  # fmt: skip
        for name, values in parts.items():
            columns.setdefault(name, []).extend(values)
    return pa.table({name: _column(name, values) for name, values in columns.items()})


def _column(name: str, values: list[Any]) -> Any:
    if name in ("channel", "segment", "why"):
        return pa.array(values, pa.string())
    if name == "unheard":
        return pa.array(values, pa.bool_())
    if name in ("base", "voices"):
        return pa.array([int(value) for value in values], pa.int64())
    return pa.array([None if np.isnan(value) else float(value) for value in values], pa.float64())


def _figures(segments: list[str], each: Mapping[str, Heard]) -> dict[str, Any]:
    first = next(iter(each.values()))
    found: dict[str, Any] = {"customers": int(first.base.sum())}
    told = []
    for title, one in each.items():
        name = title.replace(" ", "_")
        found[f"voices_{name}"] = int(one.voices.sum())
        found[f"representativity_{name}"] = one.representativity if one.voices.sum() else None
        unheard = [segment for segment, quiet in zip(segments, one.unheard, strict=True) if quiet]
        if unheard:
            told.append(f"{title}: {', '.join(unheard)}")
    found["unheard"] = sum(int(one.unheard.sum()) for one in each.values())
    found["note"] = (
        f"Heard less than their share: {'; '.join(told)}." if told else "Nobody is heard less than their share."
    )
    return found
