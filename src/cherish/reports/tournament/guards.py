"""What is checked before anybody may conclude: each guard, whether it held, and what would do where it didn't."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from cherish.reports.tournament.cutoffs import LEAST_POSITIVES, LEAST_RATE, Cutoff
from cherish.reports.tournament.judged import LEAK, REFUSING, WHYS, Entry, Judgement
from cherish.reports.tournament.laid_out import GUARDS

_DO = {
    "leak_suspected": "show from what its values were made, and when; or leave it out",
    "sees_the_future": "a definition may only look at what its view shows",
    "undated": "a file with customer, time and score tells when each value was known (column=FILE)",
    "not_known_then": "values as they were before a cut-off, or later cut-offs",
    "not_fitted": "more customers, or a longer past",
    "no_values": "customers of whom it is known",
    "same_for_all": "values that differ",
}


def guards(counted: Sequence[Cutoff], judgement: Judgement | None, set_aside: Mapping[str, int]) -> pa.Table:
    """One row per guard and cut-off or score, those that failed first."""
    lines = [line for cutoff in counted for line in _of_cutoff(cutoff)]
    for each in judgement.entries if judgement is not None else ():
        lines.append(_of_score(each))
        later = set_aside.get(each.contestant.key, 0)
        if later:
            lines.append({
                "guard": "known_before_the_cutoff", "score": each.label, "passed": each.why != "not_known_then",
                "count": later, "needed": "values with an earlier time",
                "says": "values known at or after a cut-off were set aside there",
            })  # fmt: skip
    lines.sort(key=lambda line: bool(line["passed"]))
    return pa.Table.from_pylist(lines, schema=GUARDS)


def _of_cutoff(cutoff: Cutoff) -> Iterator[dict[str, Any]]:
    complete = cutoff.why not in ("incomplete_window", "nobody_known")
    yield {
        "guard": "complete_window", "cutoff": cutoff.date, "passed": complete,
        "needed": "a past before the cut-off, and a window that ends before the data do",
        "says": "the outcome's window is over" if complete else WHYS[cutoff.why],
    }  # fmt: skip
    if not complete:
        return
    few = min(cutoff.positives, cutoff.customers - cutoff.positives)
    rate = few / cutoff.customers if cutoff.customers else 0.0
    yield {
        "guard": "positives", "cutoff": cutoff.date, "passed": few >= LEAST_POSITIVES, "count": few,
        "needed": f"{LEAST_POSITIVES} of either kind",
        "says": "enough customers have the outcome, and enough don't" if few >= LEAST_POSITIVES else WHYS["too_few"],
    }  # fmt: skip
    yield {
        "guard": "base_rate", "cutoff": cutoff.date, "passed": rate >= LEAST_RATE, "figure": rate,
        "needed": f"a share of {LEAST_RATE:.1%}",
        "says": "it is common enough" if rate >= LEAST_RATE else "a ranking of so rare a thing is chance",
    }  # fmt: skip


def _of_score(each: Entry) -> dict[str, Any]:
    found = None if each.figures is None else each.figures.auc.value
    about = {"score": each.label, "figure": found}
    if each.why in REFUSING or each.why == "same_for_all":
        return {**about, "guard": each.why, "passed": False, "needed": _DO[each.why], "says": WHYS[each.why]}
    return {
        **about, "guard": "leakage", "passed": True, "needed": f"an area between {1 - LEAK:.2f} and {LEAK:.2f}",
        "says": "no sign that it was made with what came after",
    }  # fmt: skip
