"""Money in the smallest unit of its currency, as payment services write it: 1250 is 12.50 EUR, 1250 JPY, 1.250 KWD.

Source: docs.stripe.com/currencies, zero-decimal and three-decimal currencies; ISK and UGX are written with two.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

NONE = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
THREE = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))


def amount(units: Any, currency: str | None) -> Decimal | None:
    """The amount as people write it; None where the units are no whole number or nobody says of what."""
    if isinstance(units, bool) or not isinstance(units, int) or not currency:
        return None
    code = currency.upper()
    return Decimal(units).scaleb(-(0 if code in NONE else 3 if code in THREE else 2))
