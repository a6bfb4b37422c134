"""One customer as people like to read it: who it is, what it is worth, what it did last; tables of a few lines each."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cherish.customers.figures import COMPARES, Figure
from cherish.customers.searching import Matches, email_in, name_in
from cherish.show import numbers
from cherish.show.layout import Column
from cherish.show.terminal import console, table, write
from cherish.spec.calendar import zone

if TYPE_CHECKING:
    from rich.console import Console

    from cherish.customers.groups import Group
    from cherish.customers.orders import Money
    from cherish.customers.single_view import CustomerView
    from cherish.customers.timeline import Event

WIDE = 44
"""Longer texts are cut in a table; --json has them whole."""
EDGES = 5
"""So many edges are told."""


def plain(view: CustomerView) -> str:
    """The view as plain text."""
    out = io.StringIO()
    show(view, console(out))
    return out.getvalue().rstrip("\n")


def show(view: CustomerView, screen: Console) -> None:
    """Write the view, part by part, as far as it was asked for."""
    for section in (_head, _known, _identifiers, _money, _groups, _measures, _sessions, _timeline):
        section(view, screen)


def found(matches: Matches, screen: Console, words: str, zone_name: str) -> None:
    """Write what a search found."""
    if not matches.matches:
        write(screen, "Nobody was found: no id and no trait holds these words")
        return
    people = matches.matches
    count = f"{matches.count:,} customer{'' if matches.count == 1 else 's'}"
    more = f", the first {len(people)}" if matches.count > len(people) else ""
    write(screen, f"{count}{more}", "bold")
    _table(
        screen,
        customer=(each.customer for each in people),
        name=(each.name for each in people),
        email=(each.email for each in people),
        found_in=(each.found_in for each in people),
        last_seen=(_day(each.last_seen, zone_name) for each in people),
    )
    if matches.after:
        write(screen, f"more of them: cherish customers {words} --after {matches.after}", "dim")


# -- parts --------------------------------------------------------------------------------------------------------


def _head(view: CustomerView, screen: Console) -> None:
    traits = {each.name: each.value for each in view.traits or ()}
    told = [each for each in (name_in(traits), email_in(traits)) if each and each != view.customer]
    write(screen, " · ".join([*told, view.customer]), "bold")
    about = ["identified" if view.identified else "anonymous"]
    for words, moment in (("first seen", view.first_seen), ("last seen", view.last_seen)):
        about += [f"{words} {_day(moment, view.zone)}"] if moment else []
    about.append(f"{view.events:,} event{'' if view.events == 1 else 's'}")
    write(screen, " · ".join(about))
    if view.left_out:
        write(screen, f"no answer counts this customer: {', '.join(view.left_out)} (cherish noise)", "yellow")
    acts = [f"{name} {count:,}" for name, count in view.acts.items()]
    if acts:
        rest = f", and {len(acts) - 6} other names" if len(acts) > 7 else ""
        write(screen, ", ".join(acts[: 7 if len(acts) <= 7 else 6]) + rest, "dim")


def _known(view: CustomerView, screen: Console) -> None:
    if view.traits:
        _title(screen, "What is known")
        _table(
            screen,
            trait=(each.name for each in view.traits),
            value=(_value(each.value) for each in view.traits),
            since=(_day(each.at, view.zone) for each in view.traits),
            told_by=(each.source for each in view.traits),
        )


def _identifiers(view: CustomerView, screen: Console) -> None:
    if view.identifiers:
        _title(screen, "Known by")
        _table(
            screen,
            id=(each.kind for each in view.identifiers),
            key=(each.key for each in view.identifiers),
            events=tuple(each.events for each in view.identifiers),
            first=(_day(each.first, view.zone) for each in view.identifiers),
            last=(_day(each.last, view.zone) for each in view.identifiers),
        )
    binding = [each for each in view.edges or () if each.binds]
    for edge in binding[:EDGES]:
        keys = " and ".join(each.key for each in (edge.a, edge.b) if each)
        write(
            screen, f"{keys}: {edge.reason.replace('_', ' ')} {_day(edge.at, view.zone)}, {edge.said_by}", "dim", hang=4
        )
    if len(binding) > EDGES:
        write(screen, f"and {len(binding) - EDGES:,} edges more: cherish customer why {view.customer}", "dim")


def _money(view: CustomerView, screen: Console) -> None:
    if view.orders and view.orders.money:
        _title(screen, "Orders")
        _sums(screen, view.orders.money, view.zone)


def _sums(screen: Console, money: Sequence[Money], zone_name: str, **before: Iterable[Any]) -> None:
    _table(
        screen,
        **before,
        orders=tuple(each.orders for each in money),
        gross=tuple(each.gross for each in money),
        refunded=tuple(each.refunded for each in money),
        net=tuple(each.net for each in money),
        currency=(each.currency or numbers.DASH for each in money),
        first=(_day(each.first, zone_name) for each in money),
        last=(_day(each.last, zone_name) for each in money),
    )


def _groups(view: CustomerView, screen: Console) -> None:
    for group in view.groups or ():
        _title(screen, f"In the group {_group_name(group)}")
        members = f"{group.members:,} member{'' if group.members == 1 else 's'}"
        write(screen, f"{members} · {group.events:,} events · last seen {_day(group.last_seen, view.zone)}")
        if group.money:
            _sums(screen, group.money, view.zone)


def _group_name(group: Group) -> str:
    name = name_in({each.name: each.value for each in group.traits})
    return f"{name} ({group.group_id})" if name and name != group.group_id else group.group_id


def _measures(view: CustomerView, screen: Console) -> None:
    if not view.measures:
        return
    _title(screen, f"Measures, before {_minute(view.as_of, view.zone)}")
    told = [each for each in view.measures if each.value is not None]
    _table(
        screen,
        measure=(each.name for each in told),
        value=(_amount(each) for each in told),
        asks=(each.question for each in told),
    )
    for line in _untold(view.measures):
        write(screen, line, "dim", hang=4)


def _untold(figures: Sequence[Figure]) -> Iterator[str]:
    """The measures without a value, those of one reason together."""
    reasons: dict[str, list[str]] = {}
    for each in figures:
        if each.value is None and each.because != COMPARES:
            reasons.setdefault((each.because or "").removeprefix(f"{each.name} "), []).append(each.name)
    for because, names in reasons.items():
        # What the log would need is told in full by --json.
        yield f"{numbers.DASH} {', '.join(names)}: {_cut(because.partition('. ')[0], 160)}"
    compare = [each.name for each in figures if each.because == COMPARES]
    if compare:
        yield f"{numbers.DASH} {', '.join(compare)}: compare with everybody; --measures all"


def _sessions(view: CustomerView, screen: Console) -> None:
    visits = view.sessions
    if visits is None or not visits.last:
        return
    _title(screen, f"Sessions, {_last(len(visits.last), visits.count or 0)}")
    _table(
        screen,
        began=(_minute(each.begin, view.zone) for each in visits.last),
        lasted=(numbers.length(each.seconds) for each in visits.last),
        events=tuple(each.events for each in visits.last),
        views=tuple(each.views for each in visits.last),
        goals=tuple(each.goals for each in visits.last),
        engaged=("yes" if each.engaged else "no" for each in visits.last),
    )


def _timeline(view: CustomerView, screen: Console) -> None:
    page = view.timeline
    if page is None or not page.events:
        return
    _title(screen, "Timeline, the newest first")
    days = [_day(each.at, view.zone) for each in page.events]
    _table(
        screen,
        day=(day if day != before else "" for before, day in zip(["", *days], days, strict=False)),
        time=(_time(each.at, view.zone) for each in page.events),
        event=(each.name or each.type for each in page.events),
        money=tuple(_priced(each) for each in page.events),
        about=(_about(each) for each in page.events),
    )
    if page.after:
        write(screen, f"older ones: --after {page.after}", "dim")


# -- cells --------------------------------------------------------------------------------------------------------


def _title(screen: Console, text: str) -> None:
    screen.print()
    write(screen, text, "bold")


def _table(screen: Console, **columns: Iterable[Any]) -> None:
    """A table of these columns, those without any value left out; tuples hold numbers."""
    made = []
    for name, values in columns.items():
        cells = list(values)
        if any(each not in (None, "", numbers.DASH) for each in cells):
            texts = tuple(_cut("" if each is None else numbers.text(each)) for each in cells)
            made.append(Column(name.replace("_", " "), texts, isinstance(values, tuple)))
    if made:
        table(tuple(made), screen)


def _cut(text: str, most: int = WIDE) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_value(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    # An id or a postcode is no amount: no thousands apart.
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else numbers.text(value)


def _amount(figure: Figure) -> str:
    if figure.stage is not None:
        return figure.stage
    text = numbers.brief(figure.value, figure.unit)
    return text if numbers.is_share(figure.unit) or figure.unit in ("score", "") else f"{text} {figure.unit}"


def _priced(event: Event) -> str | None:
    return None if event.value is None else f"{numbers.text(event.value)} {event.currency or ''}".strip()


def _about(event: Event) -> str:
    order = [f"order {event.order_id}"] if event.order_id else []
    told = (f"{name}={_value(value)}" for name, value in event.properties.items() if value not in (None, "", [], {}))
    return " ".join([*order, *told])


def _last(shown: int, count: int) -> str:
    return f"the last {shown} of {count:,}" if count > shown else f"all {count:,}" if count > 1 else "one"


def _local(moment: datetime, zone_name: str) -> datetime:
    return moment.astimezone(zone(zone_name))


def _day(moment: datetime | None, zone_name: str) -> str:
    return numbers.DASH if moment is None else _local(moment, zone_name).date().isoformat()


def _time(moment: datetime | None, zone_name: str) -> str:
    return numbers.DASH if moment is None else f"{_local(moment, zone_name):%H:%M:%S}"


def _minute(moment: datetime | None, zone_name: str) -> str:
    return numbers.DASH if moment is None else f"{_local(moment, zone_name):%Y-%m-%d %H:%M}"
