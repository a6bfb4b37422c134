"""Who takes part: the measures of the catalogue that the data allow, those that were named, and the baselines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from cherish.errors import CherishError, QuestionError
from cherish.points.at import relations
from cherish.points.measure import Measure
from cherish.points.relations.traits import Traits
from cherish.points.rows import one_currency
from cherish.reports.tournament.outcomes import Outcome, has_orders
from cherish.spec.names import ANSWERS, ORDER_COMPLETED
from cherish.spec.registry import find, names
from cherish.spec.texts import arguments, call, listing
from cherish.spec.view import View

NESTED = ("recency", "past count", "past spend", "tenure")
"""The baselines that a definition has to add to."""


@dataclass(frozen=True)
class Contestant:
    """One score: its column in the statement, how it is called, and which end is better (`sign` -1: the lower one).

    `role` is `baseline`, `score`, or `own` for a column that the user brought. `measure` is None for the constant and
    for own columns. `undated`: nobody can tell when its values became known. `claims` names a direction that the card
    does not declare.
    """

    label: str
    role: str
    key: str
    sign: int = 1
    measure: Measure | None = None
    undated: bool = False
    claims: bool = True

    @property
    def definition(self) -> str:
        """The full name."""
        return self.measure.full_name() if self.measure is not None else self.label

    def forecasts(self, outcome: Outcome) -> str:
        """The column of outcomes that its value is a forecast of, in the same unit; empty where it is none."""
        ahead = getattr(self.measure, "horizon", None) == outcome.horizon
        if self.measure is None or not ahead:
            return ""
        unit = type(self.measure).card.unit
        return {"order days": "later_days", "money": "later_spend"}.get(unit, "")


# -- as people write them -----------------------------------------------------------------------------------------


SCORES = listing("names, separated by |; each may have parameters, as rfm(count=days)")


def named(text: str, implied: Mapping[str, Any]) -> Measure:
    """The measure that a text such as `expected_purchases(model=bg_nbd)` names; `implied` fills what it leaves open.

    Raises:
        QuestionError: not of that form, or an unknown measure or parameter.
    """
    found = call(text)
    if found is None:
        raise QuestionError(f"scores={text!r}: write NAME or NAME(parameter=value,parameter=value)")
    name, inside = found
    given = arguments(inside, f"scores={text!r}")
    return made(cast(type[Measure], find("measure", name)), given, implied)


def made(kind: type[Measure], given: Mapping[str, Any], implied: Mapping[str, Any]) -> Measure:
    """The measure with what is given, and what is implied where it has such a parameter."""
    own = {each.name for each in kind.parameters()}
    return kind.of(**{name: value for name, value in implied.items() if name in own} | dict(given))


def label_of(measure: Measure, implied: Mapping[str, Any]) -> str:
    """The full name without its version and without what the question implies."""
    plain = {each.name: each for each in type(measure).parameters()}
    shown = []
    for name in sorted(plain):
        value = getattr(measure, name)
        if value != plain[name].default and not (name in implied and value == plain[name].read(implied[name])):
            shown.append(f"{name}={plain[name].write(value)}")
    return f"{measure.name}({','.join(shown)})" if shown else measure.name


# -- who takes part -----------------------------------------------------------------------------------------------


def baselines(view: View, outcome: Outcome) -> list[Contestant]:
    """Those that are always in: constant, past spend and count, recency, tenure, last period, RFM sum."""
    money = {"currency": outcome.currency} if outcome.currency else {}
    active = outcome.active
    core = set(view.active(active).events)
    if outcome.of_orders and ORDER_COMPLETED in view.facts.names and core != {ORDER_COMPLETED}:
        active = ORDER_COMPLETED
    found: list[tuple[str, str, dict[str, Any]]] = []
    if outcome.has_spend(view):
        found += [("past spend", "monetary", {"window": "all", **money})]
    if has_orders(view):
        found += [("past count", "frequency", {"count": "days", "window": "all"})]
    else:
        found += [("past count", "active_days", {"window": "all", "active": active})]
    found += [("recency", "recency", {"active": active}), ("tenure", "tenure", {}), _last_period(outcome, money)]
    if outcome.has_spend(view):
        found += [("RFM sum", "rfm", {"count": "days", "window": "all", **money})]
    made_of = [(label, made(cast(type[Measure], find("measure", name)), given, {})) for label, name, given in found]
    plain = [_of(label, measure, "baseline", f"b{at}") for at, (label, measure) in enumerate(made_of, 1)]
    return [Contestant("constant", "baseline", "b0"), *(_newest_first(each) for each in plain)]


def _newest_first(each: Contestant) -> Contestant:
    """Tenure has no better end by itself; as a baseline the newer customer is taken for the better one."""
    return replace(each, sign=-1) if each.label == "tenure" else each


def _last_period(outcome: Outcome, money: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """The outcome itself, as it was in the period before the cut-off."""
    span = f"{outcome.horizon}d"
    if outcome.name == "revenue":
        return "last period", "monetary", {"window": span, **money}
    if outcome.of_orders:
        return "last period", "frequency", {"window": span}
    if outcome.name == "retained":
        about = {"active": outcome.active, "window": f"{outcome.third}d", "at_least": 1}
        return "last period", "active_days", about
    return "last period", "active_days", {"active": outcome.name, "window": span}


def implied_by(outcome: Outcome) -> dict[str, Any]:
    """What a measure takes from the question where nobody says otherwise: the horizon and the currency."""
    money = {"currency": outcome.currency} if outcome.currency else {}
    return {"horizon": f"{outcome.horizon}d", **money}


def chosen(view: View, outcome: Outcome, scores: tuple[str, ...], taken: list[Contestant]) -> list[Contestant]:
    """The measures that were named, in that order; one that is a baseline already is left to it.

    Raises:
        QuestionError, Unanswerable: one of them does not exist, or the data lack what it takes.
    """
    implied = implied_by(outcome)
    measures = [named(text, implied) for text in dict.fromkeys(scores)]
    for measure in measures:
        possible(view, measure)
    return _numbered(measures, implied, taken)


def catalogue(view: View, outcome: Outcome, taken: list[Contestant]) -> tuple[list[Contestant], list[str]]:
    """Every measure of the catalogue that the data allow, and for the others why not."""
    implied, found, left = implied_by(outcome), [], []
    for name in names("measure"):
        kind = cast(type[Measure], find("measure", name))
        try:
            measure = made(kind, {}, implied)
            missing = _missing(view, measure)
            if not missing:
                possible(view, measure)
        except CherishError as error:
            missing = str(error)
        if missing:
            left.append(name)
        else:
            found.append(measure)
    return _numbered(found, implied, taken), left


def possible(view: View, measure: Measure) -> None:
    """Refuse a measure that the data lack something for, before any statement rests on it.

    Raises:
        QuestionError, Unanswerable: what it lacks.
    """
    facts = measure.facts(view).values()
    one_currency(view, facts)
    for relation in relations(facts):
        if not isinstance(relation, str):
            relation.rows(view)


def _missing(view: View, measure: Measure) -> str:
    needs = type(measure).card.needs
    if "orders" in needs and not has_orders(view):
        return "no orders"
    if "answers" in needs and not any(name in view.facts.names for name in ANSWERS):
        return "no answers to surveys"
    return ""


def _numbered(measures: list[Measure], implied: Mapping[str, Any], taken: list[Contestant]) -> list[Contestant]:
    there = {each.measure.full_name() for each in taken if each.measure is not None}
    labels = {each.label for each in taken}
    found: list[Contestant] = []
    for measure in measures:
        if measure.full_name() in there:
            continue
        there.add(measure.full_name())
        label = label_of(measure, implied)
        label = measure.full_name().rpartition("@")[0] if label in labels else label
        label = f"{label} (measure)" if label in labels else label
        labels.add(label)
        found.append(_of(label, measure, "score", f"s{len(found)}"))
    return found


def _of(label: str, measure: Measure, role: str, key: str) -> Contestant:
    direction = type(measure).card.direction
    sign = -1 if direction == "lower" else 1
    return Contestant(label, role, key, sign, measure, claims=direction is not None)


def dated(view: View, each: Contestant) -> Contestant:
    """The contestant, marked where it looks at traits: the log keeps no history of them."""
    if each.measure is None:
        return each
    relations = (fact.relation for fact in each.measure.facts(view).values())
    return replace(each, undated=each.undated or any(isinstance(relation, Traits) for relation in relations))
