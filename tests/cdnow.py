"""The CDNOW purchases as a log, for the figures that papers print; skipped where the data are absent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from cherish.store.contract import Origin
from cherish.store.memory import memory

FOLDER = Path(os.environ.get("CHERISH_DATASETS") or Path(__file__).parents[2] / "shared" / "datasets")


def cdnow(name: str) -> Any:
    """`master` or `sample`: every line an Order Completed of its own, at the start of its day, in UTC."""
    path = FOLDER / "cdnow" / f"{name}.parquet"
    if not path.exists():
        pytest.skip(f"{path} is not there; set CHERISH_DATASETS to the folder of data sets")
    log = memory()
    with log.loading(Origin("cdnow", "events")) as load:
        load.connection.execute(
            """CREATE TEMP TABLE staged AS
            SELECT CAST(file_row_number AS VARCHAR) AS message_id, 'track' AS type, 'Order Completed' AS name,
              CAST(date AS TIMESTAMP) AS ts, CAST(date AS TIMESTAMP) AS received_at, NULL::VARCHAR AS anonymous_id,
              CAST(customer_id AS VARCHAR) AS user_id, 'cdnow' AS source, CAST(spend AS DECIMAL(18, 4)) AS value,
              'USD' AS currency, CAST(file_row_number AS VARCHAR) AS order_id, NULL::JSON AS properties,
              NULL::JSON AS context
            FROM read_parquet(?, file_row_number = true)""",
            [str(path)],
        )
        load.events("staged")
    return log
