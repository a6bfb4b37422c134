"""Which content is seen, read, answered, shared and liked?"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any, ClassVar

import ibis
import numpy as np
import pyarrow as pa

from cherish.errors import QuestionError, Unanswerable
from cherish.reports._pictures import lying
from cherish.reports._rows import breakdowns, labels, shown_names
from cherish.reports._windows import inside
from cherish.spec.definition import NAMES, REAL, WHOLE, WINDOW, Card, parameter
from cherish.spec.names import SHARES, VIEWS
from cherish.spec.numbers import number_of, text_of
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.roles import any_of, role
from cherish.spec.view import View

ACTS = ("clicks", "reactions", "comments", "shares")
COUNTED = ("impressions", "views", "reads", *ACTS, "completions")
PEOPLE = {"viewers": "views", "readers": "reads", "clickers": "clicks", "completers": "completions"}
RATES = {
    # Every rate by its numerator and the denominator that its name tells.
    "clicks_per_impression": ("clicks", "impressions"),
    "clickers_share_of_reach": ("clickers", "reach"),
    "readers_share_of_viewers": ("readers", "viewers"),
    "completers_share_of_viewers": ("completers", "viewers"),
    "actors_share_of_reach": ("actors", "reach"),
}
SUMS = ("impressions", "reach", "views", "viewers", "reads", "readers", "clicks", "clickers", "reactions", "comments",
        "shares", "completions", "completers", "actors", "ratings")  # fmt: skip
READS = {"end": "reached the end", "half": "at least half of it, and long enough"}


class Content(Report):
    """Per item of content (and group): how often it was shown, seen, read and acted upon, by how many, and its rating.

    reach      customers to whom it was shown, who viewed it, or who acted on it: each once
    views      events that view it; viewers are the customers who did
    reads      views that reached the end (`read=end`: depth 100), or at least half of it for at least 15 seconds
               (`read=half`); both need views with a depth in percent
    actors     customers who clicked, reacted, commented or shared: each once; actors / reach is the engagement by reach
    rating     mean of its ratings; `rating_shrunk` = (sum + C m) / (n + C) with m the mean of all ratings of the group,
               so that one happy rating does not win against a hundred

    Every rate is named after what it is divided by. What the log has no events for is null, not 0. An item is told by
    a property, the first of `item` that the log has.
    """

    card: ClassVar[Card] = Card(
        family="Y",
        formula="actors / reach; readers / viewers; clicks / impressions; (sum + C m) / (n + C)",
        unit="customers",
        range=(0, None),
        nulls={"no_ratings": "nobody rated it, so its rating is only that of all content"},
        example='log.report("content", read="end")',
        apart=("items",),
    )

    by: tuple[str, ...] = parameter((), "up to two traits, properties or event columns to break down by", NAMES)
    clicks: tuple[str, ...] = parameter(
        ("Content Clicked", "Product Clicked", "Promotion Clicked"), "events that click on an item", NAMES
    )
    comments: tuple[str, ...] = parameter(("Comment Created", "Answer Created", "Reply Created"), "comments", NAMES)
    completions: tuple[str, ...] = parameter(("Content Completed", "Video Completed"), "seen to the end", NAMES)
    depth: tuple[str, ...] = parameter(("depth", "scroll_depth"), "properties of a view: how far, in percent", NAMES)
    impressions: tuple[str, ...] = parameter(("Content Shown", "Promotion Viewed"), "events that show an item", NAMES)
    item: tuple[str, ...] = parameter(("content_id", "post_id", "product_id", "page"), "what tells an item", NAMES)
    prior: float = parameter(10.0, "C: how many ratings the mean of all counts as", REAL, least=0.0)
    ratings: tuple[str, ...] = parameter(
        ("Content Rated", "Product Reviewed", "Review Created"), "events that rate an item", NAMES
    )
    reactions: tuple[str, ...] = parameter(
        ("Reaction Created", "Content Liked", "Content Saved"), "events that react to an item", NAMES
    )
    read: str = parameter("half", "what a read is", choices=tuple(READS))
    read_depth: float = parameter(50.0, "read=half: how much of it, in percent", REAL, least=0.0)
    read_seconds: float = parameter(15.0, "read=half: how long, in seconds", REAL, least=0.0)
    seconds: tuple[str, ...] = parameter(("seconds", "duration_s"), "properties of a view: how long", NAMES)
    shares: tuple[str, ...] = parameter(SHARES, "events that share an item", NAMES)
    stars: tuple[str, ...] = parameter(("rating", "stars"), "properties of a rating: its number", NAMES)
    top: int = parameter(20, "how many items to show, of each group", WHOLE, least=1)
    views: tuple[str, ...] = parameter(VIEWS, "events that view an item", NAMES)
    window: int | None = parameter(90, "how many days back from the moment", WINDOW)

    def plan(self, view: View, run: Run) -> Plan:
        """Sums per group and item, the items with the largest reach first."""
        fields = breakdowns(view, self.by)
        each, there = self._people(view, fields)
        keys = (*labels(fields), "item")
        sums = {name: each[name].sum() for name in (*COUNTED, "ratings", "stars")}
        sums |= {name: each.count(where=each[counted] > 0) for name, counted in PEOPLE.items()}
        acted = reduce(or_, (each[name] > 0 for name in ACTS))
        met = acted | (each.views > 0) | (each.impressions > 0)
        items = each.group_by(*keys).agg(**sums, actors=each.count(where=acted), reach=each.count(where=met))
        titles = shown_names(fields, ("item", *SUMS, *RATES, "rating", "rating_shrunk", "why"))
        figures: dict[str, Any] = {}

        def finish(rows: Any) -> Any:
            figures.update(_figures(rows, there))
            return _finished(rows, titles, there, self.prior)

        return Plan(
            expression=self._largest(items, labels(fields)),
            finish=finish,
            headline=lambda table: dict(figures),
            convention=f"content/{self._item(view)}/read_{self._read_name()}/shrunk_by_{self.prior:g}",
            notes=self._notes(view, there, fields),
        )

    def _item(self, view: View) -> str:
        found = next((name for name in self.item if name in view.facts.properties), None)
        if found is None:
            there = ", ".join(sorted(view.facts.properties)) or "none"
            raise Unanswerable(
                f"content needs a property that tells one item from another: looked for {', '.join(self.item)}. "
                f"Name yours: item=NAME; there are {there}"
            )
        return found

    def _property(self, view: View, parameter: str) -> str | None:
        wanted: tuple[str, ...] = getattr(self, parameter)
        default = next(each.default for each in self.parameters() if each.name == parameter)
        found = next((name for name in wanted if name in view.facts.properties), None)
        if found is None and wanted and wanted != default:
            there = ", ".join(sorted(view.facts.properties)) or "none"
            raise QuestionError(f"{parameter}={'|'.join(wanted)!r}: no such property; there are {there}")
        return found

    def _people(self, view: View, fields: tuple[str, ...]) -> tuple[Any, set[str]]:
        """Per group, item and customer how often each thing was done; and which things the log can tell."""
        names = any_of(view, self, "views", "impressions", *ACTS, "completions")
        names["ratings"] = role(view, self, "ratings", needed=False)
        item, depth, seconds, stars = self._item(view), *(
            self._property(view, each) for each in ("depth", "seconds", "stars")
        )  # fmt: skip
        events = view.events(fields, tuple(dict.fromkeys(filter(None, (item, depth, seconds, stars)))))
        told = events[f"properties.{item}"].cast("string").nullif("")
        wanted = tuple(dict.fromkeys(name for each in names.values() for name in each))
        rows = events.filter(told.notnull(), events.name.isin(wanted), inside(view, events.ts, self.window))
        rows = rows.mutate(item=text_of(rows[f"properties.{item}"]))
        if stars is None:
            names["ratings"] = ()
        did = {key: rows.name.isin(each) for key, each in names.items() if each}
        there = set(did)
        if depth and "views" in did and (self.read == "end" or seconds):
            did["reads"] = did["views"] & self._was_read(rows, depth, seconds)
            there.add("reads")
        given = number_of(rows[f"properties.{stars}"]) if stars and "ratings" in did else ibis.null("float64")
        did["ratings"] = did.get("ratings", ibis.literal(False)) & given.notnull()
        marked = rows.mutate(given=given, **{f"is_{key}": each.fill_null(False) for key, each in did.items()})
        counts = {key: marked.count(where=marked[f"is_{key}"]) if key in did else ibis.literal(0, type="int64")
                  for key in (*COUNTED, "ratings")}  # fmt: skip
        stars_sum = marked.given.sum(where=marked.is_ratings).fill_null(0.0)
        return marked.group_by(*labels(fields), "item", "customer_id").agg(**counts, stars=stars_sum), there

    def _was_read(self, rows: Any, depth: str, seconds: str | None) -> Any:
        far = number_of(rows[f"properties.{depth}"])
        if self.read == "end" or seconds is None:
            return (far >= 100).fill_null(False)
        return ((far >= self.read_depth) & (number_of(rows[f"properties.{seconds}"]) >= self.read_seconds)).fill_null(
            False
        )

    def _read_name(self) -> str:
        return "end" if self.read == "end" else f"{self.read_depth:g}_percent_{self.read_seconds:g}_seconds"

    def _largest(self, items: Any, by: tuple[str, ...]) -> Any:
        """The largest items of each group, and beside each what all of the group's items have together."""
        order = (ibis.desc("reach"), ibis.desc("views"), "item")
        place = ibis.row_number().over(ibis.window(group_by=by, order_by=order))
        whole = ibis.window(group_by=by)
        sums = {f"all_{name}": items[name].sum().over(whole) for name in ("views", "ratings", "stars")}
        placed = items.mutate(place=place, all_items=items.count().over(whole), **sums)
        return placed.filter(placed.place < self.top).order_by(*by, "place")

    def _notes(self, view: View, there: set[str], fields: tuple[str, ...]) -> tuple[str, ...]:
        missing = [name for name in (*COUNTED, "ratings") if name not in there]
        said = [f"The log can't tell: {', '.join(missing)}."] if missing else []
        if "reads" in there:
            what = (
                READS[self.read] if self.read == "end" else f"{self.read_depth:g} % of it and {self.read_seconds:g} s"
            )
            said.append(f"A read is a view that {'' if self.read == 'end' else 'covered '}{what}.")
        if view.population == "identified" and view.facts.rows.get("anonymous", 0):
            said.append("Anonymous visitors are left out; population=all counts them.")
        if fields and not all(field.startswith("traits.") for field in fields):
            said.append("A customer can be in several groups, so reach doesn't add up.")
        return tuple(said)

    def chart(self, table: Any) -> Any:
        """The items by reach; of several groups a picture each."""
        known = ("item", *SUMS, *RATES, "rating", "rating_shrunk", "why")
        names = [name for name in table.column_names if name not in known]
        groups: dict[str, list[tuple[str, int]]] = {}
        for row in table.to_pylist():
            title = ", ".join(str(row[name]) for name in names)
            groups.setdefault(title, []).append((row["item"], row["reach"]))
        pictures = [
            lying([item for item, _ in rows], [reach for _, reach in rows], "customers reached").properties(title=title)
            for title, rows in groups.items()
        ]
        if not names:
            return pictures[0] if pictures else None
        import altair as alt

        return alt.vconcat(*pictures)


