"""Numbers as people say them."""

from __future__ import annotations

import io
import time
from decimal import Decimal

import pytest

from cherish.show.values import states
from cherish.story import words
from cherish.story.patience import Patience
from cherish.story.sentence import say


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1, "1"), (2469, "2,469"), (345.89, "346"), (9.39, "9.4"), (0.357, "0.36"), (0.5, "0.5"), (12.0, "12")],
)
def test_counts(value: float, text: str) -> None:
    assert words.count(value) == text
    assert states(text, value)


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0%"), (1.0, "100%"), (0.3514, "35%"), (0.004586, "0.5%"), (0.00031, "0.03%"), (0.9967, "99.7%")],
)
def test_shares_say_none_or_all_only_where_it_is_so(share: float, text: str) -> None:
    assert words.percent(share) == text
    assert states(text, share)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("615784.5000", "615,785"),
        ("4596039.58", "4,596,040"),
        ("391.6", "391.60"),
        ("12345678.9", "12.3 million"),
        ("-1500.2", "-1,500"),
    ],
)
def test_amounts(value: str, text: str) -> None:
    assert words.amount(Decimal(value)) == text
    assert states(text, Decimal(value))


@pytest.mark.parametrize(
    ("column", "orders", "many"),
    [("household_id", True, "households"), ("OwnerUserId", False, "users"), ("user_id", True, "customers"),
     ("CustomerID", True, "customers"), ("MemberNo", True, "members"),
     (None, False, "members"), (None, True, "customers")],
)  # fmt: skip
def test_what_the_customers_are_called(column: str | None, orders: bool, many: str) -> None:
    assert words.people_of(column, orders).many == many


def test_values_are_never_templates() -> None:
    assert say("{a} and {b}", a="{b}", b="{a.__class__}").text == "{b} and {a.__class__}"


def test_work_is_never_silent() -> None:
    stream, clock = io.StringIO(), iter(range(1000))
    with Patience(stream=stream, now=lambda: float(next(clock))) as going:
        going("loading")
        time.sleep(0.5)
    assert stream.getvalue().startswith("  loading ...\n")
    # The clock runs a second at every look, so the step was said again.
    assert stream.getvalue().count("loading") >= 2


def test_quiet_is_silent() -> None:
    stream = io.StringIO()
    with Patience(quiet=True, stream=stream) as going:
        going("loading")
    assert stream.getvalue() == ""


def test_the_engines_interruption_is_ctrl_c() -> None:
    with pytest.raises(KeyboardInterrupt), Patience(quiet=True):
        raise RuntimeError("Query interrupted")
