"""Money: which property is the revenue of an order, which sign it has, and in which currency it may be summed.

Everything is exact (`Decimal`, four decimals). The rule of the Segment ecommerce spec, in this order: `revenue`, else
`subtotal`, else `total - shipping - tax`, else the products' sum of price x quantity less `discount`. A refund is
negative, whichever sign it was sent with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

from cherish.errors import QuestionError, Unanswerable
from cherish.spec.limits import MONEY_DECIMALS, MONEY_LARGEST
from cherish.spec.names import ORDER_COMPLETED, ORDER_REFUNDED, ORDER_UPDATED, V1_NAMES
from cherish.spec.relations import Facts

STEP = Decimal(1).scaleb(-MONEY_DECIMALS)
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_CODE = re.compile(r"[A-Z]{3}")


def amount(value: Any) -> Decimal | None:
    """The exact amount of a JSON number or a text of one, or None where it is none (NaN, infinity, too large).

    A text has a decimal point and no thousands separators, as JSON writes it; a float counts as its shortest text.
    """
    if value is None or isinstance(value, bool):
        return None
    text = str(value).strip()
    if not _NUMBER.fullmatch(text):
        return None
    try:
        found = Decimal(text).quantize(STEP, context=_EXACT)
    except InvalidOperation:
        return None
    return found if abs(found) <= MONEY_LARGEST else None


def order_revenue(properties: Mapping[str, Any]) -> Decimal | None:
    """The revenue of an order from its properties; None where no rule finds one. An empty property is as if absent."""
    for name in ("revenue", "subtotal"):
        found = amount(properties.get(name))
        if found is not None:
            return found
    total = amount(properties.get("total"))
    if total is not None:
        shipping, tax = amount(properties.get("shipping")), amount(properties.get("tax"))
        return _within(total - (shipping or Decimal(0)) - (tax or Decimal(0)))
    listed = _products(properties.get("products"))
    return None if listed is None else _within(listed - (amount(properties.get("discount")) or Decimal(0)))


def _products(products: Any) -> Decimal | None:
    if not isinstance(products, list):
        return None
    sums = [_line(each) for each in products if isinstance(each, Mapping)]
    known = [each for each in sums if each is not None]
    return sum(known, Decimal(0)) if known else None


def _line(product: Mapping[str, Any]) -> Decimal | None:
    price, quantity = amount(product.get("price")), amount(product.get("quantity"))
    return (
        None
        if price is None
        else (price * (Decimal(1) if quantity is None else quantity)).quantize(STEP, context=_EXACT)
    )


def _within(value: Decimal) -> Decimal | None:
    return value if abs(value) <= MONEY_LARGEST else None


def event_value(name: str, properties: Mapping[str, Any]) -> Decimal | None:
    """The money of an event: an order's revenue, a refund as a negative, `revenue` on any other event.

    A refund takes `total` first: it is what went back to the customer.
    """
    name = V1_NAMES.get(name, name)
    if name in (ORDER_COMPLETED, ORDER_UPDATED):
        return order_revenue(properties)
    if name == ORDER_REFUNDED:
        back = amount(properties.get("total"))
        back = order_revenue(properties) if back is None else back
        return None if back is None else -abs(back)
    return amount(properties.get("revenue"))


def currency_code(value: Any) -> str | None:
    """The ISO 4217 form of a currency's code (three capital letters), or None where it is none."""
    text = str(value).strip().upper() if isinstance(value, str) else ""
    return text if _CODE.fullmatch(text) else None


@dataclass(frozen=True)
class Currency:
    """In which currency sums are reported: `rates` (empty where there is only one) tell what one unit is worth.

    `code` is None for money whose unit nobody has named; it can be summed, and is printed without a unit.
    """

    code: str | None
    rates: Mapping[str, Decimal]

    def convert(self, value: Decimal, currency: str | None) -> Decimal:
        """An amount in this currency, exact to four decimals.

        Raises:
            Unanswerable: no rate for that currency was given.
        """
        if currency == self.code:
            return value
        if currency is None or currency not in self.rates:
            raise Unanswerable(
                f"no rate from {currency or 'an unnamed currency'} to {self.code}; give one: --rate {currency}=NUMBER"
            )
        return (value * self.rates[currency]).quantize(STEP, context=_EXACT)


def resolve_currency(facts: Facts, asked: str | None = None) -> Currency:
    """The one currency in which money may be summed, or the rates that make it one; never a silent sum of several.

    Args:
        facts: what is known of the log: the currencies of its orders, the workspace's currency and its rates (what
            one unit of each currency is worth in the workspace's).
        asked: the currency that the question wants; the workspace's, or the only one there is, when left out.

    Raises:
        QuestionError: `asked` is no currency code.
        Unanswerable: there are several currencies, or another than asked, and no rates between them.
    """
    if asked is not None and currency_code(asked) is None:
        raise QuestionError(f"currency {asked!r}: use a three-letter code such as EUR")
    wanted = currency_code(asked)
    there = [code for code in facts.currencies if code]
    nameless = len(there) < len(facts.currencies)
    if len(facts.currencies) <= 1 and wanted in (None, *there):
        return Currency(there[0] if there else facts.currency, {})
    target = wanted or facts.currency
    if nameless:
        raise Unanswerable(f"some orders name no currency{_among(there)}; import them again with --currency CODE")
    if target is None:
        raise Unanswerable(
            f"orders are in {_list(there)} and can't be summed; choose one (currency=CODE) and give rates"
        )
    return Currency(target, _rates(facts, there, target))


def _rates(facts: Facts, there: list[str], target: str) -> dict[str, Decimal]:
    worth = {code: Decimal(str(rate)) for code, rate in facts.rates.items()}
    if facts.currency is not None:
        worth[facts.currency] = Decimal(1)
    missing = [code for code in dict.fromkeys([*there, target]) if code not in worth]
    needed = [code for code in there if code != target]
    if missing and needed:
        ways = " ".join(f"--rate {code}=NUMBER" for code in missing)
        raise Unanswerable(
            f"orders are in {_list(there)}, and there is no rate for {_list(missing)}; "
            f"give rates ({ways}) or report one currency: where='currency={there[0]}'"
        )
    return {code: _EXACT.divide(worth[code], worth[target]) for code in needed}


def _among(codes: Iterable[str]) -> str:
    named = _list(list(codes))
    return f" beside those in {named}" if named else ""


def _list(codes: list[str]) -> str:
    return " and ".join([", ".join(codes[:-1]), codes[-1]] if len(codes) > 1 else codes)
