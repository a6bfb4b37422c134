"""A measure: two numbers, y and x, of one customer at one moment; its value for any group is sum(y) / sum(x)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import ibis

from cherish.points.fact import Fact
from cherish.spec.definition import Definition
from cherish.spec.view import View


@dataclass(frozen=True)
class Value:
    """The expressions of a measure: y, x (the number 1 where every customer counts once), reasons, further columns.

    `nulls` maps a reason code to the condition under which the customer has no value; the first that holds is named.
    Then the further columns (`parts`) are null too, but for those that are `known` all the same.
    """

    y: Any
    x: Any = 1
    nulls: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[str, Any] = field(default_factory=dict)
    known: Mapping[str, Any] = field(default_factory=dict)

    @property
    def weight(self) -> Any:
        """x as an expression, also where it is the number 1."""
        return ibis.literal(self.x, type="int64") if isinstance(self.x, int) else self.x


class Moment:
    """The moment as definitions see it: `day` is its day number; remembers whether anybody looked."""

    def __init__(self, day: Any) -> None:
        self._day = day
        self.used = False

    @property
    def day(self) -> Any:
        """The day number of the moment: the first day that is not wholly past."""
        self.used = True
        return self._day


@dataclass(frozen=True)
class Fit:
    """What a measure learned from the population at a moment: small, frozen, stored and named with the result."""

    digest: str
    values: Mapping[str, Any]
    notes: tuple[str, ...] = ()


class Columns:
    """A measure's facts as attributes, with `customer` (the person's own id) and `first_day` of the population.

    `personal` remembers whether anybody asked for more than facts, so that a plan can leave the customers out;
    `at_hand` says that the facts lie in our memory, so that asking for their values costs nothing.
    """

    def __init__(self, facts: Mapping[str, Any], population: Any, at_hand: bool = False) -> None:
        self._facts = dict(facts)
        self._population = population
        self.personal = False
        self.at_hand = at_hand

    @property
    def population(self) -> Any:
        """The relation that the facts are columns of."""
        self.personal = True
        return self._population

    def __getattr__(self, name: str) -> Any:
        if name in self._facts:
            return self._facts[name]
        if name in ("customer", "first_day", "first_seen", "created_at"):
            self.personal = True
            return self._population[name]
        raise AttributeError(f"no fact is called {name!r}; there are {', '.join(self._facts)}")


def frozen(values: Mapping[str, Any], notes: tuple[str, ...] = ()) -> Fit:
    """Plain values (numbers, texts, and lists or mappings of them) as a fit, named by their digest."""
    text = json.dumps(values, sort_keys=True, default=str)
    return Fit(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:8], values, notes)


class Measure(Definition):
    """The base of every measure. A subclass gives `facts` and `value`, and `fit` if it needs the population.

    `additive` lets a trend run on daily totals; `linear` promises that y moves by a constant per day while nothing
    happens (recency, tenure). `stages` are the labels of a measure whose y is an ordered code from 0 on: groups of
    customers are then shown as shares of the stages. `columns` are the names that `computed` gives.
    """

    linear: ClassVar[bool] = False
    stages: ClassVar[tuple[str, ...]] = ()
    columns: ClassVar[tuple[str, ...]] = ()

    @property
    def additive(self) -> bool:
        """Whether the value of a sum of customers is the sum of their values, under these parameters."""
        return False

    def facts(self, view: View) -> Mapping[str, Fact]:
        """The facts that the value is written in, by the names used there."""
        raise NotImplementedError

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        """The two numbers, as expressions of the fact columns, `facts.customer` and `facts.first_day`."""
        raise NotImplementedError

    def fit(self, facts: Any, moment: Moment, run: Callable[[Any], Any]) -> Fit | None:
        """Look at the population's facts once (`run` answers an expression with a `pyarrow.Table`).

        None where nothing needs to be learned.
        """
        return None

    def counted(self, view: View, fit: Fit) -> Mapping[str, Fact]:
        """The facts once the fit is known; the same as before, but where a threshold decides what is counted."""
        return self.facts(view)

    def keys(self, facts: Any, moment: Moment) -> Mapping[str, Any]:
        """Whole numbers that hold all that a customer's value hangs on, where no engine can compute it; else none."""
        return {}

    def computed(self, keys: Any, fit: Fit | None) -> Mapping[str, Any]:
        """For a `pyarrow.Table` of distinct keys the arrays named in `columns`; `value` finds them among its facts."""
        raise NotImplementedError

    def convention(self, view: View) -> str:
        """The choices that make two honest values of this name differ."""
        return self.name

    def notes(self, view: View) -> tuple[str, ...]:
        """Sentences that must stand beside every value of this name."""
        return ()

    def versions(self, view: View) -> dict[str, str]:
        """The stored, versioned things that parameters name: `{"active": "core@3"}`."""
        given = getattr(self, "active", None)
        return {} if given is None else {"active": str(view.active(given))}


@dataclass(frozen=True)
class Asked:
    """A measure among those asked together, and the name its columns go by."""

    name: str
    measure: Measure
    fit: Fit | None = None
