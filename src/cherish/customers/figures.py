"""What every measure of the catalogue says of one customer: the very figure that `log.measure(NAME)` gives them."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cherish.answer.ask import full_name, unit_of
from cherish.answer.measured import columns
from cherish.cards import question
from cherish.errors import CherishError
from cherish.points import at
from cherish.points.fact import Rows
from cherish.points.measure import Asked, Fit, Measure
from cherish.points.rows import one_currency
from cherish.spec.registry import find, names
from cherish.spec.relations import Facts
from cherish.spec.view import View

OWN, ALL, NONE = "own", "all", "none"
"""Measures that need nobody else; all of them; none."""
COMPARES = "compares the customer with everybody; ask for it by name, or for all measures"
MOST_FITS = 64
"""So many fits are kept: of a live log every moment is another one."""
LATER = "the customer was first seen after this moment"


@dataclass(frozen=True)
class Figure:
    """A measure's value for the customer.

    `name` is the measure, `full` its full name with what was fitted, `question` what it asks, `unit` of the value;
    `stage` is the value's label where it is one of ordered stages. `parts` are what else the measure tells; of a ratio
    also its two numbers, y and x.
    Without a value `why` is the reason code of the measure's card, and `because` says it in words; where the measure
    could not be asked at all, or was not, there is only `because`.
    """

    name: str
    full: str
    question: str
    unit: str
    value: Any = None
    stage: str | None = None
    parts: Mapping[str, Any] = field(default_factory=dict)
    why: str | None = None
    because: str | None = None


@dataclass(frozen=True)
class _Planned:
    """A measure that can be asked: under which name, whether its value is y alone, and the figure without a value."""

    asked: Asked
    once: bool
    blank: Figure


def figures_of(view: View, narrow: View, wanted: str | Sequence[str] = OWN) -> tuple[Figure, ...]:
    """The figures of the only customer of `narrow`, in the order of the catalogue; `view` is the same of everybody.

    Whatever needs nobody else is gathered in one pass over the customer's own rows. A measure that learns from the
    population looks at everybody once.

    Raises:
        QuestionError: a measure that does not exist.
    """
    tried: dict[Rows, CherishError | None] = {}
    asked = [_planned(view, place, find("measure", name), wanted, tried) for place, name in enumerate(_names(wanted))]
    planned = [each for each in asked if isinstance(each, _Planned)]
    found = _found(narrow, planned)
    return tuple(found[each.asked.name] if isinstance(each, _Planned) else each for each in asked)


def _names(wanted: str | Sequence[str]) -> tuple[str, ...]:
    if wanted == NONE:
        return ()
    if wanted in (OWN, ALL):
        return names("measure")
    parts = wanted.split("|") if isinstance(wanted, str) else wanted
    return tuple(dict.fromkeys(each.strip() for each in parts if each.strip()))


def _planned(
    view: View, place: int, definition: Any, wanted: Any, tried: dict[Rows, CherishError | None]
) -> _Planned | Figure:
    measure: Measure = definition.of()
    asked = Asked(f"m{place}", measure)
    blank = Figure(measure.name, measure.full_name(), question(definition), unit_of(measure.card.unit, view.facts))
    if wanted == OWN and _compares(measure):
        return replace(blank, because=COMPARES)
    try:
        asked = replace(asked, fit=_learned.fit(view, asked))
        once = isinstance(at.probed(view, asked).value.x, int)
        _can_be_gathered(view, asked, tried)
        fits = () if asked.fit is None else (asked.fit.digest,)
        named = replace(blank, full=full_name(measure, measure.versions(view), fits))
    except CherishError as error:
        return replace(blank, because=str(error))
    return _Planned(asked, once, named)


def _can_be_gathered(view: View, asked: Asked, tried: dict[Rows, CherishError | None]) -> None:
    """Raise what gathering the facts would raise, so that a measure that is refused takes no other along."""
    facts = at.own_facts(view, asked).values()
    one_currency(view, facts)
    for relation in at.relations(facts):
        if isinstance(relation, str):
            continue
        if relation not in tried:
            tried[relation] = None
            try:
                relation.rows(view)
            except CherishError as error:
                tried[relation] = error
        refusal = tried[relation]
        if refusal is not None:
            raise refusal


def _compares(measure: Measure) -> bool:
    return type(measure).fit is not Measure.fit


class _Learned:
    """The fits of one log, until it changes: whoever looks at several customers lets everybody be looked at once."""

    def __init__(self) -> None:
        self._kept: tuple[Callable[[], Facts | None], dict[Any, Fit | None]] = (lambda: None, {})

    def fit(self, view: View, asked: Asked) -> Fit | None:
        """What the measure learns from the view's population; None where it needs nobody else."""
        if not _compares(asked.measure):
            return None
        facts, fits = self._kept
        if facts() is not view.facts or len(fits) >= MOST_FITS:
            fits = {}
            self._kept = (weakref.ref(view.facts), fits)
        key = (view.as_of, view.population, asked.measure)
        if key not in fits:
            fits[key] = at.fitted(view, asked, view.log.run, at.hold(view, asked))
        return fits[key]


_learned = _Learned()


def _found(narrow: View, planned: Sequence[_Planned]) -> dict[str, Figure]:
    """The figures by the names that the measures were asked under."""
    if not planned:
        return {}
    try:
        row = _row(narrow, planned)
    except CherishError as error:
        if len(planned) == 1:
            return {planned[0].asked.name: replace(planned[0].blank, because=str(error))}
        # One of them is refused by what only the asking shows; it must not take the others along.
        return {name: each for one in planned for name, each in _found(narrow, [one]).items()}
    return {each.asked.name: _figure(each, row) for each in planned}


def _row(narrow: View, planned: Sequence[_Planned]) -> dict[str, Any]:
    log, asked = narrow.log, [each.asked for each in planned]
    facts = log.temporary(log.run(at.gather(narrow, at.distinct_facts(narrow, asked).facts)))
    values = at.evaluate(narrow, asked, facts)
    named = (_named(each, columns(values, each.asked, each.once)) for each in planned)
    rows: list[dict[str, Any]] = log.run(
        values.select(**{name: each for pair in named for name, each in pair})
    ).to_pylist()
    return rows[0] if rows else {}


def _named(each: _Planned, made: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    return ((f"{each.asked.name} {name}", column) for name, column in made.items())


def _figure(each: _Planned, row: Mapping[str, Any]) -> Figure:
    if not row:
        return replace(each.blank, because=LATER)
    start = f"{each.asked.name} "
    own = {name.removeprefix(start): value for name, value in row.items() if name.startswith(start)}
    value, why, stage = own.pop("value"), own.pop("why"), own.pop("stage", None)
    if each.once:
        del own["y"], own["x"]
    because = None if why is None else each.asked.measure.card.nulls.get(why, why)
    return replace(each.blank, value=value, stage=stage, parts=own, why=why, because=because)
