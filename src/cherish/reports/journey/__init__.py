"""How far along the journey are the customers, from problem to advocacy, and where do they turn back?"""

from __future__ import annotations

from typing import Any, ClassVar

import pyarrow as pa

from cherish.errors import QuestionError, Unanswerable
from cherish.points.event_groups import EventGroup, event_groups, there
from cherish.reports.journey._course import stays
from cherish.reports.journey._tables import Journeys
from cherish.spec.calendar import day_from
from cherish.spec.definition import NAMES, WINDOW, Card, parameter
from cherish.spec.names import ORDER_COMPLETED, REFERRALS, REVIEWS, SEARCHES, SHARES
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.roles import role
from cherish.spec.view import View

PROBLEM = ("Page", "Page Viewed", "Screen Viewed", "Content Viewed", "Promotion Clicked")
RESEARCH = tuple(name for name in SEARCHES if name != "Products Compared")
EVALUATE = ("Product Viewed", "Products Compared", "Product Added", "Product Added to Wishlist", "Cart Viewed",
            "Checkout Started")  # fmt: skip
USE = ("Product Used", "Feature Used", "Application Opened")
ADVOCATE = (*SHARES, *REFERRALS, *REVIEWS)
STAGES = ("problem", "research", "evaluate", "buy", "use", "repeat", "advocate")


class Journey(Report):
    """Customers by the furthest stage of the journey they have reached and by the stage they are in, and their moves.

    A stage is a set of events; its order in the list is its place on the way. A customer is in the furthest stage of
    which there was an event in the last `persist` days (a stage lasts that long after its last event), and away when
    there was none. With persist=all nobody falls back. Days are whole local days; a day that isn't over is left out.

    The usual stages are problem, research, evaluate, buy, use, repeat (from the second buy on) and advocate; each
    takes its events from the parameter of its name. `stages` replaces them all, in order:
    stages="look=Page|Product Viewed; buy=Order Completed; again=Order Completed#2; tell=Product Shared", where #2 means
    from the second one on. Stages without events in the log are named and left out.

    show=stages: per stage furthest_ever and furthest_ever_share (customers who got to it and never further, of the
    whole population), current and current_share (who are in it now), stays (times that somebody was in it), moved_on,
    moved_back and went_away (how these ended), still_there, back_share (moved_back of those that ended), and
    median_days in the stage by Kaplan-Meier, stays that have not ended counted. The last rows are those who are away
    and those who never began.
    show=transitions: from_stage, to_stage, moves, and share of all moves from that stage.
    """

    card: ClassVar[Card] = Card(
        family="E",
        formula="stage(d) = max{s : an event of stage s in (d - persist, d]}; back_share = moves to an earlier stage / "
        "stays that ended",
        unit="customers",
        range=(0, None),
        nulls={
            "none_ended": "nobody has left this stage yet, so there are no moves to take shares of",
            "half_still_there": "fewer than half of the stays have ended, as far as the data reach",
            "nobody": "nobody has been in this stage",
            "not_a_stage": "who is away or never began has no stage to go back from",
        },
        rests={"back_share": "moved_back", "median_days": "stays"},
        example='log.report("journey", persist="180d")',
    )

    advocate: tuple[str, ...] = parameter(ADVOCATE, "events of telling others", NAMES)
    buy: tuple[str, ...] = parameter((ORDER_COMPLETED,), "events of buying; the second makes the stage repeat", NAMES)
    evaluate: tuple[str, ...] = parameter(EVALUATE, "events of weighing up an offer", NAMES)
    persist: int | None = parameter(90, "how long a stage lasts after its last event; all: for good", WINDOW)
    problem: tuple[str, ...] = parameter(PROBLEM, "events of noticing that something is wanted", NAMES)
    research: tuple[str, ...] = parameter(RESEARCH, "events of looking for what there is", NAMES)
    show: str = parameter("stages", "what the rows are", choices=("stages", "transitions"))
    stages: str | None = parameter(None, "other stages, in order: NAME=EVENT|EVENT; NAME=EVENT#2; ...")
    use: tuple[str, ...] = parameter(USE, "events of using what was bought", NAMES)

    def check(self) -> None:
        if self.stages is not None and len(event_groups("stages", self.stages, numbered=True)) < 2:
            raise QuestionError(
                "stages: a journey has two stages or more, as in stages='look=Page; buy=Order Completed'"
            )

    def plan(self, view: View, run: Run) -> Plan:
        """One pass over the days of the stages' events: when each customer's stage changed, and to which."""
        found = self._stages(view)
        people = view.customers()
        population = run(people.aggregate(n=people.count()))["n"][0].as_py()
        journeys = Journeys(tuple(each.name for each in found), population, self.persist is not None)
        persist = "for_good" if self.persist is None else f"{self.persist}d"
        return Plan(
            expression=stays(view, found, self.persist),
            finish=journeys.stages if self.show == "stages" else journeys.transitions,
            headline=journeys.headline if self.show == "stages" else journeys.moves,
            convention=f"journey/{'>'.join(each.name for each in found)}/furthest/persist_{persist}/whole_local_days",
            notes=self._notes(view, found),
        )

    def chart(self, table: pa.Table) -> Any:
        """Shares of the customers by the furthest stage and by the present one; of transitions a grid."""
        from cherish.reports.journey._picture import grid, shares  # Altair is heavy, and only a chart needs it.

        return shares(table) if self.show == "stages" else grid(table)

    def _stages(self, view: View) -> tuple[EventGroup, ...]:
        if self.stages is not None:
            return there(view, "stages", event_groups("stages", self.stages, numbered=True))
        events = {
            name: tuple((each, 1) for each in role(view, self, name, needed=False))
            for name in STAGES if name != "repeat"
        }  # fmt: skip
        events["repeat"] = tuple((name, 2) for name, _ in events["buy"])
        found = tuple(EventGroup(name, events[name]) for name in STAGES if events[name])
        if len(found) < 2:
            raise Unanswerable(
                "journey needs events of two stages or more, and the log has "
                f"{'none' if not found else 'only ' + found[0].name}. Name your own, such as "
                f"stages='look=NAME|NAME; buy=NAME; again=NAME#2'; there are {', '.join(sorted(view.facts.names))}"
            )
        self._refuse_shared(found)
        return found

    def _refuse_shared(self, found: tuple[EventGroup, ...]) -> None:
        owner: dict[tuple[str, int], str] = {}
        for group in found:
            for event in group.events:
                if event in owner:
                    raise QuestionError(
                        f"{event[0]!r} is an event of {owner[event]} and of {group.name}; it can be of one only"
                    )
                owner[event] = group.name

    def _notes(self, view: View, found: tuple[EventGroup, ...]) -> tuple[str, ...]:
        notes = []
        missing = (
            [] if self.stages is not None else [name for name in STAGES if name not in {each.name for each in found}]
        )
        if missing:
            notes.append(f"The log has no events for {', '.join(missing)}: such stages are left out.")
        if self.persist is not None:
            notes.append(
                f"A stage lasts {self.persist} days after its last event, and those days are part of the time in it."
            )
        if not view.whole:
            notes.append(f"{day_from(view.day)} isn't over and is left out.")
        return tuple(notes)
