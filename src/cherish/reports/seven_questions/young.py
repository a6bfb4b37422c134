"""Is it only the young? For how many the age is known, how those differ, whether engagement says the same of all."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cherish.proof.prediction.ranking import auc
from cherish.reports.segments import natural, upper
from cherish.reports.seven_questions.answers import Answer, Figure, between, count, points, unknown
from cherish.reports.seven_questions.asking import Asking
from cherish.reports.seven_questions.comparing import FEWEST, adjusted, clear, means_apart, share, shares_apart
from cherish.reports.seven_questions.past import Flags, Past
from cherish.spec.view import UNKNOWN
from cherish.statistics.intervals import mean_interval
from cherish.statistics.tails import log_chi_square

NAME = "4 only the young"
QUESTION = "Is it only the young who are engaged?"
STAYED, SPENT, ACTIVE = "share that stayed", "spend a head afterwards", "share active in the four weeks before"
TELLS = "how well engagement tells who stays (AUC)"
SAME = f"{TELLS}: the same at every age?"
KNOWN = "age known less unknown"
ASK = "Ask customers for their age, or import it as the trait age (or name yours: age=TRAIT)"
MOST = 8
"""More different ages than that are cut into bands."""
EDGES = (25.0, 35.0, 45.0, 55.0, 65.0)


@dataclass(frozen=True)
class Sides:
    """Two groups of customers, and what they are called together: `young less older`."""

    name: str
    one: Flags
    other: Flags

    @property
    def enough(self) -> bool:
        """Whether both groups are large enough to be compared."""
        return min(int(self.one.sum()), int(self.other.sum())) >= FEWEST


def answer(asking: Asking) -> Answer:
    """Shares known; differences between young and older, and between known and unknown; the interaction with age."""
    past = asking.past
    if asking.aged is None or past.labels is None:
        return _by_tenure(asking)
    bands = _banded(past.labels)
    known = bands != UNKNOWN
    n = int(known.sum())
    base = _known(asking, asking.aged)
    young = known & np.array([upper(band) < asking.young for band in bands])
    sides = Sides(f"under {asking.young:g} less older", young, known & ~young)
    if not sides.enough:
        return unknown(
            f"the age is known of {count(n)} of {past.n:,}, and {int(young.sum()):,} of those are under "
            f"{asking.young:g}; both sides need {FEWEST}" + (f". {ASK}" if n < past.n else ""),
            [base],
        )
    around = Sides(KNOWN, known, ~known)
    tested = [*_apart(past, sides), *(_apart(past, around) if around.enough else [])]
    tested += _interaction(past, bands, asking)
    figures = [replace(each, leading=_leads(each, sides.name)) for each in adjusted(tested)]
    levels = [each for band in sorted(set(bands), key=natural) for each in _levels(past, band, bands == band)]
    return Answer(_sentence(figures, asking, sides.name, base), (base, *figures, *levels))


def _known(asking: Asking, aged: str) -> Figure:
    """Of how many of all customers at the moment the age is known."""
    people = asking.view.customers((aged,))
    counted = people.agg(n=people.count(), known=people.count(where=people.by_1 != UNKNOWN))
    found = asking.run(counted).to_pylist()[0]
    name = aged.removeprefix("traits.")
    return replace(share("share whose age is known", found["known"], found["n"], name), leading=True)


def _leads(figure: Figure, young: str) -> bool:
    return figure.of == young or figure.measured == SAME or (figure.of, figure.measured) == (KNOWN, STAYED)


def _banded(labels: NDArray[Any]) -> NDArray[Any]:
    """The labels; ages in years, of which there are many, as bands."""
    if len(set(labels) - {UNKNOWN}) <= MOST:
        return labels
    return np.array([_band(label) for label in labels])


def _band(label: str) -> str:
    try:
        age = float(label)
    except ValueError:
        return label
    above, below = [edge for edge in EDGES if edge <= age], [edge for edge in EDGES if edge > age]
    if not above:
        return f"under {EDGES[0]:g}"
    return f"{above[-1]:g} to under {below[0]:g}" if below else f"{above[-1]:g} and over"


def _apart(past: Past, sides: Sides) -> Iterator[Figure]:
    yield shares_apart(STAYED, sides.name, past.stayed[sides.one], past.stayed[sides.other])
    lately = past.scores.get("active_days")
    if lately is not None:
        yield shares_apart(ACTIVE, sides.name, lately[sides.one] > 0, lately[sides.other] > 0)
    if past.spent is not None:
        yield means_apart(SPENT, sides.name, past.spent[sides.one], past.spent[sides.other])


def _interaction(past: Past, bands: NDArray[Any], asking: Asking) -> Iterator[Figure]:
    """Cochran's Q over the bands' AUCs: does engagement say as much of everybody, whatever their age?"""
    score = past.scores.get(asking.definition)
    if score is None:
        return
    found = []
    for band in sorted(set(bands) - {UNKNOWN}, key=natural):
        rows = (bands == band) & np.isfinite(score)
        stayed = past.stayed[rows]
        if min(stayed.sum(), (~stayed).sum()) < FEWEST:
            continue
        area = auc(score[rows], stayed)
        if area.value is not None and area.se:
            found.append((area.value, area.se))
            yield Figure(TELLS, band, area.value, area.low, area.high, int(rows.sum()))
    if len(found) < 2:
        yield Figure(SAME, asking.definition,
                     why_not=f"needs two bands with {FEWEST} customers each who stayed and who did not")  # fmt: skip
        return
    values, errors = (np.array(each) for each in zip(*found, strict=True))
    weights = errors**-2
    q = float((weights * (values - (weights * values).sum() / weights.sum()) ** 2).sum())
    p = math.exp(log_chi_square(q, len(found) - 1))
    yield Figure(SAME, asking.definition, q, n=past.n, p_value=p)


def _levels(past: Past, band: str, rows: Flags) -> Iterator[Figure]:
    """What the customers of one band do; bands of few are left out."""
    n = int(rows.sum())
    if n < FEWEST:
        yield Figure(STAYED, band, why_not=f"fewer than {FEWEST} customers")
        return
    yield share(STAYED, int(past.stayed[rows].sum()), n, band)
    if past.spent is not None:
        spent = past.spent[rows]
        mean, low, high = mean_interval(n, float(spent.mean()), float(spent.std(ddof=1)))
        yield Figure(SPENT, band, float(mean), float(low), float(high), n)


def _sentence(figures: list[Figure], asking: Asking, young: str, base: Figure) -> str:
    by_age = [each for each in figures if each.of == young]
    stayed = next(each for each in by_age if each.measured == STAYED)
    spent = next((each for each in by_age if each.measured == SPENT and each.value is not None), None)
    told = f"those under {asking.young:g}, against older ones, stayed {points(stayed)}"
    told += f" and spent {between(spent)} a head" if spent else ""
    n = base.n or 0
    said = f"{_verdict(by_age)}: the age is known of {round((base.value or 0.0) * n):,} of {count(n)}; {told}"
    known = next((each for each in figures if each.of == KNOWN and each.measured == STAYED), None)
    if known is None:
        return said
    unlike = "they are not like the rest" if clear(known) else "they are not shown to differ"
    return f"{said}. Those whose age is known stayed {points(known)} against those whose age is not: {unlike}"


def _verdict(by_age: list[Figure]) -> str:
    seen = [(each.value or 0.0) > 0 for each in by_age if clear(each)]
    if not seen:
        return "No difference by age is shown"
    if len(set(seen)) == 2:
        return "The young are ahead in one thing and behind in another"
    return "The young are ahead, and the older are engaged, too" if seen[0] else "No, the older are ahead"


def _by_tenure(asking: Asking) -> Answer:
    """No age is known of anybody: what can be told instead is newcomers against old customers."""
    why = f"no trait of customers holds an age. {ASK}"
    past = asking.past
    tenure = past.scores.get("tenure")
    if tenure is None or past.n < 2 * FEWEST or np.ptp(tenure) == 0:
        return unknown(why)
    newer = tenure < np.median(tenure)
    sides = Sides("newer half less older half, by time as a customer", newer, ~newer)
    if not sides.enough:
        return unknown(why)
    figures = tuple(replace(each, leading=True) for each in adjusted(list(_apart(past, sides))))
    said = f"Not known: {why}. By time as a customer: the newer half stayed {points(figures[0])} against the older"
    return Answer(said, figures, why, known=False)
