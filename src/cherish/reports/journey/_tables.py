"""From counted stays to tables: who is where, how stays ended, how long they lasted, and who moved where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from cherish.reports.journey._course import AWAY
from cherish.statistics.survival import kaplan_meier

SCHEMA = pa.schema([
    ("stage", pa.string()), ("furthest_ever", pa.int64()), ("furthest_ever_share", pa.float64()),
    ("current", pa.int64()), ("current_share", pa.float64()), ("stays", pa.int64()), ("moved_on", pa.int64()),
    ("moved_back", pa.int64()), ("went_away", pa.int64()), ("still_there", pa.int64()), ("back_share", pa.float64()),
    ("back_share_why", pa.string()), ("median_days", pa.float64()), ("median_days_why", pa.string()),
])  # fmt: skip
MOVES = pa.schema(
    [("from_stage", pa.string()), ("to_stage", pa.string()), ("moves", pa.int64()), ("share", pa.float64())]
)
NEVER, GONE = "(never began)", "(away)"


@dataclass(frozen=True)
class Journeys:
    """The names of the stages, how many customers there are in all, and whether they can be away."""

    names: tuple[str, ...]
    population: int
    falls: bool

    def stages(self, rows: pa.Table) -> pa.Table:
        """A row per stage in order, then those who are away and those who never began."""
        found = [self._stage(rows, code, name) for code, name in enumerate(self.names)]
        begun = sum(row["furthest_ever"] for row in found)
        if self.falls:
            found.append({**self._stage(rows, AWAY, GONE), "furthest_ever": 0, "furthest_ever_share": None})
        never = self.population - begun
        share = never / self.population if self.population else None
        shares = {"furthest_ever_share": share, "current_share": share}
        why = dict.fromkeys(("back_share_why", "median_days_why"), "not_a_stage")
        found.append({"stage": NEVER, "furthest_ever": never, "current": never, **shares, **why})
        return pa.Table.from_pylist(found, schema=SCHEMA)

    def _stage(self, rows: pa.Table, code: int, name: str) -> dict[str, Any]:
        listed = rows.to_pylist()
        own = [row for row in listed if row["stage"] == code]
        ended = [row for row in own if row["following"] is not None]
        on = sum(row["n"] for row in ended if row["following"] > code)
        away = sum(row["n"] for row in ended if row["following"] == AWAY)
        all_ended, stays = (sum(row["n"] for row in part) for part in (ended, own))
        furthest = sum(row["n"] for row in listed if row["furthest"] == code)
        back = all_ended - on - away
        row = {"stage": name, "furthest_ever": furthest, "furthest_ever_share": self._of_all(furthest),
               "current": stays - all_ended, "current_share": self._of_all(stays - all_ended), "stays": stays,
               "moved_on": on, "moved_back": back, "went_away": away, "still_there": stays - all_ended,
               **_median(own)}  # fmt: skip
        if code == AWAY:
            return {**row, "back_share": None, "back_share_why": "not_a_stage"}
        why = None if all_ended else "none_ended" if stays else "nobody"
        return {**row, "back_share": back / all_ended if all_ended else None, "back_share_why": why}

    def _of_all(self, customers: int) -> float | None:
        return customers / self.population if self.population else None

    def transitions(self, rows: pa.Table) -> pa.Table:
        """A row for each move that somebody made, from the earlier stages on."""
        names = {**dict(enumerate(self.names)), AWAY: GONE}
        moves: dict[tuple[int, int], int] = {}
        for row in rows.to_pylist():
            if row["following"] is not None:
                pair = (row["stage"], row["following"])
                moves[pair] = moves.get(pair, 0) + row["n"]
        # Away comes after the last stage, as in the other table.
        order = sorted(moves, key=lambda pair: tuple(code % (len(self.names) + 1) for code in pair))
        total = {stage: sum(n for (own, _), n in moves.items() if own == stage) for stage, _ in moves}
        found = [
            {"from_stage": names[one], "to_stage": names[other], "moves": moves[one, other],
             "share": moves[one, other] / total[one]}
            for one, other in order
        ]  # fmt: skip
        return pa.Table.from_pylist(found, schema=MOVES)

    def headline(self, table: pa.Table) -> Mapping[str, Any]:
        """How many began, where most are, how many turned back."""
        rows = table.to_pylist()[: len(self.names)]
        ended = sum(row["moved_on"] + row["moved_back"] + row["went_away"] for row in rows)
        last = rows[-1]
        return {
            "customers": self.population,
            "began": sum(row["furthest_ever"] for row in rows),
            "reached_last": last["furthest_ever"],
            "reached_last_share": last["furthest_ever_share"],
            "in_a_stage_now": sum(row["current"] for row in rows),
            "back_share": sum(row["moved_back"] for row in rows) / ended if ended else None,
        }

    def moves(self, table: pa.Table) -> Mapping[str, Any]:
        """How many moves there were."""
        return {"customers": self.population, "moves": sum(table["moves"].to_pylist())}


def _median(own: list[dict[str, Any]]) -> dict[str, Any]:
    """The median stay; one that goes on was seen to last to the end of yesterday."""
    if not own:
        return {"median_days": None, "median_days_why": "nobody"}
    days, n = (np.array([row[name] for row in own], dtype=np.int64) for name in ("days", "n"))
    ended = np.array([row["following"] is not None for row in own])
    median = kaplan_meier(np.where(ended, days, days - 1), np.where(ended, n, 0), np.where(ended, 0, n)).median
    return {"median_days": median, "median_days_why": None if median is not None else "half_still_there"}
