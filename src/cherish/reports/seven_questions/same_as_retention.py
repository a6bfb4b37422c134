"""Is engagement the same as retention? How far each definition overlaps with who stays."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from cherish.proof.prediction.ranking import spearman
from cherish.reports.seven_questions.answers import Answer, Figure, between, count, percent, unknown
from cherish.reports.seven_questions.asking import Asking
from cherish.reports.seven_questions.comparing import adjusted, share
from cherish.reports.seven_questions.past import Past
from cherish.reports.tournament.frames import Floats
from cherish.statistics.tails import log10_two_sided

NAME = "1 same as retention"
QUESTION = "Is engagement the same as retention?"
LEAST = 5
"""Fewer customers who stayed, or who lapsed, than that make no group."""
RANKED = "rank correlation with staying"
BOTTOM = "share of those who stayed that were in the bottom fifth"
TOP = "share of those who lapsed that were in the top fifth"
ALIKE = 0.05
"""Overlaps below this on both sides are next to none."""


def answer(asking: Asking) -> Answer:
    """The overlap of each definition with staying, as three figures with intervals each."""
    past = asking.past
    stayed = int(past.stayed.sum())
    base = replace(share("share that stayed", stayed, past.n, "customers known at the cutoff"), leading=True)
    if min(stayed, past.n - stayed) < LEAST:
        return unknown(
            f"of {count(past.n)} known {asking.days} days before the moment {stayed:,} were active in the last third "
            f"of those days and {past.n - stayed:,} were not; an overlap needs {LEAST} of each. Ask again when "
            "there are more, or with another horizon",
            [base],
        )
    figures = list(_figures(asking.everything))
    if not figures:
        return unknown("no definition tells these customers apart; bring in more events of theirs", [base])
    nearest = max((each for each in figures if each.measured == RANKED), key=_strength)
    figures = [replace(each, leading=each.of == nearest.of) for each in adjusted(figures)]
    return Answer(_sentence(figures, nearest.of, asking.days), (base, *figures))


def _strength(figure: Figure) -> tuple[float, str]:
    return abs(figure.value or 0.0), figure.of


def _figures(past: Past) -> Iterator[Figure]:
    for name, score in past.scores.items():
        known = np.isfinite(score)
        stayed = past.stayed[known]
        lapsed = ~stayed
        if min(stayed.sum(), lapsed.sum()) < LEAST or np.ptp(score[known]) == 0:
            continue
        found = spearman(score[known], stayed.astype(np.float64))
        p = 10 ** log10_two_sided(found.value / found.se) if found.value is not None and found.se else None
        yield Figure(RANKED, name, found.value, found.low, found.high, int(known.sum()), p)
        bottom, top = fifths(score[known])
        yield share(BOTTOM, float(bottom[stayed].sum()), int(stayed.sum()), name)
        yield share(TOP, float(top[lapsed].sum()), int(lapsed.sum()), name)


def fifths(score: Floats) -> tuple[Floats, Floats]:
    """How much of each customer is in the bottom and in the top fifth: equal scores share a border that cuts them."""
    _, place, size = np.unique(score, return_inverse=True, return_counts=True)
    end = np.cumsum(size) / score.size
    begin = end - size / score.size
    width = end - begin
    bottom = np.clip((0.2 - begin) / width, 0, 1)
    top = np.clip((end - 0.8) / width, 0, 1)
    return bottom[place], top[place]


def _sentence(figures: list[Figure], nearest: str, days: int) -> str:
    ranked, bottom, top = (each for each in figures if each.of == nearest)
    several = sum(each.measured == RANKED for each in figures)
    word = _word(bottom, top)
    of = "of the only definition known here" if several == 1 else f"of {several} definitions"
    return (
        f"{word}: nearest {of} comes {nearest}, whose rank correlation with staying {days} days later is "
        f"{between(ranked)}; {between(bottom, share=True)} of those who stayed had been in its bottom fifth, and "
        f"{between(top, share=True)} of those who lapsed in its top fifth (by chance {percent(0.2)} each)"
    )


def _word(bottom: Figure, top: Figure) -> str:
    ends = [each for figure in (bottom, top) for each in (figure.low, figure.high)]
    low_1, high_1, low_2, high_2 = (math.nan if each is None else each for each in ends)
    if max(low_1, low_2) > ALIKE:
        return "No"
    return "Nearly" if max(high_1, high_2) <= ALIKE else "Can't be told apart here"
