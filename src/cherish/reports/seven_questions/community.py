"""50/23/27: how does your own community split, with intervals, and why is no published split a benchmark?"""

from __future__ import annotations

from cherish.reports.seven_questions.answers import Answer, Figure, between, count, unknown
from cherish.reports.seven_questions.asking import Asking

NAME = "7 community split"
QUESTION = "Is your community split 50/23/27 into lurkers, contributors and creators?"
PUBLISHED = {"lurker": 0.50, "contributor": 0.23, "creator": 0.27}
FOOTNOTE = (
    "Footnote to question 7: 50 % lurkers, 23 % contributors and 27 % creators are what The Community Roundtable "
    "(2016) reported of the communities it asked, inactive members set aside; 90-9-1 is Nielsen's (2006); of mailing "
    "lists 0 to 99 % of members were lurkers (Nonnecke & Preece 2000). So compare with your own past, not with others."
)
LEAST = 10


def answer(asking: Asking) -> Answer:
    """The shares of roles among visitors, or where nothing shows a visit, among members."""
    visitors = asking.possible("community_roles", denominator="visitors")
    found = visitors or asking.ask("community_roles")
    among = "visitors" if visitors else "members"
    rows = [row for row in found.table.to_pylist() if row["share"] is not None]
    n = sum(row["customers"] for row in rows)
    if n < LEAST:
        return unknown(
            f"{count(n, 'member')} of a community {'was' if n == 1 else 'were'} there in the window; shares need "
            f"{LEAST} or more. Ask again when more take part"
        )
    figures = tuple(
        Figure(f"share of {among}", row["role"], row["share"], row["share_low"], row["share_high"], n, leading=True)
        for row in rows
    )
    told = ", ".join(f"{each.of} {between(each, share=True)}" for each in figures)
    inside = {each.of: _holds(each) for each in figures if each.of in PUBLISHED}
    apart = [role for role, holds in inside.items() if not holds]
    verdict = f"not 50/23/27: {' and '.join(apart)} differ" if apart else "50/23/27 is not ruled out"
    why = None if visitors else "no event shows a visit, so lurkers can't be told from those who were not there"
    return Answer(f"Yours: {told} of {count(n, among.removesuffix('s'))}; {verdict}", figures, why)


def _holds(figure: Figure) -> bool:
    """Whether the published share lies within the interval."""
    low, high = figure.low, figure.high
    return low is not None and high is not None and low <= PUBLISHED[figure.of] <= high
