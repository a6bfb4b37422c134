"""One campaign with all that is known of it: its claims, everybody else, what its lot shows, and what would show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import ceil
from typing import Any

from cherish.proof.did import Moved, difference_of_differences
from cherish.proof.power import visible
from cherish.reports.campaigns._lots import Drawn, of_sums
from cherish.reports.campaigns._spans import Span
from cherish.spec.calendar import day_from

NOT_PROVEN, GAIN, LOSS = "not proven", "gain proven", "loss proven"
NOT_BY_LOT = "not_by_lot"
LONGEST = 3653
"""A holdout that would need more days than ten years is no plan."""


@dataclass(frozen=True)
class Group:
    """People and their money: in the window (exact, and per head) and before it per head; None of nobody."""

    people: int
    buyers: int
    money: Decimal
    per_head: float | None
    before: float | None


@dataclass(frozen=True)
class Planned:
    """What a holdout of a share of the next receivers would show: the smallest difference per head, and from when on
    one as large as is claimed. `why` says what there is no such day for."""

    per_head: float | None
    day: date | None
    why: str | None


@dataclass(frozen=True)
class Campaign:
    """A campaign, told."""

    span: Span
    receivers: Group
    others: Group
    clicked: tuple[Decimal, int] | None
    moved: Moved | None
    moved_why: str | None
    drawn: Drawn | None
    planned: Planned

    @property
    def caused(self) -> tuple[float, float, float] | None:
        """What it caused, by lot, with its interval; None where that can't be said."""
        return None if self.drawn is None else self.drawn.money

    @property
    def why(self) -> str | None:
        """Why nothing can be said of what it caused."""
        if self.drawn is None:
            return NOT_BY_LOT
        return self.drawn.why or (None if self.caused is not None else "too_few")

    @property
    def verdict(self) -> str:
        """In two words: proven is only what a lot shows and chance doesn't explain."""
        found = self.caused
        if found is None or found[1] <= 0 <= found[2]:
            return NOT_PROVEN
        return GAIN if found[1] > 0 else LOSS

    @property
    def association(self) -> dict[str, float | None]:
        """The difference of differences per head with its interval, by the names of their columns."""
        moved, name = self.moved, "difference_of_differences"
        found = (None, None, None) if moved is None else (moved.estimate, moved.low, moved.high)
        return dict(zip((name, f"{name}_low", f"{name}_high"), found, strict=True))

    @property
    def proof(self) -> dict[str, float | None]:
        """What it caused with its interval, by the names of their columns."""
        found = self.caused or (None, None, None)
        return dict(zip(("caused", "caused_low", "caused_high"), found, strict=True))

    @property
    def more(self) -> float | None:
        """By what share of the others' money per head receivers spent more in the window."""
        return _more(self.receivers.per_head, self.others.per_head)

    @property
    def more_before(self) -> float | None:
        """The same before the campaign began."""
        return _more(self.receivers.before, self.others.before)


def told(
    span: Span, row: Mapping[str, Any], clicked: tuple[Decimal, int] | None, drawn: Drawn | None, *,
    first_day: int, today: int, held_out: float,
) -> Campaign:  # fmt: skip
    """A campaign from the engine's sums; `first_day` is the first of the data, `today` the moment's."""
    receivers = int(row["receivers"] or 0)
    others = max(int(row["people"] or 0) - receivers, 0)
    sums = [of_sums(n, {name[2:]: value for name, value in row.items() if name.startswith(f"{who}_")})
            for who, n in (("r", receivers), ("o", others))]  # fmt: skip
    covered = span.begins >= first_day
    groups = [
        Group(n, int(row[f"{who}_buyers"] or 0), Decimal(row[f"{who}_after"] or 0),
              each.mean("after") if n else None, each.mean("before") if n and covered else None)
        for who, n, each in (("r", receivers, sums[0]), ("o", others, sums[1]))
    ]  # fmt: skip
    running = today < span.end
    moved = difference_of_differences(sums[0], sums[1]) if covered and not running else None
    why = "window_open" if running else "no_before" if not covered else "nobody" if moved is None else None
    claimed = sums[0].mean("after") - sums[1].mean("after") if receivers and others else None
    variance = sums[0].var("after") if receivers > 1 else None
    plan = planned(receivers, variance, claimed, span.days, today, held_out)
    plan = Planned(None, None, "window_open") if running else plan
    why = why or ("too_few" if moved is not None and moved.low is None else None)
    return Campaign(span, groups[0], groups[1], clicked, moved, why, drawn, plan)


def planned(
    receivers: int, variance: float | None, claimed: float | None, days: int, today: int, held_out: float
) -> Planned:
    """A holdout of so many per cent of the receivers of the same campaign again, drawn from `today` on.

    One run of the campaign shows the smallest visible effect per head; k runs show it divided by the root of k.
    """
    control = round(receivers * held_out / 100)
    if variance is None or control < 2 or receivers - control < 2:
        return Planned(None, None, "too_few")
    if not variance:
        return Planned(None, None, "no_money")
    least = visible(variance, receivers - control, control)
    if least is None or claimed is None or claimed <= 0:
        return Planned(least, None, "nothing_claimed")
    runs = max(ceil((least / claimed) ** 2), 1)
    if runs * days > LONGEST:
        return Planned(least, None, "too_long")
    return Planned(least, day_from(today + runs * days), None)


def _more(one: float | None, other: float | None) -> float | None:
    return None if one is None or not other or other <= 0 else one / other - 1