def _finished(rows: pa.Table, titles: tuple[str, ...], there: set[str], prior: float) -> pa.Table:
    columns: dict[str, Any] = {title: rows[f"by_{place}"] for place, title in enumerate(titles, 1)}
    columns["item"] = rows["item"]
    seen = {**dict.fromkeys(SUMS, True), **{name: name in there for name in (*COUNTED, "ratings")}}
    seen |= {name: counted in there for name, counted in PEOPLE.items()}
    for name in SUMS:
        columns[name] = rows[name] if seen[name] else pa.nulls(rows.num_rows, pa.int64())
    for name, (part, whole) in RATES.items():
        above, below = (rows[each].to_numpy().astype(np.float64) for each in (part, whole))
        known = seen[part] and seen[whole]
        columns[name] = pa.array(above / np.where(below == 0, 1, below), mask=(below == 0) | (not known))
    n, total, all_n, all_total = (
        rows[name].to_numpy().astype(np.float64) for name in ("ratings", "stars", "all_ratings", "all_stars")
    )
    mean = all_total / np.where(all_n == 0, 1, all_n)
    columns["rating"] = pa.array(total / np.where(n == 0, 1, n), mask=n == 0)
    weight = np.where(n + prior == 0, 1, n + prior)
    columns["rating_shrunk"] = pa.array((total + prior * mean) / weight, mask=(all_n == 0) | (n + prior == 0))
    silent = "ratings" in there
    columns["why"] = pa.array(["no_ratings" if silent and not many else None for many in n.tolist()], pa.string())
    return pa.table(columns)


def _figures(rows: pa.Table, there: set[str]) -> dict[str, Any]:
    by = [name for name in rows.column_names if name.startswith("by_")]
    groups = {tuple(row[name] for name in by): row for row in rows.to_pylist()}
    if not groups:
        return {"items": 0}
    sums = {name: sum(row[f"all_{name}"] for row in groups.values()) for name in ("items", "views", "ratings", "stars")}
    found: dict[str, Any] = {"items": sums["items"]} if not by else {"groups": len(groups)}
    found["views"] = sums["views"] if "views" in there else None
    if "ratings" in there:
        found["ratings"] = sums["ratings"]
        found["mean_rating"] = sums["stars"] / sums["ratings"] if sums["ratings"] else None
    return found
