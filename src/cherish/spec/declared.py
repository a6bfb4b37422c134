"""What was written down about an experiment before it is read: horizon, metrics, guardrails, interactions, its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

TERMS = ("horizon", "metrics", "secondary", "guardrails", "interactions", "arms", "until", "planned")
"""What can be declared, each as the text of the report's parameter of this name."""


@dataclass(frozen=True)
class Declared:
    """One version of an experiment's declaration, and when it was made (aware UTC); what is not said is not in
    `terms`."""

    name: str
    version: int
    at: datetime
    terms: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"
