"""Small cells of an answer: marked for the owner, hidden in what is shared; every way of showing goes through here."""

from __future__ import annotations

import re
from typing import Any

from cherish.errors import Unanswerable, Unsupported
from cherish.privacy import Declared, allowed, small, suppressed
from cherish.show.answered import Answered

MARK = "*"
_PEOPLE = "customers?|people|members?|respondents?|answers?|buyers?|have|had|are|were|who"
_OF_SOMEBODY = re.compile(rf"(?<![\w.,#@%-])(\d{{1,3}})(?= (?:of [\d,]+ )?(?:{_PEOPLE})\b)")


def threshold() -> int:
    """How many customers a figure must rest on to be shared: the setting `smallest_group`."""
    from cherish.settings import load

    return allowed(load().smallest_group)


def declared(result: Answered) -> Declared:
    """What the answer's definition says of its columns."""
    apart = tuple(filter(None, result.about.get("apart", "").split("|")))
    pairs = (each.partition("=") for each in filter(None, result.about.get("rests", "").split("|")))
    return Declared(apart, {name: count for name, _, count in pairs})


def is_shared(result: Answered) -> bool:
    """Whether small cells are hidden already."""
    return "shared" in result.about


def is_personal(result: Answered) -> bool:
    """Whether a row is a customer: nothing to mark there, and nothing to share."""
    names = result.table.column_names
    return result.about.get("shape") == "customer" or "customer" in names or "customer_id" in names


def marks(result: Answered, table: Any = None, k: int | None = None) -> dict[str, tuple[int, ...]]:
    """The cells of the table (or a part of it) that count few customers, by column; for the owner, who sees them."""
    if is_shared(result) or is_personal(result):
        return {}
    return small(result.table if table is None else table, k or threshold(), declared(result))


def legend(k: int | None = None) -> str:
    """What the mark means."""
    return f"{MARK} fewer than {k or threshold()} customers: hidden when shared (--share)"


def shared(result: Answered, k: int | None = None) -> dict[str, Any]:
    """The fields of an answer that may leave the house: small cells hidden, no log behind it.

    Raises:
        Unsupported: a row is a customer, or whom the answer leaves out can't be counted any more.
        Unanswerable: there are too few customers, or the answer is about all but a few of them.
    """
    least = threshold() if k is None else allowed(k)
    if is_shared(result):
        return {}
    _refuse_what_is_personal(result, least)
    kept = suppressed(result.table, result.headline, least, declared(result))
    notes = tuple(note for note in result.notes if not _tells_of_few(note, least))
    told = (f"hidden: {kept.count:,} figures that rest on fewer than {least} customers or would give those away",)
    return {
        "table": kept.table,
        "headline": kept.headline,
        "notes": notes + (told if kept.count else ()),
        "rows": {name: count for name, count in result.rows.items() if not 0 < count < least},
        "about": {**result.about, "shared": str(least)},
        "origin": None,
    }


def _refuse_what_is_personal(result: Answered, least: int) -> None:
    name = result.query.name
    if is_personal(result):
        raise Unsupported(
            f"{name} has a row for each customer, which is not for sharing; "
            "group it (--by country) or ask for its course (--over 90d)"
        )
    if result.rows.get("customers", least) < least:
        raise Unanswerable(f"the log has fewer than {least} customers; nothing of so few can be shared")
    if result.query.filters or result.query.among:
        _refuse_all_but_few(result, least)


def _refuse_all_but_few(result: Answered, least: int) -> None:
    """Refuse an answer that, held beside the same one about everybody, tells of a few."""
    if result.origin is None:
        raise Unsupported(f"whom this answer leaves out can't be counted any more; ask again: {result.query.command()}")
    whole = result.query.changed(
        kind="measure", name="tenure", parameters={}, filters=(), by=(), over=None, since=None, limit=None, among=None,
        against=None,
    )  # fmt: skip
    part = whole.changed(filters=result.query.filters, among=result.query.among)
    everyone, inside = (result.origin.ask(each).headline["customers"] for each in (whole, part))
    if 0 < everyone - inside < least:
        raise Unanswerable(
            f"the answer is about all but fewer than {least} of {everyone:,} customers: beside the one about everybody "
            "it would tell of those few; share that one, or choose otherwise"
        )


def _tells_of_few(note: str, least: int) -> bool:
    return any(0 < int(number) < least for number in _OF_SOMEBODY.findall(note))
