"""The columns of the simulated log and of its customers."""

import pyarrow as pa

TEXT_COLUMNS = (
    "currency",
    "channel",
    "campaign",
    "variation",
    "experiment",
    "neighbour",
    "device",
    "page",
    "product_id",
    "instrument",
    "item",
    "agent_id",
)
"""Columns of few labels."""
ID_COLUMNS = {"content_id": "p", "case_id": "k", "referrer_user_id": "c"}
"""Columns of numbered ids, with the letter before the number."""
WHOLE_COLUMNS = ("hour_local", "score")
"""Columns of small whole numbers."""

EVENTS = pa.schema(
    [
        pa.field("message_id", pa.string(), nullable=False),
        pa.field("type", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("user_id", pa.string(), nullable=False),
        pa.field("anonymous_id", pa.string()),
        pa.field("ts", pa.timestamp("us"), nullable=False),
        pa.field("order_id", pa.string()),
        pa.field("value", pa.decimal128(18, 4)),
        *(pa.field(name, pa.string()) for name in TEXT_COLUMNS),
        *(pa.field(name, pa.string()) for name in ID_COLUMNS),
        *(pa.field(name, pa.int16()) for name in WHOLE_COLUMNS),
    ]
)
"""One row per event, sorted by `ts` (UTC); columns that do not apply to an event are null."""

CUSTOMERS = pa.schema(
    [
        pa.field("user_id", pa.string(), nullable=False),
        pa.field("created_at", pa.timestamp("us"), nullable=False),
        pa.field("age_band", pa.string()),
        pa.field("country", pa.string(), nullable=False),
        pa.field("region", pa.string(), nullable=False),
        pa.field("device", pa.string(), nullable=False),
        pa.field("utc_offset_hours", pa.int16(), nullable=False),
        pa.field("acquisition_channel", pa.string(), nullable=False),
        pa.field("acquisition_cost", pa.decimal128(18, 4), nullable=False),
        pa.field("referrer_user_id", pa.string()),
        pa.field("browsing_consent", pa.bool_(), nullable=False),
    ]
)
"""One row per customer, in the order of sign-up: what the company itself knows."""
