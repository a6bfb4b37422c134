"""The files that the pages speak of, small: orders, their lines, visits, and what is known of the people."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

START = datetime(2024, 1, 1, 9)
PEOPLE = ("anna", "ben", "cleo", "dana", "emil", "fay", "gus", "hana", "ivo", "june", "kai", "lena")


def _days(place: int) -> list[datetime]:
    """Each customer comes every so many days, for ten weeks; the last ones stop early."""
    every, stays = 3 + 2 * (place % 5), 70 if place < 9 else 25
    return [START + timedelta(days=day, minutes=7 * place) for day in range(place % 4, stays, every)]


def write(folder: Path) -> None:
    """Put the files into a folder."""
    bought = [(person, day, place) for place, person in enumerate(PEOPLE) for day in _days(place)]
    orders = [f"{person},{day:%Y-%m-%d %H:%M},{number},{9 + place * 3}.50"
              for number, (person, day, place) in enumerate(bought, 1)]  # fmt: skip
    (folder / "orders.csv").write_text("\n".join(["customer,time,order,amount", *orders]) + "\n")
    lines = [f"{number},{person},{day:%Y-%m-%d %H:%M},{place + 2}.25"
             for number, (person, day, place) in enumerate(bought, 1) for _ in range(2)]  # fmt: skip
    (folder / "lines.csv").write_text("\n".join(["InvoiceNo,CustomerID,InvoiceDate,Amount", *lines]) + "\n")
    visits = [
        json.dumps({"user": person, "event": event, "time": f"{day:%Y-%m-%dT%H:%M:%S}"})
        for person, day, place in bought
        for event in ("Product Viewed", "Article Read")[: 1 + place % 2]
    ]
    (folder / "visits.jsonl").write_text("\n".join(visits) + "\n")
    people = [f"{person},{('France', 'Spain')[place % 2]},{('19-24', '35-44')[place % 2]}"
              for place, person in enumerate(PEOPLE)]  # fmt: skip
    (folder / "people.csv").write_text("\n".join(["customer,country,age", *people]) + "\n")
