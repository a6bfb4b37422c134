"""The leaderboard on a screen: the columns that people rank by, never wider than a page; CSV and JSON have all."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Self

from cherish.result import Result
from cherish.show import terminal
from cherish.show.layout import columns_of
from cherish.show.numbers import DASH

WIDEST = 120
SHOWN = ("score", "role", "standing", "verdict", "{area}", "{area}_low", "{area}_high", "lift_10", "top_10_share",
         "behind", "why")  # fmt: skip
FIRST_TO_GO = ("lift_10", "top_10_share", "behind", "role", "why")


@dataclass(frozen=True, repr=False)
class Leaderboard(Result):
    """A tournament's answer; only what a screen shows of it is less than the answer."""

    @classmethod
    def of(cls, result: Result) -> Self:
        """The same answer."""
        return cls(**{each.name: getattr(result, each.name) for each in fields(result)})

    def show(self, screen: Any) -> None:
        """Write the sentence, then the leaderboard."""
        terminal.show(self._narrow(), screen)

    def _narrow(self) -> Result:
        whole = Result(**{each.name: getattr(self, each.name) for each in fields(self)})
        if self.query.parameters.get("show", "leaderboard") != "leaderboard" or "auc" not in self.table.column_names:
            return whole
        area = "gini" if _graded(self.table) else "auc"
        wanted = [name.format(area=area) for name in SHOWN]
        segment = [name for name in self.table.column_names[:1] if name not in wanted and name != "score"]
        table = self.table.select([*segment, *(name for name in wanted if name in self.table.column_names)])
        for name in FIRST_TO_GO:
            if _width(table) > WIDEST and name in table.column_names:
                table = table.drop_columns([name])
        return replace(whole, table=table)


def _graded(table: Any) -> bool:
    """Whether money or orders rank, so that the Gini is not simply 2 AUC - 1."""
    pairs = zip(table["auc"].to_pylist(), table["gini"].to_pylist(), strict=True)
    return any(None not in (auc, gini) and abs(gini - (2 * auc - 1)) > 1e-9 for auc, gini in pairs)


def _width(table: Any) -> int:
    columns = [each for each in columns_of(table) if any(cell != DASH for cell in each.cells)]
    widths = [max(len(each.title), *(len(cell) for cell in each.cells), 0) for each in columns]
    return sum(widths) + len(terminal.GAP) * max(len(widths) - 1, 0)
