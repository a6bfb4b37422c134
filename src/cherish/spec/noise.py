"""Rules for noise: who and what is left out of answers because it is the company itself, a test or a machine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from cherish.errors import QuestionError

BOT, TEST = "bot", "test source"
"""Why a single event is left out by itself: its user agent is a known bot's, or its source is for trying things out."""

KINDS = {
    "email-domain": "customers with an e-mail address at this domain, or below it: ourshop.com",
    "trait": "customers with this value of a trait: plan=internal",
    "address": "customers with an event from this address or network: 203.0.113.0/24",
    "key": "the customer of a user id, an anonymous id or another identifier: user-7",
    "source": "the events of a source: staging",
}
"""What a rule can be about. All but `source` mark customers; `source` marks events."""

_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?\.[a-z0-9-]+")


@dataclass(frozen=True)
class Rule:
    """One rule: what it is about, and the value."""

    kind: str
    value: str

    @classmethod
    def of(cls, kind: str, value: str) -> Rule:
        """A rule as people write it.

        Raises:
            QuestionError: no such kind, or a value that it can't have.
        """
        kind, value = kind.strip().lower().replace("_", "-"), str(value).strip()
        if kind not in KINDS:
            raise QuestionError(f"{kind!r}: a rule is about one of {', '.join(KINDS)}")
        if not value:
            raise QuestionError(f"{kind}: say which; {KINDS[kind]}")
        if kind == "email-domain":
            value = value.removeprefix("@").lower()
            if not _DOMAIN.fullmatch(value):
                raise QuestionError(f"{value!r} is no domain; write one such as ourshop.com")
        if kind == "trait" and not (value.partition("=")[0] and value.partition("=")[2]):
            raise QuestionError(f"{value!r}: write TRAIT=VALUE, such as plan=internal")
        if kind == "address":
            value = str(network_of(value))
        return cls(kind, value)

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


def network_of(text: str) -> IPv4Network | IPv6Network:
    """An address or a network.

    Raises:
        QuestionError: neither.
    """
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise QuestionError(f"{text!r} is no address; write one such as 203.0.113.7, or 203.0.113.0/24") from None


def of_table(table: Mapping[str, Any]) -> tuple[Rule, ...]:
    """The rules of a section of a settings' file: a list of values, or one value, for each kind.

    Raises:
        QuestionError: no such kind, or a value that it can't have.
    """
    return tuple(dict.fromkeys(Rule.of(kind, each) for kind, values in table.items() for each in _listed(kind, values)))


def _listed(kind: str, values: Any) -> Iterable[str]:
    found = [values] if isinstance(values, str) else values
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise QuestionError(f"noise, {kind}: write a list of texts, such as {kind} = ['...']")
    return found
