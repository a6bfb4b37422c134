"""The services whose webhooks are understood: how each signs, and what its events come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from cherish.collect.webhooks import shopify, signatures, standard, stripe
from cherish.collect.webhooks.delivery import Delivery, Sent
from cherish.errors import QuestionError


@dataclass(frozen=True)
class Kind:
    """A service.

    verify   raises BadSignature where a body is not provably its: secret, headers, body, seconds since 1970
    read     what a delivery comes to
    secret   the secret as it is kept, checked
    handled  the types that are kept; empty: all
    """

    name: str
    title: str
    verify: Callable[[str, Mapping[str, str], bytes, float], None]
    read: Callable[[Sent], Delivery]
    secret: Callable[[str], str]
    handled: tuple[str, ...]


KINDS = {
    "stripe": Kind("stripe", stripe.TITLE, signatures.stripe, stripe.read, signatures.plain_secret,
                   tuple(stripe.HANDLED)),
    "shopify": Kind("shopify", shopify.TITLE, signatures.shopify, shopify.read, signatures.plain_secret,
                    tuple(shopify.HANDLED)),
    "standard": Kind("standard", standard.TITLE, signatures.standard, standard.read, signatures.standard_secret, ()),
}  # fmt: skip


def kind_of(name: str) -> Kind:
    """The service of this name.

    Raises:
        QuestionError: there is none.
    """
    if name in KINDS:
        return KINDS[name]
    near = get_close_matches(name, KINDS, 1, 0.5)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(KINDS)}"
    raise QuestionError(f"no webhooks of {name!r} are understood; {hint}")
