"""What `cherish holdout` says: of a lot, of an exported list, of all holdouts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cherish.cli._options import note, screen

if TYPE_CHECKING:
    from cherish.spec.holdouts import Holdout
    from cherish.store.duckdb.holdouts import Addresses, Drawn


def say(text: str, style: str = "") -> None:
    from cherish.show.terminal import write

    write(screen(), text, style, hang=2)


def lot(drawn: Drawn) -> None:
    from cherish.spec.holdouts import POOL_BELOW

    if not drawn.decided:
        say(f"Nobody was known before {drawn.at:%Y-%m-%d %H:%M} UTC: bring customers in, then draw", "bold")
        return
    news = f"{_people(drawn.new)} drawn, {drawn.new_held:,} of them held out" if drawn.new else "Nobody new to draw"
    say(f"{news}; in all {drawn.held:,} of {drawn.decided:,} ({drawn.held / drawn.decided:.1%}) get no mail", "bold")
    for count, what in (
        (drawn.shared, "share an address with others, and so share a lot"),
        (drawn.followed, "share an address with somebody drawn before, and follow that decision"),
        (drawn.crossed, "are of both arms since they became one: the older one's stays, and they are counted"),
    ):
        if count:
            say(f"  {_people(count)} {what}")
    if not drawn.held:
        say(f"  With {_people(drawn.decided)} the lot held nobody out: newcomers may be, or plan another one of 50%")
    elif drawn.decided < POOL_BELOW:
        say("  So few show most under one control for all campaigns: let every campaign leave them out")
    say(f"Next: cherish holdout export {word(drawn.holdout.name)} --for SENDER --to FILE", "dim")


def exported(found: Addresses, sender: Any, to: str) -> None:
    where = "" if to == "-" else f" in {to}"
    note(f"{len(found.addresses):,} addresses for {sender.title}{where}; {sender.do}")
    for count, what in (
        (found.known, "more were exported before (--all lists all)"),
        (
            found.without,
            "held-out customers have no address: no list can keep mail from them (plan --address: which trait is it?)",
        ),
        (found.unusable, "addresses are none, or begin as a formula would: they are not in the list"),
        (found.torn, "addresses belong to customers of both arms: the oldest customer's holds"),
        (found.free_again, "addresses exported before are not held out any more: export --all and replace the list"),
    ):
        if count:
            note(f"  {count:,} {what}")


def listed(planned: tuple[Holdout, ...], counts: dict[str, Any]) -> None:
    from cherish.show.layout import Column
    from cherish.show.terminal import table

    if not planned and not counts:
        say("There is no holdout yet. What one would show, and cost: cherish holdout plan")
        return
    rows = [plain(each, counts.get(each.name)) for each in planned]
    rows += [{"name": name, **row} for name, row in counts.items() if name not in {each.name for each in planned}]
    titles = (("name", False), ("share", True), ("metric", False), ("horizon", False), ("until", False),
              ("drawn", True), ("held out", True))  # fmt: skip
    cells = [[_cell(row.get(title.replace(" ", "_"))) for title, _ in titles] for row in rows]
    columns = zip(*cells, strict=True)
    table(
        tuple(Column(title, tuple(column), number) for (title, number), column in zip(titles, columns, strict=True)),
        screen(),
    )


def plain(holdout: Holdout, counted: Any) -> dict[str, Any]:
    """A plan without its salt, which nobody needs and with which anybody could tell who is held out."""
    wish, found = holdout.wish, counted or {}
    return {
        "name": wish.name, "share": wish.share, "metric": wish.metric, "horizon": f"{wish.horizon}d",
        "until": wish.until, "margin": wish.margin, "address": wish.address, "version": holdout.version,
        "planned_at": holdout.made_at, "drawn": found.get("drawn", 0), "held_out": found.get("held_out", 0),
    }  # fmt: skip


def of_lot(drawn: Drawn) -> dict[str, Any]:
    names = ("at", "new", "new_held", "followed", "shared", "decided", "held", "crossed")
    return {"name": drawn.holdout.name, **{name: getattr(drawn, name) for name in names}}


def _cell(value: Any) -> str:
    from cherish.show.numbers import DASH

    if value is None:
        return DASH
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _people(count: int) -> str:
    return f"{count:,} customer{'' if count == 1 else 's'}"


def word(name: str) -> str:
    import shlex

    return shlex.quote(name)
