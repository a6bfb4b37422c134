"""The families of definitions: their letters and what they are about, in the order in which people read them."""

from __future__ import annotations

FAMILIES = {
    "A": "active users and stickiness",
    "B": "growth accounting",
    "C": "sessions",
    "D": "retention",
    "E": "funnels, paths and journeys",
    "F": "Peterson's visitor engagement",
    "G": "recency, frequency, money",
    "H": "latency and tripwires",
    "I": "survival",
    "J": "lifetime value",
    "K": "customer engagement value",
    "L": "stages: REAN and the four I's",
    "M": "surveys",
    "N": "community and word of mouth",
    "O": "breadth, depth and conjunctions",
    "P": "prediction: the tournament of definitions",
    "Q": "experiments: what was drawn by lot",
    "S": "estimates without a lot",
    "Y": "definitions of our own, or that no vendor ships",
}


def title(family: str) -> str:
    """What a family is about; its letter where it is none of ours (a package may bring its own)."""
    return FAMILIES.get(family, f"family {family}")


def place(family: str) -> int:
    """Where a family stands among all; those that are not ours come last."""
    return list(FAMILIES).index(family) if family in FAMILIES else len(FAMILIES)
