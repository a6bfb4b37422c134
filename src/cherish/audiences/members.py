"""A rule on a log: which customers it holds for, at the view's moment, in one statement.

Every condition is true or false and never unknown: who has no value fails each comparison, and so passes its `not`.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import reduce
from operator import and_, or_
from typing import Any

import ibis

from cherish.audiences import comparing
from cherish.audiences.bucket import place
from cherish.audiences.happened import happened
from cherish.audiences.needs import Needs, Test
from cherish.audiences.parts import below, nearest, refuse
from cherish.audiences.rule import All, AnyOf, Bucket, Condition, Did, DidNot, Measured, Not, Rule, Trait
from cherish.errors import QuestionError
from cherish.points.measure import Measure
from cherish.spec.registry import find, names
from cherish.spec.view import View


def members(view: View, rule: Rule) -> Any:
    """The customers for whom the rule holds: a relation with `customer_id`.

    The whole population of the view is looked at, without the view's own audience and filters. Nothing at or after
    its moment counts.

    Raises:
        QuestionError: the rule names what the log or the catalogue lacks; the message says where in the rule.
    """
    found = marked(view, {"member": rule})
    return found.filter(found.member).select("customer_id")


def marked(view: View, rules: Mapping[str, Rule]) -> Any:
    """One row per customer of the population with `customer_id` and a boolean column for each rule."""
    whole = View(view.log, view.as_of, (), view.population)
    needs = Needs(whole)
    tests = {name: _test(needs, rule.condition, "") for name, rule in rules.items()}
    table = needs.table()
    return table.select("customer_id", **{name: test(table) for name, test in tests.items()})


def _test(needs: Needs, condition: Condition, path: str) -> Test:
    if isinstance(condition, (All, AnyOf)):
        return _joined(needs, condition, path)
    if isinstance(condition, Not):
        return _opposite(_test(needs, condition.not_, below(path, "not")))
    if isinstance(condition, Did):
        return happened(needs, condition.did, below(path, "did"))
    if isinstance(condition, DidNot):
        return _opposite(happened(needs, condition.did_not, below(path, "did_not")))
    if isinstance(condition, Trait):
        return _trait(needs, condition, path)
    return _bucket(condition) if isinstance(condition, Bucket) else _measured(needs, condition, path)


def _joined(needs: Needs, condition: All | AnyOf, path: str) -> Test:
    every = isinstance(condition, All)
    parts = condition.all if isinstance(condition, All) else condition.any
    here = below(path, "all" if every else "any")
    tests = [_test(needs, each, f"{here}[{number}]") for number, each in enumerate(parts)]
    return lambda table: reduce(and_ if every else or_, (test(table) for test in tests))


def _opposite(test: Test) -> Test:
    return lambda table: ~test(table)


def _trait(needs: Needs, condition: Trait, path: str) -> Test:
    traits = needs.view.facts.traits
    bare = condition.trait.removeprefix("traits.")
    if bare not in traits:
        refuse(below(path, "trait"), f"no trait is called {condition.trait!r}; {nearest(bare, traits)}")
    column = needs.trait(f"traits.{bare}")
    comparing.check_trait(condition, str(traits[bare]), path)
    return lambda table: comparing.trait(table[column], condition)


def _measured(needs: Needs, condition: Measured, path: str) -> Test:
    column = needs.measure(_definition(condition, path))
    cuts = [
        (needs.cut(column, top, _fraction(text)), top)
        for text, top in ((condition.top, True), (condition.bottom, False))
        if text is not None
    ]

    def test(table: Any) -> Any:
        value = table[column]
        found = comparing.amounts(value, condition)
        found += [value >= table[cut] if top else value <= table[cut] for cut, top in cuts]
        if condition.known is not None:
            found.append(value.notnull() if condition.known else value.isnull())
        return comparing.every(found)

    return test


def _definition(condition: Measured, path: str) -> Measure:
    known = names("measure")
    if condition.measure not in known:
        refuse(
            below(path, "measure"), f"no measure is called {condition.measure!r}; {nearest(condition.measure, known)}"
        )
    try:
        made = find("measure", condition.measure).of(**condition.parameters)
    except QuestionError as error:
        refuse(below(path, "parameters"), str(error))
    assert isinstance(made, Measure)  # noqa: S101  # the registry keeps measures and reports apart
    return made


def _fraction(text: str) -> Fraction:
    return Fraction(text.removesuffix("%")) / 100


def _bucket(condition: Bucket) -> Test:
    lot = condition.bucket

    def test(table: Any) -> Any:
        where = place(table.customer, lot.salt, lot.of)
        low = where >= lot.at_least if lot.at_least else ibis.literal(True)
        return low & (where < lot.below)

    return test
