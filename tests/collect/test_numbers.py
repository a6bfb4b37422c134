"""Numbers: the engine's reading equals the rule in Python, and two readings are never guessed between."""

from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cherish.collect import numbers
from cherish.collect.importing import import_files
from cherish.errors import FileError

PIECES = st.text(alphabet="0123456789.,-+ '€()eE", max_size=12)
WELL = st.decimals(min_value=Decimal(-10) ** 9, max_value=Decimal(10) ** 9, places=2)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        PIECES, WELL.map(str), WELL.map(lambda d: f"{d:,}"), WELL.map(lambda d: f"{d:,}".translate({44: 46, 46: 44}))
    )
)
@example("1,234")
@example("1.234")
@example("(12.50)")
@example("EUR 12,50")
@example("0.123")
@example("1'234.50")
@example("0)-")
@example("(5")
@example("5-")
def test_the_engine_reads_as_the_rule_says(bench, text) -> None:
    for style in ("point", "comma", "either"):
        expected = numbers.read(text, style)  # type: ignore[arg-type]
        sql = f"n_{style}(x)"
        (found,) = bench.row(f"SELECT TRY_CAST({sql} AS DECIMAL(38,10)) FROM (SELECT ? AS x)", [text])
        if expected is not None and abs(expected) < Decimal(10) ** 20 and -expected.as_tuple().exponent <= 10:
            assert found == expected, style
        if expected is None:
            assert found is None, style


@given(WELL)
def test_both_customs_read_back_what_was_written(value) -> None:
    english = f"{value:,}"
    german = english.translate({44: 46, 46: 44})
    assert numbers.read(english, "point") == value
    assert numbers.read(german, "comma") == value
    assert numbers.read(english, "either") == value
    assert numbers.read(german, "either") == value


@pytest.mark.parametrize(
    ("text", "style", "value"),
    [
        ("1,234.56", "either", "1234.56"),
        ("1.234,56", "either", "1234.56"),
        ("1 234,56 €", "either", "1234.56"),
        ("$1,234.56", "either", "1234.56"),
        ("1,234,567", "either", "1234567"),
        ("1.234.567", "either", "1234567"),
        ("0,125", "either", "0.125"),
        ("1234,567", "either", "1234.567"),
        ("12,5", "either", "12.5"),
        ("(7.50)", "either", "-7.5"),
        ("7.50-", "either", "-7.5"),
        ("1e3", "either", "1000"),
        ("1.234", "point", "1.234"),
        ("1.234", "comma", "1234"),
        ("1,234", "comma", "1.234"),
    ],
)
def test_forms(text, style, value) -> None:
    assert numbers.read(text, style) == Decimal(value)


@pytest.mark.parametrize("text", ["1.234", "1,234", "-9,999", "nan", "inf", "12a", "", "1.2.3", "1,23,4", "--5"])
def test_no_reading_or_two(text) -> None:
    assert numbers.read(text) is None


def body(*amounts: str) -> str:
    return "customer_id;date;amount\n" + "".join(f"c{n:03};2024-01-01;{amount}\n" for n, amount in enumerate(amounts))


def values(store, ask) -> list[Decimal]:
    return [row[0] for row in ask("SELECT value FROM events ORDER BY user_id")]


@pytest.mark.parametrize(("other", "first"), [("12,50", "1234"), ("12.50", "1.234"), ("1,234.5", "1.234")])
def test_any_row_settles_the_file(store, write, ask, other, first) -> None:
    import_files(store, write("s.csv", body("1.234", other)))
    assert values(store, ask)[0] == Decimal(first)


def test_nothing_settles_it(store, write, ask) -> None:
    summary = import_files(store, write("s.csv", body("1,234", *["5"] * 30)))
    assert summary.rejected == {f"amount: {numbers.TWO_READINGS}": 1}
    with pytest.raises(FileError, match="--decimal point or --decimal comma"):
        import_files(store, write("t.csv", body("1,234", "2.345")))
    import_files(store, write("u.csv", body("1,234")), decimal="comma", name="u")
    assert Decimal("1.234") in values(store, ask)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("NaN", "amount: not a number (NaN)"),
        ("inf", "amount: infinite"),
        ("-Infinity", "amount: infinite"),
        ("abc", "amount: not a number"),
        ("123456789012345", "amount: beyond what money can be"),
        ("", "no amount"),
    ],
)
def test_bad_amounts_are_rejected(store, write, bad, reason) -> None:
    summary = import_files(store, write("s.csv", body(*["1.50"] * 30, bad)))
    assert summary.rejected == {reason: 1}
    assert summary.rows_taken == 30


def test_floats_that_are_none(store, tmp_path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    many = [1.5] * 60
    table = pa.table(
        {
            "customer_id": list(range(63)),
            "date": ["2024-01-01"] * 63,
            "amount": [*many, float("nan"), float("inf"), 1e15],
        }
    )
    pq.write_table(table, tmp_path / "s.parquet")
    summary = import_files(store, tmp_path / "s.parquet")
    assert summary.rejected == {
        "amount: not a number (NaN)": 1,
        "amount: infinite": 1,
        "amount: beyond what money can be": 1,
    }


def test_the_largest_amounts_that_money_can_be(store, write, ask) -> None:
    import_files(store, write("s.csv", body("99999999999999.9999", "-99999999999999.9999")))
    assert values(store, ask) == [Decimal("99999999999999.9999"), Decimal("-99999999999999.9999")]


def test_cents_add_up_exactly(store, write, ask) -> None:
    lines = "order_id,customer_id,date,quantity,price\n" + "1,a,2024-01-01,3,0.1\n1,a,2024-01-01,7,0.0333\n" * 50
    import_files(store, write("s.csv", lines))
    assert ask("SELECT value FROM orders") == [(Decimal("26.6550"),)]
