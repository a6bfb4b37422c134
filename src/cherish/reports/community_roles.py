"""Who creates, who contributes, who only looks on, and who isn't there at all?"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from cherish.errors import QuestionError, Unanswerable
from cherish.points.states import ROLES, OfCommunity
from cherish.reports import _windows as windows
from cherish.reports._pictures import lying
from cherish.reports._stages import NULLS, Moves, measure_of, moves_picture, staged
from cherish.spec.definition import Card, Source, parameter
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View
from cherish.statistics.inequality import gini, top_share

QUIET = "lurker or inactive"
LEAST_FOR_TOP = 100


class CommunityRoles(OfCommunity, Report):
    """Members by role in the window: shares with Wilson's 95 % intervals, and who changed role since the one before.

    What each role is, is said under `cherish catalogue community_role`. `denominator=visitors` leaves inactive members
    out of every share. `before` counts those of each role in the window before (of who is a member now); `rose`,
    `stayed`, `fell` and `arrived` say where those in it now were then: in a lesser role, the same, a higher one, or not
    yet members. `show=transitions` gives the whole matrix: a row per role before, a column per role now.

    The headline adds how unequally posts are spread over the members of the denominator: the Gini coefficient and,
    where there are at least 100, the share of posts by the top 1 %. There is no universal benchmark: published shares
    of lurkers go from 0 to 99 % (Nonnecke & Preece 2000), so compare with your own past.
    """

    card: ClassVar[Card] = Card(
        family="N",
        formula="share of a role = |members in it| / |members|; Gini = 2 sum(i x_(i)) / (n sum(x)) - (n + 1) / n",
        unit="members",
        range=(0, None),
        source=Source("Nielsen", 2006, "Participation Inequality: the 90-9-1 rule"),
        nulls={
            "not_counted": "inactive members are not part of the denominator `visitors`",
            "nobody": "nobody is in the denominator",
            "too_few": "the top 1 % of fewer than 100 are less than one person",
            **NULLS,
        },
        rests={"posts_of_top_1_percent": "members_of_top_1_percent"},
        example='log.report("community_roles", denominator="visitors")',
    )

    denominator: str = parameter("members", "who shares are of", choices=("members", "visitors"))
    show: str = parameter("shares", "shares, or who went from which role to which", choices=("shares", "transitions"))

    def check(self) -> None:
        if self.show == "transitions" and self.window is None:
            raise QuestionError("show=transitions compares two windows: give window a length, such as 12w")

    def plan(self, view: View, run: Run) -> Plan:
        """Members by role before, role now and number of posts."""
        measure = measure_of("community_role", self)
        seen = "visits" in measure.facts(view)
        if self.denominator == "visitors" and not seen:
            raise Unanswerable(
                "no event shows a visit, so there is no telling who the visitors are: name such events with visits= "
                "or ask for denominator=members"
            )
        earlier = windows.before(view, self.window)
        people = staged(view, earlier, measure, ("created", "contributed"))
        if not seen:
            # Nobody can say which of the quiet were there: they are one group.
            quiet = people.why == "visits_unknown"
            people = people.mutate(stage=quiet.ifelse(1, people.stage), was=(people.was == 0).ifelse(1, people.was))
        members = people.filter(people.stage.notnull()).mutate(posts=(people.created + people.contributed).fill_null(0))
        counts = members.group_by("was", "stage", "posts").agg(customers=members.count())
        figures: dict[str, Any] = {}

        def finish(rows: Any) -> Any:
            moves = Moves.of(rows, ROLES, windows.covered(view, earlier, self.window))
            figures.update(self._figures(rows, moves, seen) | (moves.headline() if earlier is not None else {}))
            return moves.table() if self.show == "transitions" else self._shares(moves, seen, earlier is not None)

        return Plan(
            expression=counts.order_by("was", "stage", "posts"),
            finish=finish,
            headline=lambda table: dict(figures),
            convention=f"community_roles/{self.denominator}/{measure.convention(view).removeprefix('community_role/')}",
            notes=(*measure.notes(view), *windows.note(view, earlier, self.window)),
        )

    def chart(self, table: Any) -> Any:
        """Shares as bars, or where those of each role went."""
        if self.show == "transitions":
            return moves_picture(table, ROLES)
        return lying(table["role"].to_pylist(), table["share"].to_pylist(), f"share of {self.denominator}", ".1%")

    @property
    def _counted(self) -> Any:
        return np.array([self.denominator == "members", True, True, True])

    def _shares(self, moves: Moves, seen: bool, compared: bool) -> pa.Table:
        columns = moves.shares(self._counted, compared)
        nobody = not (moves.now * self._counted).sum()
        columns["why"] = pa.array(
            ["not_counted" if not counted else "nobody" if nobody else None for counted in self._counted], pa.string()
        )
        table = pa.table(columns).rename_columns({"stage": "role"})
        if seen:
            return table
        quiet = table.slice(1)
        return quiet.set_column(0, "role", pa.array([QUIET, *ROLES[2:]]))

    def _figures(self, rows: pa.Table, moves: Moves, seen: bool) -> dict[str, Any]:
        members, visitors = int(moves.now.sum()), int(moves.now[1:].sum())
        n = members if self.denominator == "members" else visitors
        found: dict[str, Any] = {"members": members, **({"visitors": visitors} if seen else {})}
        for place, role in enumerate(ROLES):
            if self._counted[place] and (seen or place):
                name = role if seen or place != 1 else "quiet"
                found[f"{name}_share"] = int(moves.now[place]) / n if n else None
        there = [row for row in rows.to_pylist() if self._counted[row["stage"]]]
        posts, people = ([row[name] for row in there] for name in ("posts", "customers"))
        total = sum(post * many for post, many in zip(posts, people, strict=True))
        found["posts"] = total
        found["posts_gini"] = gini(posts, people) if total else None
        return found | _of_top(posts, people)


def _of_top(posts: list[int], people: list[int]) -> dict[str, Any]:
    """What the top 1 % posted, and how many they are; no value where they are less than one person."""
    n = sum(people)
    if n < LEAST_FOR_TOP:
        return {"posts_of_top_1_percent": None, "posts_of_top_1_percent_why": "too_few" if n else "nobody"}
    share = top_share(posts, people, 0.01) if any(posts) else None
    return {"posts_of_top_1_percent": share, "members_of_top_1_percent": -(-n // 100)}
