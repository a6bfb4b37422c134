"""Campaigns as tables: a row for each, or the page of one with its claims beside what was caused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cherish.reports.campaigns._told import NOT_PROVEN, Campaign

CAUSED, RECEIVED, OTHERS = "caused", "claimed: received it and bought", "everybody else, the same days"


def clicked_name(seconds: int) -> str:
    """The row of the claim by clicks."""
    from cherish.spec.periods import render_duration

    return f"claimed: bought within {render_duration(seconds)} of a click"


def of_all(found: Sequence[Campaign]) -> Any:
    """One row per campaign."""
    import pyarrow as pa

    money, number, whole, day = pa.decimal128(18, 4), pa.float64(), pa.int64(), pa.date32()
    kinds = {
        "campaign": pa.string(), "started": day, "until": day, "receivers": whole, "others": whole,
        "claimed_clicks": money, "claimed": money, "per_head": number, "others_per_head": number, "more_share": number,
        "before_more_share": number, "difference_of_differences": number, "difference_of_differences_low": number,
        "difference_of_differences_high": number, "difference_of_differences_why": pa.string(),
        "drawn_by_lot": pa.bool_(), "caused": number, "caused_low": number, "caused_high": number,
        "caused_why": pa.string(), "verdict": pa.string(), "visible_per_head": number, "visible_by": day,
        "visible_by_why": pa.string(),
    }  # fmt: skip
    return pa.Table.from_pylist([_row(each) for each in found], schema=pa.schema(list(kinds.items())))


def _row(each: Campaign) -> dict[str, Any]:
    return {
        "campaign": each.span.name, "started": each.span.started, "until": each.span.until,
        "receivers": each.receivers.people, "others": each.others.people,
        "claimed_clicks": None if each.clicked is None else each.clicked[0], "claimed": each.receivers.money,
        "per_head": each.receivers.per_head, "others_per_head": each.others.per_head, "more_share": each.more,
        "before_more_share": each.more_before, **each.association, "difference_of_differences_why": each.moved_why,
        "drawn_by_lot": each.drawn is not None, **each.proof, "caused_why": each.why, "verdict": each.verdict,
        "visible_per_head": each.planned.per_head, "visible_by": each.planned.day, "visible_by_why": each.planned.why,
    }  # fmt: skip


def of_one(each: Campaign, seconds: int) -> Any:
    """The page of one campaign: what it can claim, everybody else, and what it caused."""
    import pyarrow as pa

    money = pa.decimal128(18, 4)
    kinds = {"what": pa.string(), "customers": pa.int64(), "value": money, "low": money, "high": money,
             "per_head": pa.float64(), "per_head_before": pa.float64(), "value_why": pa.string()}  # fmt: skip
    return pa.Table.from_pylist(_page(each, seconds), schema=pa.schema(list(kinds.items())))


def _page(each: Campaign, seconds: int) -> list[dict[str, Any]]:
    clicked = each.clicked
    rows: list[dict[str, Any]] = [
        {"what": clicked_name(seconds), "customers": None if clicked is None else clicked[1],
         "value": None if clicked is None else clicked[0], "value_why": "no_clicks" if clicked is None else None}
    ]  # fmt: skip
    for what, group in ((RECEIVED, each.receivers), (OTHERS, each.others)):
        rows.append({"what": what, "customers": group.people, "value": group.money, "per_head": group.per_head,
                     "per_head_before": group.before})  # fmt: skip
    rows.append(_caused(each))
    return rows


def _caused(each: Campaign) -> dict[str, Any]:
    found, lot = each.caused, each.drawn
    what = f"{CAUSED}: {NOT_PROVEN}" if each.verdict == NOT_PROVEN else CAUSED
    row: dict[str, Any] = {"what": what, "value_why": each.why}
    if found is None or lot is None:
        return row
    value, low, high = (_money(part) for part in found)
    return {**row, "customers": lot.meant, "value": value, "low": low, "high": high, "per_head": found[0] / lot.meant}


def _money(value: float) -> Any:
    from decimal import Decimal

    return Decimal(f"{value:.4f}")
