"""The files that the pages speak of, small: orders, their lines, visits, a survey, and what is known of the people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2024, 1, 1, 9)
TALK = (
    "Page Viewed", "Product Viewed", "Products Searched", "Content Viewed", "Product Added", "Email Sent",
    "Email Link Clicked", "Post Created", "Comment Created", "Product Reviewed", "Product Shared", "Invite Sent",
    "Signed Up", "Subscribed", "Live Chat Message Sent", "Live Chat Message Received", "Complaint Created",
)  # fmt: skip
SURVEY = (("satisfaction", "satisfaction", 5), ("recommend", "recommend", 10), ("affection", "affection_1", 5),
          ("affection", "affection_2", 5))  # fmt: skip
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
    (folder / "talk.jsonl").write_text("\n".join(json.dumps(each) for each in _talk(bought)) + "\n")
    (folder / "visits.jsonl").write_text("\n".join(visits) + "\n")
    people = [f"{person},{('France', 'Spain')[place % 2]},{('19-24', '35-44')[place % 2]}"
              for place, person in enumerate(PEOPLE)]  # fmt: skip
    (folder / "people.csv").write_text("\n".join(["customer,country,age", *people]) + "\n")
    _survey(folder)
    _forum(folder)
    _exports(folder, bought)


def _exports(folder: Path, bought: list[tuple[str, datetime, int]]) -> None:
    """What other tools would have written: events of Mixpanel and of Amplitude, payments of Stripe."""
    mixpanel, amplitude, payments = [], [], []
    for number, (person, day, place) in enumerate(bought):
        held = {"time": int(day.replace(tzinfo=UTC).timestamp()), "distinct_id": person, "$insert_id": f"m{number}"}
        mixpanel.append({"event": "Song Played", "properties": held})
        amplitude.append(
            {"event_type": "Song Played", "event_time": f"{day:%Y-%m-%d %H:%M:%S}", "user_id": person,
             "device_id": f"d-{person}", "$insert_id": f"a{number}", "amplitude_id": place, "event_properties": {},
             "user_properties": {"place": place}}
        )  # fmt: skip
        payments.append(f"ch_{number},{day:%Y-%m-%d %H:%M:%S},{9 + place}.00,0.00,eur,true,Paid,cus_{place},{person}")
    for name, rows in (("mixpanel.jsonl", mixpanel), ("export.json", amplitude)):
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    head = "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Status,Customer ID,user_id (metadata)"
    (folder / "payments.csv").write_text("\n".join([head, *payments]) + "\n")


def _forum(folder: Path) -> None:
    """A forum of forty members: some ask and answer, more comment or only vote, most read."""
    joined = [START + timedelta(days=2 * place, hours=place % 5) for place in range(40)]
    members = [f"m{place:02d},{day:%Y-%m-%d %H:%M},{place % 4 // 3}" for place, day in enumerate(joined)]
    (folder / "members.csv").write_text("\n".join(["member,joined,votes", *members]) + "\n")
    posts = [
        f"m{place:02d},{joined[place] + timedelta(days=5 * number):%Y-%m-%d %H:%M},{('Question', 'Answer')[number % 2]}"
        for place in range(0, 40, 8)
        for number in range(1, 4)
    ]
    (folder / "posts.csv").write_text("\n".join(["author,created,kind", *posts]) + "\n")
    comments = [f"m{place:02d},{joined[place] + timedelta(days=3):%Y-%m-%d %H:%M},{place}" for place in range(1, 40, 6)]
    (folder / "comments.csv").write_text("\n".join(["author,created,post", *comments]) + "\n")


def _survey(folder: Path) -> None:
    """Answers of 48 respondents, and the layout and the instrument that the page about surveys shows."""
    page = Path(__file__).parents[2] / "docs" / "how-to" / "surveys.md"
    for name, text in zip(("wave3", "support"), re.findall(r"^```toml\n(.*?)^```", page.read_text(), re.S | re.M),
                          strict=True):  # fmt: skip
        (folder / f"{name}.toml").write_text(text)
    rows = ["respondent,date,q1,q2,s1,s2,s3,s4,plan,weight"]
    for place in range(48):
        mood = place % 5
        q1, q2 = (11 if place % 12 == 7 else min(10, 2 * mood + place % 4)), (9 if place % 12 == 3 else 1 + mood)
        support = [min(5, 1 + mood // 2 + (place + k) % 3) for k in range(3)]
        rows.append(f"r{place},2024-03-{1 + place % 28:02},{q1},{q2},{','.join(map(str, support))},{5 - mood},"
                    f"{('free', 'paid')[place % 2]},{(0.5, 1, 1.5)[place % 3]}")  # fmt: skip
    (folder / "wave3.csv").write_text("\n".join(rows) + "\n")


def _talk(bought: list[tuple[str, datetime, int]]) -> Iterator[dict[str, Any]]:
    """What else people do around an order: they look, ask, share, answer; a piece of each every few days."""
    for number, (person, day, place) in enumerate(bought):
        for step, name in enumerate((TALK[number % len(TALK)], TALK[(3 * number + place) % len(TALK)])):
            yield {"user": person, "event": name, "time": f"{day - timedelta(minutes=9 - 4 * step):%Y-%m-%dT%H:%M:%S}",
                   "content_id": f"content-{number % 5}", "path": f"/page-{number % 4}",
                   "referrer": ("", "https://search.example/")[number % 2], "seconds": 5 + number % 60,
                   "invitee": PEOPLE[(place + 1) % len(PEOPLE)]}  # fmt: skip
        if number % 4 == 0:
            wave = f"wave-{day:%m}"
            said = {"user": person, "event": "Survey Answered", "time": f"{day + timedelta(days=1):%Y-%m-%dT%H:%M:%S}"}
            for instrument, item, most in SURVEY:
                score = 1 + (number + place) % most
                yield {**said, "instrument": instrument, "item": item, "score": score, "campaign": wave}
