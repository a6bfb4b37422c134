"""Sessions: the customer's own events cut where they pause, one row per event, each row known from its past alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ibis

from cherish.errors import QuestionError, Unanswerable
from cherish.points.relations._cutting import OF_GOALS, OF_VIEWS, SECOND, courses, cut, summed
from cherish.spec.filters import conjunction
from cherish.spec.names import ORDER_COMPLETED, is_company_act
from cherish.spec.periods import render_duration
from cherish.spec.view import View

VIEWS = (
    "Page Viewed",
    "Screen Viewed",
    "Page",
    "Screen",
    "Product Viewed",
    "Product List Viewed",
    "Content Viewed",
    "$pageview",
    "$screen",
)
"""What counts as a page or screen view unless a question says otherwise; of these, whichever the log has."""

GOALS = (ORDER_COMPLETED, "Signed Up")
"""What counts as a goal (GA4: key event) unless a question says otherwise."""

ORIGINS = ("referrer", "campaign", "utm_source", "utm_medium", "utm_campaign", "gclid")
"""Properties that tell where a visit came from; a session without any of them is direct."""

COLUMNS = (
    "customer_id",
    "ts",
    "event_id",
    "begin",
    "opens",
    "view",
    "seconds",
    "microseconds",
    "views_so_far",
    "goal",
    "first_goal",
    "becomes_engaged",
    "becomes_deep",
    "becomes_long",
    "direct",
)

_DIRECT = ("", "(none)", "(direct)", "direct", "$direct")


@dataclass(frozen=True)
class Sessions:
    """What a session is: every switch on which vendors differ, and what counts as a view, a goal, engaged, deep, long.

    A session is a run of one customer's own events (what the company does never makes or prolongs one). An event opens
    a session where nothing came before it, or

    * it comes `timeout` seconds or more after the one before (`boundary="gt"`: more than that),
    * with `midnight_reset` it is the first of its local day,
    * with `campaign_split` it carries a campaign in that property, and another one than the customer's last known,
    * with `max_length` seconds: the session would become that long. A run without any other cut is divided at once,
      twice, three times ... the length after its first event, so that no session lasts as long (`gt`: longer). Tools
      that start to count anew at the event after a cut may differ in runs that outlast two cuts.

    It ends with its last event: a session of one event lasts 0 seconds. It is *engaged* by Google Analytics' rule: it
    lasts longer than `engaged_seconds`, or has a goal, or `engaged_views` views. *Deep*: more views than `views_over`,
    *long*: more minutes than `minutes_over`; both are needed only for the columns of that name.

    `views` and `goals` are event names; left empty they are the standard ones that the log has.
    """

    active: str = "core"
    boundary: str = "ge"
    campaign_split: str | None = None
    engaged_seconds: float = 10.0
    engaged_views: int = 2
    goals: tuple[str, ...] = ()
    max_length: int | None = None
    midnight_reset: bool = False
    minutes_over: float | None = None
    origins: tuple[str, ...] = ()
    timeout: int = 1800
    views: tuple[str, ...] = ()
    views_over: float | None = None

    def __post_init__(self) -> None:
        if self.boundary not in ("ge", "gt"):
            raise QuestionError(f"boundary={self.boundary!r}: choose one of ge, gt")
        if self.timeout <= 0:
            raise QuestionError(f"timeout={self.timeout}: a session needs a pause of at least a second")
        if self.max_length is not None and self.max_length <= 0:
            raise QuestionError(f"max_length={self.max_length}: the longest session needs at least a second")
        if self.engaged_views < 1 or self.engaged_seconds < 0:
            raise QuestionError("an engaged session needs at least one view, or more than 0 seconds")
        for name, least in (("views_over", self.views_over), ("minutes_over", self.minutes_over)):
            # Whoever counts sessions that *reach* 0 asks for more than something below it: then all do.
            if least is not None and least < -1:
                raise QuestionError(f"{name}={least:g}: must be at least -1")

    def __str__(self) -> str:
        """The rule in the form of a convention: `30min/ge/midnight/max_24h`."""
        parts = [render_duration(self.timeout), self.boundary]
        parts += ["midnight"] if self.midnight_reset else []
        parts += [f"split_by_{self.campaign_split}"] if self.campaign_split else []
        parts += [f"max_{render_duration(self.max_length)}"] if self.max_length else []
        return "/".join(parts)

    # -- names ----------------------------------------------------------------------------------------------------

    def acts(self, view: View) -> tuple[str, ...]:
        """The event names that make sessions.

        Raises:
            Unanswerable: all of them are what the company does.
        """
        chosen = view.active(self.active)
        own = tuple(name for name in chosen.events if not is_company_act(name))
        if not own:
            raise Unanswerable(
                f"active={self.active}: a session is made of what customers do, and {', '.join(chosen.events)} "
                f"is what the company does. The log has {_listed(view)}"
            )
        return own

    def view_names(self, view: View) -> tuple[str, ...]:
        """The event names that are views.

        Raises:
            QuestionError: a name that was given is not in the log.
            Unanswerable: none was given, and the log has none of the standard ones.
        """
        found = self.known_views(view)
        if not found:
            raise Unanswerable(
                f"views: the log has no page or screen views (looked for {', '.join(VIEWS)}). "
                f"Say which events are views: views=NAME|NAME. The log has {_listed(view)}"
            )
        return found

    def known_views(self, view: View) -> tuple[str, ...]:
        """The event names that are views; none where none was given and the log has none of the standard ones.

        Raises:
            QuestionError: a name that was given is not in the log.
        """
        return self._names(view, "views", self.views, VIEWS)

    def goal_names(self, view: View) -> tuple[str, ...]:
        """The event names that are goals; none where none was given and the log has none of the standard ones.

        Raises:
            QuestionError: a name that was given is not in the log.
        """
        return self._names(view, "goals", self.goals, GOALS)

    def origin_names(self, view: View) -> tuple[str, ...]:
        """The properties that tell where a session came from, as far as the log has them.

        Raises:
            QuestionError: a property that was given is not in the log.
        """
        for name in self.origins:
            view.field(f"properties.{name}")
        return self.origins or tuple(name for name in ORIGINS if name in view.facts.properties)

    def _names(self, view: View, role: str, given: tuple[str, ...], standard: tuple[str, ...]) -> tuple[str, ...]:
        missing = [name for name in given if name not in view.facts.names]
        if missing:
            raise QuestionError(f"{role}: no event is called {missing[0]!r}; the log has {_listed(view)}")
        return given or tuple(name for name in standard if name in view.facts.names)

    # -- rows -----------------------------------------------------------------------------------------------------

    def rows(self, view: View, columns: tuple[str, ...] | None = None, by: tuple[str, ...] = ()) -> Any:
        """The events of all sessions, a row each: these columns (None: all that can be had) and the breakdowns `by_N`.

        No column depends on a later event, so rows up to any moment are what was known then, and what is true of a
        session is a count or a sum over its rows: sessions are rows with `opens`, durations the sum of `seconds`,
        engaged sessions rows with `becomes_engaged`. The rows of a session share `customer_id` and `begin`.

        begin            ts of the session's first event
        opens            whether this is the session's first row
        view, goal       whether the event is a view, a goal
        seconds          since the row before in the same session (0 for the first); `microseconds`: the same, exact
        views_so_far     views of the session, this row's included
        first_goal       whether this is the first goal of its session
        becomes_engaged, becomes_deep, becomes_long
                         whether with this row, and not before it, the session is engaged, deep, long
        direct           of an opening row, whether no property tells where it came from (see `origins`); null on other
                         rows, and everywhere if the log has no such property

        Equal times are ordered by event_id, so the answer never depends on the order of rows. Where the log has no
        views, `view` is false everywhere: whoever counts views asks `view_names` first, which refuses then.

        Raises:
            QuestionError: an unknown name, property or column, or deep or long without its threshold.
            Unanswerable: nothing that customers do.
        """
        wanted = self._available() if columns is None else columns
        for name in set(wanted) - set(self._available()):
            lacking = {"becomes_deep": "views_over", "becomes_long": "minutes_over"}.get(name)
            why = f"needs {lacking}" if lacking else "does not exist"
            raise QuestionError(f"column {name!r} of sessions {why}; there are {', '.join(self._available())}")
        labels = tuple(f"by_{place}" for place in range(1, len(by) + 1))
        return cut(self, self._events(view, set(wanted), by), set(wanted)).select(*dict.fromkeys(wanted), *labels)

    def steps(self, view: View, code: Callable[[Any], Any], *, begin: bool = False) -> Any:
        """The events of all sessions as steps, for questions about the order of events; these do look ahead.

        Columns: customer_id, ts, event_id, code (what `code` makes of the events), before_code (of the event before,
        also of an earlier session), opens, closes (whether this is the last row of its session), and on demand begin.
        """
        wanted = {
            "customer_id",
            "ts",
            "event_id",
            "code",
            "before_code",
            "opens",
            "closes",
            *(["begin"] if begin else []),
        }
        events = self._events(view, wanted, code=code)
        return cut(self, events, wanted).select(*sorted(wanted))

    def each(self, view: View, by: tuple[str, ...] = ()) -> Any:
        """One row per session: customer_id, begin, microseconds, views, goals and the breakdowns of its first event.

        Which of two events of one moment came first changes none of the sums; only breakdowns and campaigns ask.
        """
        tied = bool(by or self.campaign_split)
        labels = tuple(f"by_{place}" for place in range(1, len(by) + 1))
        return summed(self, self._events(view, {"view", "goal"}, by, tied=tied), labels)

    def courses(self, view: View, code: Callable[[Any], Any], steps: int) -> Any:
        """One row per session of a rule that cuts by pauses alone: customer_id and what `code` makes of its events.

        Columns step_1 ... of its first `steps` events, null where it has fewer.
        """
        return courses(self, self._events(view, {"code"}, code=code), steps)

    def engaged(self, microseconds: Any, views: Any, goals: Any) -> Any:
        """Whether a session that lasted so long, with so many views and goals, is engaged."""
        lasting = microseconds > self.engaged_seconds * SECOND
        return lasting | (goals > 0) | (views >= self.engaged_views)

    def _available(self) -> tuple[str, ...]:
        lacking = {"becomes_deep"} if self.views_over is None else set()
        lacking |= {"becomes_long"} if self.minutes_over is None else set()
        return tuple(name for name in COLUMNS if name not in lacking)

    def _events(
        self,
        view: View,
        wanted: set[str],
        by: tuple[str, ...] = (),
        code: Callable[[Any], Any] | None = None,
        *,
        tied: bool = True,
    ) -> Any:
        """The events that make sessions, with what cutting takes; event_id only where `tied` ones are told apart."""
        origins = self.origin_names(view) if "direct" in wanted else ()
        campaign = (self.campaign_split,) if self.campaign_split else ()
        if campaign and campaign[0] not in view.facts.properties:
            there = ", ".join(sorted(view.facts.properties)) or "none"
            raise QuestionError(f"campaign_split: no property is called {campaign[0]!r}; there are {there}")
        acts, events = self.acts(view), view.events(by, tuple(dict.fromkeys((*origins, *campaign))))
        if not set(acts) >= set(view.facts.names):
            events = events.filter(events.name.isin(acts))
        made: dict[str, Any] = {} if code is None else {"code": code(events)}
        if wanted & {"view", *OF_VIEWS}:
            made["view"] = _among(events.name, self.known_views(view))
        if wanted & {"goal", *OF_GOALS}:
            made["goal"] = _among(events.name, self.goal_names(view))
        if "direct" in wanted:
            made["nowhere"] = _nowhere(events, origins)
        if campaign:
            made["campaign"] = events[f"properties.{campaign[0]}"].cast("string").nullif("")
        kept = [*(["event_id"] if tied else []), *(["day"] if self.midnight_reset else [])]
        labels = [f"by_{place}" for place in range(1, len(by) + 1)]
        return events.select("customer_id", "ts", *kept, *labels, **made)


def _among(name: Any, names: tuple[str, ...]) -> Any:
    return name.isin(names) if names else ibis.literal(False)


def _nowhere(events: Any, origins: tuple[str, ...]) -> Any:
    """Whether none of these properties tells an origin."""
    if not origins:
        return ibis.null("boolean")
    told = [events[f"properties.{name}"].cast("string").fill_null("").lower() for name in origins]
    return conjunction(each.isin(_DIRECT) for each in told)


def _listed(view: View) -> str:
    return ", ".join(sorted(view.facts.names))
