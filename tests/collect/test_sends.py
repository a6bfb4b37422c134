"""A sender's history as plain CSV: which column is the campaign and which the channel is said like every other role."""

from __future__ import annotations

from pathlib import Path

import pytest

from cherish.collect.importing import import_files
from cherish.errors import MappingError
from cherish.store.memory import memory

SENDS = """nr,to,when,mailing,way
1,anna,2024-03-01T09:00:00Z,spring sale,email
2,ben,2024-03-01T09:00:01Z,spring sale,email
3,anna,2024-03-08T09:00:00Z,,sms
3,anna,2024-03-08T09:00:00Z,,sms
"""
ROLES = {"customer": "to", "time": "when", "message": "nr", "campaign": "mailing", "channel": "way"}


def test_campaign_and_channel_become_the_properties_of_those_names(tmp_path: Path) -> None:
    (tmp_path / "sends.csv").write_text(SENDS)
    store = memory()
    for _ in range(2):
        import_files(store, tmp_path / "sends.csv", kind="events", event="Email Sent", mapping=ROLES)
    rows = store.query(
        "SELECT user_id, name, properties ->> '$.campaign' AS campaign, properties ->> '$.channel' AS channel, "
        "properties ->> '$.mailing' AS mailing FROM events ORDER BY ts"
    ).to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        ("anna", "Email Sent", "spring sale", "email", None), ("ben", "Email Sent", "spring sale", "email", None),
        ("anna", "Email Sent", None, "sms", None),
    ]  # fmt: skip


def test_columns_called_so_need_no_role(tmp_path: Path) -> None:
    (tmp_path / "sends.csv").write_text(SENDS.replace("mailing,way", "campaign,channel"))
    store = memory()
    mapping = {role: column for role, column in ROLES.items() if role not in ("campaign", "channel")}
    import_files(store, tmp_path / "sends.csv", kind="events", event="Email Sent", mapping=mapping)
    found = store.query(
        "SELECT DISTINCT properties ->> '$.campaign' AS campaign FROM events WHERE campaign IS NOT NULL"
    )
    assert found["campaign"].to_pylist() == ["spring sale"]


def test_of_orders_such_a_column_stays_what_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("customer,time,order,amount,mailing\nanna,2024-03-01,1,9.50,spring\n")
    store = memory()
    import_files(store, tmp_path / "orders.csv", currency="EUR", mapping={"campaign": "mailing"})
    assert store.query("SELECT properties ->> '$.mailing' AS m FROM events")["m"].to_pylist() == ["spring"]


def test_an_unknown_role_is_refused_with_the_roles_that_there_are(tmp_path: Path) -> None:
    (tmp_path / "sends.csv").write_text(SENDS)
    with pytest.raises(MappingError, match="campaign, channel"):
        import_files(memory(), tmp_path / "sends.csv", mapping={"mailing": "mailing"})
