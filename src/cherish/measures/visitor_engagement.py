"""How engaged is the visitor, by Peterson's index?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from math import ceil
from operator import add
from typing import Any, ClassVar

import ibis

from cherish.errors import QuestionError, Unanswerable
from cherish.measures._sessions import OfViews
from cherish.points.fact import Fact, count, last_day, total
from cherish.points.measure import Fit, Moment, Value, frozen
from cherish.points.relations.sessions import Sessions
from cherish.spec.definition import NAMES, REAL, WHOLE, WINDOW, Card, Source, parameter
from cherish.spec.names import ANSWERS, COMPLAINTS, CONTACTS, ORDER_COMPLETED, REVIEWS, SIGNS_UP, SUBSCRIBES
from cherish.spec.roles import role
from cherish.spec.view import View

VARIANTS = ("peterson_2007", "sherpa_2008", "peterson_carrabis_2008")
PARTS = ("click_depth", "duration", "recency", "loyalty", "brand", "feedback", "interaction", "subscription")
LEFT_OUT = ("brand", "feedback", "interaction", "subscription")
_MINUTE = 60_000_000.0


class VisitorEngagement(OfViews):
    """Peterson's visitor engagement index: the mean of eight parts of a visitor's sessions, each between 0 and 1.

    click_depth   share of sessions with more than n_p views
    duration      share of sessions longer than n_m minutes
    recency       share of sessions with more than n_p views that began in the last `recent` days
    loyalty       1 with more than n_s sessions, else 0
    brand         share of sessions that came directly, by no referrer and no campaign
    feedback      share of sessions in which the visitor told something (a review, an answer, a message)
    interaction   share of sessions with a goal
    subscription  1 for a known subscriber, else 0

    The thresholds n_p, n_m and n_s are the population's means in the window unless they are given; they are frozen and
    stored with the result, because scores under other thresholds can't be compared. Recency double-counts depth by
    design: deep recent sessions are a part of the deep ones.

    `sherpa_2008` is the mean of seven parts, without subscription. `peterson_carrabis_2008` counts sessions that reach
    a threshold (not only those above it), takes 1 / days since the last session for recency and 1 - 1 / sessions for
    loyalty, leaves subscription out, and is the *sum* of the seven; its `mean` stands beside it. That form is known
    from contemporaries only. Numbers of different variants, or with parts left out, can't be compared: the name says
    which they are.
    """

    card: ClassVar[Card] = Card(
        family="F",
        formula="(Ci + Di + Ri + Li + Bi + Fi + Ii + Si) / 8",
        unit="score",
        range=(0, 7),
        direction="higher",
        source=Source("Peterson", 2007, "Measuring the Immeasurable: Visitor Engagement"),
        nulls={"few_sessions": "fewer sessions in the window than least_sessions, so the shares say nothing"},
        needs=("customer", "time", "event"),
        example='log.measure("visitor_engagement", variant="sherpa_2008", without="feedback|brand")',
    )

    feedback: tuple[str, ...] = parameter(
        (*REVIEWS, *ANSWERS, *CONTACTS, *COMPLAINTS), "events in which the visitor tells something", NAMES
    )
    goals: tuple[str, ...] = parameter((ORDER_COMPLETED, *SIGNS_UP), "events that are goals", NAMES)
    least_sessions: int = parameter(1, "customers with fewer sessions have no value", WHOLE, least=1)
    minutes_over: float | None = parameter(None, "n_m; none: the mean minutes per session", REAL, least=0.0)
    recent: int = parameter(28, "how many days back a session is recent", WINDOW, least=1)
    sessions_over: float | None = parameter(None, "n_s; none: the mean sessions per visitor", REAL, least=0.0)
    subscribes: tuple[str, ...] = parameter(SUBSCRIBES, "events that make a visitor a known subscriber", NAMES)
    variant: str = parameter("peterson_2007", "which published form of the index", choices=VARIANTS)
    views_over: float | None = parameter(None, "n_p; none: the mean views per session", REAL, least=0.0)
    window: int | None = parameter(365, "how many days back from the moment", WINDOW)
    without: tuple[str, ...] = parameter((), "parts to leave out: brand, feedback, interaction, subscription", NAMES)

    def check(self) -> None:
        """Only parts that rest on what a log may lack can be left out."""
        wrong = [name for name in self.without if name not in LEFT_OUT]
        if wrong:
            raise QuestionError(f"without={wrong[0]!r}: these parts can be left out: {', '.join(LEFT_OUT)}")

    # -- before the fit: means ------------------------------------------------------------------------------------

    def facts(self, view: View) -> Mapping[str, Fact]:
        relation = self._relation(view)
        relation.view_names(view)
        return {
            "sessions": count(relation, window=self.window, where="opens"),
            "views": count(relation, window=self.window, where="view"),
            "microseconds": total(relation, "microseconds", window=self.window),
        }

    def fit(self, facts: Any, moment: Moment, run: Callable[[Any], Any]) -> Fit | None:
        people = facts.population
        sums = people.aggregate(
            sessions=facts.sessions.sum(), views=facts.views.sum(), microseconds=facts.microseconds.sum(),
            visitors=people.count(where=facts.sessions > 0),
        )  # fmt: skip
        found = run(sums).to_pylist()[0]
        # Where nobody has a session nobody has a value either, whatever the thresholds are.
        sessions, visitors = found["sessions"] or 1, found["visitors"] or 1
        means = {
            "views_over": (found["views"] or 0) / sessions,
            "minutes_over": float(found["microseconds"] or 0) / _MINUTE / sessions,
            "sessions_over": (found["sessions"] or 0) / visitors,
        }
        used = {name: mean if getattr(self, name) is None else getattr(self, name) for name, mean in means.items()}
        shown = "n_p = {views_over:.4g} views, n_m = {minutes_over:.4g} minutes, n_s = {sessions_over:.4g} sessions"
        return frozen(used, (f"thresholds: {shown.format(**used)}",))

    # -- with the fit: sessions over them -------------------------------------------------------------------------

    def counted(self, view: View, fit: Fit) -> Mapping[str, Fact]:
        relation = self._relation(view, **self._thresholds(fit))
        of = {"window": self.window}
        found = {
            "sessions": count(relation, where="opens", **of),
            "deep": count(relation, where="becomes_deep", **of),
            "long": count(relation, where="becomes_long", **of),
        }
        if self.variant == "peterson_carrabis_2008":
            found["last"] = last_day(relation, where="opens", **of)
        else:
            found["recently_deep"] = count(relation, where="becomes_deep", window=self._recent())
        if "brand" in self._parts():
            found["direct"] = count(self._with_origin(view, relation), where="direct", **of)
        if "interaction" in self._parts():
            role(view, self, "goals")
            found["goals"] = count(relation, where="first_goal", **of)
        if "feedback" in self._parts():
            told = self._relation(view, goals=role(view, self, "feedback"))
            found["told"] = count(told, where="first_goal", **of)
        if "subscription" in self._parts():
            found["subscribed"] = count("activity", names=role(view, self, "subscribes"))
        return found

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        if fit is None:
            raise QuestionError("visitor_engagement needs its thresholds: fit it on a population first")
        parts = self._values(facts, moment, fit)
        summed = reduce(add, parts.values())
        mean = summed / float(len(parts))
        few = facts.sessions < self.least_sessions
        index = summed if self.variant == "peterson_carrabis_2008" else mean
        return Value(y=index, nulls={"few_sessions": few}, parts={**parts, "mean": mean, "sessions": facts.sessions})

    def _values(self, facts: Any, moment: Moment, fit: Fit) -> dict[str, Any]:
        n = facts.sessions.cast("float64").nullif(0.0)
        late = self.variant == "peterson_carrabis_2008"
        above = (facts.sessions > fit.values["sessions_over"]).cast("float64")
        given = {
            "click_depth": lambda: facts.deep / n,
            "duration": lambda: facts.long / n,
            "recency": lambda: 1.0 / ibis.greatest(moment.day - facts.last, 1) if late else facts.recently_deep / n,
            "loyalty": lambda: 1.0 - 1.0 / n if late else above,
            "brand": lambda: facts.direct / n,
            "feedback": lambda: facts.told / n,
            "interaction": lambda: facts.goals / n,
            "subscription": lambda: (facts.subscribed > 0).cast("float64"),
        }
        return {part: given[part]() for part in self._parts()}

    # -- parts ----------------------------------------------------------------------------------------------------

    def _parts(self) -> tuple[str, ...]:
        dropped = (*self.without, *(() if self.variant == "peterson_2007" else ("subscription",)))
        return tuple(part for part in PARTS if part not in dropped)

    def _recent(self) -> int:
        return self.recent if self.window is None else min(self.recent, self.window)

    def _relation(self, view: View, **more: Any) -> Sessions:
        there = tuple(name for name in self.goals if name in view.facts.names)
        return self.relation(**{"goals": there, **more})

    def _thresholds(self, fit: Fit) -> dict[str, float]:
        """Over which a session is deep and long; the later form counts those that reach the threshold, too."""
        views, minutes = fit.values["views_over"], fit.values["minutes_over"]
        if self.variant == "peterson_carrabis_2008":
            views, minutes = ceil(views) - 1, minutes - 1 / _MINUTE
        return {"views_over": views, "minutes_over": minutes}

    def _with_origin(self, view: View, relation: Sessions) -> Sessions:
        if not relation.origin_names(view):
            raise Unanswerable(
                "visitor_engagement: no property tells where sessions came from (referrer, campaign, utm_source ...), "
                "so the brand part can't be known; leave it out with without=brand"
            )
        return relation

    def convention(self, view: View) -> str:
        parts = f"{len(self._parts())}_parts" + "".join(f"-{part}" for part in sorted(self.without))
        return f"visitor_engagement/{self.variant}/{parts}/{self.relation()}/frozen_thresholds"
